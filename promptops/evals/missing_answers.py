"""Answers that a criterion should have and does not: what is left may be the easy part."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from promptops.evals.analysis_rules import AnalysisRules
from promptops.model.results import CriterionInfo, Sample
from promptops.text.humanize import plural

Try = tuple[str, int]
"""A case, and which of its trials."""
_ROUNDING = 1e-9


def asked(info: CriterionInfo, samples: Iterable[Sample], rules: AnalysisRules) -> set[Try]:
    """What the criterion was to look at, whatever came of it."""
    return {(s.case, s.trial) for s in samples if rules.covers(info, s.case) and (s.error or info.name in s.scores)}


def unanswered(info: CriterionInfo, samples: Iterable[Sample], rules: AnalysisRules) -> set[Try]:
    """What of it ended in an error, of the call or of the criterion."""
    return {
        (sample.case, sample.trial)
        for sample in samples
        if rules.covers(info, sample.case)
        and (sample.error or (info.name in sample.scores and sample.scores[info.name].status == "error"))
    }


def too_many_missing(
    before: Collection[Try] | None, after: Collection[Try], tries: Collection[Try], most: float, what: str = "answer"
) -> str:
    """`27 of 60 cases have no answer before`, where more than `most` of them lack one on either side; else empty.

    `before` (None where nothing is compared) and `after` are those that lack one, of all `tries`.
    """
    missing = len({*(before or ()), *after})
    if missing <= most * len(tries) + _ROUNDING:
        return ""
    of = plural(len(tries), "try", "tries") if any(trial for _, trial in tries) else plural(len(tries), "case")
    when = "" if before is None else " before or after" if before and after else " before" if before else " after"
    return f"{missing} of {of} {'has' if missing == 1 else 'have'} no {what}{when}"
