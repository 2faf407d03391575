"""One word for a comparison: a Pareto verdict over criteria, cost and latency."""

from __future__ import annotations

from collections.abc import Sequence

from promptops.model.results import CriterionComparison, CriterionInfo, MeasureComparison, Overall
from promptops.text.humanize import ratio_words

_WEIGHING = ("cost", "latency")


def weigh_changes(
    criteria: Sequence[CriterionComparison],
    infos: Sequence[CriterionInfo],
    measures: Sequence[MeasureComparison],
    *,
    has_base: bool,
) -> tuple[Overall, str]:
    """The word, and what it rests on in a sentence.

    Only criteria make a version better or worse; with a cost or time that speaks against them it is a trade-off. Cost
    and time alone are told, and make nothing better or worse. Advisory criteria do not weigh.
    """
    if not has_base:
        return "first run", ""
    weighing = [c for c, info in zip(criteria, infos, strict=True) if not info.advisory]
    better = [f"better on '{c.criterion}'" for c in weighing if c.verdict == "better"]
    worse = [f"worse on '{c.criterion}'" for c in weighing if c.verdict == "worse"]
    gains, losses = [*better], [*worse]
    for measure in measures:
        if measure.name in _WEIGHING and (words := ratio_words(measure)):
            (gains if measure.verdict == "lower" else losses).append(words)
    sentence = ", ".join([*gains, *losses])
    if not (better or worse):
        return "no difference shown", sentence
    if gains and losses:
        return "trade-off", sentence
    return ("better" if gains else "worse"), sentence
