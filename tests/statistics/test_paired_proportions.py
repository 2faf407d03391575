"""McNemar against scipy; Tango's interval against published figures, its own equation, and exact coverage."""

from __future__ import annotations

from importlib import import_module
from itertools import product
from math import comb, log, sqrt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.statistics.paired_proportions import mcnemar_exact, tango, tango_variance

stats: Any = import_module("scipy.stats")  # untyped


@st.composite
def tables(draw: st.DrawFn) -> tuple[int, int, int]:
    n = draw(st.integers(1, 300))
    b = draw(st.integers(0, n))
    return b, draw(st.integers(0, n - b)), n


@given(st.integers(0, 200), st.integers(0, 200))
def test_mcnemar_is_scipys_binomial_test(b: int, c: int) -> None:
    expected = stats.binomtest(b, b + c, 0.5).pvalue if b + c else 1.0
    assert mcnemar_exact(b, c) == pytest.approx(expected, rel=1e-9)
    assert mcnemar_exact(b, c) == mcnemar_exact(c, b)


def test_mcnemar_gives_the_published_figure() -> None:
    """Cavo et al. 2012 as worked in Fagerland, Lydersen, Laake, "Statistical Analysis of Contingency Tables", ch. 8."""
    assert mcnemar_exact(6, 16) == pytest.approx(0.052479, abs=5e-7)


def test_mcnemar_at_its_ends() -> None:
    assert mcnemar_exact(0, 0) == mcnemar_exact(7, 7) == 1.0
    assert mcnemar_exact(0, 5) > 0.05 > mcnemar_exact(0, 6) == 2 / 2**6
    assert 0 < mcnemar_exact(400, 600) < 1e-9
    assert mcnemar_exact(0, 3000) == 0.0  # underflow, not an error
    with pytest.raises(ValueError, match="not counts"):
        mcnemar_exact(-1, 3)


@pytest.mark.parametrize(
    ("b", "c", "n", "confidence", "low", "high"),
    [
        # T. Tango, Statistics in Medicine 17 (1998), his examples (as PeteLaud/ratesci quotes and tests them).
        pytest.param(3, 9, 32, 0.95, -0.027, 0.390, id="tango-cross-over-trial"),
        pytest.param(1, 0, 44, 0.90, -0.096, 0.037, id="tango-contact-lenses"),
        # A. Agresti and Y. Min, Statistics in Medicine 24 (2005), score interval.
        pytest.param(8, 16, 86, 0.95, -0.020, 0.207, id="agresti-min"),
        # Cavo et al. 2012 in Fagerland, Lydersen, Laake, "Statistical Analysis of Contingency Tables" (2017), ch. 8;
        # four places as ocbe-uio/contingencytables tests them.
        pytest.param(16, 6, 161, 0.95, -0.1240, -0.0054, id="cavo"),
        # R's PropCIs::scoreci.mp(25, 28, 618, 0.90), run by others.
        pytest.param(25, 28, 618, 0.90, -0.0148, 0.0247, id="PropCIs"),
    ],
)
def test_tango_gives_the_published_figures(b: int, c: int, n: int, confidence: float, low: float, high: float) -> None:
    digits = 4 if (b, c) in ((16, 6), (25, 28)) else 3
    found = tango(b, c, n, confidence)
    assert (round(found.low, digits), round(found.high, digits)) == pytest.approx((low, high), abs=1e-9)


@given(tables(), st.sampled_from([0.8, 0.95, 0.99]))
def test_tango_holds_the_estimate_stays_in_range_and_mirrors(table: tuple[int, int, int], confidence: float) -> None:
    b, c, n = table
    low, high = tango(b, c, n, confidence)
    assert -1 <= low <= (c - b) / n <= high <= 1
    assert low < high
    assert tango(c, b, n, confidence) == (-high, -low)


@given(tables())
def test_the_ends_solve_the_score_equation(table: tuple[int, int, int]) -> None:
    b, c, n = table
    for end, z in zip(tango(b, c, n), (1.959963985, -1.959963985), strict=True):
        if abs(end) < 1 - 1e-9:
            variance = tango_variance(b / n, c / n, end) / n
            assert ((c - b) / n - end) / sqrt(variance) == pytest.approx(z, abs=1e-4)


@given(tables(), st.floats(-0.99, 0.99))
def test_the_variance_is_that_of_the_likeliest_table(table: tuple[int, int, int], difference: float) -> None:
    """No other share of falls with this difference makes the counts likelier: a grid finds the same one."""
    b, c, n = (count / table[2] for count in table)

    def likelihood(falls: float) -> float:
        rises, same = falls + difference, 1 - 2 * falls - difference
        parts = [(b, falls), (c, rises), (n - b - c, same)]
        return sum(share * log(max(p, 1e-300)) for share, p in parts if share > 1e-12)

    falls = (tango_variance(b, c, difference) - difference * (1 - difference)) / 2
    low, high = max(0.0, -difference), (1 - difference) / 2
    assert low - 1e-9 <= falls <= high + 1e-9
    inside = min(max(falls, low), high)
    best = max(likelihood(low + (high - low) * step / 200) for step in range(201))
    assert likelihood(inside) >= best - 1e-7


def test_when_nothing_changed_the_interval_has_a_closed_form() -> None:
    z2 = 1.959963984540054**2
    for n in (1, 5, 48, 1000):
        assert tango(0, 0, n) == pytest.approx((-z2 / (n + z2), z2 / (n + z2)), abs=1e-10)


@pytest.mark.parametrize("n", [1, 2, 24, 10_000])
def test_when_everything_changed_one_end_is_the_limit(n: int) -> None:
    assert tango(n, 0, n).low == -1.0
    assert tango(0, n, n).high == 1.0
    assert -1 < tango(n, 0, n).high < 1


@pytest.mark.parametrize(("b", "c", "n"), [(0, 0, 0), (-1, 0, 5), (0, -1, 5), (3, 3, 5)])
def test_what_are_not_paired_counts_is_refused(b: int, c: int, n: int) -> None:
    with pytest.raises(ValueError, match="not paired counts"):
        tango(b, c, n)


@pytest.mark.parametrize(("falls", "rises"), [(0.05, 0.05), (0.1, 0.2), (0.02, 0.1), (0.3, 0.3), (0.15, 0.0)])
def test_tango_covers_about_what_it_says(falls: float, rises: float) -> None:
    """Exact: every table of 40 pairs with its probability."""
    n, truth = 40, rises - falls
    covered = 0.0
    for b, c in product(range(n + 1), repeat=2):
        if b + c > n:
            continue
        chance = comb(n, b) * comb(n - b, c) * falls**b * rises**c * (1 - falls - rises) ** (n - b - c)
        if chance < 1e-9:
            continue
        low, high = tango(b, c, n)
        covered += chance * (low <= truth <= high)
    assert 0.93 < covered < 0.99


@given(st.integers(1, 200), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_tango_falls_with_every_part_lost(n: int, changed: float, falls: float, part: float, unchanged: bool) -> None:
    """A case gets worse: a rise shrinks, or a case that did not rise falls further."""
    b, c = n * changed * falls, n * changed * (1 - falls)
    worse_b, worse_c = (b + part * (n - b - c), c) if unchanged else (b, c * part)
    if b + c > n or worse_b + worse_c > n:  # by rounding
        return
    before, after = tango(b, c, n), tango(worse_b, worse_c, n)
    assert after.low <= before.low + 1e-9
    assert after.high <= before.high + 1e-9
