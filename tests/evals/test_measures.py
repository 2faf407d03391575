"""Cost, latency and tokens before and after, and what they weigh_changes beside the criteria."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from promptops.evals.comparison import compare_measures, weigh_changes
from promptops.model.results import CriterionComparison, MeasureComparison, Sample, Verdict
from tests.evals.factory import info


def measured(arm: int, values: Sequence[float | None], name: str = "latency", *, cached: str = "") -> list[Sample]:
    """One sample a case; `cached` says with `x` which came out of the cache."""
    flags = cached.ljust(len(values))
    made = [Sample(f"c{n:03}", arm, 0, cached=flags[n] == "x") for n in range(len(values))]
    return [replace(sample, **{name: value}) for sample, value in zip(made, values, strict=True)]  # type: ignore[arg-type]


def measure(name: str, base: Sequence[Sample] | None, head: Sequence[Sample]) -> MeasureComparison:
    return {found.name: found for found in compare_measures(base, head)}[name]  # type: ignore[index]


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


def weighed(verdicts: dict[str, Verdict], *, advisory: str = "", **measures: str) -> tuple[str, str]:
    criteria = [CriterionComparison(name, None, None, verdict=verdict) for name, verdict in verdicts.items()]
    infos = [info(name, advisory=name == advisory) for name in verdicts]
    found = [
        MeasureComparison(name, "", 1, 1, 12, 0.8 if verdict == "lower" else 1.2, verdict=verdict)  # type: ignore[arg-type]
        for name, verdict in measures.items()
    ]
    return weigh_changes(criteria, infos, found, has_base=True)


def test_better_somewhere_and_worse_nowhere_is_better() -> None:
    assert weighed({"a": "better", "b": "cannot tell"}) == ("better", "better on 'a'")
    assert weighed({"a": "no worse"}, cost="lower", latency="lower") == ("better", "cheaper by 20%, faster by 20%")


def test_better_here_and_worse_there_is_a_trade_off_and_never_folded_into_one_number() -> None:
    assert weighed({"a": "better", "b": "worse"}) == ("trade-off", "better on 'a', worse on 'b'")
    assert weighed({"a": "better"}, cost="higher") == ("trade-off", "better on 'a', dearer by 20%")
    assert weighed({"a": "worse"}, latency="lower") == ("trade-off", "faster by 20%, worse on 'a'")


def test_worse_somewhere_and_better_nowhere_is_worse() -> None:
    assert weighed({"a": "worse", "b": "probably better"}) == ("worse", "worse on 'a'")
    assert weighed({"a": "unchanged"}, latency="higher") == ("worse", "slower by 20%")


def test_what_is_not_beyond_its_noise_weighs_nothing() -> None:
    verdicts: dict[str, Verdict] = {"a": "probably better", "b": "probably worse", "c": "cannot tell", "d": "no worse"}
    assert weighed(verdicts, cost="cannot tell", latency="not measured") == ("no difference shown", "")
    assert weighed({"a": "worse", "b": "unchanged"}, advisory="a") == ("no difference shown", "")
