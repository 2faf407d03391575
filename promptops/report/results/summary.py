"""Whole sentences about a run, from plain to technical: the headline, the verdict, measures, gates, errors, origin.

All return plain text that may hold names and reasons others wrote: each face escapes it in its own way.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from promptops.model.results import (
    FOR_PEOPLE,
    NO_BASE,
    Comparison,
    CriterionInfo,
    GateResult,
    MeasureComparison,
    Results,
    Sample,
)
from promptops.report.results.results_view import ResultsView, is_unchanged
from promptops.text import humanize
from promptops.text.sanitize import shorten

NOT_MEASURED = "not measured"
UNCHANGED = "nothing the model receives has changed, so nothing was asked and nothing was spent"
ERROR_LINE = 560
"""The longest of `errors`' sentences that is not hostile: a face that cuts them cuts here."""
_NUMBERING = re.compile(r"(?<!answered )\b\w*\d\w*")  # a status is no such number
UNADJUSTED = "Intervals are two-sided and unadjusted, gates look at one side; the verdict column is what holds."


def title(results: Results) -> str:
    """What people call the prompt or suite."""
    return shorten(results.title or results.suite, 120)


def headline(view: ResultsView) -> str:
    """The sentence that can be read aloud: `Meeting summary: one criterion better, none shown worse, 8% dearer`."""
    results = view.results
    name = title(results)
    if is_unchanged(results):
        return f"{name}: {UNCHANGED}"
    blocking = sum(gate.blocks for gate in results.gates)
    ending = f"; blocked by {humanize.spell_out(blocking)} gate{'s' * (blocking > 1)}" if blocking else ""
    if view.unmeasured:
        why = "" if view.foreign else f": {humanize.in_short(reasons(view))}"
        return f"{shorten(name, 60)}: {NOT_MEASURED}{why}{ending}"
    if not view.has_base:
        cases = humanize.cases_words(len(results.cases), view.groups)
        return f"{name}: a first run over {cases}, nothing to compare with yet{ending}"
    told = [(comparison.model, outcome(view, comparison)) for comparison in results.comparisons]
    if len(told) == 1:
        return f"{name}: {told[0][1]}{ending}"
    if len({text for _, text in told}) == 1 and told:
        many = "both" if len(told) == 2 else f"all {humanize.spell_out(len(told))}"
        return f"{name}: {told[0][1]}, with {many} models{ending}"
    if len(told) > 3 or view.foreign:
        tally = Counter(comparison.overall for comparison in results.comparisons)
        parts = [f"{OVERALL[overall]} with {humanize.spell_out(n)}" for overall, n in tally.items()]
        return f"{name}, {humanize.spell_out(len(told))} models: {', '.join(parts)}{ending}"
    return f"{name}: " + "; ".join(f"with {model} {text}" for model, text in told) + ending


def reasons(view: ResultsView) -> list[str]:
    """Why something was not measured, the gravest first."""
    return humanize.unmeasured_reasons(view.unmeasured, len(view.models))


def reasons_in_full(view: ResultsView) -> list[str]:
    """The same, where the headline does not say all of it; and whose words do not count."""
    found = reasons(view)
    told = found if found and (view.foreign or humanize.in_short(found) != found[0]) else []
    return [*told, *view.results.unconfirmed]


OVERALL = {
    "better": "better",
    "worse": "worse",
    "trade-off": "a trade-off",
    "no difference shown": "no difference shown",
    "unchanged": "unchanged",
    "first run": "a first run",
    "not measured": NOT_MEASURED,
}


def outcome(view: ResultsView, comparison: Comparison) -> str:
    """`one criterion better, none shown worse, 8% dearer`. Advisory criteria do not count."""
    counted = [found for found in comparison.criteria if not view.info(found.criterion).advisory]
    tally = Counter(found.verdict for found in counted)
    better, worse = tally["better"], tally["worse"]
    if better and worse:
        text = f"{_criteria(better)} better, {humanize.spell_out(worse)} worse"
    elif better:
        text = f"{_criteria(better)} better, none shown worse"
    elif worse:
        text = f"{_criteria(worse)} worse, none shown better"
    elif counted and tally["no worse"] == len(counted):
        text = "no criterion worse than its margin allows, none shown better"
    elif counted and tally["not measured"] == len(counted):
        text = "nothing could be compared"
    else:
        text = "nothing shown better or worse"
    prices = [humanize.ratio_words(m) for m in comparison.measures if m.name in ("cost", "latency")]
    return ", ".join([text, *filter(None, prices)])


def _criteria(count: int) -> str:
    return f"{humanize.spell_out(count)} {'criterion' if count == 1 else 'criteria'}"


def verdict(view: ResultsView, comparison: Comparison) -> tuple[str, str]:
    """The Pareto verdict: (`a trade-off`, `Better on names the owner, dearer by 8%, within the budget`)."""
    if comparison.overall == NOT_MEASURED:
        return NOT_MEASURED, ""
    counted = [found for found in comparison.criteria if not view.info(found.criterion).advisory]
    named = {word: [f.criterion for f in counted if f.verdict == word] for word in ("better", "worse")}
    parts = [f"{word} on {_named(names)}" for word, names in named.items() if names]
    parts += filter(None, (_by(one) for one in comparison.measures if one.name in ("cost", "latency")))
    budget = next((g for g in view.results.gates if g.criterion == "cost" and g.model == comparison.model), None)
    if budget is not None and parts and "cost" not in view.infos:
        known = {"passed": "within the budget", "failed": "over the budget"}
        within = known.get(budget.status, "not proven to be in budget")
        parts.append(f"{within} ({budget.rule})")
    text = ", ".join(parts)
    if view.has_base and counted and all(found.verdict == "not measured" for found in counted):
        return "nothing could be compared", "no case was answered by both versions"
    return OVERALL[comparison.overall], text[:1].upper() + text[1:]


def _named(names: Sequence[str]) -> str:
    return " and ".join(shorten(name, 60) for name in names) if len(names) <= 2 else f"{_criteria(len(names))}"


def _by(measure: MeasureComparison) -> str:
    text = humanize.ratio_words(measure)
    share, _, direction = text.partition("% ")
    return f"{direction} by {share}%" if direction else text


def gates(view: ResultsView) -> list[tuple[str, str]]:
    """All gates in words, with their answers."""
    return [gate(found, several_models=len(view.models) > 1) for found in view.results.gates]


def gate(found: GateResult, *, several_models: bool) -> tuple[str, str]:
    """A gate in words and its answer: (`names the owner: at least 75%`, `✅`)."""
    model = f" ({found.model})" if several_models and found.model else ""
    needed = humanize.more_words(found.needed or 0, of_groups=found.of_groups)
    more = f"; about {needed} would decide" if found.needed else ""
    said = re.sub(r"(?<!\w)-(?=\d)", "−", found.reason)
    reason = f" ({said}{more})" if said else f" ({more[2:]})" if more else ""
    answers = {
        "passed": humanize.BETTER,
        "failed": f"{humanize.WORSE}{reason}",
        "undecided": f"{humanize.WAITING} not yet proven{reason}",
        "advisory": "– advisory, cannot block",
        "not measured": f"{humanize.UNSURE} not measured{reason}",
    }
    if found.reason == FOR_PEOPLE:
        answers["not measured"] = f"{humanize.WAITING} {FOR_PEOPLE}"
    if found.reason == NO_BASE and found.status == "not measured":
        return f"{found.criterion}: {found.rule}{model}", f"{humanize.UNSURE} {NO_BASE}"
    answer = answers[found.status]
    if found.accepted:
        answer += f", accepted by {found.accepted}"
    elif found.blocks and found.status != "failed":
        answer += ", and the suite asks for proof: blocks"
    return f"{found.criterion}: {found.rule}{model}", answer


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
    why = info.advisory_reason or ("advisory, cannot block" if info.advisory else "")
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
    """`small = openai/gpt-4.1-mini, large`; where base and head asked different models, `small = a → b`."""
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
