"""What must be mended before a change can be measured: each thing once, with its line, the cause and the cure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from urllib.parse import quote

from promptops.model.outcomes.check import CheckProblem, CheckResult
from promptops.report.comment.mending.mend_things import MendThing, things_to_mend
from promptops.report.lint.findings import capitalized, marked_line, with_full_stop
from promptops.text import humanize
from promptops.text.sanitize import code, fence, inline, shorten

NO_KEYS = (
    "A fork's run is given none of this repository's keys, so a model that needs one cannot be asked in it. To "
    "evaluate the change, somebody with write access reads it and pushes the branch to this repository, or runs "
    "`promptops eval --untrusted` where the keys are."
)
_CODE = re.compile(r"`([^`]+)`")
_MOST = 10
_MOST_SHOWN = 5
"""Things with their lines; of others only the place and the cause."""
_TITLE = "### "
_UNMEASURED = "### ❔ Not measured: "


def mend_title(checked: CheckResult) -> str:
    """The comment's heading where something must be mended first; empty where other words come first.

    Those are what a gate or an environment says, where all was measured, and what no line of a file is to blame for.
    """
    things = things_to_mend(checked).things
    if checked.deferred:
        return ""  # that is said first: whoever works on a draft knows that it is not done
    if any(thing.blocks for thing in things):
        return f"{_UNMEASURED}{_title(things)}"
    only_lint = {failure.kind for failure in checked.failures} == {"lint"}
    return f"{_TITLE}{capitalized(_title(things))}" if only_lint else ""


def mend_part(checked: CheckResult) -> Iterator[str]:
    """The things, each with its line, the cause, the cure and where to edit; then what no line is to blame for."""
    found = things_to_mend(checked)
    if found.things and not mend_title(checked):
        yield f"#### {capitalized(_title(found.things))}"
    for number, thing in enumerate(found.things[:_MOST_SHOWN], 1):
        yield "\n\n".join(_thing(thing, checked.edit_url, number if len(found.things) > 1 else 0))
    if more := [_in_short(thing) for thing in found.things[_MOST_SHOWN:]]:
        yield "\n".join(
            cut_list(more, lambda n: f"- … and {humanize.plural(n, 'more problem')}, listed in the job's log")
        )
    if told := _what_waits(checked, found.things):
        yield told
    if found.others:
        ran = {one.suite for one in checked.results}
        lines = [_problem(one, "measured" if one.suite in ran else "evaluated") for one in found.others]
        yield "\n".join(cut_list(lines, lambda n: f"- … and {humanize.plural(n, 'more suite')}"))
        if checked.untrusted and not checked.unread and any(problem.key for problem in found.others):
            yield NO_KEYS


def run_again_part(checked: CheckResult, run_url: str) -> Iterator[str]:
    """What people can do where no line of a file is to blame, such as a model that gave no answer."""
    if checked.deferred or checked.untrusted or not things_to_mend(checked).others:
        return
    run = f"[the check's run]({run_url})" if run_url else "the check's run"
    steps = (
        "Do not merge yet; nobody can decide before it is measured. When that is mended, run the check again: "
        f"open {run} and press *Re-run jobs*"
    )
    yield f"**What you can do**\n\n- {steps}"


def _title(things: Sequence[MendThing]) -> str:
    first = things[0]
    place = f"{code(str(first.path), 160)}, line {first.line}"
    if len(things) == 1:
        return f"one thing to mend in {place}"
    return f"{humanize.spell_out(len(things))} things to mend, the first in {place}"


def _thing(thing: MendThing, edit_url: str, number: int) -> Iterator[str]:
    """`number` where there are several; the heading names the place of a single one."""
    if number:
        yield f"**{number}.** {code(str(thing.path), 160)}, line {thing.line}"
    if shown := _shown(thing):
        yield shown
    yield _cause(thing)
    yield from _cure(thing.hint)
    if edit_url:
        yield f"[Edit this file]({edit_url}/{quote(thing.path.as_posix(), safe='/')}#L{thing.line})"


def _shown(thing: MendThing) -> str:
    """The line with carets below the place, or what the change did there."""
    if place := thing.place:
        if place.is_cause:
            rows = [*(f"-{row}" for row in place.removed), *(f"+{row}" for row in place.added)]
            return fence("\n".join(rows), language="diff")
        if place.text:
            return fence("\n".join(marked_line(place.line, place.text, place.start, place.end)))
    return ""


def _cause(thing: MendThing) -> str:
    """What is wrong, and where it shows, where that is in many places or not at this line."""
    message = _words(with_full_stop(thing.message), 400)
    detail = f" {_words(with_full_stop(capitalized(thing.detail)), 300)}" if thing.detail else ""
    elsewhere = thing.place is not None and thing.place.is_cause
    if thing.alike == 1 and not elsewhere:
        return f"**What is wrong:** {message}{detail}"
    where = f"{code(str(thing.shown_at[0]), 160)}, line {thing.shown_at[1]}"
    if thing.alike == 1:
        return f"**What is wrong:** this leads to {where}: {message}{detail}"
    first = f"the first in {where}" if elsewhere else f"the first in line {thing.shown_at[1]}"
    places = humanize.plural(thing.alike, "case" if thing.in_cases else "place")
    return f"**What is wrong,** in {places}, {first}: {message}{detail}"


def _cure(hint: str) -> Iterator[str]:
    """A hint's sentences; what it shows as an example stands in a block of its own."""
    words: list[str] = []
    example: list[str] = []
    for line in hint.split("\n"):
        (example if line.startswith(" ") else words).append(line)
    if told := capitalized(" ".join(words).strip()):
        yield f"**What to do:** {_words(told if example else with_full_stop(told), 500)}"
    if example:
        yield fence("\n".join(example), 1_000)


def _words(text: str, limit: int) -> str:
    """Inert text in which what stands between backticks is shown as code."""
    plain = _CODE.split(shorten(" ".join(text.split()), limit))
    told = (code(part) if number % 2 else _spaced(part) for number, part in enumerate(plain))
    return "".join(told)


def _spaced(text: str) -> str:
    """`inline`, with the blanks at both ends that it takes away."""
    if not (inner := inline(text)):
        return " " if text else ""
    return f"{' ' * text.startswith(' ')}{inner}{' ' * text.endswith(' ')}"


def _in_short(thing: MendThing) -> str:
    return f"- {code(f'{thing.path}:{thing.line}', 160)}: {inline(thing.message, 240)}"


def _what_waits(checked: CheckResult, things: Sequence[MendThing]) -> str:
    """Which suites were not evaluated because of these things; or that nothing was."""
    suites = dict.fromkeys(name for thing in things for name in thing.suites)
    if checked.deferred or not any(thing.blocks for thing in things):
        return ""
    if not checked.results:
        return (
            "Nothing was asked of a model yet, so do not merge, and nobody has to decide anything: "
            "once this is mended, the check runs again by itself."
        )
    names = humanize.listed([code(name.removeprefix("prompt:"), 80) for name in suites], _MOST)
    return f"Not measured because of this: {names}." if names else ""


def _problem(problem: CheckProblem, missing: str) -> str:
    what = f"**{inline(problem.suite, 80)}** was not {missing}: " if problem.suite else ""
    hint = f" *{inline(problem.hint, 300)}*" if problem.hint else ""
    return f"- {humanize.TROUBLE} {what}{inline(problem.why, 400)}{hint}"


def lint_part(checked: CheckResult) -> Iterator[str]:
    """What lint looked at, where it found nothing of this change's; and whose the problems are that were there."""
    if not checked.looked_at:
        return
    grave = sum(one.severity != "note" for one in checked.brought)
    earlier = sum(one.severity != "note" for one in checked.findings) - grave
    whose = baseline_words(grave, earlier)
    if grave and checked.no_baseline:
        whose = f" What was there before could not be looked at ({inline(checked.no_baseline, 300)}), so all count."
    if not grave or whose:
        yield f"**Lint:** {inline(checked.looked_at)}.{whose}"


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
