"""Finding one's way in Results: which arm, which samples, which cases changed, and what may be shown of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from promptops.evals.unmeasured import with_unmeasured
from promptops.model.results import (
    Arm,
    CaseInfo,
    Comparison,
    CriterionComparison,
    CriterionInfo,
    Results,
    Sample,
    Side,
)
from promptops.model.suite import HELD_OUT
from promptops.report.results.field_changes import calls_words


class ResultsView:
    """Indexes over one Results, built once a report.

    `foreign`: a stranger's, so no word of theirs is a heading. `plain`: for a page without <details> and Mermaid.
    """

    def __init__(self, results: Results, *, foreign: bool = False, plain: bool = False) -> None:
        self.foreign, self.plain = foreign, plain
        self.results = results = with_unmeasured(results)  # files of older versions, and a fork's, do not say it
        self.infos = {info.name: info for info in results.criteria}
        self.cases = {case.id: case for case in results.cases}
        self.held = frozenset(case.id for case in results.cases if case.split == HELD_OUT)
        self.order = {case.id: index for index, case in enumerate(results.cases)}
        self.models = tuple(dict.fromkeys(arm.model for arm in results.arms))
        self.unmeasured = results.unmeasured
        self.has_base = any(arm.side == "base" for arm in results.arms)
        self._arms = {(arm.model, arm.side): index for index, arm in enumerate(results.arms)}
        self._samples: list[dict[str, list[Sample]]] = [defaultdict(list) for _ in results.arms]
        for sample in results.samples:
            self._samples[sample.arm][sample.case].append(sample)
        criteria = [found for comparison in results.comparisons for found in comparison.criteria]
        self.most_paired = max((found.paired for found in criteria), default=0)
        self._tested = Counter(self._families())
        clusters = [case.cluster for case in results.cases]
        self.groups = clusters.count("") + len({*clusters} - {""}) if any(clusters) else None
        """How many groups the cases are in; None where each stands alone."""

    def info(self, criterion: str) -> CriterionInfo:
        """The criterion as it was asked; a bare one where the results do not describe it."""
        return self.infos.get(criterion) or CriterionInfo(criterion, "")

    def arm(self, model: str, side: Side) -> Arm | None:
        """The arm of a model on one side."""
        index = self._arms.get((model, side))
        return None if index is None else self.results.arms[index]

    def samples(self, model: str, side: Side, case: str) -> list[Sample]:
        """All trials of a case, in order."""
        index = self._arms.get((model, side))
        return [] if index is None else self._samples[index].get(case, [])

    def all_samples(self, case: str) -> list[Sample]:
        """The case's samples of every model on both sides."""
        return [sample for by_case in self._samples for sample in by_case.get(case, ())]

    def head_samples(self, model: str) -> list[Sample]:
        """The replies of the model's newer version."""
        index = self._arms.get((model, "head"))
        return [sample for sample in self.results.samples if sample.arm == index]

    def tested(self, model: str, *, advisory: bool) -> int:
        """How many comparisons shared a correction: a model's criteria that count, cost and latency; or the others."""
        return self._tested[model, advisory]

    def _families(self) -> Iterator[tuple[str, bool]]:
        for comparison in self.results.comparisons:
            for found in comparison.criteria:
                if found.p_value is not None:
                    yield comparison.model, self.info(found.criterion).advisory
            for measure in comparison.measures:
                if measure.p_value is not None and measure.name in ("cost", "latency"):
                    yield comparison.model, False

    def share(self, samples: Iterable[Sample], criterion: str) -> float | None:
        """The share of trials that pass; None where none was answered."""
        answers = [s.scores[criterion].passed for s in samples if criterion in s.scores]
        known = [answer for answer in answers if answer is not None]
        return sum(known) / len(known) if known else None

    def one_sided(self) -> tuple[list[CaseInfo], list[CaseInfo]]:
        """Cases that fit only the base, and cases that fit only the head; none without a base."""
        if not self.has_base:
            return [], []
        cases = self.results.cases
        return [c for c in cases if c.sides == ("base",)], [c for c in cases if c.sides == ("head",)]


def not_passing(view: ResultsView) -> dict[str, list[str]]:
    """What a run without a base can tell: criterion → cases that do not always pass it; held-out ones are left out."""
    if view.has_base:
        return {}
    heads = {index for index, arm in enumerate(view.results.arms) if arm.side == "head"}
    found: dict[str, dict[str, None]] = {info.name: {} for info in view.results.criteria}
    for sample in view.results.samples:
        if sample.arm in heads and sample.case not in view.held:
            for name, score in sample.scores.items():
                if score.passed is False and name in found:
                    found[name][sample.case] = None
    return {name: list(cases) for name, cases in found.items() if cases}


@dataclass(frozen=True, slots=True)
class Shift:
    """One criterion of one case: the share of trials that passed before and after, and the reasons given."""

    criterion: str
    before: float
    after: float
    reason_before: str
    reason_after: str


@dataclass(frozen=True, slots=True)
class CaseChange:
    """A case that got worse (or better) with one model: its criteria, and a reply of each side that shows it."""

    model: str
    case: CaseInfo
    shifts: tuple[Shift, ...]
    base: Sample
    head: Sample


@dataclass(frozen=True, slots=True)
class Changes:
    """Cases that changed, clearest first, held-out ones only counted."""

    worse: tuple[CaseChange, ...]
    better: tuple[CaseChange, ...]
    held_worse: int
    held_better: int


def changes(view: ResultsView) -> Changes:
    """All cases that got worse or better on some criterion."""
    (worse, held_worse), (better, held_better) = (_clearest_first(view, up=up) for up in (False, True))
    return Changes(worse, better, held_worse, held_better)


def _clearest_first(view: ResultsView, *, up: bool) -> tuple[tuple[CaseChange, ...], int]:
    """The cases that may be shown, and how many others are held out."""
    found = [change for comparison in view.results.comparisons for change in _changed(view, comparison, up=up)]
    shown = [change for change in found if change.case.id not in view.held]
    return tuple(sorted(shown, key=lambda change: _clarity(view, change))), len(found) - len(shown)


def _clarity(view: ResultsView, change: CaseChange) -> tuple[float, float, int]:
    """Criteria that count before advisory ones, many before few, whole changes before one trial in three."""
    weights = [abs(s.after - s.before) * (0.5 if view.info(s.criterion).advisory else 1.0) for s in change.shifts]
    return -max(weights, default=0.0), -sum(weights), view.order.get(change.case.id, 0)


def _changed(view: ResultsView, comparison: Comparison, *, up: bool) -> Iterable[CaseChange]:
    by_case: dict[str, list[CriterionComparison]] = defaultdict(list)
    for found in comparison.criteria:
        for case in found.improved if up else found.regressed:
            by_case[case].append(found)
    for case, criteria in by_case.items():
        base = view.samples(comparison.model, "base", case)
        head = view.samples(comparison.model, "head", case)
        shifts = [shift for found in criteria if (shift := _shift(view, found.criterion, base, head))]
        if case in view.cases and shifts:
            first = shifts[0].criterion
            yield CaseChange(
                comparison.model,
                view.cases[case],
                tuple(shifts),
                telling(base, first, passed=not up),
                telling(head, first, passed=up),
            )


def _shift(view: ResultsView, criterion: str, base: list[Sample], head: list[Sample]) -> Shift | None:
    before, after = view.share(base, criterion), view.share(head, criterion)
    if before is None or after is None:
        return None
    up = after > before
    samples = telling(base, criterion, passed=not up), telling(head, criterion, passed=up)
    why_before, why_after = (s.scores[criterion].reason if criterion in s.scores else "" for s in samples)
    return Shift(criterion, before, after, why_before, why_after)


def telling(samples: list[Sample], criterion: str, *, passed: bool) -> Sample:
    """The first trial that shows what is said: one that passed (or not); else any."""
    return next((s for s in samples if criterion in s.scores and s.scores[criterion].passed is passed), samples[0])


def is_unchanged(results: Results) -> bool:
    """Whether base and head are the same to every model, so that nothing was asked."""
    sides: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for arm in results.arms:
        sides[arm.model][arm.side].add(arm.evaluation_digest)
    pairs = [list(found.values()) for found in sides.values()]
    return bool(pairs) and not results.samples and all(len(p) == 2 and len(p[0] | p[1]) == 1 for p in pairs)


def reply_text(sample: Sample) -> str:
    """The reply as people read it: its text, then the functions it wants called; or the error in its place."""
    if sample.error:
        return f"(no reply: {sample.error})"
    return "\n".join(part for part in (sample.text, *calls_words(sample.tool_calls)) if part) or "(an empty reply)"
