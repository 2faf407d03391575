"""Gates: passed only when proven, failed only when disproven, undecided in between and never a pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from promptops.evals.comparison import compare_models
from promptops.evals.gates import check_budget, check_gates
from promptops.model.budget import Budget
from promptops.model.results import Comparison, CriterionInfo, GateResult, MeasureComparison, Sample
from promptops.model.suite import Gate
from promptops.statistics.intervals import wilson_lower
from tests.evals.factory import answered, gate, info, samples


def checked(
    what: Gate,
    head: Sequence[Sample],
    base: Sequence[Sample] | None = None,
    infos: Sequence[CriterionInfo] = (info(),),
) -> GateResult:
    margins = {what.criterion: what.no_worse_than_base} if what.no_worse_than_base is not None else {}
    (comparison,) = compare_models({"small": (base, head)}, infos, margins)
    (result,) = check_gates([what], infos, "small", base, head, comparison)
    return result


def test_24_of_24_prove_89_percent_and_not_90() -> None:
    assert wilson_lower(24, 24) == pytest.approx(0.8987, abs=5e-5)
    passed = checked(gate(at_least=0.89), samples(0, q="1" * 24))
    assert (passed.status, passed.blocks, passed.needed, passed.model) == ("passed", False, None, "small")
    undecided = checked(gate(at_least=0.90), samples(0, q="1" * 24))
    assert (undecided.status, undecided.blocks, undecided.needed) == ("undecided", False, 1)
    assert checked(gate(at_least=0.90), samples(0, q="1" * 25)).status == "passed"


def test_an_undecided_gate_s_reason_does_not_claim_what_is_not_proven() -> None:
    undecided = checked(gate(at_least=0.90), samples(0, q="1" * 24))
    assert undecided.rule == "at least 90%"
    assert "surely at least 90%" not in undecided.reason


def test_a_gate_near_1_is_not_called_all() -> None:
    assert checked(gate(at_least=0.999), samples(0, q="1" * 24)).rule == "at least 99.9%"
    assert checked(gate(at_least=0.07), samples(0, q="1" * 24)).rule == "at least 7%"


def test_an_unproven_drop_s_reason_does_not_name_the_margin_as_proven() -> None:
    same = samples(0, q="1" * 24)
    unproven = checked(gate(no_worse_than_base=0.10), same, same)
    assert (unproven.status, unproven.rule) == ("undecided", "no worse than 10 points")
    assert "surely no worse than -10 " not in unproven.reason


def test_the_cases_that_a_gate_needs_do_decide_it() -> None:
    undecided = checked(gate(at_least=0.95), samples(0, q="1" * 20))
    assert undecided.needed is not None
    assert checked(gate(at_least=0.95), samples(0, q="1" * (20 + undecided.needed))).status == "passed"
    assert checked(gate(at_least=0.95), samples(0, q="1" * (20 + undecided.needed - 1))).status == "undecided"


def test_a_rate_fails_when_even_its_upper_bound_is_too_low() -> None:
    failed = checked(gate(at_least=0.75), samples(0, q="1" * 12 + "0" * 12))
    assert (failed.status, failed.blocks, failed.needed) == ("failed", True, None)
    assert failed.reason.startswith("50% of 24 cases")


def test_a_rate_just_below_the_limit_is_undecided_and_no_number_of_cases_is_promised() -> None:
    found = checked(gate(at_least=0.75), samples(0, q="1" * 17 + "0" * 7))
    assert (found.status, found.blocks, found.needed) == ("undecided", False, None)


def test_no_number_of_cases_proves_a_rate_of_1() -> None:
    assert checked(gate(at_least=1.0), samples(0, q="1" * 500)).status == "undecided"
    assert checked(gate(at_least=1.0), samples(0, q="1" * 500)).needed is None
    assert checked(gate(at_least=1.0), samples(0, q="1" * 499 + "0")).status != "passed"


def test_trials_do_not_prove_what_their_cases_cannot() -> None:
    assert checked(gate(at_least=0.8), samples(0, trials=10, q="1" * 60)).status == "undecided"
    assert checked(gate(at_least=0.8), samples(0, q="1" * 60)).status == "passed"
    mixed = checked(gate(at_least=0.2), samples(0, trials=2, q="01" * 9))
    assert (mixed.status, mixed.reason) == ("undecided", "50% of 9 cases: too few cases for an interval")


def test_no_drop_among_enough_cases_is_proven_to_be_no_worse() -> None:
    same = "1" * 30
    found = checked(gate(no_worse_than_base=0.10), samples(1, q=same), samples(0, q=same))
    assert (found.status, found.blocks, found.rule) == ("passed", False, "no worse than 10 points")


def test_no_change_is_not_shown_as_minus_nothing() -> None:
    same = samples(0, q="1" * 30)
    assert not checked(gate(no_worse_than_base=0.10), same, same).reason.startswith("-0")


def test_a_proven_drop_beyond_the_margin_fails() -> None:
    found = checked(gate(no_worse_than_base=0.10), samples(1, q="0" * 12 + "1" * 28), samples(0, q="1" * 40))
    assert (found.status, found.blocks) == ("failed", True)
    assert found.reason == "-30 points over 40 cases"


def test_a_proven_drop_within_the_margin_passes() -> None:
    found = checked(gate(no_worse_than_base=0.10), samples(1, q="0" * 8 + "1" * 192), samples(0, q="1" * 200))
    assert found.status == "passed"


def test_a_proven_drop_that_may_go_beyond_the_margin_is_undecided() -> None:
    found = checked(gate(no_worse_than_base=0.10), samples(1, q="0" * 18 + "1" * 182), samples(0, q="1" * 200))
    assert (found.status, found.blocks) == ("undecided", False)
    assert found.reason.startswith("-9 points over 200 cases")


def test_a_drop_that_may_be_chance_is_undecided_and_says_how_many_cases_would_decide() -> None:
    found = checked(gate(no_worse_than_base=0.10), samples(1, q="0" * 4 + "1" * 6), samples(0, q="1" * 10))
    assert (found.status, found.blocks) == ("undecided", False)
    assert found.needed is not None
    assert found.needed > 50


def test_a_drop_is_proven_by_the_corrected_p_only() -> None:
    names = ("q", "a", "b", "c")
    old, new = "1" * 20, "0" * 6 + "1" * 14
    alone = checked(gate(no_worse_than_base=0.10), samples(1, q=new), samples(0, q=old))
    assert alone.status == "failed"
    head, base = answered(1, dict.fromkeys(names, new)), answered(0, dict.fromkeys(names, old))
    among = checked(gate(no_worse_than_base=0.10), head, base, [info(name) for name in names])
    assert among.status == "undecided"


def test_cases_of_one_side_prove_nothing_about_the_change() -> None:
    found = checked(gate(no_worse_than_base=0.10), samples(1, q="-" * 30 + "1" * 30), samples(0, q="1" * 30))
    assert (found.status, found.blocks) == ("not measured", False)


def test_a_margin_of_0_needs_more_than_no_change() -> None:
    same = "1" * 200
    found = checked(gate(no_worse_than_base=0.0), samples(1, q=same), samples(0, q=same))
    assert (found.status, found.needed) == ("undecided", None)


def test_undecided_blocks_only_when_the_gate_says_so() -> None:
    strict = gate(at_least=0.90, undecided_fails=True)
    found = checked(strict, samples(0, q="1" * 24))
    assert (found.status, found.blocks) == ("undecided", True)
    passed = checked(strict, samples(0, q="1" * 40))
    assert (passed.status, passed.blocks) == ("passed", False)


@pytest.mark.parametrize("undecided_fails", [False, True])
@pytest.mark.parametrize("answers", ["0" * 40, "1" * 40, "10" * 5, "e" * 10])
def test_an_advisory_criterion_never_blocks(answers: str, undecided_fails: bool) -> None:
    advisory = [info(advisory=True)]
    for what in (gate(at_least=0.9), gate(no_worse_than_base=0.1)):
        strict = replace(what, undecided_fails=undecided_fails)
        found = checked(strict, samples(1, q=answers), samples(0, q="1" * len(answers)), advisory)
        assert (found.status, found.blocks) == ("advisory", False)
        assert found.reason


def test_a_criterion_that_only_gave_errors_is_not_measured_and_neither_passes_nor_fails() -> None:
    found = checked(gate(at_least=0.1), samples(0, q="e" * 20))
    assert (found.status, found.blocks, found.reason) == ("not measured", False, "no case was answered")
    assert checked(gate(at_least=0.1, undecided_fails=True), samples(0, q="e" * 20)).blocks
    compared = checked(gate(no_worse_than_base=0.1), samples(1, q="e" * 20), samples(0, q="1" * 20))
    assert (compared.status, compared.blocks) == ("not measured", False)


def test_errors_shrink_the_cases_and_are_no_fails() -> None:
    found = checked(gate(at_least=0.75), samples(0, q="1" * 20 + "e" * 2))
    assert found.status == "passed"
    assert found.reason.startswith("100% of 20 cases")


def test_a_pass_does_not_rest_on_the_cases_that_are_left_when_many_gave_no_answer() -> None:
    found = checked(gate(at_least=0.75), samples(0, q="1" * 20 + "e" * 3))
    assert (found.status, found.blocks) == ("undecided", False)
    assert found.reason.endswith("but 3 of 23 cases have no answer")
    assert checked(gate(at_least=0.75, undecided_fails=True), samples(0, q="1" * 20 + "e" * 3)).blocks
    assert checked(gate(at_least=0.75), samples(0, q="0" * 20 + "e" * 9)).status == "failed"


@pytest.mark.parametrize(
    ("answers", "status"),
    [("1" * 18 + "e" * 2, "passed"), ("1" * 179 + "e" * 21, "undecided"), ("1" * 18 + "e" * 3 + "-" * 99, "undecided")],
    ids=["a tenth", "a little more", "more than a tenth of those that are asked"],
)
def test_a_tenth_of_the_cases_may_be_without_an_answer(answers: str, status: str) -> None:
    assert checked(gate(at_least=0.75), samples(0, q=answers)).status == status


def test_calls_that_failed_are_cases_without_an_answer_too() -> None:
    failed = [Sample(f"f{n}", 0, 0, error="no such model") for n in range(3)]
    assert checked(gate(at_least=0.75), [*samples(0, q="1" * 27), *failed]).status == "passed"
    assert checked(gate(at_least=0.75), [*samples(0, q="1" * 26), *failed]).status == "undecided"


def test_a_proof_against_the_base_does_not_rest_on_the_cases_that_are_left_either() -> None:
    found = checked(gate(no_worse_than_base=0.2), samples(1, q="1" * 40 + "e" * 10), samples(0, q="1" * 50))
    assert (found.status, found.blocks) == ("undecided", False)
    assert found.reason.endswith("but 10 of 50 cases have no answer")


@pytest.mark.parametrize("undecided_fails", [False, True])
def test_without_a_base_no_worse_is_not_measured_and_blocks_nobodys_first_version(undecided_fails: bool) -> None:
    found = checked(gate(no_worse_than_base=0.1, undecided_fails=undecided_fails), samples(0, q="0" * 40))
    assert (found.status, found.blocks) == ("not measured", False)
    assert "no earlier version" in found.reason


def test_one_criterion_may_have_both_gates() -> None:
    both = gate(at_least=0.5, no_worse_than_base=0.1)
    base, head = samples(0, q="1" * 40), samples(1, q="1" * 28 + "0" * 12)
    (comparison,) = compare_models({"small": (base, head)}, [info()], {"q": 0.1})
    found = check_gates([both], [info()], "small", base, head, comparison)
    assert [(result.rule, result.status) for result in found] == [
        ("at least 50%", "passed"), ("no worse than 10 points", "failed"),
    ]  # fmt: skip


TENTH = Budget(max_cost_increase=0.10)


def priced(base: Sequence[float | None], head: Sequence[float | None]) -> Comparison:
    old = [Sample(f"c{n}", 0, 0, cost=cost) for n, cost in enumerate(base)]
    new = [Sample(f"c{n}", 1, 0, cost=cost) for n, cost in enumerate(head)]
    return compare_models({"small": (old, new)}, [], {})[0]


def increase(percent: float, cases: int = 20) -> Comparison:
    """Costs that rise by about so much, each case a little differently."""
    base = [1.0 + n / 10 for n in range(cases)]
    return priced(base, [(1 + percent / 100) * (1.01 if n % 2 else 1 / 1.01) * (1 + n / 10) for n in range(cases)])


@pytest.mark.parametrize(
    ("comparison", "status", "blocks", "reason"),
    [
        (increase(5), "passed", False, "+5%"),
        (increase(-50), "passed", False, "-50%"),
        (increase(20), "failed", True, "+20%"),
        (increase(20, cases=6), "undecided", False, "+20%"),
        (priced([None] * 12, [1.0] * 12), "not measured", False, "the cost is not known"),
        (priced([0.0] * 12, [0.0] * 12), "passed", False, "both versions are free"),
    ],
    ids=["a little", "cheaper", "too much", "too few cases", "unknown", "free"],
)
def test_the_budget_holds_only_proven_increases_against_a_change(
    comparison: Comparison, status: str, blocks: bool, reason: str
) -> None:
    (found,) = check_budget(TENTH, comparison)
    assert (found.status, found.blocks, found.reason) == (status, blocks, reason)
    assert (found.criterion, found.rule, found.model) == ("cost", "at most 10% dearer", "small")


def test_the_budget_looks_at_the_bill_and_not_at_the_usual_case() -> None:
    (one_dear,) = check_budget(Budget(max_cost_increase=0.2), priced([1.0] * 20, [1.0] * 19 + [8.0]))
    assert (one_dear.status, one_dear.reason) == ("undecided", "+35%")
    many_dearer = priced([1.0 + n / 100 for n in range(19)] + [100.0], [1.3 + n / 100 for n in range(19)] + [50.0])
    (found,) = check_budget(TENTH, many_dearer)
    assert (found.status, found.blocks, found.reason) == ("passed", False, "-37%")


def test_a_budget_without_an_increase_or_a_base_has_no_gate() -> None:
    assert check_budget(Budget(max_cost=1.0), increase(50)) == []
    first = Comparison("small", (), (MeasureComparison("cost", "usd per 1000", None, 1.0),))
    assert check_budget(TENTH, first) == []


def test_a_first_cost_after_a_free_base_is_an_increase_and_not_unknown() -> None:
    (found,) = check_budget(TENTH, priced([0.0] * 12, [1.0] * 12))
    assert (found.status, found.blocks, found.reason) == ("failed", True, "the version before was free")
