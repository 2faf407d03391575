from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.errors import PromptError
from promptops.evals.evaluators import schema
from promptops.templating.json_schema.reply_check import reply_problem
from promptops.templating.json_schema.validator import compile_schema

from .fakes import FakeServices, prompt, score
from .test_json import ANY_JSON

SCHEMA = {
    "type": "object",
    "properties": {
        "items": {"type": "array", "items": {"type": "object", "required": ["price"],
                                             "properties": {"price": {"type": "number"}}}},
        "tone": {"enum": ["warm", "cool"]},
        "with default": {"type": "integer", "default": 3},
    },
    "required": ["items"],
    "additionalProperties": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ('{"items": []}', ""),
        ('{"items": [{"price": 1}, {"price": 2.5}], "tone": "warm"}', ""),
        ('{"items": [{"price": 1}, {"price": "x"}]}', "items[1].price should be a number, is 'x'"),
        ('{"items": [{}]}', "items[0] should have 'price'"),
        ('{"items": [], "tone": "hot"}', "tone should be one of 'warm', 'cool', is 'hot'"),
        ("{}", "the reply should have 'items'"),
        ('{"items": [], "more": 1}', "the reply should not have 'more'"),
        ("[]", "the reply should be a group of fields, is a list"),
        ("Sure! {}", "the reply is not JSON"),
        ('```json\n{"items": []}\n```', "fence"),
        ("[" * 100_000, "nested"),
    ],
)
def test_says_in_plain_words_what_does_not_fit(reply: str, reason: str) -> None:
    own = score("schema", {"schema": SCHEMA}, reply)
    assert (own.status, own.passed) == ("scored", not reason)
    assert reason in own.reason
    assert score("schema", {}, reply, of=prompt(schema=SCHEMA)) == own


def test_without_any_schema_it_is_an_error() -> None:
    result = score("schema", {}, "{}")
    assert (result.status, result.passed) == ("error", None)
    assert "jsonSchema" in result.reason


@pytest.mark.parametrize("schema", [{"type": "nonsense"}, {"pattern": "("}, {"properties": 3}, {"$ref": "#/nowhere"}])
def test_a_schema_that_is_none_is_refused_before_the_run_and_an_error_in_the_prompt(schema: dict[str, Any]) -> None:
    with pytest.raises(PromptError, match="JSON Schema is not valid"):
        score("schema", {"schema": schema}, "{}")
    assert score("schema", {}, "{}", of=prompt(schema=schema)).status == "error"


@pytest.mark.parametrize("scheme", ["file", "FILE", "http", "ftp", "data", "gopher"])
def test_a_reference_reads_no_file_and_no_address(scheme: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text('{"type": "string"}', "utf-8")
    with pytest.raises(PromptError, match="leads out of the schema"):
        score("schema", {"schema": {"$ref": f"{scheme}://{secret}"}}, '"x"')


def test_references_inside_the_schema_work() -> None:
    tree = {"type": "object", "properties": {"next": {"$ref": "#"}}, "additionalProperties": False}
    assert score("schema", {"schema": tree}, '{"next": {"next": {}}}').passed
    assert score("schema", {"schema": tree}, '{"next": {"other": {}}}').passed is False


def test_a_value_deeper_than_python_can_follow_is_a_reason_not_a_crash() -> None:
    validate = compile_schema({"type": "object", "properties": {"next": {"$ref": "#"}}})
    deep: dict[str, Any] = {}
    for _ in range(5000):
        deep = {"next": deep}
    assert reply_problem(validate, deep) == "the reply is nested too deeply"


def test_patterns_are_checked() -> None:
    schema = {"type": "object", "properties": {"day": {"type": "string", "pattern": "^[a-z]+$"}}}
    assert score("schema", {"schema": schema}, '{"day": "mon"}').passed
    result = score("schema", {"schema": schema}, '{"day": "1"}')
    assert result.passed is False
    assert result.reason.startswith("day should fit the pattern ^[a-z]+$, is '1'")


@pytest.mark.parametrize("pattern", ["^(?:(a+)(?!b)|a)+$", r"^(?>x?)(?:(a|aa)+)+b$"])
def test_a_pattern_that_would_run_for_ever_is_an_error(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "_SECONDS", 0.2)
    result = score("schema", {"schema": {"type": "string", "pattern": pattern}}, json.dumps("a" * 5000 + "!"))
    assert (result.status, result.passed) == ("error", None)


def test_a_pattern_that_froze_its_reader_is_answered() -> None:
    own = score("schema", {"schema": {"type": "string", "pattern": "^(a+)+$"}}, json.dumps("a" * 100_000 + "!"))
    assert (own.status, own.passed) == ("scored", False)


@pytest.mark.parametrize(
    ("demand", "good", "bad"),
    [
        ({"prefixItems": [{"type": "string"}]}, ["a"], [1]),
        ({"dependentRequired": {"card": ["address"]}}, {"card": 1, "address": 2}, {"card": 1}),
        ({"dependentSchemas": {"a": {"required": ["b"]}}}, {"a": 1, "b": 1}, {"a": 1}),
        ({"properties": {"a": {}}, "unevaluatedProperties": False}, {"a": 1}, {"b": 1}),
        ({"prefixItems": [True], "unevaluatedItems": False}, [1], [1, 2]),
        ({"contains": {"type": "string"}, "minContains": 2}, ["a", "b"], ["a", 1]),
        ({"contains": {"type": "string"}, "maxContains": 1}, ["a", 1], ["a", "b"]),
        ({"$ref": "#/$defs/text", "maxLength": 2, "$defs": {"text": {"type": "string"}}}, "ab", "abc"),
        ({"$defs": {"a": {"$anchor": "text", "type": "string"}}, "$ref": "#text"}, "a", 1),
    ],
)
@pytest.mark.parametrize("draft", [None, "https://json-schema.org/draft/2020-12/schema"])
def test_keywords_of_the_drafts_of_2019_and_2020_are_enforced(
    demand: dict[str, Any], good: Any, bad: Any, draft: str | None
) -> None:
    own = {**demand, "$schema": draft} if draft else demand
    assert score("schema", {"schema": own}, json.dumps(good)).passed is True
    assert score("schema", {"schema": own}, json.dumps(bad)).passed is False
    assert score("schema", {}, json.dumps(bad), of=prompt(schema=own)).passed is False
    assert score("schema", {"schema": own}, json.dumps(bad), services=FakeServices(untrusted=True)).passed is False


def test_a_schema_of_a_fork_that_cannot_be_read_is_an_error() -> None:
    result = score("schema", {"schema": {"type": "strin"}}, "1", services=FakeServices(untrusted=True))
    assert (result.status, result.passed) == ("error", None)


@given(st.text() | ANY_JSON.map(json.dumps))
def test_never_raises(reply: str) -> None:
    assert score("schema", {"schema": SCHEMA}, reply).passed is not None


@pytest.mark.parametrize("levels", [40, 5])
def test_references_that_double_at_every_step_stop_a_fork_and_nobody_else(
    levels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "_SECONDS", 0.5)
    defs: dict[str, Any] = {f"a{level}": {"allOf": [{"$ref": f"#/$defs/a{level + 1}"}] * 2} for level in range(levels)}
    hostile = {"$ref": "#/$defs/a0", "$defs": {**defs, f"a{levels}": {"type": "integer"}}}
    result = score("schema", {"schema": hostile}, "1", services=FakeServices(untrusted=True))
    assert result.status == ("error" if levels == 40 else "scored")


def test_a_pattern_of_a_fork_that_is_large_uses_no_memory_here() -> None:
    own = {"anyOf": [{"pattern": f"(a{{{number}}}){{999}}"} for number in range(900, 999)]}
    result = score("schema", {"schema": own}, '"b"', services=FakeServices(untrusted=True))
    assert (result.status, result.passed) in [("scored", False), ("error", None)]
