"""What was edited, once, as it is written; and, folded inside, what a case receives of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from promptops.model.edit import FileEdit
from promptops.report.results.edit.edit_words import case_group, difference, edit_in_cases, file_title
from promptops.report.results.edit.message_diffs import RenderedChange, RenderedChanges, rendered_changes
from promptops.report.results.results_view import ResultsView
from promptops.report.results.verdict import title
from promptops.text import humanize
from promptops.text.diffs.line_diff import diff_lines
from promptops.text.sanitize import code, fence, inline
from promptops.text.truncate import Block, Fold, Part, folded

DIFF, _LINE, _SETTING, MOST_SETTINGS = 6000, 400, 300, 12
SAME = (
    "The messages are the same for every case; "
    "what differs is the model, its parameters, its tools or the reply format."
)
SAME_PROMPT = "The model receives the same as before; what differs is the suite."

# How useful a block is beside those of `case_details`, least number first.
_FILES, _CASES = (2, 9, 14, 15, 16), 17
_MOST_CASES, _MOST_FILES = 5, 12


Tellers = Mapping[FileEdit, ResultsView]
"""By file edited, the suite that tells it; others only name it."""


def text_fold(view: ResultsView, tellers: Tellers | None = None) -> Part:
    """`The edit (in all 30 cases)`, folded, or a line where other suites tell it. Empty where nothing was compared."""
    if not view.has_base:
        return ""
    edit, found = view.results.edit, rendered_changes(view)
    if not edit:
        return _without_edit(view, found) if found.compared else ""
    where = edit_in_cases(edit, found)
    title = f"The edit ({where})" if where else "The edit"
    if len(found.changes) < 2 and all((tellers or {}).get(one, view) is not view for one in edit):
        return f"**{title}:** {humanize.listed(list(_files(view, tellers or {})), _MOST_FILES)}."
    blocks = [
        *(Block(rank, "edited file", text) for rank, text in _ranked(_files(view, tellers or {}))),
        *(Block(_CASES, "filled-in case", text) for text in filled_cases(found, view.held, plain=view.plain)),
    ]
    return Fold(title, tuple(blocks), view.plain)


def _without_edit(view: ResultsView, found: RenderedChanges) -> Part:
    """Results of an older version do not say what was edited: it is seen in what cases receive."""
    if not found.changes:
        return SAME_PROMPT if _is_same_prompt(view) else SAME
    blocks = [
        Block(rank, "change of the text", _case(change, found.compared))
        for rank, change in zip(_FILES, found.changes, strict=False)
    ]
    rest = sum(len(change.cases) for change in found.changes[len(_FILES) :])
    if rest:
        blocks.append(Block(_CASES, "line", f"{humanize.plural(rest, 'other case')} changed in other ways."))
    share = f"{found.changed} of {humanize.plural(found.compared, 'case')}"
    return Fold(f"What changed in the text the model receives ({share})", tuple(blocks), view.plain)


def _case(change: RenderedChange, compared: int) -> str:
    count = f"**{len(change.cases)} of {humanize.plural(compared, 'case')}**"
    if not change.case:
        return f"{count}, all held out and not shown"
    example = f", shown for {code(change.case, 80)}" if compared > 1 else ""
    return f"{count}{example}\n\n{_diff(change.diff)}"


def _is_same_prompt(view: ResultsView) -> bool:
    """Whether base and head are the same to every model."""
    digests = [{arm.evaluation_digest for arm in view.results.arms if arm.model == model} for model in view.models]
    return all(len(found) == 1 for found in digests)


def _ranked(texts: Iterator[str]) -> Iterator[tuple[int, str]]:
    for number, text in enumerate(texts):
        yield _FILES[min(number, len(_FILES) - 1)], text


def _files(view: ResultsView, tellers: Tellers) -> Iterator[str]:
    for one in view.results.edit:
        teller = tellers.get(one, view)
        yield edited_file(one, "" if teller is view else title(teller.results))


def edited_file(one: FileEdit, told_under: str = "") -> str:
    """One file's edit in markdown: its path, the diff of its text as written, and what else of it changed in words.

    `told_under` is where the same edit is shown already.
    """
    path, about = file_title(one)
    shown = f"**{code(path, 160)}**{f' ({inline(about, 300)})' if about else ''}"
    if told_under:
        return f"{shown}, the same edit as under *{inline(told_under, 120)}*, above"
    told = [shown]
    if one.diff:
        told.append(_diff(one.diff))
    rows = [f"- {inline(difference(found), _SETTING)}" for found in one.settings[:MOST_SETTINGS]]
    if (more := len(one.settings) - MOST_SETTINGS) > 0:
        rows.append(f"- and {humanize.plural(more, 'more difference')}")
    return "\n\n".join([*told, *(["\n".join(rows)] if rows else [])])


def filled_cases(found: RenderedChanges, held: frozenset[str] | set[str], *, plain: bool = False) -> Iterator[str]:
    """Each group of cases that the edit changes alike, with one of them filled in, folded, in markdown."""
    groups = found.changes[:_MOST_CASES]
    for change in groups:
        told = "" if len(found.changes) == 1 else f", {case_group(change, found.compared, held)}"
        if change.case:
            yield folded(f"What one case receives{told}", _filled(change), plain=plain)
        elif told:
            yield f"{told.removeprefix(', ')[:1].upper()}{told.removeprefix(', ')[1:]}."
    if rest := found.changes[len(groups) :]:
        yield f"{humanize.plural(sum(len(one.cases) for one in rest), 'other case')} changed in other ways."


def _filled(change: RenderedChange) -> str:
    return f"{code(change.case, 80)}:\n\n{_diff(change.diff)}"


def _diff(diff: Sequence[str]) -> str:
    return fence("\n".join(diff_lines(diff, longest=_LINE)), DIFF, "diff")
