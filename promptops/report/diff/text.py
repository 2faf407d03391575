"""A diff of two versions as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from promptops.model.edit import FileEdit
from promptops.model.outcomes.diff import ProjectDiff
from promptops.report.diff import wording
from promptops.report.diff.view import PromptView, edit_rows, edits_told_before, group_alike, merge_reaches
from promptops.report.results.edit.edit_words import own_lines
from promptops.report.results.edit.message_diffs import message_diff
from promptops.text.diffs.line_diff import diff_lines
from promptops.text.diffs.word_diff import underline_changes
from promptops.text.humanize import plural
from promptops.text.sanitize import shell_word, visible_line
from promptops.text.whitespace import whitespace_legend

MOST_CHANGES, MOST_DIFFERENCES, VALUE = 5, 12, 160
_BOLD, _RED, _GREEN, _DIM, _END = "\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[2m", "\x1b[0m"


def diff_text(diff: ProjectDiff, *, case: str = "", color: bool = False) -> str:
    """The whole diff, a paragraph for each prompt, then what shared changes reach. Ends with a line break.

    Each edit is told once, as it is written; and a `case` is shown filled in, by the prompts that have it.
    No text of a prompt can act on a terminal, with colours or without.
    """
    lines = [f"Note: {visible_line(note)}" for note in diff.notes]
    if not diff.prompts:
        lines.append(visible_line(wording.nothing(diff)))
    else:
        before, now = wording.versions(diff)
        lines = [f"before  {visible_line(before)}", f"now     {visible_line(now)}", *lines]
    groups = group_alike(diff.prompts)
    for views, told in zip(groups, edits_told_before(groups), strict=True):
        lines += ["", *_prompts(views, told, case)]
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


def _prompts(views: Sequence[PromptView], told_before: Mapping[FileEdit, str], case: str) -> Iterator[str]:
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
        yield from change_lines(views, told_before, how="" if case else "filled in: the same command with --case")
        yield from (line for one in views for line in case_lines(one, case))


def besides_lines(one: PromptView) -> Iterator[str]:
    """Differences besides the text, then cases that do not fit both versions."""
    differences = one.prompt.differences
    yield from (f"  {visible_line(wording.difference(found), VALUE)}" for found in differences[:MOST_DIFFERENCES])
    if (more := len(differences) - MOST_DIFFERENCES) > 0:
        yield f"  and {more} more differences besides the text"
    yield from (f"  {visible_line(wording.apart(found), 600)}" for found in one.apart)


def change_lines(
    views: Sequence[PromptView], told: Mapping[FileEdit, str] | None = None, *, how: str = ""
) -> Iterator[str]:
    """The edit of prompts that changed alike, once, as it is written; then cases that it changes in different ways.

    Files `told` under another prompt already are only named. `how` says how to see a case filled in.
    """
    one, told = views[0], told or {}
    edit = [file for file in one.prompt.edit if file not in told]
    if edit:
        yield from ("", f"  {visible_line(wording.edited(views))}", *diff_rows(diff_lines(edit_rows(edit))))
    for file in one.prompt.edit:
        if file in told:
            yield f"  {visible_line(f'{file.path}: the same edit as under {told[file]}, above', 600)}"
    groups = one.changes.changes
    if len(groups) > 1 or not one.prompt.edit:
        for found in groups[:MOST_CHANGES]:
            lines = own_lines(found, one.changes) if one.prompt.edit else found.diff
            only = "; only there:" if lines and one.prompt.edit else ""
            yield from ("", f"  {visible_line(wording.group(found, one))}{only}", *diff_rows(diff_lines(lines)))
    if rest := groups[MOST_CHANGES:]:
        count = sum(len(found.cases) for found in rest)
        verb = "change" if count > 1 else "changes"
        yield f"  {plural(count, 'more case')} {verb} in other ways (all: --format json)"
    if how and one.prompt.edit and (shown := [found.case for found in groups if found.case]):
        yield f"  {how} {shell_word(shown[0])}"


def case_lines(one: PromptView, name: str) -> Iterator[str]:
    """What one case receives before and now; nothing for a case that is not the prompt's, or held out."""
    for case in one.prompt.cases:
        if case.case == name and not case.held_out and case.base is not None and case.head is not None:
            diff = diff_lines(message_diff(case.base, case.head))
            same = "" if diff else ": the same as before"
            yield from ("", f"  {visible_line(f'case {name} of {one.prompt.id}, filled in{same}')}", *diff_rows(diff))
