"""A diff of two versions as markdown for a pull request: inert, and never too long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from promptops.model.edit import FileEdit
from promptops.model.outcomes.diff import ProjectDiff, SharedChange
from promptops.report.diff import wording
from promptops.report.diff.view import PromptView, edits_told_before, group_alike, merge_reaches
from promptops.report.results.edit.edit_fold import edited_file, filled_cases
from promptops.text.humanize import plural
from promptops.text.sanitize import inline
from promptops.text.truncate import Block, Fold, Part, Section, fit_sections, least_length

LIMIT = 60_000
HINT = "all of it: promptops diff --format json"
_SECTIONS = (200, 60, 30, 15, 8, 4, 2, 1)
_ROWS, _MOST_NAMED = 12, 400
_CHANGE, _DETAILS, _REACH = 3, 2, 1
"""Ranks: whom a change reaches goes last, the second and later changes of a prompt first."""


def diff_markdown(diff: ProjectDiff, *, limit: int = LIMIT) -> str:
    """The diff as one page of at most `limit` characters; changes are left out from the least useful on."""
    groups = group_alike(diff.prompts)
    told = list(map(_section, groups[: _SECTIONS[0]], edits_told_before(groups)))
    shared = [Block(_REACH, "shared change", _shared(found)) for found in diff.shared[:_MOST_NAMED]]
    for most in _SECTIONS:
        sections = [_start(diff), *told[:most], _end(groups[most:], shared)]
        if least_length(sections) <= limit:
            return fit_sections(sections, limit, HINT) + "\n"
    return f"### {_title(diff)}\n"


def _title(diff: ProjectDiff) -> str:
    return f"What the model receives: {wording.summary(diff)}" if diff.prompts else inline(wording.nothing(diff))


def _start(diff: ProjectDiff) -> Section:
    if not diff.prompts and not diff.shared and not diff.notes:
        return Section((f"{_title(diff)}",))
    before, now = wording.versions(diff)
    notes = [f"Note: {inline(note)}" for note in diff.notes[:_ROWS]]
    return Section((f"### {_title(diff)}", "  \n".join([f"Before: {inline(before)} · now: {inline(now)}", *notes])))


def _section(views: Sequence[PromptView], told: Mapping[FileEdit, str]) -> Section:
    prompt = views[0].prompt
    listed = wording.names([one.prompt.id for one in views])
    title = wording.name(prompt) if len(views) == 1 else f"{len(views)} prompts change alike: {listed}"
    parts: list[Part] = [f"#### {inline(title, 300)}"]
    if lines := list(_lines(views)):
        parts.append("  \n".join(lines))
    details = [
        *(f"- {inline(wording.difference(found), 300)}" for found in prompt.differences[:_ROWS]),
        *(f"- {inline(wording.apart(found), 300)}" for found in views[0].apart[:_ROWS]),
        *(f"- {inline(note, 300)}" for note in prompt.notes[:_ROWS]),
    ]
    if details:
        parts.append(Fold("", (Block(_DETAILS, "list of differences besides the text", "\n".join(details)),)))
    if prompt.status == "changed" and (blocks := list(change_blocks(views, told))):
        parts.append(Fold(_above(wording.edited(views)), tuple(blocks)))
    return Section(tuple(parts))


def _lines(views: Sequence[PromptView]) -> Iterator[str]:
    prompt = views[0].prompt
    if told := wording.happened(prompt):
        yield inline(told)
    yield from (f"{when}: {inline(error)}" for when, error in wording.errors(prompt))
    if prompt.status == "changed":
        told = wording.effect(views)
        yield f"**{_above(told)}**"
    if wording.says_reach(prompt):
        yield inline(wording.reached(merge_reaches(one.prompt.reach for one in views)))


def _above(told: str) -> str:
    return told[:1].upper() + told[1:]


def change_blocks(
    views: Sequence[PromptView], told: Mapping[FileEdit, str] | None = None, *, plain: bool = False
) -> Iterator[Block]:
    """The edit of prompts that changed alike, once, as it is written; then what cases receive of it, folded.

    Files `told` under another prompt already are only named.
    """
    one, told = views[0], told or {}
    for number, file in enumerate(one.prompt.edit):
        yield Block(_CHANGE + number, "edited file", edited_file(file, told.get(file, "")))
    for number, text in enumerate(filled_cases(one.changes, one.held, plain=plain)):
        yield Block(_CHANGE + len(one.prompt.edit) + number, "filled-in case", text)


def _end(rest: Sequence[Sequence[PromptView]], shared: Sequence[Block]) -> Section:
    parts: list[Part] = []
    if rest:
        names = [one.prompt.id for views in rest for one in views]
        parts.append(f"And {plural(len(names), 'more prompt')}: {inline(wording.names(names), 800)}")
    if shared:
        parts += ["#### What shared changes reach", Fold("", tuple(shared))]
    return Section(tuple(parts))


def _shared(found: SharedChange) -> str:
    told = [f"  - {label}: {inline(text, 600)}" for label, text in wording.reach_lines(found.reach)]
    return "\n".join([f"- **{inline(wording.shared(found), 300)}**", *told])
