"""What an edit is called, and in how many cases it is: the same words in every form. Nothing here is escaped."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from promptops.model.edit import FileEdit, SettingDifference
from promptops.report.results.edit.message_diffs import RenderedChange, RenderedChanges
from promptops.text.humanize import plural
from promptops.text.whitespace import differs_in_whitespace_only

_NOT_SEEN = "input "
"""A setting of an input: no model sees it but by its default, and then in the messages."""


def difference(found: SettingDifference) -> str:
    """`temperature: 0 → 0.7`."""
    if found.old is None:
        return f"{found.what}: new, {found.new}"
    if found.new is None:
        return f"{found.what}: taken out, was {found.old}"
    return f"{found.what}: {found.old} → {found.new}"


def edit_in_cases(edit: Sequence[FileEdit], found: RenderedChanges) -> str:
    """`in all 30 cases`, `in 12 of 30 cases`, `no case shows it`; empty where there are none."""
    if not found.compared:
        return ""
    everywhere = any(not one.what.startswith(_NOT_SEEN) for file in edit for one in file.settings)
    changed = found.compared if everywhere else found.changed
    return f"in {of_cases(changed, found.compared)}" if changed else "no case shows it"


def of_cases(count: int, total: int) -> str:
    """`all 30 cases`, `its one case`, `3 of 30 cases`."""
    if count < total:
        return f"{count} of {plural(total, 'case')}"
    return "its one case" if total == 1 else f"all {plural(total, 'case')}"


def case_group(change: RenderedChange, total: int, held: Collection[str]) -> str:
    """`in 3 of 30 cases (1 of them held out)`; held-out cases alone are counted."""
    hidden = sum(case in held for case in change.cases)
    told = f"in {of_cases(len(change.cases), total)}"
    if not change.case:
        return f"{told}, held out: counted, not shown"
    return f"{told} ({hidden} of them held out)" if hidden else told


def file_title(one: FileEdit) -> tuple[str, str]:
    """The file's path, and a word on it: where it was before, that it is new, that only white space changed."""
    told = [f"it was {one.was} before"] if one.was else []
    signs = {line[:1] for line in one.diff}
    if signs in ({"+"}, {"-"}):
        told.append("new" if signs == {"+"} else "removed, or not included any more")
    elif one.diff and differs_in_whitespace_only(one.diff):
        told.append("in spaces or line breaks only")
    return one.path, ", ".join(told)


def own_lines(change: RenderedChange, changes: RenderedChanges) -> tuple[str, ...]:
    """Of the edit's lines that come to these cases, those that do not come to all that change."""
    return tuple(line for line in change.reached_by if not all(line in other.reached_by for other in changes.changes))
