"""Base against head: what may be said, and what may not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from promptops.evals.analysis_rules import NO_RULES, AnalysisRules
from promptops.evals.comparison import compare_models
from promptops.model.results import Comparison, CriterionComparison, CriterionInfo, Sample
from promptops.statistics.paired_proportions import mcnemar_exact, tango
from tests.evals.factory import answered, info, samples

Q = info()


def compared(
    base: Sequence[Sample] | None,
    head: Sequence[Sample],
    *infos: CriterionInfo,
    margin: float | None = None,
    rules: AnalysisRules = NO_RULES,
) -> Comparison:
    margins = {} if margin is None else {"q": margin}
    (comparison,) = compare_models({"small": (base, head)}, infos or (Q,), margins, rules)
    return comparison


def one(
    base: Sequence[Sample] | None,
    head: Sequence[Sample],
    margin: float | None = None,
    rules: AnalysisRules = NO_RULES,
) -> CriterionComparison:
    (criterion,) = compared(base, head, margin=margin, rules=rules).criteria
    return criterion


def flipped(cases: int, up: int = 0, down: int = 0) -> tuple[str, str]:
    """Answers of base and head: `up` cases rise, `down` fall, the others pass on both sides."""
    same = "1" * (cases - up - down)
    return "0" * up + "1" * down + same, "1" * up + "0" * down + same


def test_a_change_is_better_or_worse_when_its_test_says_so() -> None:
    old, new = flipped(40, up=6)
    better = one(samples(0, q=old), samples(1, q=new))
    assert better.verdict == "better"
    assert better.p_value == mcnemar_exact(0, 6) == 0.03125
    assert better.p_adjusted == pytest.approx(0.03125 / 0.8)
    assert (better.change, better.paired) == (0.15, 40)
    assert (better.low, better.high) == tango(0, 6, 40)
    assert better.improved == tuple(f"c{n:03}" for n in range(6))
    assert better.regressed == ()
    assert better.needed is None
    worse = one(samples(0, q=new), samples(1, q=old))
    assert (worse.verdict, worse.change, worse.regressed) == ("worse", -0.15, better.improved)


def test_five_changed_cases_are_never_enough() -> None:
    old, new = flipped(40, up=5)
    assert one(samples(0, q=old), samples(1, q=new)).verdict not in ("better", "probably better")


def test_with_several_criteria_only_the_corrected_p_decides() -> None:
    old, new = flipped(40, up=6)
    names = ("a", "b", "c")
    infos = [info(name) for name in names]
    found = compared(
        answered(0, dict.fromkeys(names, old)), answered(1, dict.fromkeys(names, new)), *infos
    )  # fmt: skip
    assert [c.p_value for c in found.criteria] == [0.03125] * 3
    assert [c.p_adjusted for c in found.criteria] == pytest.approx([0.03125 * 3 / 0.8] * 3)
    assert {c.verdict for c in found.criteria} == {"probably better"}
    assert found.overall == "no difference shown"
    turned = compared(answered(0, dict.fromkeys(names, new)), answered(1, dict.fromkeys(names, old)), *infos)
    assert {c.verdict for c in turned.criteria} == {"probably worse"}


def test_each_model_is_a_family_of_its_own() -> None:
    old, new = flipped(40, up=6)
    pair = (samples(0, q=old), samples(1, q=new))
    both = compare_models({"small": pair, "large": pair}, [Q], {})
    assert list(both) == [replace(compared(*pair), model=model) for model in ("small", "large")]
    assert {c.criteria[0].verdict for c in both} == {"better"}


def test_advisory_criteria_do_not_count_as_chances_and_do_not_weigh() -> None:
    old, new = flipped(40, up=6)
    names = ("q", "x", "y", "z")
    infos = [Q, *(info(name, advisory=True) for name in names[1:])]
    found = compared(answered(0, dict.fromkeys(names, old)), answered(1, dict.fromkeys(names, new)), *infos)
    assert [c.p_adjusted for c in found.criteria] == pytest.approx([0.03125 / 0.8, 0.09375, 0.09375, 0.09375])
    assert [c.verdict for c in found.criteria] == ["better", *["probably better"] * 3]
    sure_old, sure_new = flipped(40, up=30)
    found = compared(answered(0, {"q": old, "x": sure_new}), answered(1, {"q": new, "x": sure_old}), *infos[:2])
    assert [c.verdict for c in found.criteria] == ["better", "worse"]
    assert (found.overall, found.pareto) == ("better", "better on 'q'")


def test_trials_are_averaged_and_never_pose_as_cases() -> None:
    found = one(samples(0, trials=10, q="0" * 40), samples(1, trials=10, q="1" * 40))
    assert (found.paired, found.change, found.p_value) == (4, 1.0, 0.125)
    assert found.base is not None
    assert (found.base.n, found.base.rate) == (4, 0.0)
    assert found.verdict not in ("better", "probably better")


def test_trials_that_disagree_within_fewer_than_ten_cases_cannot_tell() -> None:
    found = one(samples(0, trials=2, q="01" * 9), samples(1, trials=2, q="1101" * 4 + "11"))
    assert found.verdict not in ("better", "probably better")
    assert (found.p_value, found.p_adjusted, found.low, found.high) == (None,) * 4
    assert found.paired == 9
    assert found.change == pytest.approx(5 / 18)


def test_differences_that_are_all_equal_are_not_tested() -> None:
    found = one(samples(0, trials=2, q="01" * 30), samples(1, trials=2, q="11" * 30))
    assert (found.change, found.p_value, found.low) == (0.5, None, None)
    assert found.verdict not in ("better", "probably better")


def test_trials_that_disagree_within_enough_cases_can_tell() -> None:
    found = one(samples(0, trials=2, q="0001" * 10), samples(1, trials=2, q="1101" * 10))
    assert found.paired == 20
    assert found.verdict == "better"
    assert found.low is not None
    assert found.low > 0


def test_nothing_changed_is_no_worse_with_enough_cases_and_unchanged_with_few() -> None:
    few, many = one(samples(0, q="1" * 5), samples(1, q="1" * 5)), one(samples(0, q="1" * 40), samples(1, q="1" * 40))
    assert (few.verdict, few.p_value, few.change) == ("unchanged", 1.0, 0.0)
    assert few.needed is not None
    assert few.needed > 20
    assert (many.verdict, many.needed, many.margin) == ("no worse", None, 0.10)


def test_a_tie_among_changes_cannot_tell_and_says_how_many_cases_would() -> None:
    old, new = flipped(20, up=4, down=4)
    found = one(samples(0, q=old), samples(1, q=new))
    assert (found.verdict, found.change, found.p_value) == ("cannot tell", 0.0, 1.0)
    assert found.needed is not None
    assert found.needed > 100
    assert (len(found.improved), len(found.regressed)) == (4, 4)


def test_the_margin_is_the_gate_s() -> None:
    pair = (samples(0, q="1" * 40), samples(1, q="1" * 40))
    assert one(*pair, margin=0.10).verdict == "no worse"
    assert one(*pair, margin=0.05).verdict == "unchanged"


def test_a_margin_of_0_is_not_the_default_margin() -> None:
    found = one(samples(0, q="1" * 30), samples(1, q="1" * 30), margin=0.0)
    assert (found.margin, found.verdict, found.needed) == (0.0, "unchanged", None)
    old, new = flipped(100, up=1, down=2)
    assert one(samples(0, q=old), samples(1, q=new), margin=0.0).verdict == "cannot tell"


def test_before_and_after_are_rates_of_the_same_cases_and_the_others_are_counted() -> None:
    found = one(samples(0, q="1111100000-----"), samples(1, q="-----1111100000"))
    assert found.base is not None
    assert found.head is not None
    assert found.alone is not None
    assert (found.base.n, found.base.rate, found.head.n, found.head.rate) == (5, 0.0, 5, 1.0)
    assert (found.paired, found.change, found.improved) == (5, 1.0, ("c005", "c006", "c007", "c008", "c009"))
    assert (found.left_out, found.alone.n, found.alone.rate) == (10, 10, 0.5)


def test_case_44_errors_of_the_base_do_not_make_a_rate_of_before_that_after_seems_to_fall_from() -> None:
    """27 of 60 cases failed before, and are the ones that do not pass now: the rates are not 100% and 55%."""
    found = one(samples(0, q="1" * 33 + "e" * 27), samples(1, q="1" * 33 + "0" * 27))
    assert found.base is not None
    assert found.head is not None
    assert found.alone is not None
    assert (found.base.rate, found.head.rate, found.change, found.paired) == (1.0, 1.0, 0.0, 33)
    assert (found.left_out, found.alone.n, found.alone.rate) == (27, 60, 33 / 60)


@pytest.mark.parametrize("missing", [0, 4, 5])
def test_case_44_where_many_answers_are_missing_nothing_good_is_said_of_the_rest(missing: int) -> None:
    """Forty cases; a tenth of them may lack an answer."""
    old, new = flipped(40 - missing, up=10)
    better = one(samples(0, q=old + "e" * missing), samples(1, q=new + "1" * missing))
    same = "1" * (40 - missing)
    no_worse = one(samples(0, q=same + "e" * missing), samples(1, q=same + "1" * missing), margin=0.2)
    expected = ("better", "no worse") if missing <= 4 else ("cannot tell", "cannot tell")
    assert (better.verdict, no_worse.verdict) == expected
    assert better.missing == no_worse.missing == ("5 of 40 cases have no answer before" if missing == 5 else "")
    worse = one(samples(0, q=new + "e" * missing), samples(1, q=old + "1" * missing))
    assert worse.verdict == "worse"


def test_without_a_pair_there_is_no_rate_of_before() -> None:
    found = one(samples(0, q="1" * 20 + "e" * 20), samples(1, q="e" * 20 + "0" * 20))
    assert found.head is not None
    assert (found.base, found.head.n, found.head.rate, found.verdict) == (None, 20, 0.0, "not measured")


def test_no_case_on_both_sides_is_not_measured() -> None:
    found = one(samples(0, q="11--"), samples(1, q="--11"))
    assert (found.verdict, found.paired, found.change, found.p_value) == ("not measured", 0, None, None)


def test_errors_and_waiting_are_counted_apart_and_are_no_fails() -> None:
    found = one(samples(0, q="11111ee"), samples(1, q="11ew1e1"))
    assert found.base is not None
    assert found.head is not None
    assert (found.base.rate, found.head.rate, found.paired, found.change) == (1.0, 1.0, 3, 0.0)
    assert (found.errors, found.waiting, found.left_out) == (4, 1, 4)


def test_without_a_base_there_are_rates_and_no_verdict() -> None:
    found = compared(None, samples(0, q="1110"))
    (criterion,) = found.criteria
    assert criterion.base is None
    assert criterion.head is not None
    assert (criterion.head.rate, criterion.verdict, found.overall) == (0.75, "not measured", "first run")


def test_a_version_whose_cases_are_all_paired_has_no_rate_beside_that() -> None:
    assert one(samples(0, q="1" * 20), samples(1, q="1" * 20)).alone is None
