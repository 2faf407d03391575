"""Which environments two versions of a project's files pin differently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from promptops.errors import PromptError, PromptopsError
from promptops.model.environment import Environment, Pin
from promptops.source.formats.environments import FOLDER, SUFFIXES, load_environment
from promptops.source.source import Source


class ChangedEnvironment(NamedTuple):
    """An environment on both sides: its pins (None: there is no file), or why its file cannot be read."""

    name: str
    path: PurePosixPath
    before: Environment | PromptopsError | None
    after: Environment | PromptopsError | None


def changed_environments(old: Source, new: Source) -> Iterator[ChangedEnvironment]:
    """Those that say something else, by name. Comments, order and the file's suffix say nothing."""
    files = [_files(source) for source in (old, new)]
    for name in sorted({*files[0], *files[1]}):
        before, after = (_load(source, found.get(name, [])) for source, found in zip((old, new), files, strict=True))
        if _what(before) != _what(after):
            yield ChangedEnvironment(name, (files[1].get(name) or files[0][name])[0], before, after)


def pins_of(found: Environment | PromptopsError | None) -> Mapping[str, Pin]:
    """What is served; nothing where there is no file that can be read."""
    return found.pins if isinstance(found, Environment) else {}


def _files(source: Source) -> dict[str, list[PurePosixPath]]:
    found: dict[str, list[PurePosixPath]] = {}
    for path in source.list(f"{FOLDER}/*"):
        if path.suffix in SUFFIXES:
            found.setdefault(path.stem, []).append(path)
    return found


def _load(source: Source, paths: Sequence[PurePosixPath]) -> Environment | PromptopsError | None:
    if not paths:
        return None
    if len(paths) > 1:
        message = f"this file and {paths[0]} are both the environment '{paths[0].stem}'"
        return PromptError(message, where=str(paths[1]), hint="keep one of the two")
    try:
        return load_environment(source, paths[0])
    except PromptopsError as exc:
        return exc


def _what(found: Environment | PromptopsError | None) -> object:
    """Equal for equal ones."""
    if isinstance(found, PromptopsError):
        return str(found)
    return None if found is None else found.pins_without_spans()
