"""The sentences below a verdict's heading: quality, how many replies read differently, what was cut, which rule fails.

Together with the heading they must be enough to decide. A rule that fails now and did not before comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

from promptops.evals.unmeasured import UNCHECKED_JUDGE
from promptops.model.results import Comparison, CriterionComparison, GateResult
from promptops.report.results.criterion_words import no_drop_words, waiting_words
from promptops.report.results.reply_remarks import cut_sentence, different_replies, none_was_cut
from promptops.report.results.results_view import ResultsView, is_unchanged
from promptops.report.results.rule_words import gate_comparison, is_cost_rule
from promptops.text import humanize
from promptops.text.sanitize import inline, number, shorten

UNCHANGED = "nothing the model receives has changed, so nothing was asked and nothing was spent"
_MOST_NAMES, _MOST_MODELS = 2, 3


class Style(NamedTuple):
    """How a form of the report writes a criterion's or a model's name, and any other text of others."""

    name: Callable[[str], str]
    text: Callable[[str], str]


PLAIN = Style(
    lambda name: f"'{shorten(' '.join(name.split()), 60)}'", lambda text: shorten(" ".join(text.split()), 240)
)
MARKDOWN = Style(lambda name: f"*{inline(name, 60)}*", lambda text: inline(text, 320))


def verdict_sentences(view: ResultsView, style: Style = PLAIN) -> list[str]:
    """Two or three short sentences, each with its full stop."""
    if is_unchanged(view.results):
        return [_sentence(UNCHANGED)]
    if view.unmeasured:
        reasons = humanize.unmeasured_reasons(view.unmeasured, len(view.models))
        told = [style.text(humanize.in_short(reasons))]
    else:
        told = list(_measured(view, style))
    fresh, as_before = _failing_rules(view, style)
    ordered = [*told, *fresh] if view.unmeasured else [*fresh, *told]
    return [_sentence(one) for one in (*ordered, *as_before, *_accepted_rules(view, style))]


def _measured(view: ResultsView, style: Style) -> Iterator[str]:
    if not view.has_base:
        cases = humanize.cases_words(len(view.results.cases), view.groups)
        yield f"there is nothing to compare with yet; the rates are of {cases}"
    replies = different_replies(view)
    if view.has_base and not (replies.all_the_same and not _moved(view)):
        yield _quality(view, style)
    uncut = "; none was cut off" if replies.pairs and none_was_cut(view) else ""
    cut = cut_sentence(view, alone=not replies.pairs)
    yield from filter(None, [replies.words + uncut, cut])
    if replies.all_the_same and not _moved(view) and (prices := _prices_of_all(view)):
        yield prices


def _moved(view: ResultsView) -> bool:
    """Whether a criterion is shown to be better or worse, by itself or for information."""
    found = (one for comparison in view.results.comparisons for one in comparison.criteria)
    return any(one.verdict in ("better", "worse", "probably better", "probably worse") for one in found)


def _quality(view: ResultsView, style: Style) -> str:
    told = [(comparison, _of_model(view, comparison, style)) for comparison in view.results.comparisons]
    if len({words for _, words in told}) <= 1:
        many = {1: "", 2: " with both models"}.get(len(told), f" with all {humanize.spell_out(len(told))} models")
        return told[0][1] + many if told else "nothing was compared"
    if len(told) > _MOST_MODELS:
        tally: dict[str, list[str]] = {}
        for comparison, _ in told:
            tally.setdefault(_IN_A_WORD[comparison.overall], []).append(comparison.model)
        return "; ".join(f"{word} with {_names(models, style)}" for word, models in tally.items())
    return "; ".join(f"with {style.name(comparison.model)} {words}" for comparison, words in told)


_IN_A_WORD = {
    "worse": "worse",
    "trade-off": "better and worse",
    "better": "better",
    "no difference shown": "no difference seen",
    "unchanged": "nothing changed",
    "first run": "first run",
    "not measured": "not measured",
}


def _of_model(view: ResultsView, comparison: Comparison, style: Style) -> str:
    """`better at *names the owner* (71% → 92%), costs 7% more`."""
    if comparison.overall == "unchanged":
        return "nothing changed"
    counted = [found for found in comparison.criteria if not view.info(found.criterion).advisory]
    failing = {gate.criterion for gate in view.results.gates if gate.blocks and gate.model in ("", comparison.model)}
    moved = [
        f"{word} at {_with_rates(named, style, told=failing)}"
        for word in ("worse", "better")
        if (named := [found for found in counted if found.verdict == word])
    ]
    prices = [
        words for one in comparison.measures if one.name in ("cost", "latency") and (words := humanize.ratio_words(one))
    ]
    if moved:
        return ", ".join([*moved, *prices])
    still = _not_moved(view, comparison, counted, style)
    return "; ".join([still, *([f"it {' and '.join(map(_verb, prices))}"] if prices else [])])


def _verb(price: str) -> str:
    """`costs 8% more`, `is 20% slower`: what can follow `it`."""
    return price if price.startswith(("costs", "takes")) else f"is {price}"


def _prices_of_all(view: ResultsView) -> str:
    """Cost and time where that is all there is to say of one model."""
    if len(view.results.comparisons) != 1:
        return ""
    measures = view.results.comparisons[0].measures
    prices = [words for one in measures if one.name in ("cost", "latency") and (words := humanize.ratio_words(one))]
    return f"it {' and '.join(map(_verb, prices))}" if prices else ""


def _not_moved(view: ResultsView, comparison: Comparison, counted: Sequence[CriterionComparison], style: Style) -> str:
    """What may be said of quality where no criterion that counts is shown to have changed."""
    answered = [found for found in counted if found.verdict != "not measured"]
    if not comparison.criteria:
        return "no criterion looks at the replies"
    if not counted:
        unchecked = any(view.info(found.criterion).advisory_reason == UNCHECKED_JUDGE for found in comparison.criteria)
        why = ": the judge was not checked against people" if unchecked else ""
        return f"all criteria are for information only{why}"
    if not answered:
        waiting = sum(found.waiting for found in counted)
        return waiting_words(waiting) if waiting else "no case was answered by both versions, so nothing was compared"
    if looks := [found for found in answered if found.verdict in ("probably worse", "probably better")]:
        gravest = min(looks, key=lambda found: found.verdict != "probably worse")
        word = gravest.verdict.removeprefix("probably ")
        return f"too few cases to say whether quality changed: {_with_rates([gravest], style)} looks {word}, not proven"
    if any(found.verdict == "cannot tell" and found.missing for found in answered):
        return "too many answers are missing to say whether quality changed"
    if any(found.needed is not None or found.verdict == "cannot tell" for found in answered):
        return f"too few cases{_so_few(answered)} to say whether quality changed"
    widest = max(answered, key=lambda found: found.margin or 0.0)  # what holds for each of them
    return f"{no_drop_words(widest)} in any criterion that counts"


def _so_few(answered: Sequence[CriterionComparison]) -> str:
    """` (only 3)` where they can be counted on two hands."""
    most = max((found.paired for found in answered), default=0)
    return f" (only {number(most)})" if 0 < most < 10 else ""


def _with_rates(found: Sequence[CriterionComparison], style: Style, *, told: Collection[str] = ()) -> str:
    """`*names the owner* (71% → 92%)`, of more than two the first, and how many more. Another sentence gives the rates
    of those that are `told`."""
    names = [
        f"{style.name(one.criterion)}{'' if one.criterion in told else _rates(one)}" for one in found[:_MOST_NAMES]
    ]
    return _joined(names, len(found) - len(names))


def _names(names: Sequence[str], style: Style) -> str:
    return _joined([style.name(name) for name in names[:_MOST_NAMES]], len(names) - _MOST_NAMES)


def _joined(told: Sequence[str], more: int) -> str:
    """`a`, `a and b`, `a, b and 3 more`."""
    last = f"{number(more)} more" if more > 0 else told[-1]
    others = told if more > 0 else told[:-1]
    return f"{', '.join(others)} and {last}" if others else last


def _rates(found: CriterionComparison | None) -> str:
    """` (71% → 92%)`; ` (92%)` where there is no before."""
    if found is None or found.head is None:
        return ""
    sides = [found.base, found.head] if found.base is not None else [found.head]
    return f" ({' → '.join(humanize.rate_words(side) for side in sides)})"


def _failing_rules(view: ResultsView, style: Style) -> tuple[list[str], list[str]]:
    """What is said of rules that fail now, and of those that failed before too: a sentence each at most."""
    blocking = [gate for gate in view.results.gates if gate.blocks]
    failed = [gate for gate in blocking if gate.status == "failed"]
    fresh = _rule_sentence(view, [gate for gate in failed if not gate.as_before], style, "")
    unproven = _unproven(view, [gate for gate in blocking if gate.status != "failed"], style)
    as_before = _rule_sentence(view, [gate for gate in failed if gate.as_before], style, ", as {} did before")
    return [*fresh, *unproven], as_before


def _rule_sentence(view: ResultsView, gates: Sequence[GateResult], style: Style, before: str) -> list[str]:
    if not gates:
        return []
    names = [f"{_gate_name(view, gate, style)}" for gate in gates]
    each = dict(zip(names, (_gate_rates(view, gate) for gate in gates), strict=True))  # one may have two rules
    if len(each) == 1:
        rules = "its rule" if len(gates) == 1 else "its rules"
        return [f"{name} fails {rules}{before.format('it')}{rates}" for name, rates in each.items()]
    told = [f"{name}{rates}" for name, rates in each.items()][:_MOST_NAMES]
    return [f"{_joined(told, len(each) - len(told))} fail their rules{before.format('they')}"]


def _unproven(view: ResultsView, gates: Sequence[GateResult], style: Style) -> list[str]:
    if not gates:
        return []
    told = [f"{_gate_name(view, gate, style)}{_gate_rates(view, gate)}" for gate in gates[:_MOST_NAMES]]
    verb = "is not proven to keep its rule" if len(gates) == 1 else "are not proven to keep their rules"
    return [f"{_joined(told, len(gates) - len(told))} {verb}, and the suite asks for proof"]


def _accepted_rules(view: ResultsView, style: Style) -> list[str]:
    gates = [gate for gate in view.results.gates if gate.accepted]
    if not gates:
        return []
    told = [_gate_name(view, gate, style) for gate in gates[:_MOST_NAMES]]
    verb = "does not keep its rule" if len(gates) == 1 else "do not keep their rules"
    who = list(dict.fromkeys(style.text(gate.accepted.partition(": ")[0]) for gate in gates))
    by = _joined(who[:_MOST_NAMES], len(who) - _MOST_NAMES)
    return [f"{_joined(told, len(gates) - len(told))} {verb}, which {by} accepted"]


def _gate_name(view: ResultsView, gate: GateResult, style: Style) -> str:
    name = "the cost" if is_cost_rule(view, gate) else style.name(gate.criterion)
    return f"{name} with {style.name(gate.model)}" if gate.model and len(view.models) > 1 else name


def _gate_rates(view: ResultsView, gate: GateResult) -> str:
    return _rates(gate_comparison(view, gate))


def _sentence(text: str) -> str:
    """With a capital, behind a mark of emphasis too, and a full stop."""
    start = next((place for place, char in enumerate(text) if char not in "*'"), 0)
    ended = text if text.endswith((".", "!", "?", "…")) else f"{text}."
    return ended[:start] + ended[start : start + 1].upper() + ended[start + 1 :]
