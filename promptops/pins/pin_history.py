"""How pins came to be what they are: the history of each, however often the others in its file were changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import PurePosixPath
from typing import NamedTuple

from promptops.errors import AbsentObjectError, PromptopsError
from promptops.model.environment import Pin
from promptops.pins.pin_lines import PinLines, UnknownLineError
from promptops.source.formats.environments import MAX_BYTES, MAX_VALUES, SUFFIXES, load_environment
from promptops.source.git.commit import Commit
from promptops.source.git.log import FileVersion, file_versions
from promptops.source.git.packs.file_lines import FileLines, Lines, changed_range
from promptops.source.git.repository import Repository

_MOST_PINS = MAX_VALUES // 20
"""So many that the reader of YAML takes them whatever they are: one takes at most 18 values."""


class PinChanges(NamedTuple):
    """What a commit (full id) made of an environment: each pin that it changed, before and after (None: not there).

    Both are without spans. `before` is what the last version says that could be read: one that nobody could read was
    never served.
    """

    commit: str
    before: Mapping[str, Pin | None]
    after: Mapping[str, Pin | None]


def pin_history(repository: Repository, path: PurePosixPath, head: str) -> Iterator[PinChanges]:
    """What changed in an environment up to `head` (full id) along its first parents, oldest first.

    `path` is its file from the repository's top. `NAME.yml` and `NAME.yaml` are one environment, and another name is
    another environment: a renamed file begins anew. Commits that changed no pin, and those whose version of the file
    cannot be read as an environment, are left out; where the file is not there, nothing is pinned. SourceError where
    git cannot read the history, AbsentObjectError where a partial clone leaves out a version.
    """
    yield from _Walk(repository).changes(path, head)


class _Walk:
    """What the last version said that could be read; `lines` is empty where they are not what `PinLines` reads."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._texts = FileLines(repository.packs(), lambda one: repository.read_objects([one], "blob")[0])
        self._reader = PinLines()
        self._pins: dict[str, Pin] = {}
        self._lines: Lines = ()
        self._first = self._indent = 0

    def changes(self, path: PurePosixPath, head: str) -> Iterator[PinChanges]:
        """As `pin_history`."""
        there: dict[PurePosixPath, FileVersion] = {}
        for versions in file_versions(self._repository, [path.with_suffix(suffix) for suffix in SUFFIXES], head):
            there |= {version.path: version for version in versions}
            files = [version for version in there.values() if version.object_id]
            if len(files) > 1 or any(version.unreadable for version in files):
                continue  # two files for one environment are none
            commit = versions[0].commit
            try:
                before, after = self._read(files[0], commit) if files else self._replace({})
            except AbsentObjectError:  # it pinned something, and nobody knows what
                raise
            except PromptopsError:
                continue
            if names := [name for name in {**before, **after} if before.get(name) != after.get(name)]:
                was, now = ({name: pins.get(name) for name in names} for pins in (before, after))
                yield PinChanges(commit, was, now)

    def _read(self, version: FileVersion, commit: str) -> tuple[Mapping[str, Pin], Mapping[str, Pin]]:
        """Take the next version; gives the pins that may differ, before and after. PromptopsError: it is none."""
        text = self._texts.of(version.object_id)
        lines = text.lines
        with suppress(UnknownLineError):
            if text.size > MAX_BYTES:
                raise UnknownLineError
            return self._read_part(lines) if self._lines else self._read_lines(lines)
        with suppress(UnknownLineError):
            if self._lines and text.size <= MAX_BYTES:
                return self._read_lines(lines)
        return self._replace(load_environment(Commit(self._repository, commit), version.path).pins_without_spans())

    def _read_part(self, lines: Lines) -> tuple[Mapping[str, Pin], Mapping[str, Pin]]:
        """Only the lines that differ."""
        span = changed_range(self._lines, lines)
        before, after = self._reader.changed_pins(self._lines, lines, span, self._first, self._indent)
        count = len(self._pins) - len(before) + len(after)
        if not 0 < count <= _MOST_PINS or any(name in self._pins and name not in before for name in after):
            raise UnknownLineError
        for name in before:
            del self._pins[name]
        self._pins.update(after)
        self._lines = lines
        return before, after

    def _read_lines(self, lines: Lines) -> tuple[Mapping[str, Pin], Mapping[str, Pin]]:
        pins, first, indent = self._reader.all_pins(lines)
        if len(pins) > _MOST_PINS:
            raise UnknownLineError
        self._first, self._indent = first, indent
        return self._replace(pins, lines)

    def _replace(self, pins: dict[str, Pin], lines: Lines = ()) -> tuple[Mapping[str, Pin], Mapping[str, Pin]]:
        before, self._pins, self._lines = self._pins, pins, lines
        return before, pins
