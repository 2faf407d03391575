"""The journal of a run: every reply, written before it is scored.

One JSON line a reply; `kill -9` can at worst cut the last line, which is then asked again. Scores are not stored but
computed anew from the replies, so a resumed run cannot differ from one that was never interrupted.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from promptops.errors import StoreError
from promptops.model.model_call import Reply, reply_from_data, reply_to_data

FORMAT = "promptops-journal/1"


@dataclass(frozen=True, slots=True)
class JournalContent:
    """What a journal holds: the digest of the plan it belongs to, and the replies by reply key."""

    plan: str
    replies: dict[str, Reply] = field(default_factory=dict)


class Journal:
    """Appends to `path`. The first line names the plan, so that only the same plan may go on with it."""

    def __init__(self, path: Path, plan: str) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            size = os.fstat(self._file).st_size
            if size == 0:
                self._write(json.dumps({"format": FORMAT, "plan": plan}))
            elif not _ends_with_newline(path):
                self._write("")  # ends a line that a kill cut off
        except OSError as exc:
            raise self._failed(exc) from exc

    def append(self, key: str, reply: Reply) -> None:
        """Write one reply down; StoreError when the disk does not take it."""
        try:
            self._write(json.dumps({"key": key, "reply": reply_to_data(reply)}, ensure_ascii=True))
        except OSError as exc:
            raise self._failed(exc) from exc

    def close(self) -> None:
        """Release the file."""
        os.close(self._file)

    def _write(self, line: str) -> None:
        data = line.encode() + b"\n"
        while data:  # a nearly full disk takes a part
            data = data[os.write(self._file, data) :]

    def _failed(self, exc: OSError) -> StoreError:
        return StoreError(
            f"the journal cannot be written: {exc.strerror or exc}",
            where=str(self._path),
            hint="make room on the disk, then go on with --resume; no finished call is repeated",
        )


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def read_journal(path: Path) -> JournalContent:
    """The journal's plan and replies. Broken lines, as a kill leaves them, are passed over."""
    try:
        lines = path.read_text("utf-8", "replace").split("\n")
        header = json.loads(lines[0])
        content = JournalContent(str(header["plan"]))
        known = header.get("format") == FORMAT
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise StoreError("this is not the journal of a run", where=str(path), hint="start the run anew") from exc
    if not known:
        raise StoreError("the journal is of another version", where=str(path), hint="start the run anew")
    for line in lines[1:]:
        try:
            entry = json.loads(line)
            content.replies[str(entry["key"])] = reply_from_data(entry["reply"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
    return content
