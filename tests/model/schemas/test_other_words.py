"""Evaluators as other tools call them, and what to write here."""

from __future__ import annotations

import pytest

from promptops.evals.registry import KINDS
from promptops.model.schemas.other_words import instead_of


@pytest.mark.parametrize(
    ("word", "instead"),
    [
        ("regex", "string: {matches: …}"),
        ("notContains", "string: {contains: …, not: true}"),
        ("not-contains", "string: {contains: …, not: true}"),
        ("doesNotContain", "string: {contains: …, not: true}"),
        ("icontains", "string: {contains: …}"),
        ("not-icontains", "string: {contains: …, not: true}"),
        ("icontains-any", "string: {containsAny: […]}"),
        ("contains-all", "string: {containsAll: […]}"),
        ("iequals", "string: {equals: …, ignoreCase: true}"),
        ("starts-with", "string: {startsWith: …}"),
        ("startswith", "string: {startsWith: …}"),
        ("is-json", "json: {}"),
        ("javascript", "python: {file: checks.py, function: …}; checks are written in Python"),
        ("llm-rubric", "judge: {question: …}, a question that yes or no answers"),
        ("similar", "uses: github/similarity, which compares with the case's `expected`"),
        ("is-refusal", "judge: {question: …}, a question that yes or no answers"),
        ("not-is-refusal", "judge: {question: …}, a question that yes or no answers, and `not: true` beside it"),
        ("word-count", "length: {minWords: …, maxWords: …}"),
        ("nmae", ""),
        ("threshhold", ""),
    ],
)
def test_a_word_of_another_tool(word: str, instead: str) -> None:
    assert instead_of("evaluator", word, "") == instead
    assert instead_of("evaluator", "type", word) == instead


@pytest.mark.parametrize(
    ("word", "instead"),
    [
        ("regex", "matches: …"),
        ("notContains", "contains: …, not: true"),
        ("pattern", "matches: …"),
        ("iregex", "matches: …, ignoreCase: true"),
        ("contians", ""),
        ("containsNone", "containsAny: …, not: true"),
        ("contains_none_of", "containsAny: …, not: true"),
        ("noneOf", "containsAny: …, not: true"),
        ("excludes", "contains: …, not: true"),
        ("mustNotContain", "contains: …, not: true"),
        ("shouldContain", "contains: …"),
        ("neq", "equals: …, not: true"),
    ],
)
def test_a_word_below_string(word: str, instead: str) -> None:
    assert instead_of("string", word, "x") == instead


def test_what_is_proposed_exists() -> None:
    for word in (
        "regex",
        "llm-rubric",
        "is-json",
        "javascript",
        "max-cost",
        "max-latency",
        "tool-used",
        "manual",
        "rouge",
    ):
        kind = instead_of("evaluator", word, "").partition(":")[0]
        assert kind in KINDS, word
