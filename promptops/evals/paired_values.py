"""What statistics look at: one number a case, averaged over its trials; one a cluster, averaged over its cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping

from promptops.evals.analysis_rules import AnalysisRules
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


def paired_cases(base: ByCase, head: ByCase) -> list[str]:
    """The cases that have a value on both sides, in the base's order."""
    return [case for case in base if case in head]


def unit_values(values: ByCase, cases: Iterable[str], clusters: Mapping[str, str]) -> list[float]:
    """One number for each unit of a test, in the order of the cases: a cluster's mean, or that of a case alone.

    The same `cases` give the same units, so two sides are paired by position.
    """
    if not clusters:
        return [values[case] for case in cases]
    found: dict[Hashable, list[float]] = defaultdict(list)
    for case in cases:
        # A cluster may be called as a case is, so the one is wrapped.
        found[(clusters[case],) if case in clusters else case].append(values[case])
    return [sum(numbers) / len(numbers) for numbers in found.values()]


def has_averages(samples: Iterable[Sample], rules: AnalysisRules) -> bool:
    """Whether a unit's value is an average, of several trials or of a cluster's cases, even where all of it agree."""
    return bool(rules.clusters) or any(sample.trial for sample in samples)
