"""How many replies were cut, how much was thinking, in every face of the results."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from promptops.model.results import Results, Sample
from promptops.report.comment.markdown import comment
from promptops.report.results.html import html
from promptops.report.results.reply_remarks import cut_no_more, cut_replies, thinking
from promptops.report.results.results_view import ResultsView
from promptops.report.results.text import render_text
from tests.report.factory import comparison, first_run, two_models


def changed(results: Results, base: int = 0, head: int = 0, **fields: Any) -> Results:
    """The results where so many replies of each side have these fields."""
    left = {index: base if arm.side == "base" else head for index, arm in enumerate(results.arms)}

    def change(sample: Sample) -> Sample:
        if sample.error or not left[sample.arm]:
            return sample
        left[sample.arm] -= 1
        return replace(sample, **fields)

    return replace(results, samples=tuple(map(change, results.samples)))


def cut(results: Results, base: int, head: int, reason: str = "length", tokens: int | None = 40) -> Results:
    return changed(results, base, head, finish_reason=reason, output_tokens=tokens)


def test_cut_replies_are_counted_beside_those_before() -> None:
    view = ResultsView(cut(comparison(), 10, 17))
    assert cut_replies(view) == ["17 of 23 replies were cut at 40 tokens (before: 10)"]


@pytest.mark.parametrize("reason", ["length", "max_tokens", "MAX_TOKENS"])
def test_a_first_run_has_nothing_before(reason: str) -> None:
    view = ResultsView(cut(first_run(), 0, 1, reason))
    assert cut_replies(view) == ["1 of 23 replies was cut at 40 tokens"]


def test_replies_that_are_cut_no_more_are_told_too() -> None:
    view = ResultsView(cut(comparison(), 10, 0))
    assert (cut_replies(view), cut_no_more(view)) == ([], ["no reply was cut (before: 10 of 22)"])
    assert cut_no_more(ResultsView(cut(comparison(), 10, 1))) == cut_no_more(ResultsView(comparison())) == []


def test_several_limits_are_no_number() -> None:
    mixed = changed(cut(comparison(), 3, 3), 1, 1, output_tokens=50)
    assert cut_replies(ResultsView(mixed)) == ["3 of 23 replies were cut at their limit of tokens (before: 3)"]
    assert "at their limit of tokens" in cut_replies(ResultsView(cut(comparison(), 0, 2, tokens=None)))[0]


def test_several_models_are_told_apart() -> None:
    told = cut_replies(ResultsView(cut(two_models(), 1, 2)))
    assert told == [
        "with small 2 of 23 replies were cut at 40 tokens (before: 1)",
        "with large 2 of 23 replies were cut at 40 tokens (before: 1)",
    ]


@pytest.mark.parametrize("make", [comparison, first_run, two_models])
def test_where_nothing_was_cut_or_thought_nothing_is_said(make: Any) -> None:
    assert cut_replies(ResultsView(make())) == thinking(ResultsView(make())) == []


def test_terminal_comment_and_page_say_it() -> None:
    results = cut(comparison(), 10, 17)
    said = "17 were cut off at 40 tokens (before: 10)."
    assert said in " ".join(render_text(results).split())
    assert said in comment([results]).split("\n")[3]
    assert said in html(results)


def test_the_share_of_thinking_is_counted() -> None:
    results = changed(comparison(), 99, 99, reasoning_tokens=30, output_tokens=40)
    results = changed(results, 0, 99, reasoning_tokens=10)
    said = "25% of the tokens out went into thinking (before: 75%)"
    assert thinking(ResultsView(results)) == [said]
    for face in (render_text(results), comment([results]), html(results)):
        assert said in face


def test_the_comment_folds_what_the_model_thought_below_the_reply() -> None:
    results = changed(comparison(), 99, 99, reasoning="I look it up. </details> @acme", reasoning_tokens=1204)
    text = comment([results])
    assert "<details><summary>thought before it (1,204 tokens)</summary>" in text
    assert text.count("<details>") == text.count("</details>") - text.count("I look it up. </details>")
    assert "I look it up." not in comment([comparison()])
    uncounted = changed(comparison(), 99, 99, reasoning="Hm.")
    assert "thought before it (3 characters)" in comment([uncounted])


def test_the_page_folds_it_without_a_script_too() -> None:
    text = html(changed(comparison(), 99, 99, reasoning="I look it up.", reasoning_tokens=5))
    assert '<details class="thoughts"><summary>thought before it (5 tokens)</summary>' in text
