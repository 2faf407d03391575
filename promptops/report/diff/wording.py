"""What a diff says in words, the same in every form. Nothing here is escaped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from promptops.model.outcomes.diff import Impact, ProjectDiff, PromptDiff, SharedChange
from promptops.report.diff.view import Apart, PromptView
from promptops.report.results.edit.edit_words import case_group, of_cases
from promptops.report.results.edit.edit_words import difference as difference
from promptops.report.results.edit.message_diffs import RenderedChange
from promptops.text.humanize import listed, plural
from promptops.text.whitespace import differs_in_whitespace_only

MOST_NAMES = 12
_STATUSES = {
    "changed": ("changed", "changed"),
    "new": ("is new", "are new"),
    "deleted": ("was deleted", "were deleted"),
    "renamed": ("was moved or renamed only", "were moved or renamed only"),
    "unreadable": ("cannot be compared", "cannot be compared"),
    "unchanged": ("is unchanged", "are unchanged"),
}
"""What is said of one prompt, and of several."""


def versions(diff: ProjectDiff) -> tuple[str, str]:
    """Before and now: (`4f2a91c, where this work left main`, `the files as they are`)."""
    same = diff.base == diff.base_words
    return (
        diff.base if same else f"{diff.base}, {diff.base_words}",
        diff.head if diff.head_commit else "the files as they are",
    )


def nothing(diff: ProjectDiff) -> str:
    """The one line where no prompt changed."""
    before, _ = versions(diff)
    if not diff.unchanged:
        return f"There are no prompts to compare, neither here nor in {before}."
    noun = "the prompt is" if diff.unchanged == 1 else f"all {diff.unchanged} prompts are"
    return f"Nothing that a model receives has changed: {noun} the same as in {before}."


def summary(diff: ProjectDiff) -> str:
    """`2 prompts changed, 1 is new, 7 are unchanged`."""
    counts = Counter({"unchanged": diff.unchanged}) + Counter(prompt.status for prompt in diff.prompts)
    told = [(counts[status], forms[counts[status] != 1]) for status, forms in _STATUSES.items() if counts[status]]
    (count, verb), *rest = told
    return ", ".join([f"{count} prompt{'s' * (count != 1)} {verb}", *(f"{n} {verb}" for n, verb in rest)])


def name(prompt: PromptDiff) -> str:
    """`order-note (Order note)`."""
    return prompt.id if prompt.title in ("", prompt.id) else f"{prompt.id} ({prompt.title})"


def errors(prompt: PromptDiff) -> list[tuple[str, str]]:
    """When it cannot be read (`before`, `now`), and why."""
    return [(when, error) for when, error in zip(("before", "now"), prompt.errors, strict=True) if error]


def happened(prompt: PromptDiff) -> str:
    """What became of the prompt as a whole; empty when it only changed."""
    moved = f"its file was moved: it was {prompt.was_path} before" if prompt.was_path else ""
    moved = f"renamed: it was {prompt.was} before" if prompt.was else moved
    return {
        "new": "new: there is nothing to compare it with",
        "deleted": "deleted",
        "renamed": f"{moved}; the model receives the same",
        "unreadable": "; ".join(filter(None, (moved, "it cannot be compared"))),
        "changed": moved,
    }[prompt.status]


def effect(views: Sequence[PromptView]) -> str:
    """In how many cases the text changes, and by about how much."""
    compared, changed = _counts(views)
    if not any(one.written or one.changes.changes for one in views):
        return "the text is the same"
    if not compared:
        has_cases = any(one.prompt.cases for one in views)
        what = "none of the cases fits both versions" if has_cases else "there are no cases to show the change in"
        return f"the text changes; {what}"
    if not changed:
        return f"the text is the same in {of_cases(compared, compared)}"
    cases = [(one, case) for one in views for change in one.changes.changes for case in change.cases]
    deltas = [one.deltas[case] for one, case in cases]
    return f"the text changes in {of_cases(changed, compared)} · {tokens(deltas)}"


def _counts(views: Sequence[PromptView]) -> tuple[int, int]:
    """How many cases were compared, and how many of them change."""
    return sum(one.changes.compared for one in views), sum(one.changes.changed for one in views)


def tokens(deltas: Sequence[int]) -> str:
    """`about 5 tokens more in each (estimated)`."""
    low, high = min(deltas), max(deltas)
    if low == high == 0:
        return "about as many tokens as before (estimated)"
    if low == high:
        return f"about {plural(abs(low), 'token')} {'more' if low > 0 else 'fewer'} in each (estimated)"
    if low >= 0 or high <= 0:
        few, many = sorted((abs(low), abs(high)))
        return f"about {few} to {plural(many, 'token')} {'more' if high > 0 else 'fewer'} (estimated)"
    return f"between about {-low} tokens fewer and {high} more (estimated)"


def edited(views: Sequence[PromptView]) -> str:
    """What stands above an edit: `the edit, in 12 of 30 cases`."""
    compared, changed = _counts(views)
    spaces = ", in spaces or line breaks only" if differs_in_whitespace_only(views[0].written) else ""
    if not changed:
        return f"the edit, as it is written{spaces}{'; no case reaches it' if compared else ''}"
    held = sum(case in one.held for one in views for change in one.changes.changes for case in change.cases)
    told = f" ({'all' if held == changed else held} of them held out)" if held else ""
    return f"the edit, in {of_cases(changed, compared)}{told}{spaces}"


def group(found: RenderedChange, one: PromptView) -> str:
    """What stands above some cases that the edit changes alike: `in 3 of 30 cases, such as eve`."""
    spaces = ", in spaces or line breaks only" if found.diff and differs_in_whitespace_only(found.diff) else ""
    such = f", {'such as ' * (len(found.cases) > 1)}{found.case}" if found.case else ""
    return f"{case_group(found, one.changes.compared, one.held)}{such}{spaces}"


def apart(found: Apart) -> str:
    """`2 cases fit only the new version (tom, ana): …`."""
    count = plural(found.total, "case")
    verb = "fits" if found.total == 1 else "fit"
    which = {"base": "only the old version", "head": "only the new version", "": "neither version"}[found.fits]
    who = f" ({names(found.cases)})" if found.cases else ""
    held = f", {found.held_out} of them held out" if found.held_out and found.cases else ""
    held = " held out" if found.held_out and not found.cases else held
    return f"{count}{held} {verb} {which}{who}{f': {found.problem}' if found.problem else ''}"


def owners(reach: Impact) -> str:
    """`@acme/product, @acme/legal (nobody for order-note)`."""
    if not reach.owners:
        return "nobody is named as owner"
    rest = f" (nobody for {names(reach.unowned)})" if reach.unowned else ""
    return f"{names(reach.owners)}{rest}"


def pinned(reach: Impact) -> str:
    """`pinned in prod; prod keeps its version until it is pinned anew`; empty where nothing is pinned."""
    where = names(reach.environments)
    their = "keeps its version until it is" if len(reach.environments) == 1 else "keep their versions until they are"
    return f"pinned in {where}; {where} {their} pinned anew" if where else ""


def says_reach(prompt: PromptDiff) -> bool:
    """Whether owners and suites are worth a line: a deleted prompt's notes say it, one nobody can read names none."""
    return prompt.status != "deleted" and not all(prompt.errors)


def reached(reach: Impact) -> str:
    """Owners, suites and environments in one line."""
    owned = f"owned by {owners(reach)}" if reach.owners else owners(reach)
    tested = f"tested by {names(reach.suites)}" if reach.suites else "no suite tests it"
    return " · ".join(part for part in (owned, tested, pinned(reach)) if part)


def shared(found: SharedChange) -> str:
    """`prompts/shared/house-style.j2 changed`, `model small: local/a → openai/b`."""
    if found.kind == "template":
        return f"{found.what} {'is new' if found.status == 'new' else found.status}"
    if found.status == "new":
        return f"the model {found.what} is new: {found.new}"
    if found.status == "deleted":
        return f"the model {found.what} was taken out, was {found.old}"
    return f"the model {found.what}: {found.old} → {found.new}"


def reach_lines(reach: Impact) -> list[tuple[str, str]]:
    """Labels with what is reached; one line where nothing is."""
    if not (reach.prompts or reach.suites):
        return [("prompts", "no prompt uses it")]
    count = f" ({len(reach.prompts)})" if len(reach.prompts) > 3 else ""
    lines = [("prompts", names(reach.prompts) + count if reach.prompts else "none")]
    if reach.prompts:
        lines.append(("owners", owners(reach)))
    lines.append(("suites", names(reach.suites) if reach.suites else "none"))
    if reach.prompts:
        lines.append(("environments", pinned(reach) or "none"))
    return lines


def names(entries: Sequence[str]) -> str:
    """The first of them, and how many more."""
    return listed(entries, MOST_NAMES)
