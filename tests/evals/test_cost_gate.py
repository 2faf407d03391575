"""`maxCostIncrease` looks at the bill, and both its answers are proven at its own limit."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from promptops.evals.analysis_rules import NO_RULES, AnalysisRules
from promptops.evals.cost_gate import check_budget
from promptops.model.budget import Budget
from promptops.model.results import GateResult, Sample

TENTH = Budget(max_cost_increase=0.10)
Costs = Sequence[float | None]


PROVEN = {
    "less": "less than 10% more, with 95% confidence",
    "more": "more than 10% more, with 95% confidence",
    "open": "more than 10% is neither proven nor ruled out",
}


def side(arm: int, costs: Costs) -> list[Sample]:
    return [Sample(f"c{n}", arm, 0, cost=cost) for n, cost in enumerate(costs)]


def checked(base: Costs, head: Costs, budget: Budget = TENTH, rules: AnalysisRules = NO_RULES) -> GateResult:
    (found,) = check_budget(budget, "small", side(0, base), side(1, head), rules)
    return found


def increase(percent: float, cases: int = 20, spread: float = 0.01) -> tuple[list[float], list[float]]:
    """Costs that rise by about so much, each case a little differently."""
    base = [1.0 + n / 10 for n in range(cases)]
    up = 1 + percent / 100
    return base, [up * cost * (1 + spread if n % 2 else 1 - spread) for n, cost in enumerate(base)]


@pytest.mark.parametrize(
    ("costs", "status", "reason"),
    [
        (increase(5), "passed", "+5%: less"),
        (increase(-50), "passed", "-50%: less"),
        (increase(20), "failed", "+20%: more"),
        (increase(20, cases=4), "undecided", "+20%: open"),
        (increase(12, spread=0.5), "undecided", "+13%: open"),
        (increase(7, spread=0.5), "undecided", "+8%: open"),
        (([1.0] * 12, [1.0] * 12), "passed", "+0%: less"),
        (([1.0] * 12, [1.2] * 12), "failed", "+20%: more"),
        (([1.0] * 12, [1.1] * 12), "undecided", "+10%: open"),
        (([0.1, 0.2, 0.3] * 9, [0.11, 0.22, 0.33] * 9), "undecided", "+10%: open"),
        (([None] * 12, [1.0] * 12), "not measured", "the cost is not known"),
        (([0.0] * 12, [0.0] * 12), "passed", "still free: the version before was free"),
        (([0.0] * 12, [1.0] * 12), "failed", "costs something now: the version before was free"),
    ],
    ids=[
        "a little", "cheaper", "too much", "too few cases", "seen above and not proven", "seen below and not proven",
        "the same each time", "the same rise each time", "at the limit", "at the limit but for rounding", "unknown",
        "free", "free before",
    ],
)  # fmt: skip
def test_a_rise_of_the_bill_is_decided_at_the_limit_both_ways(
    costs: tuple[Costs, Costs], status: str, reason: str
) -> None:
    found = checked(*costs)
    assert (found.status, found.blocks) == (status, status == "failed")
    seen, _, proven = reason.partition(": ")
    over = f"{seen} over {len(costs[0])} cases: "
    assert found.reason == (f"{over}{PROVEN.get(proven, proven)}" if proven else reason)
    assert (found.criterion, found.rule, found.model) == ("cost", "at most 10% dearer", "small")


def test_the_bill_counts_and_not_the_usual_case() -> None:
    one_dear = checked([1.0] * 20, [1.0] * 19 + [8.0], Budget(max_cost_increase=0.2))
    assert one_dear.status == "undecided"
    assert one_dear.reason == "+35% over 20 cases: more than 20% is neither proven nor ruled out"
    most_dearer = checked([1.0 + n / 100 for n in range(19)] + [100.0], [1.3 + n / 100 for n in range(19)] + [50.0])
    assert (most_dearer.status, most_dearer.blocks) == ("undecided", False)
    assert most_dearer.reason.startswith("-37% over 20 cases: ")


def test_case_44_a_bill_of_which_a_part_is_missing_does_not_pass() -> None:
    base, head = increase(0, cases=40)
    found = checked([None if n < 5 else cost for n, cost in enumerate(base)], head)
    assert (found.status, found.reason) == (
        "undecided",
        "+0% over 35 cases; but 5 of 40 cases have no known cost before",
    )
    assert checked([None if n < 5 else cost for n, cost in enumerate(base)], head, rules=AnalysisRules(0.2)).status == (
        "passed"
    )
    free = checked([None] * 5 + [0.0] * 35, [0.0] * 40)
    assert (free.status, free.reason) == (
        "undecided",
        "still free over 35 cases; but 5 of 40 cases have no known cost before",
    )
    failed = [Sample(f"c{n}", 1, 0, error="down") for n in range(35, 40)]
    (found,) = check_budget(TENTH, "small", side(0, base), [*side(1, head[:35]), *failed])
    assert found.status == "undecided"
    assert found.reason.endswith("5 of 40 cases have no known cost after")


def test_a_cluster_s_cases_are_one_piece_of_evidence() -> None:
    base, head = increase(20, cases=12)
    assert checked(base, head).status == "failed"
    three = AnalysisRules(clusters={f"c{n}": f"group {n % 3}" for n in range(12)})
    assert checked(base, head, rules=three).status == "undecided"


def test_a_budget_without_an_increase_has_no_gate_and_without_a_base_it_has_nothing_to_compare_with() -> None:
    assert check_budget(Budget(max_cost=1.0), "small", side(0, [1.0] * 12), side(1, [2.0] * 12)) == []
    (found,) = check_budget(TENTH, "small", None, side(1, [2.0] * 12))
    assert (found.status, found.reason, found.blocks) == ("not measured", "nothing to compare with yet", False)


def test_a_rise_that_is_only_close_to_none_is_not_shown_as_none() -> None:
    assert checked([1.0] * 20, [1.003] * 20).reason.startswith("+0.3% over 20 cases: ")
    assert checked([1.0] * 20, [1.0] * 20).reason.startswith("+0% over 20 cases: ")


def test_a_bill_s_reason_counts_groups_where_those_are_what_counts() -> None:
    base, head = increase(5, cases=12)
    rules = AnalysisRules(clusters={f"c{n}": f"group {n % 6}" for n in range(12)})
    assert checked(base, head, rules=rules).reason.startswith("+5% over 12 cases in 6 groups: ")


def test_a_bill_that_is_proven_too_high_fails_although_a_part_of_it_is_missing() -> None:
    base, head = increase(50, cases=40)
    found = checked([None if n < 5 else cost for n, cost in enumerate(base)], head)
    assert (found.status, found.blocks) == ("failed", True)
