"""Which regular expressions can take for ever, and which are none."""

from __future__ import annotations

import pytest

from promptops.lint.json_schema.regex_checks import broken, explodes


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+", "^(a*)*$", r"(\w+\s?)*", "([a-z]+)*b", "(?:a+)+", "(x|a+)+", "((a+)+)", "(a+b?)+", "(a*b*)*", "(a{2,})+",
     "(a+)+?", r"(?P<word>\w+)*", "([]a]+)+", r"([\]a]+)*", "(.*)*", "(a+){2,}", "((ab)+)+", "(^a+)+"],
)  # fmt: skip
def test_a_repeated_repetition_explodes(pattern: str) -> None:
    assert explodes(pattern)


@pytest.mark.parametrize(
    "pattern",
    ["", "a+", "(a)+", "(ab+)+", r"(\w+\.)*\w+", "^[a-z]+(-[a-z]+)*$", "(a+)", "(a+)?", "(a+){2}", "(a+){0,3}",
     "[(a+)+]", r"\(a+\)+", "(a?)+", "(a+b+)+", r"^\d{4}-\d{2}$", "a)", "(", "[", "\\", "(a|b)*",
     "(?=a+)b", "(a{,3})*"],
)  # fmt: skip
def test_others_do_not(pattern: str) -> None:
    assert not explodes(pattern)


@pytest.mark.parametrize("pattern", ["(", "[a", "a**", r"\d{2,1}", "(?P<a", "(?<a"])
def test_a_broken_expression_is_said(pattern: str) -> None:
    assert broken(pattern)


@pytest.mark.parametrize("pattern", ["", "a", r"\d+", r"^\p{Lu}", "(?<word>a)", "[[a]", r"[\w-]+"])
def test_one_that_only_another_dialect_reads_is_none_of_ours(pattern: str) -> None:
    assert not broken(pattern)


@pytest.mark.parametrize("piece", ["(", ")", "[", "(a+)", "(a+", "\\", "|", "(?:", "{", "a{1,", "(a|", "+", "*"])
def test_one_sign_again_and_again_has_an_answer(piece: str) -> None:
    assert isinstance(explodes(piece * 20_000), bool)
