"""Which file with findings was called otherwise before: the same text, else the most alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from pathlib import PurePosixPath

from promptops.lint.engine.project_files import kind_of
from promptops.lint.engine.runner import Report
from promptops.source.file_names import PROMPT_SUFFIXES, SUITE_SUFFIXES

_MIN_SIMILARITY = 0.6
_MOST_PAIRS = 400
"""Beyond it only files with the same text are recognised: comparing texts takes a while."""
_MOST_LINES = 200


def former_paths(head: Report, base: Report) -> dict[PurePosixPath, PurePosixPath]:
    """New path → former path, of files with findings on both sides."""
    gone = _texts(base, head)
    new = _texts(head, base)
    found: dict[PurePosixPath, PurePosixPath] = {}
    by_text: dict[tuple[str | None, str], list[PurePosixPath]] = {}
    for path, text in gone.items():
        by_text.setdefault((kind_of(path), text), []).append(path)
    for path, text in new.items():
        if same := by_text.get((kind_of(path), text)):
            found[path] = same.pop(0)
    left = {path: text for path, text in gone.items() if path not in found.values()}
    added = {path: text for path, text in new.items() if path not in found}
    if len(left) * len(added) <= _MOST_PAIRS:
        for _, was, now in sorted(_alike(left, added), key=lambda one: (-one[0], one[1:])):
            if now not in found and was not in found.values():
                found[now] = was
    return found


def former_names(former: Mapping[PurePosixPath, PurePosixPath]) -> dict[str, str]:
    """What messages called a file, or the prompt or suite in it, before → what they call it now."""
    return {was: now for new, old in former.items() for was, now in zip(_names(old), _names(new), strict=True)}


def _names(path: PurePosixPath) -> Iterator[str]:
    """Its path, its name, and what identifiers may be, from the whole path to the stem alone."""
    stem = path.name
    for suffix in (*PROMPT_SUFFIXES, *SUITE_SUFFIXES):
        stem = stem.removesuffix(suffix)
    yield path.as_posix()
    yield path.name
    yield stem
    yield (PurePosixPath(*path.parts[1:-1]) / stem).as_posix()


def _texts(report: Report, other: Report) -> dict[PurePosixPath, str]:
    """The files with findings that the other version does not have."""
    paths = sorted({one.path for one in report.findings} & report.paths - other.paths)
    return {path: report.sources[path] for path in paths if path in report.sources}


def _alike(
    gone: Mapping[PurePosixPath, str], new: Mapping[PurePosixPath, str]
) -> Iterator[tuple[float, PurePosixPath, PurePosixPath]]:
    for now, after in new.items():
        for was, before in gone.items():
            if kind_of(was) == kind_of(now):
                share = SequenceMatcher(None, _lines(before), _lines(after), autojunk=False).ratio()
                if share >= _MIN_SIMILARITY:
                    yield share, was, now


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()][:_MOST_LINES]
