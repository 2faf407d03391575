"""A diff of two versions made ready to be told: cases grouped by what changed, prompts that changed alike together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Literal, NamedTuple

from promptops.model.edit import FileEdit
from promptops.model.outcomes.diff import CaseDiff, Impact, PromptDiff
from promptops.report.results.edit.edit_words import file_title
from promptops.report.results.edit.message_diffs import RenderedChanges, TwoSides, changed_lines, group_changes
from promptops.text.sanitize import visible_line


class Apart(NamedTuple):
    """Cases that do not fit both versions, for one reason. `fits` is the version they fit, if any.

    Held-out cases are counted only, without a reason: it may quote them.
    """

    fits: Literal["base", "head", ""]
    problem: str
    cases: tuple[str, ...]
    held_out: int

    @property
    def total(self) -> int:
        """How many cases these are."""
        return len(self.cases) + self.held_out


@dataclass(frozen=True, slots=True)
class PromptView:
    """A prompt's changes over the cases that fit both versions; `written` is the diff of all that was edited."""

    prompt: PromptDiff
    changes: RenderedChanges
    written: tuple[str, ...]
    apart: tuple[Apart, ...]
    held: frozenset[str]
    deltas: dict[str, int]

    @property
    def shown(self) -> bool:
        """Whether some change can be shown in a case."""
        return any(change.case for change in self.changes.changes)


def view(prompt: PromptDiff) -> PromptView:
    """The prompt with its cases grouped."""
    both = [
        TwoSides(case.case, case.base, case.head, case.fields, case.held_out)
        for case in prompt.cases
        if case.base is not None and case.head is not None
    ]
    return PromptView(
        prompt,
        group_changes(both, prompt.edit),
        edit_rows(prompt.edit, prompt.path),
        _apart(prompt.cases),
        frozenset(case.case for case in prompt.cases if case.held_out),
        {case.case: case.head_tokens - case.base_tokens for case in prompt.cases},
    )


def group_alike(prompts: Sequence[PromptDiff]) -> list[list[PromptView]]:
    """Prompts whose changes read the same, as after an edit of a shared file, in one group."""
    groups: dict[object, list[PromptView]] = {}
    for prompt in prompts:
        one = view(prompt)
        groups.setdefault(_key(one), []).append(one)
    return list(groups.values())


def merge_reaches(reaches: Iterable[Impact]) -> Impact:
    """Whom these reach together."""
    found: dict[str, dict[str, None]] = {field.name: {} for field in fields(Impact)}
    for reach in reaches:
        for name, entries in found.items():
            entries.update(dict.fromkeys(getattr(reach, name)))
    return Impact(**{name: tuple(entries) for name, entries in found.items()})


def _key(one: PromptView) -> object:
    prompt = one.prompt
    is_plain = prompt.status == "changed" and not (prompt.was or prompt.was_path or prompt.notes or one.apart)
    if not is_plain or len(one.changes.changes) > 1:
        return prompt.id
    edit = tuple((file.path if file.path != prompt.path else "", file.diff) for file in prompt.edit)
    shown = tuple(changed_lines(change.diff) for change in one.changes.changes if not edit)
    return edit, shown, one.changes.compared > 0, one.changes.changed > 0, prompt.differences


def edits_told_before(groups: Sequence[Sequence[PromptView]]) -> list[dict[FileEdit, str]]:
    """For each group, the files' edits that a group before it tells, with the prompt they stand under there."""
    told: dict[FileEdit, str] = {}
    found = []
    for views in groups:
        first = views[0].prompt
        found.append({one: told[one] for one in first.edit if one in told})
        told.update(dict.fromkeys((one for one in first.edit if one not in told), first.id))
    return found


def edit_rows(edit: Sequence[FileEdit], own: str = "") -> tuple[str, ...]:
    """The lines of a diff of all the files, each below `@@ PATH @@`; the prompt's `own` file, if any, is not named."""
    return tuple(row for one in edit for row in (*(_file_row(one) if one.path != own else ()), *one.diff))


def _file_row(one: FileEdit) -> Iterator[str]:
    path, about = file_title(one)
    yield visible_line(f"@@ {path}{f' ({about})' if about else ''} @@", 600)


def _apart(cases: Sequence[CaseDiff]) -> tuple[Apart, ...]:
    groups: dict[tuple[Literal["base", "head", ""], str], list[CaseDiff]] = {}
    for case in cases:
        if case.base is None or case.head is None:
            fits: Literal["base", "head", ""] = (
                "base" if case.base is not None else "head" if case.head is not None else ""
            )
            problem = "" if case.held_out else case.base_problem if fits == "head" else case.head_problem
            groups.setdefault((fits, problem), []).append(case)
    return tuple(
        Apart(fits, why, tuple(c.case for c in found if not c.held_out), sum(c.held_out for c in found))
        for (fits, why), found in groups.items()
    )
