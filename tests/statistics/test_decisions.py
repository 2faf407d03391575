"""What proves a gate and what does not: the examples that people reported, and what must always hold."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptops.statistics.decisions import LEAST_DISCORDANT, drop_decision, more_for_drop, rate_decision
from promptops.statistics.noninferiority import corrected_drop_test, exact_drop_test


@pytest.mark.parametrize(
    ("passed", "n", "limit", "status"),
    [
        (25, 25, 0.9, "undecided"),
        (28, 28, 0.9, "undecided"),
        (29, 29, 0.9, "passed"),
        (58, 58, 0.95, "undecided"),
        (59, 59, 0.95, "passed"),
        (298, 298, 0.99, "undecided"),
        (299, 299, 0.99, "passed"),
        (3, 3, 0.5, "undecided"),
        (21, 22, 0.99, "undecided"),
        (20, 22, 0.99, "failed"),
        (0, 1, 0.0, "passed"),
    ],
)
def test_a_limit_is_proven_by_exact_bounds(passed: int, n: int, limit: float, status: str) -> None:
    assert rate_decision([1.0] * passed + [0.0] * (n - passed), limit).status == status


def test_averages_prove_a_limit_by_their_sum() -> None:
    found = rate_decision([1.0] * 28 + [2 / 3] * 3, 0.9)
    assert (found.status, rate_decision([1.0] * 31, 0.9).status) == ("undecided", "passed")
    assert found.low == pytest.approx(0.8559, abs=5e-5)
    assert rate_decision([1 / 3] * 20, 0.75).status == "failed"
    assert rate_decision([0.5], 0.5).status == "undecided"


def sides(falls: int, rises: int, n: int) -> tuple[list[float], list[float]]:
    rest = n - falls - rises
    return [1.0] * falls + [0.0] * rises + [1.0] * rest, [0.0] * falls + [1.0] * rises + [1.0] * rest


def test_yes_or_no_is_decided_exactly_up_to_300_cases() -> None:
    found = drop_decision(*sides(2, 1, 80), 0.1)
    assert found == (*exact_drop_test(2, 1, 80, 0.1), "passed")
    assert drop_decision(*sides(2, 1, 300), 0.1)[:2] == exact_drop_test(2, 1, 300, 0.1)
    assert drop_decision(*sides(2, 1, 301), 0.1)[:2] == corrected_drop_test(2, 1, 301, 0.1)


def test_a_true_drop_of_8_points_seldom_fails_a_gate_of_10() -> None:
    """Failing was decided against zero: 23% of such suites failed."""
    draw = random.Random(3)
    failed = 0
    for _ in range(100):
        changes = [draw.choices((-1, 1, 0), (0.1, 0.02, 0.88))[0] for _ in range(200)]
        failed += drop_decision(*sides(changes.count(-1), changes.count(1), 200), 0.1).status == "failed"
    assert failed <= 0.04 * 100


def test_a_drop_far_beyond_the_margin_fails_and_one_near_it_is_undecided() -> None:
    assert drop_decision(*sides(30, 0, 100), 0.1).status == "failed"
    assert drop_decision(*sides(12, 0, 100), 0.1).status == "undecided"
    assert drop_decision(*sides(3, 3, 100), 0.1).status == "passed"


def test_averages_are_decided_as_such_even_where_they_agree() -> None:
    base, head = sides(0, 0, 30)
    assert drop_decision(base, head, 0.1).status == "passed"
    assert drop_decision(base, head, 0.1, averaged=True)[:2] == corrected_drop_test(0, 0, 30, 0.1)
    head[0] = 2 / 3
    assert drop_decision(base, head, 0.1)[:2] == pytest.approx(corrected_drop_test(1 / 3, 0, 30, 0.1))


def test_fewer_than_ten_averages_cannot_tell() -> None:
    assert drop_decision([0.5] * 9, [1.0] * 9, 0.5) == (None, None, "undecided")
    assert drop_decision([1.0] * 9, [1.0] * 9, 0.5, averaged=True) == (None, None, "undecided")
    assert drop_decision([0.5] * 10, [1.0] * 10, 0.5).status == "passed"


def test_averages_that_all_changed_alike_are_told() -> None:
    assert drop_decision([1.0] * 40, [2 / 3] * 40, 0.1).status == "failed"
    assert drop_decision([2 / 3] * 40, [2 / 3] * 40, 0.1).status == "passed"


RANK = {"failed": 0, "undecided": 1, "passed": 2}


@st.composite
def lost_replies(draw: st.DrawFn) -> tuple[int, list[float], list[float], list[float]]:
    """Trials, base, head, and head with one case lower."""
    trials, n = draw(st.sampled_from([1, 3, 5])), draw(st.integers(1, 60))
    count = st.one_of(st.integers(0, trials), st.just(trials))  # many cases at 1, where it went wrong
    base, head = draw(st.lists(count, min_size=n, max_size=n)), draw(st.lists(count, min_size=n, max_size=n))
    case = draw(st.integers(0, n - 1))
    head[case] = max(head[case], 1)
    lower = [*head[:case], draw(st.integers(0, head[case] - 1)), *head[case + 1 :]]
    return trials, [v / trials for v in base], [v / trials for v in head], [v / trials for v in lower]


@settings(max_examples=300, deadline=None)
@given(lost_replies(), st.sampled_from([0.5, 0.75, 0.9]), st.sampled_from([0.05, 0.1, 0.3]))
def test_a_lost_reply_makes_no_gate_surer(
    replies: tuple[int, list[float], list[float], list[float]], limit: float, margin: float
) -> None:
    trials, base, head, lower = replies
    assert RANK[rate_decision(lower, limit).status] <= RANK[rate_decision(head, limit).status]
    before, after = (drop_decision(base, side, margin, averaged=trials > 1).status for side in (head, lower))
    assert RANK[after] <= RANK[before]


def test_empty_unequal_and_impossible_are_refused() -> None:
    for call in (lambda: rate_decision([], 0.5), lambda: drop_decision([], [], 0.1)):
        with pytest.raises(ValueError, match="no values"):
            call()
    with pytest.raises(ValueError, match="paired"):
        drop_decision([1.0], [1.0, 0.0], 0.1)
    with pytest.raises(ValueError, match="from 0 to 1"):
        rate_decision([1.5], 0.5)
    with pytest.raises(ValueError, match="margin"):
        drop_decision([1.0], [1.0], 1.5)


def _balanced(n: int, changed: float) -> tuple[list[float], list[float]]:
    """Two sides of equal rates, of which this share of the cases differs."""
    each = round(n * changed / 2)
    unchanged = [1.0] * (n - 2 * each)
    return [0.0] * each + [1.0] * each + unchanged, [1.0] * each + [0.0] * each + unchanged


@pytest.mark.parametrize("averaged", [False, True])
@pytest.mark.parametrize("margin", [0.02, 0.05, 0.1, 0.2, 0.5])
@pytest.mark.parametrize("n", [3, 20, 60])
def test_with_the_cases_that_are_said_to_be_lacking_equal_versions_pass(n: int, margin: float, averaged: bool) -> None:
    more = more_for_drop(*_balanced(n, 0.1), margin, averaged=averaged)
    assert more is not None
    sides = _balanced(n + more, LEAST_DISCORDANT if n == 3 else 0.1)
    assert drop_decision(*sides, margin, averaged=averaged).status == "passed"


def test_averages_and_many_cases_lack_as_many_more_as_their_test_is_more_cautious() -> None:
    three, sixty = _balanced(3, 0.0), _balanced(60, 0.1)
    assert more_for_drop(*three, 0.5) == 2
    assert more_for_drop(*three, 0.5, averaged=True) == 7  # fewer than ten cannot tell
    assert more_for_drop(*sixty, 0.05) == 214
    assert more_for_drop(*sixty, 0.05, averaged=True) == 234
    assert more_for_drop(*sixty, 0.02) == more_for_drop(*sixty, 0.02, averaged=True) == 1567
    assert more_for_drop(*sixty, 0.0) is None
