"""Stretches of a file by offset: where its messages and its cases stand, and offsets as places."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from pathlib import PurePosixPath

from promptops.lint.engine.target import Target
from promptops.model.finding import Span

YAML_SUFFIXES = (".yml", ".yaml")


def span_of(text: str, start: int, end: int) -> Span:
    """The place of `text[start:end]`, which may reach over several lines."""
    breaks = _line_breaks(text)
    line, last = bisect_left(breaks, start), bisect_left(breaks, end)
    return Span(line, start - breaks[line - 1], last, end - breaks[last - 1])


@lru_cache(maxsize=8)
def _line_breaks(text: str) -> list[int]:
    """Where each line ends, and -1 first: a file may have thousands of places."""
    return [-1, *(found.start() for found in re.finditer("\n", text))]


def offsets_of(target: Target, key: str) -> tuple[int, int] | None:
    """From where to where the value of a top-level key stands in `target.text`; None when there is none."""
    node = target.get(key)
    if node is None:
        return None
    rows = target.rows
    start = sum(len(row) + 1 for row in rows[: node.span.line - 1]) + node.span.column - 1
    end = sum(len(row) + 1 for row in rows[: node.span.end_line - 1]) + node.span.end_column - 1
    return start, end


def outside_cases(target: Target) -> list[tuple[int, int]]:
    """All of the file but its cases: those may hold anything on purpose."""
    cases = offsets_of(target, "testData")
    whole = (0, len(target.text))
    return [whole] if cases is None else [(0, cases[0]), (cases[1], whole[1])]


def texts(target: Target) -> Iterator[tuple[PurePosixPath, str]]:
    """The file itself, and the YAML files of cases that a suite names: nobody else looks into those."""
    yield target.path, target.text
    data = target.get("testData") if target.kind == "suite" else None
    if data is None or data.kind != "scalar" or not data.text.lower().endswith(YAML_SUFFIXES):
        return
    from promptops.lint.engine.project_files import MAX_CASES_BYTES
    from promptops.source.source import read_text

    for path in sorted({case.path for case in target.cases if case.path is not None and case.path != target.path}):
        yield path, read_text(target.project.source, path, MAX_CASES_BYTES)
