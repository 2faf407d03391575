"""Comments that take a finding on.

`# promptops: ignore[P201] reason`, in templates and texts `{# promptops: ignore[P201] reason #}`.

In YAML a comment behind a key, or on a line of its own above it, covers all that stands below the key. In a text (a
template, or a message) it covers its own line, and the next one where it stands alone.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import PurePosixPath

from promptops.lint.engine.target import Target
from promptops.lint.engine.text_spans import TextSpan
from promptops.model.finding import Finding, Span
from promptops.source.yaml.reader import Node

UNUSED = "P012"
MARK = "romptops:"
"""A file without it has no such comment."""
_COMMENT = r"(?i)#[ \t]*promptops:[ \t]*ignore(?:\[([^\]\n]*)\])?[ \t]*:?[ \t]*([^\n]*)"
_BLOCK = ("|", ">")
_MOST = 200
"""Comments of one file that are read; nobody writes more."""


class Suppression:
    """`codes` as written; `first` to `last` are the lines it covers; `used` are the codes that it really took on."""

    def __init__(self, span: Span, codes: tuple[str, ...], reason: str, first: int, last: int) -> None:
        self.span = span
        self.codes = codes
        self.reason = reason
        self.first = first
        self.last = last
        self.used: set[str] = set()

    def takes(self, code: str, line: int) -> bool:
        """Whether it covers a finding; without a reason it covers none."""
        if code not in self.codes or not self.reason or not self.first <= line <= self.last:
            return False
        self.used.add(code)
        return True


class SuppressionIndex:
    """The suppressions of all files, read once, so that it is known in the end which of them were of use.

    `comments_of` gives an earlier text of a file: then only those count whose line stands there too.
    """

    def __init__(self, comments_of: Callable[[PurePosixPath], str] | None = None) -> None:
        self._comments_of = comments_of
        self._held: dict[Target, tuple[Suppression, ...]] = {}
        self._naming: dict[tuple[Target, PurePosixPath], tuple[tuple[Target, int], ...]] = {}

    def of(self, target: Target) -> tuple[Suppression, ...]:
        """The comments of a file."""
        if target not in self._held:
            found = suppressions_of(target)
            known = self._comments_of
            self._held[target] = found if known is None else _known(found, target.rows, known(target.path))
        return self._held[target]

    def cover(self, target: Target, finding: Finding) -> bool:
        """Whether somebody said in a comment, with a reason, that what was found when looking at a file may stay.

        What is told once for many cases may be taken on where it is told, or where the first of them stands.
        """
        return any(
            self._cover_place(target, finding.code, path, span.line)
            for path, span in ((finding.path, finding.span), *finding.places[:1])
        )

    def _cover_place(self, target: Target, code: str, path: PurePosixPath, line: int) -> bool:
        place = target.files.find(path) if path != target.path else target
        if place is not None and place.kind != "cases":
            return self._cover(place, code, line)
        # A file of cases, examples, tools or a schema has no comments: those count where a suite or prompt names it.
        key = target, path
        if key not in self._naming:
            self._naming[key] = tuple(_naming(*key))
        return any(self._cover(owner, code, named) for owner, named in self._naming[key])

    def unused(self, target: Target, running: Collection[str]) -> Iterator[Finding]:
        """Each code in a file's comments that took nothing on, of the rules that ran."""
        for comment in self.of(target):
            for code in comment.codes:
                if comment.reason and code in running and code not in comment.used:
                    message = f"nothing here needs ignore[{code}]"
                    yield Finding(target.path, comment.span, UNUSED, message, "take it out", "warning")

    def _cover(self, target: Target, code: str, line: int) -> bool:
        return any(comment.takes(code, line) for comment in self.of(target))


def _known(found: tuple[Suppression, ...], rows: Sequence[str], text: str) -> tuple[Suppression, ...]:
    """Those whose line the earlier text has, no more often than it has it."""
    left = Counter(line.strip() for line in text.splitlines())
    kept = []
    for comment in found:
        line = rows[comment.span.line - 1].strip()
        left[line] -= 1
        if left[line] >= 0:
            kept.append(comment)
    return tuple(kept)


def _naming(target: Target, path: PurePosixPath) -> Iterator[tuple[Target, int]]:
    """Who names the file, and on which line: the target itself, or what names the file that it is."""
    owners = [target]
    if target.kind == "cases":
        from promptops.lint.engine.suites_by_case_file import prompts_naming, suites_reading

        readers = (*suites_reading(target.project, path), *prompts_naming(target.project, path))
        owners = [owner for one in readers if (owner := target.files.find(one)) is not None]
    for owner in owners:
        if (data := owner.get("testData")) is not None:
            yield owner, data.span.line
        listed = owner.get("messages")
        messages = listed.value if listed is not None and listed.kind == "sequence" else ()
        for node in (owner.get("tools"), owner.get("jsonSchema"), *(one.get("examples") for one in messages)):
            if node is not None and node.kind == "scalar" and node.text.rpartition("/")[2] == path.name:
                yield owner, node.span.line


def _has_any(target: Target) -> bool:
    # The key `promptops` is in most files.
    return MARK in target.text and ("{#" in target.text or re.search(_COMMENT, target.text) is not None)


def suppressions_of(target: Target) -> tuple[Suppression, ...]:
    """Every such comment of the file; none that is part of a text a model receives."""
    if not _has_any(target):
        return ()
    if target.kind == "template":
        return tuple(_in_text(target.messages))
    if target.node is None:
        return ()
    found = [comment for comment, is_text in _written(target, target.node) if not is_text]
    plain = target.prompt is None or target.prompt.plain
    return (*found, *([] if plain else _in_text(target.messages)))


def sent_to_the_model(target: Target) -> Iterator[Span]:
    """Where a comment of this kind was meant, but stands in a text, which the model receives as it is."""
    if target.node is not None and target.kind == "prompt" and _has_any(target):
        for comment, is_text in _written(target, target.node):
            row = target.rows[comment.span.line - 1]
            if is_text and row[: comment.span.column - 1].rstrip()[-1:] != "{":  # {# … #} is a comment of the text
                yield comment.span


def _written(target: Target, node: Node) -> Iterator[tuple[Suppression, bool]]:
    """Everything that looks like such a comment, and whether it is part of a value."""
    pattern, scalars = re.compile(_COMMENT), _Scalars()
    ends: dict[int, int] = {}
    _collect(node, scalars, ends)
    following = _following(target.rows)
    count = 0
    for number, row in enumerate(target.rows, 1):
        if MARK not in row:
            continue
        position = 0
        while count < _MOST and (match := pattern.search(row, position)):
            count += 1
            is_text = scalars.hold(number, match.start() + 1)
            alone = not row[: match.start()].strip()
            first = following[number] if alone and _reaches(target.rows, number, following[number]) else number
            last = max(first, ends.get(first, first)) if first != number or not alone else number
            span = Span.at(number, match.start() + 1, len(match[0].rstrip()))
            yield Suppression(span, _codes(match[1]), match[2].strip(), first, last), is_text
            if not is_text:
                break  # all that stands behind a comment is part of it
            position = match.start() + 1


def _reaches(rows: list[str], number: int, following: int) -> bool:
    """Whether a comment alone on its line belongs to the next one: not where that ends the block it stands in."""
    here, there = rows[number - 1], rows[following - 1]
    return len(there) - len(there.lstrip()) >= len(here) - len(here.lstrip())


class _Scalars:
    """Where the values of a file stand, by line, so that a place is looked up at once."""

    def __init__(self) -> None:
        self._on_line: dict[int, list[Span]] = {}
        self._long: list[Span] = []

    def add(self, node: Node) -> None:
        span = node.span
        if node.style in _BLOCK:  # what follows the sign on its own line is no text: there a comment may stand
            span = Span(span.line + 1, 1, span.end_line, span.end_column)
        if span.end_line == span.line:
            self._on_line.setdefault(span.line, []).append(span)
        else:
            self._long.append(span)

    def hold(self, line: int, column: int) -> bool:
        """Whether the place is inside a value; values stand in their order, and none overlaps another."""
        place = bisect_right(self._long, (line, column, 1 << 30, 0)) - 1
        near = self._long[place : place + 1] if place >= 0 else []
        return any(
            (span.line, span.column) <= (line, column) < (span.end_line, span.end_column)
            for span in (*self._on_line.get(line, ()), *near)
        )


def _in_text(text_spans: tuple[TextSpan, ...]) -> Iterator[Suppression]:
    for text_span in text_spans:
        tags = text_span.tags if MARK in text_span.text else ()
        for tag in [tag for tag in tags if tag.kind == "{#" and MARK in tag.body][:_MOST]:
            match = re.match(_COMMENT, f"#{tag.body.strip(' -+')}")
            if match is None:
                continue
            span = text_span.span(tag.start, tag.end)
            row = text_span.rows[span.line - 1] if span.line <= len(text_span.rows) else ""
            alone = not (row[: span.column - 1] + row[span.end_column - 1 :]).strip()
            codes, reason = _codes(match[1]), match[2].strip()
            yield Suppression(span, codes, reason, span.line, span.line + alone)


def _codes(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip().upper() for part in (text or "").split(",") if part.strip())


def _following(rows: list[str]) -> list[int]:
    """For each line the first one below that is neither blank nor a comment; the line itself where there is none."""
    lines, following = list(range(len(rows) + 1)), 0
    for number in range(len(rows), 0, -1):
        lines[number] = following or number
        row = rows[number - 1].strip()
        if row and not row.startswith("#"):
            following = number
    return lines


def _collect(node: Node, scalars: _Scalars, ends: dict[int, int]) -> None:
    """Every scalar's span, and for each line the last line of what begins there."""
    if node.kind == "scalar":
        scalars.add(node)
        return
    children = list(node.value.values()) if node.kind == "mapping" else node.value
    starts = list(node.key_spans.values()) if node.kind == "mapping" else [child.span for child in children]
    for start, child in zip(starts, children, strict=False):
        last = child.span.end_line - (child.span.end_column == 1)
        ends[start.line] = max(ends.get(start.line, 0), last)
        _collect(child, scalars, ends)
