"""Reasons read aloud: a person who knows neither JSON paths nor Python is told what should be, and what is."""

from __future__ import annotations

from typing import Any

import pytest

from promptops.model.model_call import Reply, Usage
from promptops.model.score import Expectation

from .fakes import calls, score

JSON = '{"topic": "notice", "share": 0.333333333333, "place": {"city": null}, "items": [{"price": 1}, {"price": 3}]}'
SCHEMA = {"properties": {"topic": {"enum": ["claim", "other"]}, "place": {"properties": {"city": {"type": "string"}}}}}


@pytest.mark.parametrize(
    ("kind", "options", "reply", "reason"),
    [
        ("json", {"path": "$.topic", "equals": "termination"}, JSON, "topic should be 'termination', is 'notice'"),
        ("json", {"path": "$.place.city", "equals": "Lyon"}, JSON, "place.city should be 'Lyon', is nothing (null)"),
        ("json", {"path": "share", "equals": 0.5}, JSON, "share should be 0.5, is 0.333333"),
        ("json", {"path": "share", "equals": 0.333333}, JSON, "share should be 0.333333, is 0.333333333333"),
        ("json", {"path": "$.items[-1].price", "equals": 4}, JSON, "items[1].price should be 4, is 3"),
        ("json", {"path": "$.owner", "equals": "Ana"}, JSON, "owner should be 'Ana', is missing"),
        ("json", {"path": "$.owner"}, JSON, "owner should be there, is missing"),
        ("json", {"path": "topic", "exists": False}, JSON, "topic should not be there, is 'notice'"),
        ("json", {"path": "topic", "contains": "term"}, JSON, "topic should contain 'term', is 'notice'"),
        ("json", {}, "Sure! {}", "the reply is not JSON: it begins with 'Sure! {}'"),
        ("json", {}, '{\n"a": 1\n"b": 2}', "the reply is not JSON: a comma is missing in line 3 before '\"b\": 2}'"),
        ("schema", {"schema": SCHEMA}, '{"topic": "notice"}', "topic should be one of 'claim', 'other', is 'notice'"),
        ("schema", {"schema": SCHEMA}, '{"place": {"city": null}}', "place.city should be a text, is nothing (null)"),
        ("schema", {"schema": {"required": ["owner"]}}, "{}", "the reply should have 'owner'"),
        ("schema", {"schema": {"additionalProperties": False}}, '{"a": 1}', "the reply should not have 'a'"),
        ("string", {"containsAll": ["Ana", "Tom"]}, "Tom", "should contain 'Ana'"),
        ("string", {"containsAny": ["Ana", "Eve"]}, "Tom", "should contain one of 'Ana', 'Eve'"),
        ("string", {"equals": "yes"}, "no", "should be 'yes'"),
        ("string", {"matches": r"^\d{4}$"}, "x", r"should contain something that fits the pattern ^\d{4}$"),
        ("string", {"contains": "sorry", "not": True}, "sorry", "should not contain 'sorry'"),
        ("length", {"maxSentences": 1}, "One. Two.", "should have at most 1 sentence, has 2"),
        ("length", {"maxWords": 1, "not": True}, "One two", "has 2 words"),
        ("number", {"atLeast": 1000000}, "7", "should contain a number of at least 1000000, contains 7"),
        ("number", {"equals": 1e21}, "none", "should contain 1000000000000000000000, contains no number"),
        ("finish", {"equals": "stop"}, Reply("a", finish_reason="length"),
         "should end by itself, was cut off at the limit of tokens"),
        ("tokens", {"maxOutput": 3}, Reply("a", usage=Usage(9, 40)), "the reply has 40 tokens; at most 3 are allowed"),
        ("latency", {"maxSeconds": 2}, Reply("a", latency=2.5), "took 2.5 s; at most 2 s are allowed"),
        ("tool", {"name": "book", "arguments": {"to": "Lyon"}}, calls(("book", '{"to": null}')),
         "argument to should be 'Lyon', is nothing (null)"),
        ("tool", {"name": "book"}, calls(("search", "{}")), "should call book, calls search"),
        ("tool", {"none": True}, calls(("search", "{}")), "should call no function, calls search"),
        ("tool", {"none": True, "not": True}, Reply("no"), "should not answer without a call"),
    ],
)  # fmt: skip
def test_a_reason_says_what_should_be_and_what_is(
    kind: str, options: dict[str, Any], reply: str | Reply, reason: str
) -> None:
    assert score(kind, options, reply).reason == reason


@pytest.mark.parametrize(
    ("kind", "options", "reply", "expected"),
    [
        ("json", {"path": "$.topic", "equals": "{{ topic }}"}, JSON, ("topic", "termination")),
        ("json", {"path": "items[-1].price", "equals": 4}, JSON, ("items[1].price", "4")),
        ("json", {"path": "topic", "contains": "term"}, JSON, ("topic", "contains 'term'")),
        ("json", {"path": "$.owner"}, JSON, ("owner", "any value")),
        ("json", {"path": "topic", "exists": False}, JSON, ("topic", "not to be there")),
        ("schema", {"schema": SCHEMA}, JSON, ("topic", "one of 'claim', 'other'")),
        ("tool", {"name": "book"}, calls(("search", "{}")), ("function called", "book")),
        ("tool", {"arguments": {"to": "Lyon"}}, calls(("book", '{"to": "Oslo"}')), ("to", "Lyon")),
    ],
)
def test_the_place_that_is_wrong_is_data_too(
    kind: str, options: dict[str, Any], reply: str | Reply, expected: tuple[str, str]
) -> None:
    assert score(kind, options, reply, fields={"topic": "termination"}).expected == (Expectation(*expected),)
    passing = score(kind, {**options, "not": True}, reply, fields={"topic": "termination"})
    assert (passing.passed, passing.expected) == (True, ())
