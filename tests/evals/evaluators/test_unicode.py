"""Letters are compared as they are read, in every kind; a difference that nobody sees is named."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.model.chat.message import ToolCall
from promptops.model.model_call import Reply

from .fakes import FakeServices, score

ONE, TWO = "café", unicodedata.normalize("NFD", "café")
assert ONE != TWO


@pytest.mark.parametrize(("expected", "reply"), [(ONE, TWO), (TWO, ONE)])
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("string", {"contains": "{}"}),
        ("string", {"equals": "{}"}),
        ("string", {"startsWith": "{}"}),
        ("string", {"endsWith": "{}"}),
        ("string", {"containsAll": ["{}"]}),
        ("string", {"containsAny": ["{}"]}),
        ("string", {"contains": "{}", "ignoreCase": False}),
        ("string", {"contains": "{}", "wholeWord": True}),
        ("string", {"contains": "{{ word }}"}),
        ("string", {"matches": "^{}$"}),
        ("string", {"matches": "^{{ word }}$"}),
        ("length", {"maxCharacters": 4}),
    ],
)
def test_a_text_is_the_same_however_its_letters_are_spelled(
    kind: str, options: dict[str, Any], expected: str, reply: str
) -> None:
    options = {key: json.loads(json.dumps(value).replace("{}", expected)) for key, value in options.items()}
    assert score(kind, options, reply, fields={"word": expected}).passed is True
    assert score(kind, {**options, "not": True}, reply, fields={"word": expected}).passed is False


@pytest.mark.parametrize(("expected", "reply"), [(ONE, TWO), (TWO, ONE)])
@pytest.mark.parametrize(
    "options",
    [{"path": "$.a", "equals": "{}"}, {"path": "$.a", "contains": "{}"}, {"path": "$['{}']", "equals": 1},
     {"path": "$.list", "contains": "{}"}, {"path": "$.list", "equals": ["{}"]}, {"path": "$.group", "contains": "{}"},
     {"path": "$.group", "equals": {"{}": 1}}, {"path": "$.a", "equals": "{{ word }}"}],
)  # fmt: skip
def test_json_is_the_same_however_its_letters_are_spelled(options: dict[str, Any], expected: str, reply: str) -> None:
    options = json.loads(json.dumps(options).replace("{}", expected))
    value = {"a": reply, reply: 1, "list": [reply], "group": {reply: 1}}
    assert score("json", options, json.dumps(value), fields={"word": expected}).passed is True


@pytest.mark.parametrize(("expected", "reply"), [(ONE, TWO), (TWO, ONE)])
def test_calls_choices_and_schemas_are_too(expected: str, reply: str) -> None:
    called = Reply("", (ToolCall(reply, json.dumps({reply: reply})),))
    assert score("tool", {"name": expected, "arguments": {expected: expected}}, called).passed
    assert score("schema", {"schema": {"enum": [expected]}}, json.dumps(reply)).passed
    choices = {"prompt": "?", "choices": [{"choice": expected, "score": 1}]}
    assert score("llm", choices, "x", FakeServices(answers=[f"it is {reply}"])).passed


@pytest.mark.parametrize(
    ("options", "reply", "words"),
    [
        ({"contains": "10 Euro"}, "10\xa0Euro", "a no-break space (U+00A0) where a space was expected"),
        ({"equals": "it's"}, "it’s", "a curly apostrophe (U+2019) where a straight apostrophe was expected"),
        ({"containsAll": ["a", "b c"]}, "a b\xa0c", "a no-break space"),
        ({"containsAny": ["b c"]}, "a b\xa0c", "a no-break space"),
        (
            {"matches": "1. Euro"},
            "10\xa0Euro",
            "should contain something that fits the pattern 1. Euro (the reply has a no-break space (U+00A0) where",
        ),
        ({"matches": "^It's"}, "It’s “so”", "a curly apostrophe (U+2019) where a straight apostrophe was expected"),
        ({"matches": r"\bParis\b"}, "Pa\u200bris", "a zero-width space (U+200B) in it, which nobody sees"),
        ({"contains": "wait..."}, "Wait…", "the reply has an ellipsis (U+2026) for '...'"),
        ({"equals": "fine"}, "\ufb01ne", "the Latin letter 'ﬁ' (U+FB01) for 'fi'"),
        ({"contains": " Paris"}, "Paris", "should contain '␣Paris'"),
        ({"contains": "10\xa0Euro"}, "10 Euro", "'10⍽Euro'"),
    ],
)
def test_a_reason_names_what_nobody_sees(options: dict[str, Any], reply: str, words: str) -> None:
    result = score("string", options, reply)
    assert result.passed is False
    assert words in result.reason


def test_a_reason_about_json_and_calls_names_it_too() -> None:
    reply = json.dumps({"a": "10\xa0Euro"})
    assert "no-break space" in score("json", {"path": "a", "equals": "10 Euro"}, reply).reason
    assert "no-break space" in score("json", {"path": "a", "contains": "10 euro"}, reply).reason
    called = Reply("", (ToolCall("f", reply),))
    assert "no-break space" in score("tool", {"name": "f", "arguments": {"a": "10 Euro"}}, called).reason


@pytest.mark.parametrize(
    "options",
    [
        {"path": "list", "contains": 'say "it\'s"'},
        {"path": "list", "equals": ['say "it\'s"']},
        {"path": "['a b']", "equals": 1},
        {"contains": "a b"},
        {"equals": {"a b": 1, "list": ['say "it\'s"']}},
    ],
)
def test_a_reason_names_it_in_lists_groups_and_names_too(options: dict[str, Any]) -> None:
    reply = json.dumps({"list": ["say “it’s”"], "a\xa0b": 1})
    result = score("json", options, reply)
    assert result.passed is False
    assert "where a" in result.reason


def test_a_reason_names_it_in_what_a_function_is_called_with() -> None:
    called = Reply("", (ToolCall("my\xa0function", json.dumps({"a\xa0b": 1, "l": ["it’s"]})),))
    assert "no-break space" in score("tool", {"name": "my function"}, called).reason
    assert "no-break space" in score("tool", {"arguments": {"a b": 1}}, called).reason
    assert "curly apostrophe" in score("tool", {"arguments": {"l": ["it's"]}}, called).reason


@given(st.text(min_size=1).filter(str.strip))
def test_every_text_equals_its_other_spelling(text: str) -> None:
    options = {"equals": "{{ word }}", "ignoreCase": True}
    fields = {"word": unicodedata.normalize("NFC", text.strip())}
    assert score("string", options, unicodedata.normalize("NFD", text), fields=fields).passed
