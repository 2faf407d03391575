"""One simulated figure: how often, of how many, and whether that is within its limit."""

from __future__ import annotations

from dataclasses import dataclass

from promptops.statistics.intervals import clopper_pearson


@dataclass(frozen=True, slots=True)
class SimulatedFigure:
    """`count` of `suites` in one setting. `kind` says what is counted; `limit` is what it may come to.

    An error must stay below its limit; coverage (a kind that ends in "covers") above it.
    """

    kind: str
    setting: str
    count: int
    suites: int
    limit: float

    @property
    def share(self) -> float:
        """The share that was seen."""
        return self.count / self.suites

    @property
    def end(self) -> float:
        """The end of its 99% interval that lies nearer to trouble."""
        low, high = clopper_pearson(self.count, self.suites, 0.99)
        return low if self.is_coverage else high

    @property
    def is_coverage(self) -> bool:
        """Whether much is good."""
        return self.kind.endswith("covers")

    @property
    def holds(self) -> bool:
        """Whether it stays within its limit: errors with the end of their interval, coverage as seen."""
        return self.share >= self.limit if self.is_coverage else self.end <= self.limit
