"""What a search for a regression found, in words and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from promptops.model.outcomes.bisection import Bisection, Probe
from promptops.report.diff import wording
from promptops.report.diff.json import prompt_data
from promptops.report.diff.text import MOST_DIFFERENCES, VALUE, change_lines, painted
from promptops.report.diff.view import view
from promptops.report.history.json import about_data
from promptops.report.json_fields import fields_of, or_null
from promptops.text.humanize import (
    ago,
    cases_words,
    dollars,
    more_words,
    plural,
    points,
    rate_with_interval,
    rate_words,
)
from promptops.text.sanitize import visible_line

FORMAT = "promptops-bisect/1"


def bisection_text(found: Bisection, now: float, *, color: bool = False) -> str:
    """The outcome, what changed there, and what was tested. Ends with a line break. `now`: seconds since 1970.

    No text of a prompt or a commit can act on a terminal, with colours or without.
    """
    lines = [*_outcome(found, now)]
    if found.diff is not None and found.outcome in ("found", "cannot tell", "stopped"):
        one = view(found.diff)
        lines += ["", "*What changed there" if found.outcome == "found" else "*What changed between these two"]
        lines += [f"  {visible_line(told)}" for told in (wording.happened(found.diff), wording.effect([one])) if told]
        lines += [f"  {visible_line(wording.difference(d), VALUE)}" for d in found.diff.differences[:MOST_DIFFERENCES]]
        lines += [*change_lines([one])]
    if found.tested:
        lines += ["", "*Tested", *(f"  {_row(one)}" for one in found.tested)]
    lines += ["", *_small_print(found)]
    return painted(lines, color=color) + "\n"


def _outcome(found: Bisection, now: float) -> Iterator[str]:
    criterion, good, bad = f"'{visible_line(found.criterion, 100)}'", found.good, found.bad
    change = "" if bad.change is None else f": {points(bad.change)}"
    match found.outcome:
        case "found" if found.first_bad is not None:
            yield f"*{criterion} regressed with {_commit(found.first_bad, now)}"
            if found.merge:
                yield f"  on a branch that was merged by {found.merge[:7]}"
        case "nothing changed":
            yield f"*Nothing that a model receives changed between {good.commit[:7]} and {bad.commit[:7]}."
            yield "  If it got worse all the same, the model or its endpoint did."
            return
        case "no difference":
            yield f"*{_no_difference(good, bad)}"
            more = (
                "More cases" if found.needed is None else f"About {more_words(found.needed, of_groups=_in_groups(bad))}"
            )
            yield f"  {more} would tell, or --trials with more answers to each; there is nothing to search for yet."
        case "reversed":
            yield f"*{criterion} got better between {good.commit[:7]} and {bad.commit[:7]}{change}."
            yield "  It did not regress, so there is nothing to search for. Were the two revisions meant?"
        case _:
            told = "The search stopped" if found.outcome == "stopped" else "It cannot be told which version it was"
            why = f" ({visible_line(found.stopped)})" if found.stopped else ""
            yield f"*{told}{why}."
            if found.last_good is not None and found.first_bad is not None:
                yield f"  {criterion} was still good with {_commit(found.last_good, now)}"
                yield f"  and bad with {_commit(found.first_bad, now)}"
                if found.between:
                    yield f"  Of the {plural(found.between, 'version')} in between none could be told from noise; more"
                    yield "  cases would tell, or --trials with more answers to each."
    yield ""
    last, first = found.last_good, found.first_bad
    rows: list[tuple[str, Probe, str]] = [("good", good, "")]
    rows += [("", last, ", the last that was good")] if last is not None and last.commit != good.commit else []
    rows += [("", first, ", the first that was bad")] if first is not None and first.commit != bad.commit else []
    for label, one, what in (*rows, ("bad", bad, "")):
        if one.rate is not None:
            yield f"  {label:<4}  {one.commit[:7]}  {rate_with_interval(one.rate)}{what}"


def _no_difference(good: Probe, bad: Probe) -> str:
    between = f"between {good.commit[:7]} and {bad.commit[:7]}"
    if not bad.change or good.rate is None or bad.rate is None:
        return f"No difference beyond noise {between}."
    rates = f"{rate_words(good.rate)} → {rate_words(bad.rate)} ({points(bad.change)})"
    return f"Cannot tell: {rates} {between} may still be chance with {cases_words(bad.rate.n, bad.rate.groups)}."


def _in_groups(one: Probe) -> bool:
    return one.rate is not None and one.rate.groups is not None


def _commit(one: Probe, now: float) -> str:
    told = one.about
    pull_request = f"#{told.pull_request} " if told.pull_request is not None else ""
    return visible_line(f"{one.commit[:7]}, {told.author}, {ago(now - told.when)}: {pull_request}{told.title}")


def _row(one: Probe) -> str:
    if one.problem:
        return f"{one.commit[:7]}  {one.standing}: {visible_line(one.problem)}"
    chance = "" if one.p_value is None else f", p = {one.p_value:.2g} against the good version"
    return (
        f"{one.commit[:7]}  {one.standing}: {rate_with_interval(one.rate)}, {plural(one.trials, 'answer')} each{chance}"
    )


def _small_print(found: Bisection) -> Iterator[str]:
    suite, model = visible_line(found.suite, 80), visible_line(found.model, 60)
    spent = "cost unknown" if found.cost is None else "nothing was spent" if not found.cost else dollars(found.cost)
    yield f"Suite {suite}, model {model} · {plural(found.versions, 'version')} in between · {spent}"
    if found.outcome == "found":
        yield "The tests of the whole search together are wrong in at most 1 of 20 searches."
    yield from (f"Note: {visible_line(note, 600)}" for note in found.notes)


def bisection_json(found: Bisection) -> str:
    """All of it, in ASCII, so that no text in it can act on a terminal. Keys are added, never renamed:

    - `format`, `suite`, `criterion`, `prompt`, `model`; `outcome` (found, cannot tell, no difference, reversed, nothing
      changed, stopped); `stopped` (why, or null); `versions` (a number); `notes`
    - `good` and `bad` (what the search began with), `lastGood` and `firstBad` (what is left of it, or null) and each of
      `tested`, in order: `commit` (40 hex), `author`, `when`, `title`, `pullRequest`, `standing` (good, bad, cannot
      tell, not tested), `rate` (`{n, rate, low, high, groups}` or null; `groups` is null where
      each case stands alone), `trials`, `change` and `pValue` (against the good
      version, or null), `problem` (or null)
    - `between`: how many versions are left between the two; `merge`: the merge commit that brought the branch, or null
    - `change`: between lastGood and firstBad, as one of the `prompts` of `promptops diff --format json`, or null
    - `needed`: where the ends do not differ beyond noise, about how many more cases would show it, or null
    - `cost`: US dollars, or null where it is not known
    """
    data = {
        "format": FORMAT,
        **fields_of(found, "suite", "criterion", "prompt", "model", "outcome"),
        **or_null(found, "stopped"),
        "versions": found.versions,
        "good": _tested(found.good),
        "bad": _tested(found.bad),
        "lastGood": found.last_good and _tested(found.last_good),
        "firstBad": found.first_bad and _tested(found.first_bad),
        **fields_of(found, "between"),
        **or_null(found, "merge"),
        "change": prompt_data(view(found.diff)) if found.diff is not None else None,
        "tested": [_tested(one) for one in found.tested],
        **fields_of(found, "needed", "cost", "notes"),
    }
    return json.dumps(data, indent=1) + "\n"


def _tested(one: Probe) -> dict[str, Any]:
    return {
        "commit": one.commit,
        **about_data(one.about),
        "standing": one.standing,
        "rate": asdict(one.rate) if one.rate is not None else None,
        **fields_of(one, "trials", "change", "p_value"),
        **or_null(one, "problem"),
    }
