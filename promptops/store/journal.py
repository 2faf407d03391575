"""The journal of a run: every reply, written before it is scored.

One JSON line a reply; `kill -9` can at worst cut the last line, which is then asked again. Scores are not stored but
computed anew from the replies, so a resumed run cannot differ from one that was never interrupted. The first line says
how many bytes are in the reply cache as well: what is missing there, of a run that was killed, the next one adds.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from promptops.errors import StoreBusyError, StoreError
from promptops.model.model_call import Reply, reply_from_data, reply_to_data
from promptops.source.files.file_lock import try_lock
from promptops.source.files.plain_file import make_folder, open_plain
from promptops.store.reply_cache import ReplyCache

FORMAT = "promptops-journal/1"
_HEADER_START = json.dumps({"format": FORMAT, "plan": ""})[:-2].encode()
_IN_CACHE, _DIGITS = "inCache", 15
"""The number that is written over in place, so it is always that wide."""
_BATCH = 500


@dataclass(frozen=True, slots=True)
class JournalContent:
    """What a journal holds: the digest of the plan it belongs to, and the replies by reply key."""

    plan: str
    replies: dict[str, Reply] = field(default_factory=dict)


class Journal:
    """Appends to `path`, which is ours alone until it is closed or the process ends.

    The first line names the plan, so that only the same plan may go on with it. `anew`: what an earlier run wrote goes.
    `root`: the project, in which no link is followed. StoreBusyError while another run writes here.
    """

    def __init__(self, path: Path, plan: str, *, anew: bool = False, root: Path | None = None) -> None:
        self._path = path
        try:
            make_folder(path.parent, root)
            self._file = open_plain(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, root)
            try:
                self._begin(plan, anew)
            except BaseException:
                os.close(self._file)
                raise
        except OSError as exc:
            raise self._failed(exc) from exc

    def _begin(self, plan: str, anew: bool) -> None:
        _require_lock(self._file, self._path)
        if anew:
            os.ftruncate(self._file, 0)
        if os.fstat(self._file).st_size == 0:
            self._write(_header(plan))
        else:
            _end_last_line(self._file)

    def append(self, key: str, reply: Reply) -> None:
        """Write one reply down; StoreError when the disk does not take it."""
        try:
            self._write(json.dumps({"key": key, "reply": reply_to_data(reply)}, ensure_ascii=True))
        except OSError as exc:
            raise self._failed(exc) from exc

    def mark_in_cache(self) -> None:
        """Say that the reply cache has all of it. Where that cannot be written, it is looked at once more."""
        with suppress(OSError), open(open_plain(self._path, os.O_RDWR), "r+b") as file:
            _mark_in_cache(file)

    def close(self) -> None:
        """Release the file."""
        os.close(self._file)

    def _write(self, line: str) -> None:
        _write_all(self._file, line.encode() + b"\n")

    def _failed(self, exc: OSError) -> StoreError:
        return StoreError(
            f"the journal cannot be written: {exc.strerror or exc}",
            where=str(self._path),
            hint="make room on the disk, then go on with --resume; no finished call is repeated",
        )


def _header(plan: str) -> str:
    start = json.dumps({"format": FORMAT, "plan": plan, _IN_CACHE: 0})
    return f"{start[:-2]}{0:{_DIGITS}}}}"


def _require_lock(file: int, path: Path) -> None:
    with suppress(OSError):  # a file system without locks
        if try_lock(file):
            return
        raise StoreBusyError(
            "another run is writing here", where=str(path), hint="wait until it has ended, or name another folder"
        )


def _end_last_line(file: int) -> None:
    """A kill may have cut it off."""
    os.lseek(file, -1, os.SEEK_END)
    if os.read(file, 1) != b"\n":
        _write_all(file, b"\n")


def _write_all(file: int, data: bytes) -> None:
    while data:  # a nearly full disk takes a part
        data = data[os.write(file, data) :]


def read_journal(path: Path) -> JournalContent:
    """The journal's plan and replies. Broken lines, as a kill or a damaged disk leaves them, are passed over."""
    try:
        with path.open("rb") as file:
            return JournalContent(str(_read_header(file, path)["plan"]), dict(_read_replies(file)))
    except OSError as exc:
        raise _no_journal(path) from exc


def is_cut_header(path: Path) -> bool:
    """Whether there is but a part of the first line: the run was killed, or the disk full, before it asked anything."""
    with path.open("rb") as file:
        start = file.read(4096)
    return b"\n" not in start and (_HEADER_START.startswith(start) or start.startswith(_HEADER_START))


def unsaved_keys(path: Path) -> set[str]:
    """The reply keys that `save_to_cache` would bring there, and those of a run that is under way."""
    with suppress(OSError, StoreError), path.open("rb") as file:
        if _to_unsaved(file, path):
            return {key for key, reply in _read_replies(file) if reply.is_answer}
    return set()


def save_to_cache(path: Path, cache: ReplyCache, *, again: bool = False) -> None:
    """Put the replies of a run that ended early into the cache; `again`: those of any run that has ended.

    Files that are no journal, and those of a run that is under way, are left alone. StoreError when the cache cannot
    be written.
    """
    try:
        with open(open_plain(path, os.O_RDWR), "r+b") as file:
            if not _to_unsaved(file, path, again=again) or not try_lock(file.fileno()):
                return
            replies = ((key, reply) for key, reply in _read_replies(file) if reply.is_answer)
            while batch := dict(islice(replies, _BATCH)):
                cache.put_many(batch)
            _mark_in_cache(file)
    except (OSError, _NoJournalError):
        return


class _NoJournalError(StoreError):
    pass


def _to_unsaved(file: BinaryIO, path: Path, *, again: bool = False) -> bool:
    """Go to the first line that the cache does not have; False where it has all."""
    saved = _read_header(file, path).get(_IN_CACHE)
    if again:
        return True
    if not isinstance(saved, int):
        # An older version's journal does not say it; where results lie beside it, the run ended in order.
        return not path.with_name("results.json").exists()
    size = os.fstat(file.fileno()).st_size
    file.seek(max(saved, file.tell()))
    return saved < size


def _mark_in_cache(file: BinaryIO) -> None:
    """Write the journal's size into its first line; an older version's has no room for it."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    header = file.readline()
    if f'"{_IN_CACHE}": '.encode() in header:
        file.seek(len(header) - _DIGITS - len(b"}\n"))
        file.write(f"{size:{_DIGITS}}".encode())
        file.flush()


def _read_header(file: BinaryIO, path: Path) -> dict[str, Any]:
    try:
        header = json.loads(file.readline())
        plan, form = header["plan"], header.get("format")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
        raise _no_journal(path) from exc
    if not isinstance(plan, str) or form != FORMAT:
        raise _NoJournalError("the journal is of another version", where=str(path), hint="start the run anew")
    return dict(header)


def _no_journal(path: Path) -> StoreError:
    return _NoJournalError("this is not the journal of a run", where=str(path), hint="start the run anew")


def _read_replies(file: BinaryIO) -> Iterator[tuple[str, Reply]]:
    for line in file:
        with suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError):
            entry = json.loads(line)
            yield str(entry["key"]), reply_from_data(entry["reply"])
