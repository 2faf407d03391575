"""The fold "How to read this": only the terms that this comment uses, and what single criteria and rules rest on."""

from __future__ import annotations

from collections.abc import Iterator

from promptops.report.results import summary
from promptops.report.results.results_view import ResultsView
from promptops.report.results.rule_words import rule_lines, rule_reason
from promptops.text import humanize
from promptops.text.sanitize import inline
from promptops.text.truncate import Block, Fold, Part

_RANK = 1
_MOST = 12


def how_to_read(view: ResultsView) -> Part:
    """Nothing where there is no figure to read."""
    lines = [*_terms(view), *_footnotes(view), *_rules(view)]
    if not lines:
        return ""
    return Fold(
        "How to read this", (Block(_RANK, "explanation", "\n".join(f"- {line}" for line in lines)),), view.plain
    )


def _terms(view: ResultsView) -> Iterator[str]:
    if not any(comparison.criteria for comparison in view.results.comparisons):
        return
    if view.has_base:
        yield (
            "**Before and after**: the share of cases that pass, of the same cases with both versions. From 71% to 92% "
            "is a rise of 21 **points**."
        )
        yield (
            "**Better** and **worse** are said only where chance is an unlikely explanation, over all criteria "
            "together. **Too few cases** means: the true change may be a rise or a drop."
        )
        yield (
            "**Interval**: with 95% confidence the true change lies between these two values, looking at one criterion "
            "alone. It gets narrower with more cases."
        )
    else:
        yield "**Interval**: with 95% confidence the true share of cases that pass lies between these two values."
    if view.results.gates:
        yield (
            "**Rule**: what must hold. It holds, or fails, only when that is proven with 95% confidence; until then it "
            "is *not proven yet*, which stops no merge unless the suite asks for proof."
        )
    if any(info.advisory for info in view.results.criteria):
        yield "**For information**: it is shown, decides nothing, and can fail no rule."
    if view.held:
        yield "**Held-out cases** count, and nobody sees them, so that no prompt is written to fit them."


def _footnotes(view: ResultsView) -> Iterator[str]:
    for note, number in list(summary.footnotes(view.results).items())[:_MOST]:
        yield f"{humanize.superscript(number)} {inline(note, 200)}"


def _rules(view: ResultsView) -> Iterator[str]:
    """What the rules that do not hold, or are not proven, rest on."""
    told = [
        f"{inline(what, 200)} {inline(why, 200)}"
        for (what, _), gate in zip(rule_lines(view), view.results.gates, strict=True)
        if gate.status in ("failed", "undecided") and (why := rule_reason(gate))
    ]
    yield from told[:_MOST]
