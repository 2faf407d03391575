"""What is to be said of a model's replies together: how many were cut, and how much of them was thinking."""

from __future__ import annotations

from promptops.model.chat.finish_reason import was_cut
from promptops.model.results import Sample, Side
from promptops.report.results.results_view import ResultsView
from promptops.text import humanize
from promptops.text.sanitize import number, shorten


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
    lengths = {sample.output_tokens for sample in cut}
    (length,) = lengths if len(lengths) == 1 else (None,)
    return f" at {humanize.plural(length, 'token')}" if length else " at their limit of tokens"


def _thinking_share(samples: list[Sample]) -> float | None:
    counted = [
        (s.reasoning_tokens, s.output_tokens) for s in samples if s.output_tokens and s.reasoning_tokens is not None
    ]
    total = sum(given for _, given in counted)
    return sum(thought for thought, _ in counted) / total if total else None
