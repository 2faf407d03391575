"""What changed in the messages a model receives: a diff for each case, alike ones told once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import product, zip_longest
from typing import Any, NamedTuple

from promptops.model.edit import FileEdit
from promptops.report.results.results_view import ResultsView
from promptops.text.diffs.line_diff import line_diff

Message = tuple[str, str]
Messages = tuple[Message, ...]
Pair = tuple[Message | None, Message | None]


class TwoSides(NamedTuple):
    """A case's messages before and after. `fields` are its own values; a case that is `held_out` is never shown."""

    case: str
    base: Messages
    head: Messages
    fields: Mapping[str, Any]
    held_out: bool = False


@dataclass(frozen=True, slots=True)
class RenderedChange:
    """One change, the cases that have it, and its diff in the first that may be shown.

    Lines of the diff begin with ' ', '+', '-' or '@@'. `case` is empty, and so is the diff, when all are held out.
    `reached_by` are the lines of the edit that come to these cases; empty where that is not known.
    """

    cases: tuple[str, ...]
    case: str
    diff: tuple[str, ...]
    reached_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RenderedChanges:
    """All changes, most frequent first, and over how many cases both versions were rendered."""

    changes: tuple[RenderedChange, ...]
    compared: int

    @property
    def changed(self) -> int:
        """How many cases have a change."""
        return sum(len(change.cases) for change in self.changes)


_MOST_PAIRS = 100
"""Beyond it messages are compared in their order, without looking for the likeliest pairs."""
_WORDS = 200
"""So many of a message's words tell whether it is like another."""
_TAG = re.compile(r"\{[{%#][^{}]*[}%#]\}")
_LEAST_WORDS, _MOST_EDITED = 3, 200
"""Characters of an edited line that tell where it went, and so many lines are looked for."""


def rendered_changes(view: ResultsView) -> RenderedChanges:
    """The changes over all cases of a run that both versions were rendered for."""
    sides: dict[str, dict[str, Messages]] = {}
    for rendered in view.results.rendered if view.has_base else ():
        sides.setdefault(rendered.case, {})[rendered.side] = rendered.messages
    cases = (
        TwoSides(case, found["base"], found["head"], view.cases[case].fields, case in view.held)
        for case, found in sides.items()
        if "base" in found and "head" in found and case in view.cases
    )
    return group_changes(cases, view.results.edit)


def group_changes(cases: Iterable[TwoSides], edit: Sequence[FileEdit] = ()) -> RenderedChanges:
    """Group the cases by which lines of the `edit` come to them.

    Where nothing tells, by what changed in their messages, their own field values left out of the comparison.
    """
    edited = tuple(dict.fromkeys(line for one in edit for line in changed_lines(one.diff)))[:_MOST_EDITED]
    compared = {one.case: one for one in cases}
    diffs = {one.case: message_diff(one.base, one.head) for one in compared.values() if one.base != one.head}
    plain = Counter(map(changed_lines, diffs.values()))
    groups: dict[tuple[bool, tuple[str, ...]], list[TwoSides]] = {}
    reached_by: dict[str, tuple[str, ...]] = {}
    for case, diff in diffs.items():
        # A change that several cases share word for word needs no masks, and masks could tell them apart.
        same = plain[changed_lines(diff)] > 1
        reached_by[case] = reached = _reaching(diff, edited)
        key = reached or (changed_lines(diff) if same else _likeness(diff, compared[case].fields))
        groups.setdefault((bool(reached), key), []).append(compared[case])
    ordered = sorted(groups.values(), key=len, reverse=True)
    return RenderedChanges(tuple(_told(group, diffs, reached_by) for group in ordered), len(compared))


def _told(
    group: Sequence[TwoSides], diffs: Mapping[str, tuple[str, ...]], reached_by: Mapping[str, tuple[str, ...]]
) -> RenderedChange:
    shown = next((one.case for one in group if not one.held_out), "")
    cases = tuple(one.case for one in group)
    return RenderedChange(cases, shown, diffs[shown] if shown else (), reached_by[cases[0]])


def _reaching(diff: Sequence[str], edited: Sequence[str]) -> tuple[str, ...]:
    """The edited lines whose own words, without placeholders and tags, stand in order in what changed in a case."""
    texts = {sign: "\n".join(line[1:] for line in diff if line[:1] == sign) for sign in "+-"}
    return tuple(line for line in edited if _stands_in(line, texts[line[0]]))


def _stands_in(line: str, text: str) -> bool:
    words = [part.strip() for part in _TAG.split(line[1:])]
    if sum(map(len, words)) < _LEAST_WORDS:
        return False
    place = 0
    for word in words:
        place = text.find(word, place)
        if place < 0:
            return False
        place += len(word)
    return True


def changed_lines(diff: Sequence[str]) -> tuple[str, ...]:
    """The lines that were taken out or put in."""
    return tuple(line for line in diff if line[:1] in "+-")


def _likeness(diff: Sequence[str], fields: Mapping[str, Any]) -> tuple[str, ...]:
    """The changed lines with the case's own values masked: one edit reads alike in all cases."""
    values = sorted({str(v) for v in fields.values() if isinstance(v, str | int | float)}, key=len, reverse=True)
    lines = "\n".join(changed_lines(diff))
    for value in values:
        if len(value) >= 2:
            lines = lines.replace(value, "\0")
    return tuple(lines.split("\n"))


def message_diff(base: Messages, head: Messages) -> tuple[str, ...]:
    """Message by message: `@@ system @@`, then changed lines with a little context; unchanged messages are left out."""
    lines: list[str] = []
    for before, after in paired(base, head):
        if before != after:
            old, new = (side[1] if side is not None else None for side in (before, after))
            lines += [role_line(before, after), *text_diff(old, new)]
    return tuple(lines)


def text_diff(old: str | None, new: str | None) -> list[str]:
    """Two texts line by line; None is one that is not there. A newline at one's end is told by an empty last line."""
    texts = old, new
    if all(text.endswith("\n") for text in texts if text is not None):
        texts = old and old.removesuffix("\n"), new and new.removesuffix("\n")
    before, after = (text.split("\n") if text is not None else [] for text in texts)
    return line_diff(before, after)


def role_line(before: Message | None, after: Message | None) -> str:
    """`@@ system @@`, what stands above a message's diff: at least one of both is there."""
    if before is None or after is None:
        role, what = (after[0], "new message") if after else (before[0] if before else "", "message removed")
        return f"@@ {role} ({what}) @@"
    return f"@@ {after[0]} @@" if before[0] == after[0] else f"@@ {before[0]} → {after[0]} @@"


def paired(base: Messages, head: Messages) -> Iterator[Pair]:
    """Each message beside the one it was before; None where it is new or was removed. Orders are kept."""
    for tag, a, b, c, d in SequenceMatcher(None, base, head, autojunk=False).get_opcodes():
        if tag == "equal" or (b - a) * (d - c) > _MOST_PAIRS:
            yield from zip_longest(base[a:b], head[c:d])
        else:
            yield from _alike(base[a:b], head[c:d])


def _alike(old: Messages, new: Messages) -> list[Pair]:
    """Messages of one role (or one text) that have most in common go together: a new example moves a question."""
    best: dict[tuple[int, int], tuple[float, list[Pair]]] = {(0, 0): (0.0, [])}
    for i, j in product(range(len(old) + 1), range(len(new) + 1)):
        left, right = old[i - 1] if i else None, new[j - 1] if j else None
        steps: list[tuple[int, int, Pair, float]] = [(i, j - 1, (None, right), 0.0), (i - 1, j, (left, None), 0.0)]
        if left and right and (left[0] == right[0] or left[1] == right[1]):
            steps.append((i - 1, j - 1, (left, right), _likeness_of(left, right)))
        ways = [(best[a, b][0] + more, [*best[a, b][1], pair]) for a, b, pair, more in steps if min(a, b) >= 0]
        if ways:
            best[i, j] = max(ways, key=lambda way: way[0])
    return best[len(old), len(new)][1]


def _likeness_of(old: Message, new: Message) -> float:
    """More than 0, so that an edited message is told as edited, however little is left of it."""
    words = old[1].split()[:_WORDS], new[1].split()[:_WORDS]
    return 0.1 + SequenceMatcher(None, *words, autojunk=False).ratio()
