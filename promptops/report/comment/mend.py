"""What must be mended before a change can be measured, and what lint says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from promptops.model.outcomes.check import CheckProblem, CheckResult
from promptops.text import humanize
from promptops.text.sanitize import code, inline

NO_KEYS = (
    "A fork's run is given none of this repository's keys, so a model that needs one cannot be asked in it. To "
    "evaluate the change, somebody with write access reads it and pushes the branch to this repository, or runs "
    "`promptops eval --untrusted` where the keys are."
)
_MOST = 10
_RANK = {"error": 0, "warning": 1, "note": 2}


def problems_part(checked: CheckResult) -> Iterator[str]:
    """What could not be evaluated or measured, and why."""
    if not checked.problems:
        return
    ran = {one.suite for one in checked.results}
    lines = [_problem(one, "measured" if one.suite in ran else "evaluated") for one in checked.problems]
    yield "\n".join(cut_list(lines, lambda n: f"- … and {humanize.plural(n, 'more suite')}"))
    if checked.untrusted and not checked.unread and any(problem.key for problem in checked.problems):
        yield NO_KEYS


def _problem(problem: CheckProblem, missing: str) -> str:
    what = f"**{inline(problem.suite, 80)}** was not {missing}: " if problem.suite else ""
    hint = f" *{inline(problem.hint, 300)}*" if problem.hint else ""
    return f"- {humanize.TROUBLE} {what}{inline(problem.why, 400)}{hint}"


def lint_part(checked: CheckResult) -> Iterator[str]:
    """The gravest findings that the change brings, without the advice, and how many were there before.

    The rest is beside the lines and in the log.
    """
    if not checked.looked_at:
        return
    grave = sorted((one for one in checked.brought if one.severity != "note"), key=lambda one: _RANK[one.severity])
    earlier = sum(one.severity != "note" for one in checked.findings) - len(grave)
    lines = (f"- {code(f'{it.path}:{it.span.line}', 160)} {it.code}: {inline(it.message, 240)}" for it in grave)
    shown = cut_list(lines, lambda n: f"- … and {humanize.plural(n, 'more problem')}, listed in the job's log")
    whose = baseline_words(len(grave), earlier)
    if grave and checked.no_baseline:
        whose = f" What was there before could not be looked at ({inline(checked.no_baseline, 300)}), so all count."
    yield "\n".join([f"**Lint:** {inline(checked.looked_at)}.{whose}", *shown])


def untouched_part(checked: CheckResult) -> Iterator[str]:
    """Suites that could not be evaluated before either."""
    if found := checked.untouched:
        lines = cut_list(
            (_problem(one, "evaluated") for one in found), lambda n: f"- … and {humanize.plural(n, 'more suite')}"
        )
        yield "\n".join(["**There before, and no fault of this change:**", "", *lines])


def baseline_words(brought: int, earlier: int) -> str:
    """A sentence on how many problems a change brings, where others were there before; empty where none were."""
    if not earlier:
        return ""
    if not brought:
        return f" {'It was' if earlier == 1 else 'All were'} there before, and no fault of this change."
    before = "the other was" if earlier == 1 else f"the other {humanize.spell_out(earlier)} were"
    return f" This change brings {humanize.spell_out(brought)} of them, {before} there before and no fault of it."


def cut_list(lines: Iterable[str], more: Callable[[int], str]) -> list[str]:
    """The first ten, and a line on how many more there are."""
    found = list(lines)
    return [*found[:_MOST], *([more(len(found) - _MOST)] if len(found) > _MOST else [])]
