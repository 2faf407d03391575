"""The one word for a comparison: only criteria make it better or worse, and nothing is folded into one number."""

from __future__ import annotations

import pytest

from promptops.evals.overall import weigh_changes
from promptops.model.results import CriterionComparison, MeasureComparison, Verdict
from tests.evals.factory import info


def weighed(verdicts: dict[str, Verdict], *, advisory: str = "", **measures: str) -> tuple[str, str]:
    criteria = [CriterionComparison(name, None, None, verdict=verdict) for name, verdict in verdicts.items()]
    infos = [info(name, advisory=name == advisory) for name in verdicts]
    found = [
        MeasureComparison(name, "", 1, 1, 12, 0.8 if verdict == "lower" else 1.2, verdict=verdict)  # type: ignore[arg-type]
        for name, verdict in measures.items()
    ]
    return weigh_changes(criteria, infos, found, has_base=True)


def test_better_somewhere_and_nothing_against_it_is_better() -> None:
    assert weighed({"a": "better", "b": "cannot tell"}) == ("better", "better on 'a'")
    assert weighed({"a": "better"}, cost="lower", latency="lower") == (
        "better",
        "better on 'a', costs 20% less, 20% faster",
    )


def test_better_here_and_worse_there_is_a_trade_off_and_never_folded_into_one_number() -> None:
    assert weighed({"a": "better", "b": "worse"}) == ("trade-off", "better on 'a', worse on 'b'")
    assert weighed({"a": "better"}, cost="higher") == ("trade-off", "better on 'a', costs 20% more")
    assert weighed({"a": "better"}, latency="higher") == ("trade-off", "better on 'a', 20% slower")
    assert weighed({"a": "worse"}, cost="lower") == ("trade-off", "costs 20% less, worse on 'a'")
    assert weighed({"a": "worse"}, latency="lower") == ("trade-off", "20% faster, worse on 'a'")


def test_worse_somewhere_and_nothing_for_it_is_worse() -> None:
    assert weighed({"a": "worse", "b": "probably better"}) == ("worse", "worse on 'a'")
    assert weighed({"a": "worse"}, cost="higher", latency="higher") == (
        "worse",
        "worse on 'a', costs 20% more, 20% slower",
    )


@pytest.mark.parametrize(
    ("measures", "said"),
    [
        ({"latency": "higher"}, "20% slower"),
        ({"latency": "lower"}, "20% faster"),
        ({"cost": "higher"}, "costs 20% more"),
        ({"cost": "lower"}, "costs 20% less"),
        ({"cost": "lower", "latency": "higher"}, "costs 20% less, 20% slower"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_cost_and_time_alone_are_told_and_make_nothing_better_or_worse(measures: dict[str, str], said: str) -> None:
    assert weighed({"a": "no worse", "b": "probably worse"}, **measures) == ("no difference shown", said)
    assert weighed({}, **measures) == ("no difference shown", said)


def test_what_is_not_beyond_its_noise_or_does_not_matter_weighs_nothing() -> None:
    verdicts: dict[str, Verdict] = {"a": "probably better", "b": "probably worse", "c": "cannot tell", "d": "no worse"}
    assert weighed(verdicts, cost="cannot tell", latency="not measured") == ("no difference shown", "")
    assert weighed({"a": "better"}, cost="negligible") == ("better", "better on 'a'")
    assert weighed({"a": "worse", "b": "unchanged"}, advisory="a") == ("no difference shown", "")
    assert weighed({"a": "unchanged"}, **{"output tokens": "higher"}) == ("no difference shown", "")


@pytest.mark.parametrize(
    ("ratio", "said"), [(0.001, "costs >99% less"), (1.002, "costs <1% more"), (2.5, "costs 150% more")]
)
def test_a_ratio_is_not_rounded_to_all_or_nothing(ratio: float, said: str) -> None:
    cost = MeasureComparison("cost", "", 1, 1, 12, ratio, verdict="lower" if ratio < 1 else "higher")
    assert weigh_changes([], [], [cost], has_base=True) == ("no difference shown", said)
