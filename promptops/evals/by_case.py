"""Samples as numbers by case: the shape statistics work on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from promptops.model.results import Sample

ByCase = Mapping[str, float]
"""Case id → the average over the case's trials: trials never pose as cases."""


def average_by_case(samples: Iterable[Sample], value: Callable[[Sample], float | None]) -> ByCase:
    """Average each case's values; samples without one (errors, waiting, unknown) count for nothing."""
    found: dict[str, list[float]] = defaultdict(list)
    for sample in samples:
        number = value(sample)
        if number is not None:
            found[sample.case].append(number)
    return {case: sum(numbers) / len(numbers) for case, numbers in found.items()}


def pass_value(criterion: str) -> Callable[[Sample], float | None]:
    """1 or 0 where the criterion was answered."""

    def value(sample: Sample) -> float | None:
        score = sample.scores.get(criterion)
        return None if score is None or score.passed is None else float(score.passed)

    return value


def pair_cases(base: ByCase, head: ByCase) -> tuple[list[str], list[float], list[float]]:
    """The cases both sides have, and their values in the same order."""
    cases = [case for case in base if case in head]
    return cases, [base[case] for case in cases], [head[case] for case in cases]
