"""Cost, latency and tokens before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from promptops.evals.comparison import compare_models, judge_family
from promptops.evals.measures import compare_measures
from promptops.model.budget import IGNORE_BELOW, IgnoreBelow
from promptops.model.results import MeasureComparison, Sample


def measured(arm: int, values: Sequence[float | None], name: str = "latency", *, cached: str = "") -> list[Sample]:
    """One sample a case; `cached` says with `x` which came out of the cache."""
    flags = cached.ljust(len(values))
    made = [Sample(f"c{n:03}", arm, 0, cached=flags[n] == "x") for n in range(len(values))]
    return [replace(sample, **{name: value}) for sample, value in zip(made, values, strict=True)]  # type: ignore[arg-type]


def measure(
    name: str, base: Sequence[Sample] | None, head: Sequence[Sample], ignore: IgnoreBelow = IGNORE_BELOW
) -> MeasureComparison:
    """As the family of no criterion but cost and latency judges it."""
    _, found = judge_family([], [], compare_measures(base, head), ignore)
    return {one.name: one for one in found}[name]  # type: ignore[index]


STEPS = [1.0 + n / 10 for n in range(12)]


def test_latency_is_the_median_of_pairs_and_its_ratio_is_tested() -> None:
    base, head = measured(0, STEPS), measured(1, [value * (0.5 + n / 100) for n, value in enumerate(STEPS)])
    found = measure("latency", base, head)
    assert (found.paired, found.unit, found.verdict) == (12, "seconds", "lower")
    assert found.base == pytest.approx(1.55)
    assert found.ratio == pytest.approx(0.554, abs=0.001)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.554 < found.high < 1


def test_latency_is_compared_over_pairs_both_called_in_this_run() -> None:
    base = measured(0, [100.0, *STEPS], cached="x")
    head = measured(1, [0.1, *[2 * value for value in STEPS[:-1]], 0.1], cached=" " * 12 + "x")
    found = measure("latency", base, head)
    assert found.paired == 11
    assert found.ratio == pytest.approx(2.0)
    assert measure("latency", measured(0, STEPS, cached="x" * 12), measured(1, STEPS)).verdict == "not measured"
    none = measure("latency", measured(0, STEPS), measured(1, STEPS, cached="x" * 12))
    assert (none.base, none.head, none.ratio, none.paired) == (None, None, None, 0)


def test_a_cached_reply_still_says_what_it_costs() -> None:
    found = measure("cost", measured(0, STEPS, "cost", cached="x" * 12), measured(1, STEPS, "cost"))
    assert found.paired == 12
    assert (found.ratio, found.unit) == (1.0, "usd per 1000")
    assert found.base == found.head == pytest.approx(1550)


def test_an_unknown_cost_is_not_measured_and_never_0() -> None:
    found = measure("cost", measured(0, [None] * 12, "cost"), measured(1, STEPS, "cost"))
    assert (found.base, found.head, found.ratio, found.verdict) == (None, None, None, "not measured")
    partly = measure("cost", measured(0, [None, *STEPS], "cost"), measured(1, [9.0, *STEPS], "cost"))
    assert (partly.paired, partly.ratio) == (12, 1.0)
    first = measure("cost", None, measured(0, [None, 1.0, 3.0], "cost"))
    assert (first.base, first.head, first.verdict) == (None, 2000.0, "not measured")
    assert measure("cost", None, measured(0, [None], "cost")).head is None


def test_few_or_equal_measurements_cannot_tell() -> None:
    few = measure("cost", measured(0, STEPS[:9], "cost"), measured(1, [5 * v for v in STEPS[:9]], "cost"))
    assert few.ratio == pytest.approx(5.0)
    assert (few.verdict, few.p_value, few.low) == ("cannot tell", None, None)
    equal = measure("latency", measured(0, STEPS), measured(1, STEPS))
    assert (equal.ratio, equal.verdict) == (1.0, "cannot tell")


def test_a_reply_that_failed_has_no_cost_no_time_and_no_tokens() -> None:
    broken = [replace(s, error="reset", cost=9.0, output_tokens=9) for s in measured(1, STEPS)]
    for found in compare_measures(measured(0, STEPS), broken):
        assert (found.head, found.verdict) == (None, "not measured")


def rising(percent: float, name: str = "cost", cases: int = 30) -> tuple[list[Sample], list[Sample]]:
    """Values that rise by so much, each a little more or less."""
    values = [1.0 + n / 10 for n in range(cases)]
    up = 1 + percent / 100
    return (
        measured(0, values, name),
        measured(1, [up * value * (1.001 if n % 2 else 1 / 1.001) for n, value in enumerate(values)], name),
    )


@pytest.mark.parametrize(
    ("name", "percent", "verdict"),
    [
        ("cost", 3, "negligible"),
        ("cost", -3, "negligible"),
        ("cost", 5, "higher"),
        ("cost", 7, "higher"),
        ("cost", -7, "lower"),
        ("latency", 7, "negligible"),
        ("latency", 12, "higher"),
        ("latency", -12, "lower"),
    ],
)
def test_a_proven_difference_must_matter_before_it_is_a_word(name: str, percent: float, verdict: str) -> None:
    found = measure(name, *rising(percent, name))
    assert found.verdict == verdict
    assert found.ratio == pytest.approx(1 + percent / 100, abs=1e-6)


def test_the_suite_says_what_matters() -> None:
    assert measure("cost", *rising(3), IgnoreBelow(cost=0.02)).verdict == "higher"
    assert measure("cost", *rising(7), IgnoreBelow(cost=0.08)).verdict == "negligible"
    assert measure("latency", *rising(3, "latency"), IgnoreBelow(latency=0)).verdict == "higher"


def test_three_more_tokens_are_not_worse() -> None:
    """A hundred tokens a reply and three more in each: proven, and nobody's concern."""
    old = [
        replace(s, output_tokens=100 + n)
        for n, s in enumerate(measured(0, [0.01 * (100 + n) for n in range(40)], "cost"))
    ]
    new = [
        replace(s, output_tokens=103 + n)
        for n, s in enumerate(measured(1, [0.01 * (103 + n) for n in range(40)], "cost"))
    ]
    (found,) = compare_models({"small": (old, new)}, [], {})
    cost, tokens = (next(m for m in found.measures if m.name == name) for name in ("cost", "output tokens"))
    assert (cost.verdict, tokens.verdict, tokens.p_value) == ("negligible", "not tested", None)
    assert cost.p_value is not None
    assert cost.p_value < 0.001
    assert (found.overall, found.pareto) == ("no difference shown", "")


def test_tokens_are_shown_and_never_tested() -> None:
    found = measure(
        "output tokens", measured(0, STEPS, "output_tokens"), measured(1, [2 * v for v in STEPS], "output_tokens")
    )
    assert (found.verdict, found.p_value, found.p_adjusted) == ("not tested", None, None)
    assert found.ratio == pytest.approx(2)


def test_a_cluster_s_cases_are_averaged_first() -> None:
    base, head = measured(0, [1.0, 3.0, 5.0], "cost"), measured(1, [2.0, 6.0, 5.0], "cost")
    found = compare_measures(base, head, {"c000": "a", "c001": "a"})[0]
    assert found.paired == 3
    assert found.base == pytest.approx(3500)
    assert found.head == pytest.approx(4500)
    assert found.ratio == pytest.approx(2**0.5)


def test_one_slow_reply_moves_no_median() -> None:
    found = measure("latency", measured(0, [1.0] * 11 + [60.0]), measured(1, [1.0] * 11 + [90.0]))
    assert (found.base, found.head) == (1.0, 1.0)


def test_what_a_failed_call_cost_is_no_cost_of_a_reply() -> None:
    """A call that failed after a part of its reply may be billed; it is in what was spent."""
    base, head = measured(0, [1.0] * 12, "cost"), measured(1, [1.0] * 11 + [9.0], "cost")
    head[-1] = replace(head[-1], error="cut off")
    found = measure("cost", base, head)
    assert (found.paired, found.head) == (11, 1000.0)
