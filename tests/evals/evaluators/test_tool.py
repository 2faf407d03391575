from __future__ import annotations

from typing import Any

import pytest

from promptops.errors import PromptError

from .fakes import calls, score

BOOK = {"name": "book", "arguments": {"to": "{{ city }}", "seats": 2}}


@pytest.mark.parametrize(
    ("pairs", "value", "reason"),
    [
        ([("book", '{"to": "Lyon", "seats": 2}')], 1, ""),
        ([("book", '{"to": "Lyon", "seats": 2.0, "class": "first"}')], 1, ""),
        ([("book", '{"to": "lyon", "seats": 2}')], 2 / 3, "argument to should be 'Lyon', is 'lyon'"),
        ([("book", '{"to": "Lyon", "seats": "2"}')], 2 / 3, "argument seats should be 2, is '2'"),
        ([("book", '{"to": "Lyon", "seats": true}')], 2 / 3, "argument seats should be 2, is true"),
        ([("book", '{"seats": 2}')], 2 / 3, "argument to should be 'Lyon', is missing"),
        ([("book", "")], 1 / 3, "argument to should be 'Lyon', is missing; argument seats should be 2, is missing"),
        ([("search", '{"to": "Lyon", "seats": 2}')], 0, "should call book, calls search"),
        ([("search", "{}"), ("book", '{"to": "Lyon", "seats": 2}')], 1, ""),
        ([], 0, "should call book, calls nothing"),
        ([("book", '{"to": "Lyon"')], 0, "the arguments of book are not JSON"),
        ([("book", '["Lyon", 2]')], 0, "not a JSON object"),
        ([("book", "[" * 100_000)], 0, "nested too deeply"),
    ],
)
def test_a_call_with_arguments(pairs: list[tuple[str, str]], value: float, reason: str) -> None:
    result = score("tool", BOOK, calls(*pairs), fields={"city": "Lyon"})
    assert result.value == pytest.approx(value)
    assert result.passed is (value == 1)
    assert reason in result.reason
    assert bool(result.reason) is (value < 1)


@pytest.mark.parametrize(
    ("options", "pairs", "passed"),
    [
        ({"none": True}, [], True),
        ({"none": True}, [("book", "{}")], False),
        ({"none": False}, [("book", "{}")], True),
        ({"none": False}, [], False),
        ({"name": "book"}, [("book", '{"any": 1}')], True),
        ({"name": "book"}, [("book", "{broken")], False),
        ({"arguments": {"q": "x"}}, [("anything", '{"q": "x"}')], True),
        ({"arguments": {"q": {"deep": [1, "{{ city }}"]}}}, [("f", '{"q": {"deep": [1.0, "Lyon"]}}')], True),
        ({"arguments": {"q": "{{ seats }}"}}, [("f", '{"q": 2}')], True),
        ({"arguments": {"q": "{{ seats }}"}}, [("f", '{"q": "2"}')], True),
        ({"arguments": {"q": "2"}}, [("f", '{"q": 2}')], False),
    ],
)
def test_names_none_and_arguments(options: dict[str, Any], pairs: list[tuple[str, str]], passed: bool) -> None:
    assert score("tool", options, calls(*pairs), fields={"city": "Lyon", "seats": 2}).passed is passed


@pytest.mark.parametrize("options", [{}, {"none": True, "name": "book"}, {"none": True, "arguments": {"q": 1}}])
def test_options_that_make_no_sense_are_refused_before_the_run(options: dict[str, Any]) -> None:
    with pytest.raises(PromptError):
        score("tool", options, calls())
