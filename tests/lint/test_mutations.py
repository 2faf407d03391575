"""Two thousand of the broken files that `python -m benchmarks.mutations` makes a hundred thousand of."""

from __future__ import annotations

from functools import cache

import pytest

from benchmarks.mutate import Mutants
from benchmarks.mutations import lint_mutant

SEED, COUNT, TOGETHER = 1, 2000, 100


@cache
def _mutants() -> Mutants:
    return Mutants(SEED)


@pytest.mark.parametrize("first", range(0, COUNT, TOGETHER))
def test_a_broken_file_gives_findings_and_reports_and_never_an_exception(first: int) -> None:
    for number in range(first, first + TOGETHER):
        mutant = _mutants().number(number)
        try:
            lint_mutant(mutant)
        except Exception as exc:
            again = f"python -m benchmarks.mutations --seed {SEED} --only {number}"
            pytest.fail(f"{mutant.path}: {exc!r}. Once more, with its files: {again}", pytrace=True)


def test_the_same_seed_breaks_the_same_files_in_the_same_way_and_another_seed_does_not() -> None:
    assert Mutants(SEED).number(7) == _mutants().number(7)
    assert Mutants(SEED + 1).number(7) != _mutants().number(7)


def test_most_mutants_are_really_broken() -> None:
    """They differ from what they begin with, in one file each."""
    originals = {tuple(sorted(files.items())) for files in _mutants().projects}
    untouched = [n for n in range(500) if tuple(sorted(_mutants().number(n).files.items())) in originals]
    assert len(untouched) < 50
