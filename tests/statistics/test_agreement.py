"""Kappa, sensitivity and specificity, and the corrected rate, by published examples and by what must hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.statistics.agreement import cohen_kappa, rogan_gladen, sensitivity_specificity

pairs = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60)


def raters(both: int, only_a: int, only_b: int, neither: int) -> tuple[list[bool], list[bool]]:
    a = [True] * (both + only_a) + [False] * (only_b + neither)
    b = [True] * both + [False] * only_a + [True] * only_b + [False] * neither
    return a, b


@pytest.mark.parametrize(
    ("table", "kappa"),
    [
        ((20, 5, 10, 15), 0.40),  # the 50 grant proposals read by two readers
        ((45, 15, 25, 15), 0.1304),  # two tables with the same agreement of 60 of 100
        ((25, 35, 5, 35), 0.2593),
    ],
)
def test_kappa_gives_the_textbook_figures(table: tuple[int, int, int, int], kappa: float) -> None:
    assert cohen_kappa(*raters(*table)) == pytest.approx(kappa, abs=5e-5)


@given(pairs)
def test_kappa_is_symmetric_and_at_most_one(answers: list[tuple[bool, bool]]) -> None:
    a, b = [x for x, _ in answers], [y for _, y in answers]
    kappa = cohen_kappa(a, b)
    assert kappa == cohen_kappa(b, a)
    assert kappa is None or -1 <= kappa <= 1
    if len(set(a)) == 2:
        assert cohen_kappa(a, a) == 1.0
        opposite = cohen_kappa(a, [not x for x in a])
        assert opposite is not None
        assert opposite < 0


def test_kappa_is_none_where_chance_agrees_fully() -> None:
    assert cohen_kappa([], []) is None
    assert cohen_kappa([True] * 49, [True] * 49) is None
    assert cohen_kappa([True] * 10, [False] * 10) == 0.0


def test_sensitivity_and_specificity() -> None:
    judge, human = raters(18, 3, 2, 7)
    assert sensitivity_specificity(judge, human) == (18 / 20, 7 / 10)
    assert sensitivity_specificity([True, False], [True, True]) == (0.5, None)
    assert sensitivity_specificity([True, False], [False, False]) == (None, 0.5)
    assert sensitivity_specificity([], []) == (None, None)


def test_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="paired"):
        cohen_kappa([True], [])
    with pytest.raises(ValueError, match="paired"):
        sensitivity_specificity([True], [])


@given(st.floats(0, 1), st.floats(0.7, 1), st.floats(0.7, 1))
def test_the_correction_undoes_what_the_judge_does(truth: float, sensitivity: float, specificity: float) -> None:
    raw = truth * sensitivity + (1 - truth) * (1 - specificity)
    assert rogan_gladen(raw, sensitivity, specificity) == pytest.approx(truth, abs=1e-9)


def test_the_corrected_rate_is_clipped_and_a_poor_judge_gives_none() -> None:
    assert rogan_gladen(0.8, 1.0, 1.0) == 0.8
    assert rogan_gladen(0.02, 0.9, 0.9) == 0.0
    assert rogan_gladen(0.98, 0.9, 0.9) == 1.0
    assert rogan_gladen(0.5, 0.64, 0.65) is None
    assert rogan_gladen(0.5, 0.7, 0.6) == pytest.approx(1 / 3)
    assert rogan_gladen(0.5, 0.2, 0.3) is None
    with pytest.raises(ValueError, match="between 0 and 1"):
        rogan_gladen(80, 0.9, 0.9)
