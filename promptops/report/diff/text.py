"""A diff of two versions as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from promptops.model.outcomes.diff import ProjectDiff
from promptops.report.diff import wording
from promptops.report.diff.view import PromptView, group_alike, merge_reaches
from promptops.text.humanize import plural
from promptops.text.sanitize import shorten, visible_line
from promptops.text.whitespace import mark_whitespace, whitespace_legend
from promptops.text.word_diff import underline_changes

MOST_CHANGES, MOST_LINES, MOST_DIFFERENCES = 5, 200, 12
LINE, VALUE = 2000, 160
_BOLD, _RED, _GREEN, _DIM, _END = "\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[2m", "\x1b[0m"


def diff_text(diff: ProjectDiff, *, color: bool = False) -> str:
    """The whole diff, a paragraph for each prompt, then what shared changes reach. Ends with a line break.

    No text of a prompt can act on a terminal, with colours or without.
    """
    lines = [f"Note: {visible_line(note)}" for note in diff.notes]
    if not diff.prompts:
        lines.append(visible_line(wording.nothing(diff)))
    else:
        before, now = wording.versions(diff)
        lines = [f"before  {visible_line(before)}", f"now     {visible_line(now)}", *lines]
    for views in group_alike(diff.prompts):
        lines += ["", *_prompts(views)]
    if meaning := whitespace_legend([line[4:] for line in lines if line.startswith(("    +", "    -"))]):
        lines += ["", f"({meaning})"]
    if diff.shared:
        lines += ["", "*What shared changes reach"]
    for found in diff.shared:
        lines.append(f"  {visible_line(wording.shared(found))}")
        reached = wording.reach_lines(found.reach)
        lines += [f"    {label:<12}  {visible_line(told, 1000)}" for label, told in reached]
    if diff.prompts:
        lines += ["", wording.summary(diff)]
    return painted(lines, color=color) + "\n"


def diff_lines(diff: Sequence[str]) -> list[str]:
    """The lines of a diff with white space visible, the longest and the last ones cut."""
    shown = list(diff[:MOST_LINES])
    while shown and shown[-1] == " ":  # empty lines below the last change tell nothing
        shown.pop()
    lines = mark_whitespace([shorten(line, LINE) for line in shown])
    more = len(diff) - MOST_LINES
    return [*lines, f"@@ … {more} more lines @@"] if more > 0 else lines


def diff_rows(diff: Sequence[str], indent: str = "    ") -> Iterator[str]:
    """Lines as `diff_lines` makes them, set below one another; titles stand behind the indentation."""
    for line in diff:
        if line.startswith("@@"):
            title = line[2:].removesuffix("@@").strip()
            yield f"{indent}{title}" if title.startswith("…") else f"{indent}── {title} ──"
        else:
            yield f"    {line[:1]} {line[1:]}".rstrip()


def painted(lines: Sequence[str], *, color: bool) -> str:
    """The lines as one text. Those that begin with `*` are headings; in a diff the first sign says it all."""
    return "\n".join(_coloured(lines) if color else (line.removeprefix("*") for line in lines))


def _coloured(lines: Sequence[str]) -> Iterator[str]:
    taken_out: list[str] = []
    for sign, block in groupby(lines, _sign):
        found = list(block)
        if sign == "-":
            taken_out = found
            continue
        if sign == "+":
            old, new = underline_changes([line[6:] for line in taken_out], [line[6:] for line in found])
            yield from (f"{_RED}    - {line}{_END}" for line in old)
            yield from (f"{_GREEN}    + {line}{_END}" for line in new)
        else:
            yield from (f"{_RED}{line}{_END}" for line in taken_out)
            tone = {"*": _BOLD, "─": _DIM, "…": _DIM}.get(sign, "")
            yield from (f"{tone}{line.removeprefix('*')}{_END}" if tone else line for line in found)
        taken_out = []
    yield from (f"{_RED}{line}{_END}" for line in taken_out)


def _sign(line: str) -> str:
    if line.startswith(("*", "    ")):
        return "*" if line.startswith("*") else line[4:5]
    return line[2] if line.startswith(("  ── ", "  …")) else ""


def _prompts(views: Sequence[PromptView]) -> Iterator[str]:
    """One prompt, or several that changed alike: the first one's change stands for all."""
    first = views[0]
    prompt = first.prompt
    if len(views) == 1:
        yield f"*{visible_line(wording.name(prompt))}"
    else:
        listed = wording.names([one.prompt.id for one in views])
        yield f"*{len(views)} prompts change alike: {visible_line(listed, 1000)}"
    if told := wording.happened(prompt):
        yield f"  {visible_line(told)}"
    yield from (f"  {when}: {visible_line(error, 600)}" for when, error in wording.errors(prompt))
    if prompt.status == "changed":
        yield f"  {wording.effect(views)}"
    if wording.says_reach(prompt):
        yield f"  {visible_line(wording.reached(merge_reaches(one.prompt.reach for one in views)), 600)}"
    yield from (f"  {visible_line(note)}" for note in prompt.notes)
    yield from besides_lines(first)
    if prompt.status == "changed":
        yield from change_lines(first, alone=len(views) == 1)


def besides_lines(one: PromptView) -> Iterator[str]:
    """Differences besides the text, then cases that do not fit both versions."""
    differences = one.prompt.differences
    yield from (f"  {visible_line(wording.difference(found), VALUE)}" for found in differences[:MOST_DIFFERENCES])
    if (more := len(differences) - MOST_DIFFERENCES) > 0:
        yield f"  and {more} more differences besides the text"
    yield from (f"  {visible_line(wording.apart(found), 600)}" for found in one.apart)


def change_lines(one: PromptView, *, alone: bool) -> Iterator[str]:
    """What changes in a prompt's text, each change in one case; `alone`: without the prompt's name."""
    for found in one.changes.changes[:MOST_CHANGES] if one.shown else ():
        where = "" if alone else f" of {one.prompt.id}"
        yield from ("", f"  {visible_line(wording.change(found, one) + where)}", *diff_rows(diff_lines(found.diff)))
    rest = one.changes.changes[MOST_CHANGES:]
    if rest:
        count = sum(len(found.cases) for found in rest)
        verb = "change" if count > 1 else "changes"
        yield f"  {plural(count, 'more case')} {verb} in other ways (all: --format json)"
    if not one.shown and one.written:
        yield from ("", f"  {visible_line(wording.why_written(one))}", *diff_rows(diff_lines(one.written)))
