"""What a gate promises and so many cases cannot show."""

from __future__ import annotations

import json

import pytest

from promptops.statistics.decisions import drop_decision, more_for_drop
from promptops.statistics.gate_power import (
    ASSUMED_CHANGES,
    TABLE,
    Shortfall,
    drop_shortfall,
    rate_shortfall,
    whole_points,
)
from promptops.statistics.intervals import clopper_pearson_lower
from promptops.statistics.noninferiority import CONTINUITY, EXACT_MOST
from promptops.statistics.power import approximate_drop_power, cases_for_drop, detectable_drop, drop_power


@pytest.mark.parametrize("cases", [0, 1, 28])
def test_too_few_cases_for_a_rate_are_counted(cases: int) -> None:
    short = rate_shortfall(cases, 0.9)
    assert short == Shortfall(29, clopper_pearson_lower(cases, cases) if cases else 0.0, 0.0)


def test_enough_cases_for_a_rate_are_no_shortfall() -> None:
    assert rate_shortfall(29, 0.9) is None
    assert rate_shortfall(1, 0.0) is None


def test_no_number_of_cases_proves_that_all_pass() -> None:
    short = rate_shortfall(1000, 1.0)
    assert short is not None
    assert short.needed is None
    assert 0.99 < short.shown < 1


def test_what_so_many_cases_can_show_is_no_shortfall_itself() -> None:
    short = rate_shortfall(12, 0.95)
    assert short is not None
    assert rate_shortfall(12, short.shown - 0.001) is None
    drop = drop_shortfall(30, 0.05)
    assert drop is not None
    assert drop_shortfall(30, drop.shown) is None


@pytest.mark.parametrize(("points", "n"), [(3, 100), (5, 60), (10, 12), (10, 78), (10, 79), (20, 25), (50, 3)])
def test_the_table_holds_what_the_rule_that_decides_can_show(points: int, n: int) -> None:
    """`make simulate` writes it; whoever changes the rule makes it anew."""
    percent = json.loads(TABLE.read_text(encoding="utf-8"))[str(points)][n - 1]
    assert percent <= 100 * drop_power(n, points / 100, ASSUMED_CHANGES) + 1e-3 < percent + 1


def test_the_table_goes_as_far_as_the_exact_test() -> None:
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    assert {len(row) for row in table.values()} == {EXACT_MOST}
    assert [int(points) for points in table] == sorted(map(int, table))


def test_a_drop_is_told_by_the_table_with_its_power() -> None:
    assert drop_shortfall(79, 0.1) is None
    assert drop_shortfall(78, 0.1) == Shortfall(79, 0.11, 0.78)
    assert drop_shortfall(3, 0.1) == Shortfall(79, detectable_drop(3, ASSUMED_CHANGES), 0.0)


def test_what_the_table_lacks_is_about_or_worked_out() -> None:
    about, exact = drop_shortfall(48, 0.105), drop_shortfall(48, 0.105, exact=True)
    assert about is not None
    assert exact is not None
    assert about.needed == exact.needed == cases_for_drop(0.105, ASSUMED_CHANGES)
    assert about.power == approximate_drop_power(48, 0.105, ASSUMED_CHANGES)
    assert exact.power == drop_power(48, 0.105, ASSUMED_CHANGES)
    assert about.power != exact.power


def test_nothing_is_said_a_tenth_below_the_closed_form() -> None:
    needed = cases_for_drop(0.105, ASSUMED_CHANGES)
    assert needed == 75
    assert drop_shortfall(69, 0.105) is None
    assert drop_shortfall(68, 0.105) is not None


def test_more_cases_than_the_table_has_are_told_too() -> None:
    short = drop_shortfall(500, 0.03)
    assert short is not None
    assert (short.needed, short.shown) == (cases_for_drop(0.03, ASSUMED_CHANGES), 0.05)
    assert drop_shortfall(800, 0.03) is None


def test_a_drop_of_nothing_and_a_tiny_one_have_no_number() -> None:
    for margin in (0.0, 0.0001, 0.00001):
        short = drop_shortfall(50, margin)
        assert short is not None
        assert short.needed is None


def test_averages_need_ten_units_and_half_a_case_more_evidence() -> None:
    needed = cases_for_drop(0.1, ASSUMED_CHANGES, correction=0.5)
    assert needed == 91
    assert drop_shortfall(9, 0.1, averaged=True) == Shortfall(needed, 1.0, 0.0)
    assert drop_shortfall(9, 0.6, averaged=True) == Shortfall(10, 1.0, 0.0)
    assert drop_shortfall(10, 0.6, averaged=True) is None
    short = drop_shortfall(40, 0.1, averaged=True)
    assert short is not None
    assert short.power < drop_power(40, 0.1, ASSUMED_CHANGES)
    assert drop_shortfall(40, short.shown + 1e-6, averaged=True) is None
    assert drop_shortfall(needed, 0.1, averaged=True) is None
    none = drop_shortfall(40, 0.0, averaged=True)
    assert none is not None
    assert none.needed is None


def paired(n: int, falls: int, rises: int) -> tuple[list[float], list[float]]:
    same = [1.0] * (n - falls - rises)
    return [1.0] * falls + [0.0] * rises + same, [0.0] * falls + [1.0] * rises + same


@pytest.mark.parametrize(("n", "falls", "rises"), [(40, 3, 0), (100, 8, 1), (40, 6, 0), (30, 2, 2), (10, 4, 0)])
def test_the_cases_that_are_asked_for_decide_four_runs_of_five(n: int, falls: int, rises: int) -> None:
    """Whether the truth is what was seen or that both versions are equally good."""
    import numpy as np

    more = more_for_drop(*paired(n, falls, rises), 0.1)
    assert more is not None
    rng, either = np.random.default_rng(1), (falls + rises) / n / 2
    for down, up in ((falls / n, rises / n), (either, either)):
        runs = rng.multinomial(n + more, [down, up, 1 - down - up], size=100)
        found = [drop_decision(*paired(n + more, int(b), int(c)), 0.1).status for b, c, _ in runs]
        assert found.count("undecided") <= 35


def test_at_the_margin_no_number_of_cases_is_named() -> None:
    assert more_for_drop(*paired(40, 4, 0), 0.1) is None
    assert more_for_drop(*paired(40, 0, 0), 0.0) is None


def test_a_rise_is_not_counted_on() -> None:
    assert more_for_drop(*paired(40, 0, 4), 0.1) == more_for_drop(*paired(40, 2, 2), 0.1)


def test_averages_take_as_many_as_can_be_decided_at_all_and_half_a_case_of_correction() -> None:
    assert more_for_drop(*paired(4, 0, 0), 0.5, averaged=True) == 6
    single, averaged = (more_for_drop(*paired(30, 2, 2), 0.1, averaged=one) for one in (False, True))
    assert single is not None
    assert averaged is not None
    assert averaged > single


def test_points_are_rounded_up_but_not_for_what_floats_add() -> None:
    assert [whole_points(points / 100) for points in range(101)] == list(range(101))
    assert (whole_points(0.0701), whole_points(0.0)) == (8, 0)


def test_three_hundred_cases_are_still_worked_out_by_the_exact_test() -> None:
    exact = drop_power(EXACT_MOST, 0.05, ASSUMED_CHANGES)
    assert exact != approximate_drop_power(EXACT_MOST, 0.05, ASSUMED_CHANGES, correction=CONTINUITY)
    beyond = EXACT_MOST + 1
    assert drop_power(beyond, 0.05, ASSUMED_CHANGES) == (
        approximate_drop_power(beyond, 0.05, ASSUMED_CHANGES, correction=CONTINUITY)
    )


def test_the_smallest_drop_counts_the_last_case_too() -> None:
    shown = [short.shown for n in (78, 79) if (short := drop_shortfall(n, 0.05)) is not None]
    assert shown == [0.11, 0.1]
