"""benchmarks/simulation.md: every figure in words, and whether it is within its limit."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence

from benchmarks.simulate.coverage import LEAST_ON_AVERAGE
from benchmarks.simulate.figure import SimulatedFigure
from promptops.statistics.gate_power import ASSUMED_CHANGES, TABLE

_CASES = (12, 20, 30, 40, 60, 80, 100, 150, 200, 300)
POWERS_SHOWN = (5, 8, 10, 12, 15, 20, 25, 30)
_INTRODUCTION = """# How often promptops errs

`make simulate` writes this page. It runs the product's own rules (`evals/comparison.py`, `evals/overall.py`,
`statistics/`) on suites that are drawn so that the truth is known. Errors are held at 5%; a figure is within its limit
when the upper end of its 99% interval is at most 6%. Intervals should cover 94% on average and 90% at the worst.
"""
_NOTES = """
**A/A suites**: base and head are equally good. The criteria's true rates are 0.9 and 0.5 in turn; the discordant share
of the cases wavers, so that in each trial one side passes and the other does not, by a coin. Cost and latency are
log-normal (spread 0.15 and 0.4 a reply). Clusters have an ease of their own (beta, 2) and drift up or down as a whole,
by as much as the discordant share says. "Any claim" counts a criterion that is better or worse as well as a lower or
higher cost or latency.

**Gates**: the truth lies on the limit, so a pass and a fail are both wrong (or only just right). With trials and
clusters each unit is a mean: of a rate with an ease of its own (beta, 3), of a drop with twice as many units that fall
in half of their replies.

**Power**: the chance that `noWorseThanBase` passes when both versions are equally good and {share:.0%} of the cases
change. The whole table, which lint and plans read, is `promptops/statistics/drop_power.json`.
"""


def markdown(figures: Sequence[SimulatedFigure]) -> str:
    """The page."""
    lines = [_INTRODUCTION, *_summary(figures), _NOTES.format(share=ASSUMED_CHANGES), *_power()]
    for kinds, title in _details(figures):
        lines += ["", f"## {title}", "", *_detail([one for one in figures if one.kind in kinds], kinds)]
    return "\n".join(lines) + "\n"


def _summary(figures: Sequence[SimulatedFigure]) -> Iterator[str]:
    yield "| what | settings | suites each | worst | 99% interval ends at | average | within the limit |"
    yield "|---|--:|--:|--:|--:|--:|---|"
    by_kind = defaultdict(list)
    for one in figures:
        by_kind[one.kind].append(one)
    for kind, ones in by_kind.items():
        worst = (min if ones[0].is_coverage else max)(ones, key=lambda one: one.share)
        average = sum(one.share for one in ones) / len(ones)
        holds = all(one.holds for one in ones) and (average >= LEAST_ON_AVERAGE or not worst.is_coverage)
        suites = min(one.suites for one in ones)
        yield (
            f"| {kind} | {len(ones)} | {suites:,} | {worst.share:.2%} ({worst.setting}) | {worst.end:.2%} "
            f"| {average:.2%} | {'yes' if holds else '**no**'} |"
        )


def _power() -> Iterator[str]:
    powers = json.loads(TABLE.read_text(encoding="utf-8"))
    yield "| cases | " + " | ".join(f"{points} points" for points in POWERS_SHOWN) + " |"
    yield "|--:|" + "--:|" * len(POWERS_SHOWN)
    for cases in _CASES:
        yield f"| {cases} | " + " | ".join(f"{powers[str(points)][cases - 1]}%" for points in POWERS_SHOWN) + " |"


def _details(figures: Sequence[SimulatedFigure]) -> Iterator[tuple[list[str], str]]:
    kinds = list(dict.fromkeys(one.kind for one in figures))
    yield [kind for kind in kinds if kind.startswith(("better", "any"))], "A/A suites"
    yield [kind for kind in kinds if kind.startswith("false")], "Gates at their limit"
    yield [kind for kind in kinds if kind.endswith("covers")], "Coverage of intervals"


def _detail(figures: Sequence[SimulatedFigure], kinds: Sequence[str]) -> Iterator[str]:
    """A row a setting, a column a kind; coverage has one kind a setting."""
    columns = ["covers"] if kinds and kinds[0].endswith("covers") else kinds
    yield "| setting | " + " | ".join(columns) + " |"
    yield "|---|" + "--:|" * len(columns)
    by_setting = defaultdict(list)
    for one in figures:
        by_setting[one.setting].append(one)
    for setting, ones in by_setting.items():
        marks = (f"{one.share:.2%}" if one.holds else f"**{one.share:.2%}** ({one.end:.2%})" for one in ones)
        yield f"| {setting} | " + " | ".join(marks) + " |"
