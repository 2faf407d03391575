"""Gates: passed only when proven, failed only when disproven, undecided in between and never a pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from promptops.evals.analysis_rules import NO_RULES, AnalysisRules
from promptops.evals.gates import check_gates
from promptops.model.results import CriterionInfo, GateResult, Sample
from promptops.model.suite import Gate
from promptops.statistics.decisions import rate_decision
from tests.evals.factory import answered, gate, info, samples


def checked(
    what: Gate,
    head: Sequence[Sample],
    base: Sequence[Sample] | None = None,
    infos: Sequence[CriterionInfo] = (info(),),
    rules: AnalysisRules = NO_RULES,
) -> GateResult:
    (result,) = check_gates([what], infos, "small", base, head, rules)
    return result


def test_28_of_28_prove_89_percent_and_not_90() -> None:
    passed = checked(gate(at_least=0.89), samples(0, q="1" * 28))
    assert (passed.status, passed.blocks, passed.needed, passed.model) == ("passed", False, None, "small")
    assert passed.reason == "100% of 28 cases: at least 89%, with 95% confidence"
    undecided = checked(gate(at_least=0.90), samples(0, q="1" * 28))
    assert (undecided.status, undecided.blocks, undecided.needed) == ("undecided", False, 1)
    assert checked(gate(at_least=0.90), samples(0, q="1" * 29)).status == "passed"


@pytest.mark.parametrize(
    ("limit", "least"), [(0.5, 5), (0.9, 29), (0.95, 59), (0.99, 299)], ids=["half", "0.9", "0.95", "0.99"]
)
def test_so_many_passes_of_as_many_prove_a_rate_and_no_fewer(limit: float, least: int) -> None:
    assert checked(gate(at_least=limit), samples(0, q="1" * least)).status == "passed"
    assert checked(gate(at_least=limit), samples(0, q="1" * (least - 1))).status == "undecided"


def test_one_fail_of_22_does_not_disprove_99_percent() -> None:
    assert checked(gate(at_least=0.99), samples(0, q="1" * 21 + "0")).status == "undecided"


def test_an_undecided_gate_s_reason_does_not_claim_what_is_not_proven() -> None:
    undecided = checked(gate(at_least=0.90), samples(0, q="1" * 24))
    assert undecided.rule == "at least 90%"
    assert undecided.reason == "100% of 24 cases: so far at least 88%, with 95% confidence"


def test_a_gate_near_1_is_not_called_all() -> None:
    assert checked(gate(at_least=0.999), samples(0, q="1" * 24)).rule == "at least 99.9%"
    assert checked(gate(at_least=0.07), samples(0, q="1" * 24)).rule == "at least 7%"


def test_an_unproven_drop_s_reason_does_not_name_the_margin_as_proven() -> None:
    same = samples(0, q="1" * 24)
    unproven = checked(gate(no_worse_than_base=0.10), same, same)
    assert (unproven.status, unproven.rule) == ("undecided", "no worse than 10 points")
    assert unproven.reason == "+0 points over 24 cases: a drop of 10 points is neither proven nor ruled out"


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


def test_no_drop_among_enough_cases_is_proven_to_be_no_worse() -> None:
    same = "1" * 40
    found = checked(gate(no_worse_than_base=0.10), samples(1, q=same), samples(0, q=same))
    assert (found.status, found.blocks, found.rule) == ("passed", False, "no worse than 10 points")
    assert found.reason == "+0 points over 40 cases: no drop of 10 points or more, with 95% confidence"


def test_no_change_is_not_shown_as_minus_nothing() -> None:
    same = samples(0, q="1" * 30)
    assert not checked(gate(no_worse_than_base=0.10), same, same).reason.startswith("-0")


def test_a_proven_drop_beyond_the_margin_fails() -> None:
    found = checked(gate(no_worse_than_base=0.10), samples(1, q="0" * 12 + "1" * 28), samples(0, q="1" * 40))
    assert (found.status, found.blocks) == ("failed", True)
    assert found.reason == "-30 points over 40 cases: a drop of more than 10 points, with 95% confidence"


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


@pytest.mark.parametrize(("fallen", "status"), [(6, "undecided"), (7, "undecided"), (12, "failed")])
def test_a_drop_fails_a_gate_only_where_it_is_proven_to_go_beyond_the_margin(fallen: int, status: str) -> None:
    """Six of 40 are worse than nothing, by McNemar's test, and more than a tenth; that proves no drop of a tenth."""
    found = checked(
        gate(no_worse_than_base=0.10), samples(1, q="0" * fallen + "1" * (40 - fallen)), samples(0, q="1" * 40)
    )
    assert found.status == status


def test_a_gate_is_decided_alone_however_many_criteria_there_are() -> None:
    names = ("q", "a", "b", "c")
    old, new = "1" * 40, "0" * 12 + "1" * 28
    head, base = answered(1, dict.fromkeys(names, new)), answered(0, dict.fromkeys(names, old))
    among = checked(gate(no_worse_than_base=0.10), head, base, [info(name) for name in names])
    assert among == checked(gate(no_worse_than_base=0.10), samples(1, q=new), samples(0, q=old))
    assert among.status == "failed"


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
    assert found.reason.endswith("but 10 of 50 cases have no answer after")


@pytest.mark.parametrize("undecided_fails", [False, True])
def test_without_a_base_no_worse_is_not_measured_and_blocks_nobodys_first_version(undecided_fails: bool) -> None:
    found = checked(gate(no_worse_than_base=0.1, undecided_fails=undecided_fails), samples(0, q="0" * 40))
    assert (found.status, found.blocks) == ("not measured", False)
    assert found.reason == "nothing to compare with yet"


def test_one_criterion_may_have_both_gates() -> None:
    both = gate(at_least=0.5, no_worse_than_base=0.1)
    base, head = samples(0, q="1" * 40), samples(1, q="1" * 28 + "0" * 12)
    found = check_gates([both], [info()], "small", base, head)
    assert [(result.rule, result.status) for result in found] == [
        ("at least 50%", "passed"), ("no worse than 10 points", "failed"),
    ]  # fmt: skip


def test_case_44_cases_that_the_base_did_not_answer_let_no_drop_pass() -> None:
    """The base answers 400 for 27 of 60 cases, and these are the ones that fail now: nothing is ruled out."""
    failed = [Sample(f"c{n:03}", 0, 0, error="400 bad request") for n in range(33, 60)]
    base, head = [*samples(0, q="1" * 33), *failed], samples(1, q="1" * 33 + "0" * 27)
    found = checked(gate(no_worse_than_base=0.25), head, base)
    assert (found.status, found.blocks) == ("undecided", False)
    assert found.reason == "+0 points over 33 cases; but 27 of 60 cases have no answer before"
    assert checked(gate(no_worse_than_base=0.25, undecided_fails=True), head, base).blocks


def test_cases_without_an_answer_on_different_sides_count_together() -> None:
    base, head = samples(0, q="1" * 96 + "e" * 4), samples(1, q="e" * 7 + "1" * 93)
    found = checked(gate(no_worse_than_base=0.25), head, base)
    assert found.status == "undecided"
    assert found.reason.endswith("; but 11 of 100 cases have no answer before or after")
    assert checked(gate(no_worse_than_base=0.25), head[1:], base[1:]).status == "undecided"
    assert checked(gate(no_worse_than_base=0.25), head[2:], base[2:]).status == "passed"


def test_a_rate_of_the_head_needs_no_answers_of_the_base() -> None:
    found = checked(gate(at_least=0.9), samples(1, q="1" * 60), samples(0, q="1" * 33 + "e" * 27))
    assert found.status == "passed"


@pytest.mark.parametrize(
    ("most", "status"), [(0.0, "undecided"), (0.04, "undecided"), (0.05, "passed"), (1.0, "passed")]
)
def test_the_suite_says_how_many_cases_may_lack_an_answer(most: float, status: str) -> None:
    rules = AnalysisRules(max_errors=most)
    assert checked(gate(at_least=0.75), samples(0, q="1" * 38 + "e" * 2), rules=rules).status == status
    whole = samples(0, q="1" * 40)
    assert checked(gate(no_worse_than_base=0.2), whole, samples(0, q="1" * 38 + "e" * 2), rules=rules).status == status


def test_calls_that_failed_for_cases_that_a_criterion_does_not_look_at_take_nothing_from_it() -> None:
    tagged = replace(info(), tags=("short",))
    rules = AnalysisRules(tags={f"c{n:03}": ("short",) for n in range(20)})
    failed = [Sample(f"f{n}", 0, 0, error="no such model") for n in range(30)]
    head = [*samples(0, q="1" * 20), *failed]
    assert checked(gate(at_least=0.75), head, infos=[tagged], rules=rules).status == "passed"
    assert checked(gate(at_least=0.75), head, rules=rules).status == "undecided"


def test_of_several_tries_those_that_failed_count_and_not_every_case_that_one_of_them_was_for() -> None:
    some = checked(gate(at_least=0.5), samples(0, trials=3, q="11e" * 4 + "111" * 16))
    assert some.status == "passed"
    many = checked(gate(at_least=0.5), samples(0, trials=3, q="11e" * 7 + "111" * 13))
    assert many.status == "undecided"
    assert many.reason.endswith("; but 7 of 60 tries have no answer")


def test_a_rate_near_all_or_none_is_not_rounded_to_it() -> None:
    assert checked(gate(at_least=0.9), samples(0, q="1" * 299 + "0")).reason.startswith(">99% of 300 cases: ")
    assert checked(gate(at_least=0.9), samples(0, q="0" * 299 + "1")).reason.startswith("<1% of 300 cases: ")


def test_a_small_change_is_not_shown_as_none() -> None:
    found = checked(gate(no_worse_than_base=0.10), samples(1, q="0" + "1" * 299), samples(0, q="1" * 300))
    assert found.reason.startswith("-0.3 points over 300 cases: ")


def test_a_bound_is_never_rounded_past_the_limit_that_it_is_held_against() -> None:
    passed = checked(gate(at_least=0.995), samples(0, q="1" * 599))
    assert (passed.status, passed.reason) == (
        "passed",
        "100% of 599 cases: at least 99.5%, with 95% confidence",
    )
    failed = checked(gate(at_least=0.995), samples(0, q="1" * 1976 + "0" * 24))
    assert (failed.status, failed.reason.partition(": ")[2]) == ("failed", "below 99.5%, with 95% confidence")


def test_an_upper_bound_is_rounded_up_so_that_it_never_promises_more() -> None:
    failed = checked(gate(at_least=0.75), samples(0, q="1" * 12 + "0" * 12))
    assert rate_decision([1.0] * 12 + [0.0] * 12, 0.75).high == pytest.approx(0.6806, abs=1e-4)
    assert failed.reason.endswith("below 69%, with 95% confidence")


def test_a_drop_that_was_seen_takes_more_cases_than_if_nothing_had_changed() -> None:
    """With 8 of 100 fallen it was "1 more case would decide", as if both versions were equally good."""
    one = gate(no_worse_than_base=0.10)
    found = checked(one, samples(1, q="0" * 8 + "1" * 92), samples(0, q="1" * 92 + "0" + "1" * 7))
    assert (found.status, found.reason[:9]) == ("undecided", "-7 points")
    assert found.needed is not None
    assert found.needed > 500


def test_so_few_averages_that_nothing_is_ever_decided_are_not_asked_for() -> None:
    found = checked(gate(no_worse_than_base=0.50), samples(1, trials=2, q="1" * 4), samples(0, trials=2, q="1" * 4))
    assert (found.status, found.needed) == ("undecided", 8)


def test_a_base_that_was_asked_several_times_makes_averages_too() -> None:
    """Nine averages cannot tell, whichever side they are of."""
    base, head = samples(1, trials=2, q="1" * 18), samples(0, q="1" * 9)
    assert checked(gate(no_worse_than_base=0.50), head, base).status == "undecided"
    assert checked(gate(no_worse_than_base=0.50), head, samples(1, q="1" * 9)).status == "passed"


def test_groups_are_named_only_where_more_of_them_are_asked_for() -> None:
    rules = AnalysisRules(clusters={f"c{n:03}": f"g{n // 2}" for n in range(120)})
    passed = checked(gate(at_least=0.9), samples(0, q="1" * 120), rules=rules)
    assert (passed.status, passed.of_groups) == ("passed", False)


@pytest.mark.parametrize(
    ("base", "head", "before", "as_before"),
    [
        ("0" * 12 + "1" * 8, "0" * 16 + "1" * 4, "failed", True),
        ("1" * 19 + "0", "0" * 16 + "1" * 4, "passed", False),
        ("1" * 14 + "0" * 6, "0" * 16 + "1" * 4, "undecided", False),
        ("0" * 12 + "1" * 8, "1" * 14 + "0" * 6, "failed", False),
    ],
)
def test_a_rule_that_the_base_alone_fails_by_the_same_statistics_failed_before(
    base: str, head: str, before: str, as_before: bool
) -> None:
    found = checked(gate(at_least=0.75), samples(1, q=head), samples(0, q=base))
    assert (found.before, found.as_before) == (before, as_before)


def test_without_a_base_and_for_a_rule_that_compares_with_it_nothing_is_said_of_before() -> None:
    assert checked(gate(at_least=0.75), samples(0, q="0" * 20)).before == ""
    assert checked(gate(no_worse_than_base=0.1), samples(1, q="0" * 20), samples(0, q="1" * 20)).before == ""
