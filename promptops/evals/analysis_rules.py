"""How a suite wants its figures read: `cluster`, `maxErrors`, `budget: ignoreBelow`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from promptops.model.budget import IGNORE_BELOW, MAX_ERRORS, IgnoreBelow
from promptops.model.results import CriterionInfo, Results
from promptops.model.suite import Suite


class AnalysisRules(NamedTuple):
    """What comparisons and gates go by.

    `max_errors`: the share of cases that may lack an answer where a gate passes. `clusters`: case id → what it shares
    with the cases that belong to it; a case that is missing is a cluster of its own. `tags`: case id → its tags.
    """

    max_errors: float = MAX_ERRORS
    ignore_below: IgnoreBelow = IGNORE_BELOW
    clusters: Mapping[str, str] = {}
    tags: Mapping[str, tuple[str, ...]] = {}

    @classmethod
    def of_suite(cls, suite: Suite) -> AnalysisRules:
        """The suite's rules for its cases."""
        clusters = {case.id: suite.cluster_of(case) for case in suite.cases}
        tags = {case.id: case.tags for case in suite.cases}
        return cls(suite.max_errors, suite.budget.ignore_below, _filled(clusters), tags)

    @classmethod
    def of_results(cls, results: Results) -> AnalysisRules:
        """The rules that the results were made by."""
        clusters = {case.id: case.cluster for case in results.cases}
        tags = {case.id: case.tags for case in results.cases}
        return cls(results.max_errors, results.ignore_below, _filled(clusters), tags)

    def covers(self, info: CriterionInfo, case: str) -> bool:
        """Whether the criterion looks at the case."""
        return not info.tags or any(tag in info.tags for tag in self.tags.get(case, ()))


NO_RULES = AnalysisRules()


def _filled(clusters: Mapping[str, str]) -> dict[str, str]:
    return {case: cluster for case, cluster in clusters.items() if cluster}
