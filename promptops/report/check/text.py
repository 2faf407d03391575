"""A check in a terminal or in the log of any CI: the suites, what lint found, what could not be done, the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from promptops.model.finding import Finding
from promptops.model.outcomes.check import CheckProblem, CheckResult
from promptops.report.check.environments import environment_lines
from promptops.report.comment.headline import headline
from promptops.report.comment.mending.mend import baseline_words
from promptops.report.results.text import render_text
from promptops.text import humanize
from promptops.text.sanitize import log_line

_MOST = 100


def check_text(checked: CheckResult, *, color: bool = False) -> str:
    """All of it as lines, nothing in which acts on a terminal or on a runner of workflows."""
    suites = (render_text(one, color=color).rstrip("\n") for one in checked.results)
    parts = [
        *suites,
        *_lines(_problems(checked)),
        *_lines(environment_lines(checked.environments)),
        *_lines(_lint(checked)),
        *_lines(_untouched(checked)),
        *_lines(_changes(checked)),
        _last(checked),
    ]
    return "\n\n".join(parts) + "\n"


def _lines(lines: Iterable[str]) -> list[str]:
    return ["\n".join(found)] if (found := list(lines)) else []


def _problems(checked: CheckResult) -> Iterator[str]:
    ran = {one.suite for one in checked.results}
    for problem in checked.problems:
        yield f"{humanize.TROUBLE} {_problem(problem, 'measured' if problem.suite in ran else 'evaluated')}"


def _untouched(checked: CheckResult) -> Iterator[str]:
    for problem in checked.untouched:
        yield f"there before, and no fault of this change: {_problem(problem, 'evaluated')}"


def _problem(problem: CheckProblem, missing: str) -> str:
    what = f"{log_line(problem.suite, 80)} was not {missing}: " if problem.suite else ""
    hint = f"\n  {log_line(problem.hint, 400)}" if problem.hint else ""
    return f"{what}{log_line(problem.why, 600)}{hint}"


def _lint(checked: CheckResult) -> Iterator[str]:
    if not checked.looked_at:
        return
    grave = [one for one in checked.brought if one.severity != "note"]
    earlier = sum(one.severity != "note" for one in checked.findings) - len(grave)
    whose = f".{baseline_words(len(grave), earlier)}" if earlier else ""
    yield f"lint: {log_line(checked.looked_at, 300)}{whose}"
    yield from (f"  {_finding(one)}" for one in grave[:_MOST])
    if len(grave) > _MOST:
        yield f"  … and {humanize.plural(len(grave) - _MOST, 'more problem')}"
    if grave:
        yield "  with their lines, and what to do: promptops lint"
    if grave and checked.no_baseline:
        yield f"  what was there before could not be looked at, so all count: {log_line(checked.no_baseline, 400)}"
    yield from (f"{humanize.TROUBLE} {log_line(one, 700)}" for one in checked.settings)


def _finding(one: Finding) -> str:
    return f"{log_line(one.span.place(one.path), 200)}: {one.code} {log_line(one.message, 300)}"


def _changes(checked: CheckResult) -> Iterator[str]:
    changes = checked.changes
    names = [log_line(name, 80) for name in changes.deleted]
    pairs = [
        f"{log_line(was, 80)} → {log_line(name, 80)}{' (the text is the same)' * (name in changes.same)}"
        for name, was in changes.renamed
    ]
    suites = [f"{log_line(was, 80)} → {log_line(name, 80)}" for name, was in changes.suites]
    untested = [log_line(name, 80) for name in changes.untested]
    told = (
        ("deleted", names),
        ("renamed", pairs),
        ("renamed suites", suites),
        ("changed, and no suite tests it", untested),
    )
    yield from (f"{what}: {humanize.listed(found, 10)}" for what, found in told if found)


def _last(checked: CheckResult) -> str:
    base = checked.base
    compared = f"compared with {base.commit[:7] if base.commit else 'nothing'}: {base.words}"
    compared = f"{log_line(compared, 300)}\n" if base.words else ""
    return f"{compared}{log_line(headline(checked), 700)}\nverdict: {checked.verdict}"
