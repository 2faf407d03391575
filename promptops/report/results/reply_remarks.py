"""What is to be said of a model's replies together: how many read differently, were cut, and how much was thinking."""

from __future__ import annotations

from typing import NamedTuple

from promptops.model.chat.finish_reason import was_cut
from promptops.model.results import Sample, Side
from promptops.report.results.results_view import CaseChange, ResultsView
from promptops.text import humanize
from promptops.text.sanitize import number, shorten


class DifferentReplies(NamedTuple):
    """Over all cases and models that both versions answered: how many pairs of replies, how many of them differ.

    They differ in their text or in what they call. `trials`: a pair are all replies of a version to a case, in any
    order.
    """

    pairs: int
    different: int
    trials: bool = False

    @property
    def all_the_same(self) -> bool:
        """Whether nobody could tell the versions apart by what they say."""
        return self.pairs > 0 and not self.different

    @property
    def words(self) -> str:
        """`22 of 30 replies read differently`, `all 30 replies read the same`; empty without a pair."""
        if not self.pairs:
            return ""
        if self.trials:
            cases = f"{number(self.different)} of {humanize.plural(self.pairs, 'case')}"
            return f"in {cases} the replies read differently" if self.different else "all replies read the same"
        if self.pairs == 1:
            return f"the one reply reads {'differently' if self.different else 'the same'}"
        if not self.different:
            return f"all {number(self.pairs)} replies read the same"
        verb = "reads" if self.different == 1 else "read"
        return f"{number(self.different)} of {number(self.pairs)} replies {verb} differently"


def different_replies(view: ResultsView) -> DifferentReplies:
    """How many replies read differently, held-out cases among them."""
    pairs = different = 0
    for model in view.models:
        for case in view.cases:
            before, after = (
                sorted(_what_it_says(one) for one in view.samples(model, side, case) if not one.error)
                for side in _SIDES
            )
            if before and after:
                pairs, different = pairs + 1, different + (before != after)
    return DifferentReplies(pairs, different, view.results.trials > 1)


def different_cases(view: ResultsView) -> list[CaseChange]:
    """The cases whose first replies read differently, with no criterion told; held-out ones are left out."""
    found = []
    for model in view.models:
        for case in view.results.cases:
            sides = [[one for one in view.samples(model, side, case.id) if not one.error][:1] for side in _SIDES]
            before, after = ([_what_it_says(one) for one in side] for side in sides)
            if before and after and before != after and case.id not in view.held:
                found.append(CaseChange(model, case, (), sides[0][0], sides[1][0]))
    return found


_SIDES: tuple[Side, Side] = ("base", "head")


def _what_it_says(sample: Sample) -> str:
    calls = (f"{call.name}({call.arguments})" for call in sample.tool_calls)
    return "\0".join([sample.text.strip(), *calls])


def cut_sentence(view: ResultsView, *, alone: bool) -> str:
    """`17 were cut off at 40 tokens (before: 10)`; empty where none was, now or before.

    All models together. `alone`: no sentence before it says of what.
    """
    before, after = ([one for model in view.models for one in _replies(view, model, side)] for side in _SIDES)
    cut, cut_before = _cut(after), _cut(before)
    if not cut and not cut_before:
        return ""
    earlier = f" (before: {number(len(cut_before))})" if before else ""
    if not cut:
        return f"none is cut off any more{earlier}"
    of = f" of {humanize.plural(len(after), 'reply', 'replies')}" if alone or len(after) == 1 else ""
    return f"{number(len(cut))}{of} {'was' if len(cut) == 1 else 'were'} cut off{_limit(cut)}{earlier}"


def cut_limit(view: ResultsView) -> int | None:
    """The tokens at which all replies that were cut now were cut; None where there is no such number."""
    return _length([cut for model in view.models for cut in _cut(_replies(view, model, "head"))])


def none_was_cut(view: ResultsView) -> bool:
    """Whether it is known of every reply, now and before, that no limit ended it."""
    replies = [one for model in view.models for side in _SIDES for one in _replies(view, model, side)]
    return bool(replies) and all(one.finish_reason for one in replies) and not _cut(replies)


def cut_replies(view: ResultsView) -> list[str]:
    """For each model `17 of 30 replies were cut at 40 tokens (before: 10)`; nothing where none is cut now."""
    told = []
    for model in view.models:
        before, after = (_replies(view, model, side) for side in ("base", "head"))
        cut, cut_before = _cut(after), _cut(before)
        if not cut:
            continue
        count = f"{number(len(cut))} of {humanize.plural(len(after), 'reply', 'replies')}"
        line = f"{_with(view, model)}{count} {'was' if len(cut) == 1 else 'were'} cut{_limit(cut)}"
        told.append(line + (f" (before: {number(len(cut_before))})" if before else ""))
    return told


def cut_no_more(view: ResultsView) -> list[str]:
    """For each model `no reply was cut (before: 10 of 30)`; nothing where none was cut before, or some still are."""
    told = []
    for model in view.models:
        before, after = (_replies(view, model, side) for side in ("base", "head"))
        if after and not _cut(after) and (cut_before := _cut(before)):
            count = f"{number(len(cut_before))} of {number(len(before))}"
            told.append(f"{_with(view, model)}no reply was cut (before: {count})")
    return told


def thinking(view: ResultsView) -> list[str]:
    """For each model that says so, the share of its tokens that went into thinking."""
    told = []
    for model in view.models:
        shares = [_thinking_share(_replies(view, model, side)) for side in ("base", "head")]
        before, after = shares
        if after or before:
            words = f"{_with(view, model)}{humanize.percent(after or 0.0)} of the tokens out went into thinking"
            told.append(words + (f" (before: {humanize.percent(before)})" if before is not None else ""))
    return told


def thought_tokens(sample: Sample) -> str:
    """`312 tokens`, or how many characters where nobody counted."""
    if sample.reasoning_tokens:
        return humanize.plural(sample.reasoning_tokens, "token")
    return humanize.plural(len(sample.reasoning), "character")


def _replies(view: ResultsView, model: str, side: Side) -> list[Sample]:
    return [sample for case in view.cases for sample in view.samples(model, side, case) if not sample.error]


def _cut(samples: list[Sample]) -> list[Sample]:
    return [sample for sample in samples if was_cut(sample.finish_reason)]


def _with(view: ResultsView, model: str) -> str:
    return f"with {shorten(model, 80)} " if len(view.models) > 1 else ""


def _limit(cut: list[Sample]) -> str:
    """The limit, where all were cut at one: how it was set, the results do not say."""
    length = _length(cut)
    return f" at {humanize.plural(length, 'token')}" if length else " at their limit of tokens"


def _length(cut: list[Sample]) -> int | None:
    lengths = {sample.output_tokens for sample in cut}
    (length,) = lengths if len(lengths) == 1 else (None,)
    return length


def _thinking_share(samples: list[Sample]) -> float | None:
    counted = [
        (s.reasoning_tokens, s.output_tokens) for s in samples if s.output_tokens and s.reasoning_tokens is not None
    ]
    total = sum(given for _, given in counted)
    return sum(thought for thought, _ in counted) / total if total else None
