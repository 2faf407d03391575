from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from promptops.evals.registry import KINDS
from promptops.model.schemas.export import FORMATS, _by_keys
from promptops.source.yaml.reader import read_yaml
from promptops.source.yaml.validate import validate_node

COMMIT, DIGEST = "4f2a91c0" * 5, "sha256:" + "9be03d7f" * 8
SUBSET = {
    "type", "properties", "required", "additionalProperties", "items", "enum", "anyOf", "minItems", "minimum",
    "maximum", "description", "blank", "anyCase", "pattern", "form", "hint", "otherWords",
    "mainly",
}  # fmt: skip


def plain(value: Any) -> Any:
    """The schema with every mapping as a dict, which validators want."""
    if isinstance(value, Mapping) and "byKey" in value:  # as any validator would say it
        return {"anyOf": [plain(one) for one in _by_keys(dict(value))]}
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


SCHEMAS = {name: plain(form.schema(KINDS)) for name, form in FORMATS.items()}
OURS = {name: form.schema(KINDS) for name, form in FORMATS.items()}


def parts(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    children = [
        *schema.get("properties", {}).values(),
        *schema.get("anyOf", ()),
        schema.get("items"),
        schema.get("additionalProperties"),
    ]
    for child in children:
        if isinstance(child, dict):
            yield from parts(child)


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_json_schema_of_the_subset_the_checker_knows(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])
    for part in parts(SCHEMAS[name]):
        assert set(part) <= SUBSET
        assert {"type", "enum", "anyOf"} & set(part) or set(part) <= {"description"}, part
        assert ("pattern" in part) == ("form" in part) == ("hint" in part), "a pattern is explained in words"
        for option in part.get("anyOf", ()):
            assert "type" in option, "the checker picks a form by its type"
        assert set(part.get("required", ())) <= set(part.get("properties", {}))


DOCUMENTS = {
    "prompt": [
        "messages: [{role: user, content: x}]",
        "messages: [{role: user, content: x}]\ninputs: {a: , b: {type: number, untrusted: true}}\ntestData: f.jsonl",
        "messages: []",
        "messages: [{role: me, content: x}]",
        "messages: [{role: user}]",
        "messages: x",
        "messages: [{role: user, content: x}]\nmodle: x",
        "messages: [{role: user, content: x}]\ninputs: {a: {untrusted: maybe}}",
        "messages: [{role: user, content: x}]\nevaluators: [{threshold: 2}]",
        "[]",
    ],
    "suite": [
        "{prompt: a, testData: [], evaluators: [{string: {equals: x}}]}",
        "{prompt: a, testData: [], evaluators: []}",
        "{prompt: a, testData: [], evaluators: [{string: {equals: x}}], trials: 0}",
        "{prompt: a, testData: 5.5.5, evaluators: [{string: {}}], gates: {a: {atLeast: 2}}}",
    ],
    "project": [
        "{models: {a: {provider: local}}}",
        "{models: {a: {provider: nobody}}}",
        "{budget: {maxCostIncrease: 10%}}",
        "{budget: {maxCostIncrease: []}}",
        "{paths: {prompts: [a, b]}}",
    ],
    "environment": [
        "{pins: {}}",
        "pins:",
        "pins: []",
        f"{{pins: {{a: {{commit: {COMMIT}, digest: {DIGEST}}}}}}}",
        f"{{pins: {{a: {{commit: {COMMIT[:7]}, digest: {DIGEST}}}}}}}",
        f"{{pins: {{a: {{commit: {COMMIT}, digest: {DIGEST[:-1]}}}}}}}",
        f"{{pins: {{a: {{commit: {COMMIT}}}}}}}",
    ],
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in DOCUMENTS.items() for text in texts])
def test_the_checker_agrees_with_an_ordinary_validator(name: str, text: str) -> None:
    node = read_yaml(text)
    ordinary = jsonschema.Draft202012Validator(SCHEMAS[name]).is_valid(node.as_data())
    assert (not list(validate_node(node, OURS[name]))) is ordinary
