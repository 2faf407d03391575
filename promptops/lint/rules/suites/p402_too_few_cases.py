"""A rule that must hold (under `gates`) promises more than its cases can ever prove.

Three passes of three may be luck: "at least 90%" needs 29 cases even if every one passes. With fewer, the rule is
never passed and never stops anything; it only looks as if somebody watched. "No worse than before" needs enough cases
to pass four runs of five when both versions are equally good.

Bad:   gates: {names the owner: {atLeast: 0.9}}   with 10 cases
Good:  gates: {names the owner: {atLeast: 0.7}}   with 10 cases
"""

from __future__ import annotations

from collections.abc import Iterator
from math import floor

from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.located_values.evaluators import Coverage
from promptops.model.finding import Finding, Span

CODE = "P402"
PREFILTER = Prefilter(("suite",), ("atLeast", "noWorseThanBase"))


def check(target: Target) -> Iterator[Finding]:
    """Each limit of a gate that blocks; only the cases that its criterion looks at count."""
    suite, gates = target.suite, target.get("gates")
    if suite is None or gates is None or not suite.cases:
        return
    criteria = {criterion.name: criterion for criterion in suite.criteria}
    coverage = Coverage(suite.cases)
    for gate in suite.gates:
        criterion = criteria[gate.criterion]
        covered = coverage.of(criterion)
        limits = gates.get(gate.criterion)
        if criterion.advisory or covered is None or limits is None:
            continue
        count, noun = suite.count_units(covered), "group" if suite.cluster else "case"
        with_tags = f" with {_tags(criterion.tags)}" if criterion.tags else ""
        cases = f"{count or 'no'} {noun}{'s' if count != 1 else ''}{with_tags}"
        least, drop = limits.get("atLeast"), limits.get("noWorseThanBase")
        if gate.at_least is not None and least is not None:
            yield from _rate(target, least.span, cases, count, noun, gate.at_least)
        if gate.no_worse_than_base is not None and drop is not None:
            averaged = suite.trials > 1 or bool(suite.cluster)
            yield from _drop(target, drop.span, cases, count, noun, gate.no_worse_than_base, averaged=averaged)


def _rate(target: Target, span: Span, cases: str, count: int, noun: str, limit: float) -> Iterator[Finding]:
    from promptops.statistics.gate_power import rate_shortfall

    short = rate_shortfall(count, limit)
    if short is None:
        return
    if short.needed is None:
        message, detail = "no number of cases can prove that all of them would pass", ""
        hint = "ask for 0.95, which 59 cases can prove"
    else:
        message = f"{cases} can never prove at least {limit * 100:g}%"
        detail = f"{short.needed} are needed, even if all pass"
        hint = _add(short.needed - count, noun)
        if shown := floor(short.shown * 100):
            hint += f", or ask for {shown / 100:g}, the most that {count} can prove"
    yield Finding(target.path, span, CODE, message, hint, "warning", detail=detail)


def _drop(
    target: Target, span: Span, cases: str, count: int, noun: str, limit: float, *, averaged: bool
) -> Iterator[Finding]:
    from promptops.statistics.gate_power import drop_shortfall, whole_points

    short = drop_shortfall(count, limit, averaged=averaged)
    if short is None:
        return
    message = f"{cases} cannot rule out a drop of {limit * 100:g} points"
    if short.needed is not None:
        detail = (
            f"equally good versions would pass in {short.power:.0%} of runs; about {short.needed} {noun}s make it 80%"
        )
        hint = _add(short.needed - count, noun)
    else:
        detail = "no number of cases can" if limit == 0 else "more than 100,000 cases would be needed"
        hint = "allow a drop that can be measured"
    shown = whole_points(short.shown)
    if shown < 100:
        hint += f", or allow {shown / 100:g}, which so many can rule out"
    yield Finding(target.path, span, CODE, message, hint, "warning", detail=detail)


def _add(count: int, noun: str) -> str:
    return f"add {count} {noun}{'s' if count != 1 else ''}"


def _tags(tags: tuple[str, ...]) -> str:
    return f"the tag '{tags[0]}'" if len(tags) == 1 else f"one of the tags {', '.join(tags[:5])}"
