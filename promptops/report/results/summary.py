"""Whole sentences about a run: what stands first, why something was not measured, errors, footnotes, origin.

All return plain text that may hold names and reasons others wrote: each face escapes it in its own way.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from promptops.evals.unmeasured import MARKED_ADVISORY, UNCHECKED_JUDGE
from promptops.model.results import CriterionInfo, Results, Sample
from promptops.report.results.results_view import ResultsView, is_unchanged
from promptops.report.results.verdict import run_verdict, title
from promptops.report.results.verdict_sentences import UNCHANGED
from promptops.text import humanize
from promptops.text.sanitize import shorten

NOT_MEASURED = "not measured"
ERROR_LINE = 560
"""The longest of `errors`' sentences that is not hostile: a face that cuts them cuts here."""
_NUMBERING = re.compile(r"(?<!answered )\b\w*\d\w*")  # a status is no such number
_WHY_NOT = {
    UNCHECKED_JUDGE: "for information: the judge was not checked against people",
    MARKED_ADVISORY: "for information: the suite says so",
}
INTERVALS = (
    "What a change means is decided over all criteria together; the interval beside it looks at one criterion alone."
)


def headline(view: ResultsView) -> str:
    """What stands first, in plain text: `⛔ A rule fails, as it did before: Meeting summary`."""
    if is_unchanged(view.results):
        return f"{title(view.results)}: {UNCHANGED}"
    return run_verdict(view).heading


def reasons(view: ResultsView) -> list[str]:
    """Why something was not measured, the gravest first."""
    return humanize.unmeasured_reasons(view.unmeasured, len(view.models))


def reasons_in_full(view: ResultsView) -> list[str]:
    """The same, where the first sentences do not say all of it; and whose words do not count."""
    found = reasons(view)
    return [*(found if found and humanize.in_short(found) != found[0] else []), *view.results.unconfirmed]


def errors(view: ResultsView) -> list[str]:
    """Calls that failed and criteria that could not answer, apart from everything else."""
    results = view.results
    told: list[str] = []
    if failed := [sample.error for sample in results.samples if sample.error]:
        total = humanize.plural(len(results.samples), "call")
        told.append(f"{len(failed)} of {total} failed {_common(_without_numbering(failed))}")
    for info in results.criteria:
        silent = [
            sample
            for sample in results.samples
            if info.name in sample.scores and sample.scores[info.name].status == "error"
        ]
        if reasons := [_score_error(view, sample, info.name) for sample in silent]:
            answers = humanize.plural(len(reasons), "answer")
            told.append(f"{shorten(info.name, 60)}: {answers} could not be had {_common(reasons)}")
    return told


def _score_error(view: ResultsView, sample: Sample, criterion: str) -> str:
    """Why there is no answer; a judge's words about a held-out case stay with it."""
    return "of a held-out case" if sample.case in view.held else sample.scores[criterion].reason


def _without_numbering(failures: Sequence[str]) -> list[str]:
    """Failures that differ in an id or a time only, which servers give each call, are told as the first of them."""
    first: dict[str, str] = {}
    return [first.setdefault(_NUMBERING.sub("#", failure), failure) for failure in failures]


def _common(reasons: Sequence[str], most: int = 3) -> str:
    """`(timeout: 4; no reply: 2) and count for nothing.`; a lone reason has no number and may say what to do."""
    tally = Counter(" ".join(reason.split()) or "no reason given" for reason in reasons)
    told = next(iter(tally))[:400]
    if len(tally) > 1:
        top = Counter(_start(reason) for reason in tally.elements()).most_common(most)
        rest = len(reasons) - sum(n for _, n in top)
        told = "; ".join(f"{reason}: {n}" for reason, n in [*top, *([("others", rest)] if rest else [])])
    return f"({told}) and {'counts' if len(reasons) == 1 else 'count'} for nothing."


def _start(reason: str, most: int = 120) -> str:
    return reason if len(reason) <= most else f"{reason[: most - 1]}…"


def footnotes(results: Results) -> dict[str, int]:
    """What is to be said about single criteria → its number, in the table's order."""
    notes: dict[str, int] = {}
    for info in results.criteria:
        if note := footnote(info):
            notes.setdefault(note, len(notes) + 1)
    return notes


def footnote(info: CriterionInfo) -> str:
    """One criterion's footnote: how well its judge is known, and why it cannot block."""
    why = _WHY_NOT.get(info.advisory_reason, info.advisory_reason) or ("for information" if info.advisory else "")
    return "; ".join(filter(None, (info.certificate, why)))


def held_out(view: ResultsView, worse: int, better: int) -> str:
    """The one thing said about held-out cases."""
    if not view.held:
        return ""
    fell, rose = (humanize.spell_out(count) if count else "none" for count in (worse, better))
    counts = f": {fell} got worse, {rose} got better" if view.has_base else ""
    verbs = ("counts", "is") if len(view.held) == 1 else ("count", "are")
    cases = humanize.plural(len(view.held), "held-out case")
    return f"{cases} {verbs[0]} above and {verbs[1]} never shown{counts}."


def one_sided(view: ResultsView) -> list[str]:
    """How many cases only one version can take, a line for each."""
    sides = [
        (humanize.plural(len(cases), "case"), which)
        for cases, which in zip(view.one_sided(), ("old", "new"), strict=True)
        if cases
    ]
    return [f"{count} only for the {which} version, not compared" for count, which in sides]


def version(view: ResultsView, side: str) -> str:
    """`4f2a91c`, `9be03d7 + edits`, `uncommitted`."""
    return next((arm.revision for arm in view.results.arms if arm.side == side), "")


def models(results: Results) -> str:
    """`small = openai/gpt-5.4-mini, large`; where base and head asked different models, `small = a → b`."""
    names: dict[str, list[str]] = {}
    for arm in sorted(results.arms, key=lambda arm: arm.side != "base"):
        names.setdefault(arm.model, []).append(arm.full_model)
    told = {alias: " → ".join(dict.fromkeys(full)) for alias, full in names.items()}
    return ", ".join(alias if full in ("", alias) else f"{alias} = {full}" for alias, full in told.items())


def size(view: ResultsView) -> str:
    """`48 cases (12 held out) in 16 groups × 3 trials`."""
    held = f" ({len(view.held)} held out)" if view.held else ""
    trials = f" × {view.results.trials} trials" if view.results.trials > 1 else ""
    groups = f" in {humanize.plural(view.groups, 'group')}" if view.groups is not None else ""
    return f"{humanize.plural(len(view.results.cases), 'case')}{held}{groups}{trials}"


def spent(results: Results) -> str:
    """`$0.04 spent`, `cost unknown`, `nothing was spent`."""
    if results.cost is None:
        calls = results.unknown_cost_calls
        return f"cost unknown for {humanize.plural(calls, 'call')}" if calls else "cost unknown"
    return "nothing was spent" if results.cost == 0 else f"{humanize.dollars(results.cost)} spent"
