"""What changed in the messages a model receives: a diff for each case, alike ones told once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from promptops.report.lookup import Lookup

Messages = tuple[tuple[str, str], ...]

CONTEXT = 2
MAX_LINES = 600
"""Beyond it the differ, whose time grows with the square, is not asked: all old lines, then all new ones."""


@dataclass(frozen=True, slots=True)
class RenderedChange:
    """One change, the cases that have it, and its diff in the first that may be shown.

    Lines of the diff begin with ' ', '+', '-' or '@@'. `case` is empty, and so is the diff, when all are held out.
    """

    cases: tuple[str, ...]
    case: str
    diff: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RenderedChanges:
    """All changes, most frequent first, and over how many cases both versions were rendered."""

    changes: tuple[RenderedChange, ...]
    compared: int

    @property
    def changed(self) -> int:
        """How many cases have a change."""
        return sum(len(change.cases) for change in self.changes)


def rendered_changes(look: Lookup) -> RenderedChanges:
    """Group the cases by what changed in their messages, their own field values left out of the comparison."""
    sides: dict[str, dict[str, Messages]] = {}
    for rendered in look.results.rendered:
        sides.setdefault(rendered.case, {})[rendered.side] = rendered.messages
    groups: dict[tuple[str, ...], list[str]] = {}
    diffs: dict[str, tuple[str, ...]] = {}
    compared = 0
    for case, found in sides.items():
        if "base" not in found or "head" not in found or case not in look.cases:
            continue
        compared += 1
        if found["base"] == found["head"]:
            continue
        diffs[case] = message_diff(found["base"], found["head"])
        groups.setdefault(_likeness(diffs[case], look.cases[case].fields), []).append(case)
    ordered = sorted(groups.values(), key=len, reverse=True)
    return RenderedChanges(tuple(_told(look, cases, diffs) for cases in ordered), compared)


def _told(look: Lookup, cases: Sequence[str], diffs: Mapping[str, tuple[str, ...]]) -> RenderedChange:
    shown = next((case for case in cases if case not in look.held), "")
    return RenderedChange(tuple(cases), shown, diffs[shown] if shown else ())


def _likeness(diff: Sequence[str], fields: Mapping[str, Any]) -> tuple[str, ...]:
    """The changed lines with the case's own values masked: one edit reads alike in all cases."""
    values = sorted({str(v) for v in fields.values() if isinstance(v, str | int | float)}, key=len, reverse=True)
    lines = "\n".join(line for line in diff if line[:1] in "+-")
    for value in values:
        if len(value) >= 2:
            lines = lines.replace(value, "\0")
    return tuple(lines.split("\n"))


def message_diff(base: Messages, head: Messages) -> tuple[str, ...]:
    """Message by message: `@@ system @@`, then changed lines with a little context; unchanged messages are left out."""
    lines: list[str] = []
    for index in range(max(len(base), len(head))):
        old_role, old = base[index] if index < len(base) else ("", "")
        new_role, new = head[index] if index < len(head) else ("", "")
        if (old_role, old) == (new_role, new):
            continue
        role = new_role or old_role
        if not old_role or not new_role:
            role += " (new message)" if not old_role else " (message removed)"
        elif old_role != new_role:
            role = f"{old_role} → {new_role}"
        if old.endswith("\n") and new.endswith("\n"):
            old, new = old[:-1], new[:-1]
        lines += [f"@@ {role} @@", *line_diff(_lines(old, old_role), _lines(new, new_role))]
    return tuple(lines)


def _lines(text: str, role: str) -> list[str]:
    """Lines of a message; a newline at its end is told by an empty last line, a message that is not there has none."""
    return text.split("\n") if role else []


def line_diff(old: Sequence[str], new: Sequence[str], context: int = CONTEXT) -> list[str]:
    """Changed lines with `context` lines around them; `@@ … @@` where lines between were left out."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if max(len(old), len(new)) > MAX_LINES:
        return [*(f"-{line}" for line in old), *(f"+{line}" for line in new)]
    lines: list[str] = []
    for number, group in enumerate(matcher.get_grouped_opcodes(context)):
        if number:
            lines.append("@@ … @@")
        for tag, a, b, c, d in group:
            if tag == "equal":
                lines += [f" {line}" for line in old[a:b]]
                continue
            lines += [f"-{line}" for line in old[a:b]]
            lines += [f"+{line}" for line in new[c:d]]
    return lines
