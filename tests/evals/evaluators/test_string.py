from __future__ import annotations

import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.errors import PromptError
from promptops.evals.evaluators import text_pattern
from promptops.text.comparable import comparable

from .fakes import FakeServices, score

# What GitHub's own runner says: operator, reply, case, passed. It strips the reply and lowers all but `equals`.
GITHUB: list[tuple[dict[str, Any], str, dict[str, Any], bool]] = [
    ({"contains": "world"}, "hello world", {}, True),
    ({"contains": "world"}, "hello there", {}, False),
    ({"contains": "WORLD"}, "hello World", {}, True),
    ({"contains": "{{expected}}"}, "hello world", {"expected": "world"}, True),
    ({"contains": "{{expected}}"}, "hello world", {"expected": "goodbye"}, False),
    ({"contains": "{{n}}"}, "it is 42", {"n": 42}, True),
    ({"contains": "{"}, '{"title": 1}', {}, True),
    ({"contains": " world"}, "hello world", {}, True),
    ({"contains": " world"}, "helloworld", {}, False),
    ({"equals": "exact"}, "exact", {}, True),
    ({"equals": "exact"}, "  exact\n", {}, True),
    ({"equals": "exact"}, "Exact", {}, False),
    ({"equals": "exact"}, "not exact", {}, False),
    ({"equals": "exact\n"}, "exact", {}, False),
    ({"equals": "{{expected}}"}, "", {"expected": ""}, True),
    ({"startsWith": "Hello"}, "\n hello world", {}, True),
    ({"startsWith": "world"}, "hello world", {}, False),
    ({"endsWith": "WORLD"}, "hello world \n", {}, True),
    ({"endsWith": "hello"}, "hello world", {}, False),
    # The first in the order equals, contains, startsWith, endsWith is looked at; an empty one counts as not given.
    ({"endsWith": "x", "contains": "hello"}, "hello", {}, True),
    ({"contains": "hello", "equals": "other"}, "hello", {}, False),
    ({"equals": "", "contains": "hello"}, "hello you", {}, True),
]


@pytest.mark.parametrize(("options", "reply", "fields", "passed"), GITHUB)
def test_means_what_it_means_in_githubs_format(
    options: dict[str, Any], reply: str, fields: dict[str, Any], passed: bool
) -> None:
    result = score("string", options, reply, fields=fields)
    assert (result.passed, result.value) == (passed, float(passed))
    assert bool(result.reason) is not passed


@pytest.mark.parametrize(
    ("options", "reply", "value"),
    [
        ({"equals": "Exact", "ignoreCase": True}, "eXACT", 1),
        ({"contains": "Paris", "ignoreCase": False}, "paris", 0),
        ({"contains": "STRASSE"}, "die Straße", 1),
        ({"contains": "x", "not": True}, "abc", 1),
        ({"contains": "B", "not": True}, "abc", 0),
        ({"equals": "", "not": True}, "abc", 1),
        ({"containsAny": ["x", "B"]}, "abc", 1),
        ({"containsAny": ["x", "y"]}, "abc", 0),
        ({"containsAny": ["x", "B"], "not": True}, "abc", 0),
        ({"containsAny": ["x", "y"], "not": True}, "abc", 1),
        ({"containsAll": ["a", "B"]}, "abc", 1),
        ({"containsAll": ["a", "x", "y", "c"]}, "abc", 0.5),
        ({"containsAll": ["a", "x"], "not": True}, "abc", 1),
        ({"containsAll": ["a", "b"], "not": True}, "abc", 0),
        ({"matches": r"^\d{4}-\d{2}$"}, " 2026-11\n", 1),
        ({"matches": r"\d+x"}, "12", 0),
        ({"matches": "[A-Z]"}, "abc", 0),
        ({"matches": "[A-Z]", "ignoreCase": True}, "abc", 1),
        ({"matches": "b", "not": True}, "abc", 0),
        ({"matches": "x", "not": True}, "abc", 1),
        ({"contains": "art", "wholeWord": True}, "a party", 0),
        ({"contains": "art", "wholeWord": True}, "party art.", 1),
        ({"contains": "C++", "wholeWord": True}, "C++11 and C++", 1),
        ({"contains": "11", "wholeWord": True}, "711", 0),
        ({"contains": "e", "wholeWord": True}, "e\u0332", 0),
        ({"containsAll": ["art", "pop"], "wholeWord": True}, "pop party", 0.5),
        ({"containsAny": ["art", "pop"], "wholeWord": True}, "pop party", 1),
        ({"startsWith": "yes", "wholeWord": True}, "yesterday", 0),
        ({"startsWith": "yes", "wholeWord": True}, "Yes, it is", 1),
        ({"endsWith": "no", "wholeWord": True}, "casino", 0),
        ({"endsWith": "no", "wholeWord": True}, "no", 1),
    ],
)
def test_our_own_operators(options: dict[str, Any], reply: str, value: float) -> None:
    result = score("string", options, reply)
    assert result.value == value
    assert result.passed is (value == 1)
    assert bool(result.reason) is (value < 1)


@pytest.mark.parametrize(
    ("pattern", "reply", "passed"),
    [
        ("^{{ code }}$", "A+1 (b)", True),
        ("^{{ code }}$", "AA1 b", False),
        (r"\b{{code}}-\d+", "see A+1 (b)-7", True),
        ("{{ code }}|{{ n }}", "it is 7", True),
        (r"\{\{ code", "{{ code }}", True),
    ],
)
@pytest.mark.parametrize("jinja", [False, True])
def test_a_pattern_is_filled_with_what_means_its_characters(
    pattern: str, reply: str, passed: bool, jinja: bool
) -> None:
    fields = {"code": "A+1 (b)", "n": 7}
    assert score("string", {"matches": pattern}, reply, FakeServices(jinja=jinja), fields=fields).passed is passed


def test_a_pattern_filled_with_nothing_is_an_error() -> None:
    assert score("string", {"matches": "{{ e }}"}, "abc", fields={"e": ""}).status == "error"
    assert score("string", {"matches": "{{ gone }}"}, "abc", fields={}).status == "error"


@given(value=st.text(), around=st.text())
def test_any_value_in_a_pattern_means_its_characters(value: str, around: str) -> None:
    filled = text_pattern.fill_pattern("^{{ e }}b", FakeServices(), {"e": value})
    assert re.match(filled, comparable(f"{value}b{around}"))


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [
        ("(ok", "quote it"),
        ("(?<n>x)", "(?P<n>…)"),
        (r"\p{L}+", "[^\\W\\d_]"),
        (r"(?P<n>x)\k<n>", "(?P=n)"),
        (r"x\z", r"\Z"),
        ("x(?i)y", "ignoreCase"),
        ("[[:digit:]]+", r"\d"),
        (".*", "matches nothing at all"),
        ("a*|b?", "matches nothing at all"),
        ("x{{ y", "{{ field }}"),
    ],
)
def test_what_python_would_write_instead(pattern: str, hint: str) -> None:
    with pytest.raises(PromptError) as caught:
        score("string", {"matches": pattern}, "abc")
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    "pattern", [".*", "^.*", ".*$", "(.*)", "(?:a?)", "a*|b", "^", "$", r"\s*", "[a-z]*?", "x{0,3}"]
)
def test_a_pattern_that_every_reply_fits_is_refused(pattern: str) -> None:
    with pytest.raises(PromptError, match="fits every text"):
        score("string", {"matches": pattern}, "abc")


@pytest.mark.parametrize("pattern", ["(((a?){1000}){1000}){1000}", "(a?|b?)" * 60 + "c", "((((a*)*)*)*)*b"])
def test_looking_at_a_pattern_takes_no_time_whatever_it_says(pattern: str) -> None:
    assert list(text_pattern.pattern_problems(pattern, ignore_case=False)) == []


@pytest.mark.parametrize(
    "pattern",
    [
        r"^.*$",
        r"x(a|b*)",
        r"\(.*\)",
        r"[|]",
        r"a|b",
        r"a\|b*",
        r"(?=a)",
        r"^[^<>]*$",
        r"^.{0,200}$",
        r"(?<!foo)$",
        r"\A(?!.*foo)",
        r"(?m)^\s*$",
        r"x+",
        r"^$",
    ],
)
def test_a_pattern_that_some_replies_do_not_fit_is_used(pattern: str) -> None:
    assert score("string", {"matches": pattern}, "a reply").status == "scored"


def test_says_what_is_missing() -> None:
    assert score("string", {"containsAll": ["when", "where"]}, "When?").reason == "should contain 'where'"
    assert score("string", {"startsWith": "{{who}}"}, "x", fields={"who": "Ana"}).reason == "should begin with 'Ana'"
    assert "white space" in score("string", {"equals": "a "}, "a").reason


@pytest.mark.parametrize("options", [{"contains": "{{e}}"}, {"startsWith": "{{e}}"}, {"containsAny": ["a", "{{e}}"]}])
def test_an_empty_text_is_an_error_because_every_reply_would_pass(options: dict[str, Any]) -> None:
    result = score("string", options, "abc", fields={"e": ""})
    assert (result.status, result.passed) == ("error", None)


def test_a_field_the_case_does_not_have_is_an_error_not_a_fail() -> None:
    result = score("string", {"contains": "{{nobody}}"}, "abc")
    assert (result.status, result.passed) == ("error", None)
    assert "nobody" in result.reason


def test_braces_in_a_value_are_text() -> None:
    services = FakeServices(jinja=True)
    fields = {"e": "{{ secret }}", "secret": "s3"}
    assert score("string", {"contains": "{{ e }}"}, "a {{ secret }} b", services, fields=fields).passed
    assert score("string", {"contains": "{{ e }}"}, "a s3 b", services, fields=fields).passed is False


@pytest.mark.parametrize(
    "options",
    [{}, {"not": True}, {"matches": "("}, {"matches": ""}, {"matches": "{{ x"}, {"containsAny": []},
     {"contains": "a", "matches": "b"}, {"equals": "a", "containsAll": ["b"]}, {"contains": ""}, {"startsWith": ""},
     {"containsAny": ["a", ""]}, {"equals": "a", "wholeWord": True},
     {"matches": "a", "wholeWord": True}, {"matches": "(?<n>x)"}],
)  # fmt: skip
def test_options_that_make_no_sense_are_refused_before_the_run(options: dict[str, Any]) -> None:
    with pytest.raises(PromptError, match="evaluator 'the criterion'"):
        score("string", options, "abc")


@pytest.mark.parametrize("pattern", ["(a+)+$", "^(a|a)*$", "(a|aa)+$", "^(.*a){20}$"])
def test_a_pattern_that_would_run_for_ever_is_an_error(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_pattern, "_SECONDS", 0.2)
    started = time.monotonic()
    result = score("string", {"matches": pattern}, "a" * 5000 + "!")
    assert (result.status, result.passed) == ("error", None)
    assert "longer than 0.2 s" in result.reason
    assert time.monotonic() - started < 10


@given(reply=st.text(), needle=st.text())
def test_never_raises_and_agrees_with_python(reply: str, needle: str) -> None:
    result = score("string", {"contains": "{{e}}"}, reply, fields={"e": needle})
    if needle:
        assert result.passed is (needle.casefold() in reply.strip().casefold())
    else:
        assert result.status == "error"
    inverted = score("string", {"contains": "{{e}}", "not": True}, reply, fields={"e": needle})
    assert inverted.passed is (None if result.passed is None else not result.passed)
