"""Where a branch itself had the text that a pin names, found with few reads.

Only what touched a version's files can have made the text: its prompt file, what it includes and the settings. What
git says of these changes proposes where to look; what is found there is read, sealed and compared.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import PurePosixPath
from typing import NamedTuple

from promptops.errors import DamagedError, PromptopsError
from promptops.model.environment import Pin
from promptops.pins.commit_sealing import CommitSealer
from promptops.source.file_names import PROMPT_SUFFIXES
from promptops.source.formats.settings import CONFIG_FILE
from promptops.source.git.commit import Commit
from promptops.source.git.first_parents import BlobChange, FirstParentLine, commit_time

_MOST_NAMES = 20
_State = tuple[str, ...]
"""The ids of what a version's files held, its prompt file first."""


class _Wanted(NamedTuple):
    """A pin, and the project's files that decide its digest: the prompt's own, and others.

    `state` is what they hold at its commit, which was made at `time`.
    """

    pin: Pin
    own: PurePosixPath
    others: tuple[PurePosixPath, ...]
    state: _State
    time: int


class _Place(NamedTuple):
    """A prompt's file at one of the branch's own commits, and what all of the files held there."""

    commit: str
    path: PurePosixPath
    state: _State


class ApprovedText:
    """Looks for texts in the states that a branch itself had; all of `line` has been read."""

    def __init__(self, sealer: CommitSealer, line: FirstParentLine) -> None:
        self._sealer, self._line = sealer, line
        self._changes: Mapping[PurePosixPath, Sequence[BlobChange]] = {}
        self._changed: dict[str, dict[PurePosixPath, BlobChange]] = {}

    def find(self, pins: Sequence[Pin]) -> dict[Pin, Pin]:
        """These pins, which have been sealed, each with the same text as the branch has it; not those it never had."""
        wanted = [*self._wanted(pins)]
        self._read_changes(wanted)
        places = {each: self._places(each) for each in wanted}
        found: dict[Pin, Pin] = {}
        for start, end in ((0, 1), (1, None)):  # mostly it is the first
            left = {each: places[each][start:end] for each in wanted if each.pin not in found}
            # What has to be fetched for all of them comes in one go.
            self._sealer.repository.fetch_missing(_blobs(left.values()))
            for each, part in left.items():
                if place := next((one for one in part if self._is_same(each, one)), None):
                    found[each.pin] = Pin(self._name(each, place), place.commit, each.pin.digest)
        self._require_readable(places[each] for each in wanted if each.pin not in found)
        return found

    def _require_readable(self, places: Iterable[Sequence[_Place]]) -> None:
        """What cannot be read may be what was looked for: SourceError for the first of it."""
        if (blobs := _blobs(places)) and (absent := self._sealer.repository.missing(blobs)):
            self._sealer.repository.read_objects(absent[:1], "blob")

    def _wanted(self, pins: Sequence[Pin]) -> Iterator[_Wanted]:
        """Those that hold by themselves; of others there is no text to look for."""
        commits = [*dict.fromkeys(pin.commit for pin in pins)]
        times = dict(
            zip(commits, map(commit_time, self._sealer.repository.read_objects(commits, "commit")), strict=True)
        )
        for pin in pins:
            try:
                if pin.digest in self._sealer.contents or self._sealer.seal(*pin[:2], pinned=pin.digest) == pin.digest:
                    own = self._sealer.project(pin.commit).path_of(pin.prompt)
                    others = (CONFIG_FILE, *_references(self._sealer.contents[pin.digest]))
                    yield _Wanted(pin, own, others, self._state(pin.commit, (own, *others)), times[pin.commit])
            except DamagedError:
                raise
            except PromptopsError:  # it is told where the version itself is looked at
                continue

    def _state(self, commit: str, files: Iterable[PurePosixPath]) -> _State:
        """What these files hold at a commit, as its own folders say it."""
        return tuple(map(Commit(self._sealer.repository, commit, self._sealer.prefix).file_id, files))

    def _read_changes(self, wanted: Sequence[_Wanted]) -> None:
        """What the branch made of the folders in which these files lie, there or at its tip."""
        prefix, tops = self._sealer.prefix, {str(CONFIG_FILE)}
        tops.update(path.parts[0] for each in wanted for path in (each.own, *each.others))
        with suppress(PromptopsError):  # settings that cannot be read name no other folders
            folders = self._sealer.project(self._line.tip).config.paths.prompt_folders
            tops.update(PurePosixPath(folder).parts[0] for folder in folders if folder)
        changes = self._line.changes([str(prefix / top) for top in sorted(tops)])
        self._changes = {PurePosixPath(file).relative_to(prefix): found for file, found in changes.items()}
        for path, found in self._changes.items():
            if path.name.endswith(PROMPT_SUFFIXES):
                for change in found:
                    if not (change.before and change.after):
                        self._changed.setdefault(change.commit, {})[path] = change

    def _is_same(self, wanted: _Wanted, place: _Place) -> bool:
        """Whether the prompt has the pin's digest there: the same bytes in all that can be included say so at once."""
        files = (place.path, *wanted.others)
        if place.state == wanted.state and place.path == wanted.own and all(place.state):
            return self._state(place.commit, files) == wanted.state
        return self._sealer.has_digest(str(place.path), place.commit, wanted.pin.digest, files)

    def _name(self, wanted: _Wanted, place: _Place) -> str:
        """What the prompt is called there, by its file and the settings."""
        if place.path == wanted.own and place.state[1] == wanted.state[1]:
            return wanted.pin.prompt
        return self._sealer.project(place.commit).identifier_of(place.path)

    def _places(self, wanted: _Wanted) -> list[_Place]:
        """Where to look, each state of the files once: the very same first, then the nearest in time."""

        def distance(place: _Place) -> tuple[bool, bool, int]:
            apart = abs(self._line.time(place.commit) - wanted.time)
            return place.state != wanted.state, place.path != wanted.own, apart

        found: dict[tuple[PurePosixPath, _State], _Place] = {}
        for place in sorted(self._prompt_places(wanted), key=distance):
            found.setdefault((place.path, place.state), place)
        return list(found.values())

    def _prompt_places(self, wanted: _Wanted) -> Iterator[_Place]:
        """Every state of the prompt's file on the branch, wherever the file was moved."""
        paths = {wanted.own: None}
        with suppress(PromptopsError):
            paths[self._sealer.project(self._line.tip).path_of(wanted.pin.prompt)] = None
        there = Commit(self._sealer.repository, wanted.pin.commit, self._sealer.prefix)
        waiting = [*paths]
        for path in waiting:
            yield from self._history(path, wanted.others)
            for change in self._changes.get(path, ()):
                for other, moved in self._moves(change):
                    if other in paths or len(paths) >= _MOST_NAMES or there.exists(other):
                        continue
                    if (moved.before or moved.after) == (change.before or change.after):
                        paths[other] = None
                        waiting.append(other)
                    else:  # it was edited on the way: only what stood there then is surely this prompt
                        yield from self._history(other, wanted.others, moved)

    def _moves(self, change: BlobChange) -> Iterator[tuple[PurePosixPath, BlobChange]]:
        """Prompt files that came where this one went, or went where it came."""
        if change.before and change.after:
            return
        for path, other in self._changed.get(change.commit, {}).items():
            if bool(other.before) != bool(change.before):
                yield path, other

    def _history(
        self, path: PurePosixPath, others: Sequence[PurePosixPath], at: BlobChange | None = None
    ) -> Iterator[_Place]:
        """The states of a prompt's file and the others, oldest first; `at`: only the one it came with, or went from."""
        files, depth = (path, *others), self._line.depth
        listed = [(number, each) for number, file in enumerate(files) for each in self._changes.get(file, ())]
        changes = [(depth(each.commit), number, each) for number, each in listed]
        now, last = [""] * len(files), None
        for _, group in groupby(sorted(changes, reverse=True), key=lambda change: change[0]):
            for _, number, change in group:
                now[number] = change.after
            commit = change.commit
            if at is not None and commit == at.commit and at.before and last is not None:
                yield last
            last = _Place(commit, path, tuple(now)) if now[0] else None
            if last is not None and (at is None or (commit == at.commit and at.after)):
                yield last


def _references(content: bytes) -> list[PurePosixPath]:
    """The paths of the other files it consists of, also of those that include statements name and are not there."""
    data = json.loads(content)
    found: Mapping[str, Mapping[str, str]] = data["references"]
    paths = [*(path for names in found.values() for path in names.values()), *data.get("files", {})]
    return [PurePosixPath(path) for path in dict.fromkeys(paths)]


def _blobs(places: Iterable[Iterable[_Place]]) -> set[str]:
    """The ids of all that their files hold."""
    return {blob for part in places for place in part for blob in place.state if blob}
