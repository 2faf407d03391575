"""Which regular expressions can take for ever, and which are none."""

from __future__ import annotations

import pytest

from promptops.lint.json_schema.regex_checks import broken, explodes, not_linear


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+", "^(a*)*$", r"(\w+\s?)*", "([a-z]+)*b", "(?:a+)+", "(x|a+)+", "((a+)+)", "(a+b?)+", "(a*b*)*", "(a{2,})+",
     "(a+)+?", r"(?P<word>\w+)*", "([]a]+)+", r"([\]a]+)*", "(.*)*", "(a+){2,}", "((ab)+)+", "(^a+)+",
     "(a|aa)+$", "(x+x+)+y", "(a?){40}a{40}", "(.*,)*x", "(a{,3})*", r"(\d+|\w+)*x", "(a|a)*b", "(a(?:b?|c?))*x",
     "(.*a){20}", r"(?<=x)(a|aa)+$", "(?=(a+)+b)c", r"(.|\s+)*x", "([a-zA-Z0-9_.-]+)*@", r"(\p{L}+)*x", r"(a+)+\1",
     ".*a.*b.*c.*d", r"(\w*\d*)*!", "(a|b|ab)*c", "(?:(?:a)+)+", "(?i)(a|Aa)+x", "(?s)(.|\n+)*x", "(?<w>a+)+",
     "a?" * 40 + "a" * 40, "(?:a|b|ab)" * 60 + "c", "[a-z]?" * 30 + "!", r"(?:\d?\w?){9}" * 3 + "!",
     "([ab]{1,40}){1,40}c", "(é|é+)*x", "(?>a+)+(b|bb)+c"],
)  # fmt: skip
def test_a_repeated_repetition_explodes(pattern: str) -> None:
    assert explodes(pattern)


@pytest.mark.parametrize(
    "pattern",
    ["", "a+", "(a)+", "(ab+)+", r"(\w+\.)*\w+", "^[a-z]+(-[a-z]+)*$", "(a+)", "(a+)?", "(a+){2}", "(a+){0,3}",
     "[(a+)+]", r"\(a+\)+", "(a?)+", "(a+b+)+", r"^\d{4}-\d{2}$", "a)", "(", "[", "\\", "(a|b)*",
     "(?=a+)b", r"\b\d{1,3}(,\d{3})*(\.\d+)?\b", r"(?:\d{4}){5}", r"(\w{64})*", r"^\s*\{.*\}\s*$",
     "(?<!not )sorry", "refund.*30 days.*receipt", "^(?:[A-Z][a-z]+ )+[A-Z][a-z]+$", r'"(?:[^"\\]|\\.)*"',
     r"(\w+ )*\w+$", r"https?://\S+", r"(?:[a-z0-9]+\.)+[a-z]{2,}", r"^(#+ .*\n)+", r"^- .+(\n- .+)*$",
     r"(\d{1,3}\.){3}\d{1,3}", r"([A-Z]{1,2}\d?){2,5}", "^(?!.*(?:sorry|cannot)).*$", r"(.)\1{4}",
     r"[\w.+-]+@[\w-]+\.[\w.]+", r"^(\w|\d)+$", "(?i)(a|A)+x",
     "(?:(?:a|b)(?:c|d)?)" * 20, "https?://(?:www)?x?y?z?",
     "(?:colou?rs?|grey|gray|greys?|analy[sz]e|cent(?:er|re)s?|labell?ed|travell?ers?)(?: (?:one|two))?",
     "a?b?c?d?e?f?g?h?i?j?k?l?m?n?",
     "|".join(f"word{n}s?" for n in range(9)), r"\w{1,10}", r"\d?\d?\d?:\d?\d",
     "(" + "|".join(f"word{n}" for n in range(60)) + ")+"],
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


@pytest.mark.parametrize("pattern", ["(a+)+" + "x?" * 600, "(a|aa)+$" + "|b" * 200_000])
def test_an_expression_is_not_safe_because_it_is_long(pattern: str) -> None:
    assert explodes(pattern)


def test_a_long_list_of_words_is_no_repetition() -> None:
    assert not explodes("|".join(f"word{number}" for number in range(20_000)))


@pytest.mark.parametrize(
    ("pattern", "part"),
    [
        ("(?=a)b", "a look-around"), ("(?<!a)b", "a look-around"), (r"\p{L}(?!x)", "a look-around"),
        (r"(a)\1", "a back-reference"), ("(?P<n>a)(?P=n)", "a back-reference"),
        ("(?>a)", "a construct that only Python reads"), ("(a)?(?(1)b|c)", "a construct that only Python reads"),
    ],
)  # fmt: skip
def test_what_keeps_a_pattern_from_being_linear_is_named(pattern: str, part: str) -> None:
    assert not_linear(pattern) == part


@pytest.mark.parametrize("pattern", ["", "(a+)+", r"^\w+\Z", "a{,3}", r"\p{L}", "(?P<n>a)", "[(?=]", r"\(?=", "("])
def test_other_patterns_are_linear_or_none(pattern: str) -> None:
    assert not not_linear(pattern)
