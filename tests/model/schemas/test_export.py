"""What editors are told is what the readers do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import promptops
from promptops.evals.registry import KINDS
from promptops.model.schemas.export import FORMATS, json_schema
from promptops.source.yaml.reader import Node, read_yaml
from promptops.source.yaml.validate import UNKNOWN_KEY, drop_blank_keys, validate_node
from tests.model.schemas.test_formats import COMMIT, DIGEST, DOCUMENTS, parts

jsonschema: Any = import_module("jsonschema")  # has no types
Schema = dict[str, Any]

ROOT = Path(promptops.__file__).parents[1]
STARTER = Path(str(files("promptops.workflows") / "starter"))
FULL_PROMPT = Path(__file__).with_name("full.prompt.yml")
STANDARD = {
    "$schema", "$comment", "title", "description", "type", "properties", "required", "additionalProperties", "items",
    "enum", "anyOf", "minItems", "minimum", "maximum", "pattern", "patternErrorMessage",
}  # fmt: skip

VALIDATORS = {name: jsonschema.Draft7Validator(json_schema(name, KINDS)) for name in FORMATS}


def fits(name: str, text: str) -> bool:
    """What an editor says to the file."""
    return bool(VALIDATORS[name].is_valid(read_yaml(text).as_data()))


def is_read(name: str, text: str) -> bool:
    """What the reader says: the form alone, without what only a whole project can show."""
    node, schema = read_yaml(text), FORMATS[name].schema(KINDS)
    drop_blank_keys(node, schema)
    tolerated = UNKNOWN_KEY if name == "prompt" else ""
    return all(problem.code == tolerated for problem in validate_node(node, schema))


@pytest.mark.parametrize("name", FORMATS)
def test_a_schema_is_draft_7_in_standard_words(name: str) -> None:
    schema = json_schema(name, KINDS)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema.Draft7Validator.check_schema(schema)
    for part in parts(schema):
        assert set(part) <= STANDARD
    json.dumps(schema)


@pytest.mark.parametrize("name", ["prompt", "suite", "environment"])
def test_an_editor_has_words_for_every_key(name: str) -> None:
    for part in parts(json_schema(name, KINDS)):
        for key, value in part.get("properties", {}).items():
            assert value.get("description"), key


def test_another_name_is_no_format() -> None:
    with pytest.raises(KeyError):
        json_schema("results", KINDS)


def own_files() -> Iterator[tuple[str, Path]]:
    for folder in (ROOT, STARTER):
        yield "project", folder / "promptops.yml"
        for name, pattern in (("prompt", "prompts/**/*.prompt.yml"), ("suite", "evals/**/*.eval.yml")):
            found = sorted(folder.glob(pattern))
            assert found, f"{folder}/{pattern}"
            yield from ((name, path) for path in found)
    yield "prompt", FULL_PROMPT


OWN = list(own_files())


@pytest.mark.parametrize(("name", "path"), OWN, ids=lambda value: getattr(value, "name", value))
def test_our_own_files_fit(name: str, path: Path) -> None:
    text = path.read_text("utf-8")
    assert list(VALIDATORS[name].iter_errors(read_yaml(text).as_data())) == []
    assert is_read(name, text)


TABLE = [
    *((name, text) for name, texts in DOCUMENTS.items() for text in texts),
    # texts without quotes
    ("prompt", "name: 2024\nmodel: 4.10\nmessages: [{role: user, content: true}]"),
    ("suite", "{prompt: 7, testData: 5.5, evaluators: [{string: {equals: 1}}], name: }"),
    # keys without a value
    ("prompt", "messages: [{role: user, content: x}]\nname:\ntestData:\nresponseFormat:\ntools:\njsonSchema:"),
    ("prompt", "messages: [{role: user, content: x}]\nevaluators: [{name: , string: {contains: , equals: x}, llm: }]"),
    ("prompt", "messages: [{role: user, content: x}]\nevaluators: [{llm: {prompt: , choices: []}}]"),
    ("prompt", "messages: [{role: user, content: }]"),
    ("prompt", "messages: [{role: , content: x}]"),
    ("prompt", "messages: [{role: user, content: x}]\ninputs:"),
    ("prompt", "messages: [{role: user, content: x}]\npromptops:"),
    ("suite", "{prompt: a, testData: [], evaluators: [{string: {}}], trials: }"),
    # capitals
    ("prompt", "messages: [{role: SYSTEM, content: x}, {role: Assistant, content: x}]"),
    ("prompt", "messages: [{role: users, content: x}]"),
    ("prompt", "messages: [{role: superuser, content: x}]"),
    ("prompt", "messages: [{role: user, content: x}]\nresponseFormat: Text"),
    # keys of other tools
    ("prompt", "messages: [{role: user, content: x, note: y}]\nversion: 2"),
    ("suite", "{prompt: a, testData: [], evaluators: [{string: {equals: x}, note: y}]}"),
    ("environment", "{pins: {}, note: x}"),
    ("environment", "pins: # none"),
    ("environment", "pins: none"),
    # bounds
    ("suite", "{prompt: a, testData: [], evaluators: [{latency: {maxSeconds: -1}}]}"),
    ("suite", "{prompt: a, testData: [], evaluators: [{threshold: 0, length: {maxWords: 0}}]}"),
    ("environment", f"{{pins: {{a: {{commit: {COMMIT}, digest: {DIGEST}, rollout: }}}}}}"),
    ("environment", f"{{pins: {{a: {{commit: main, digest: {DIGEST}}}}}}}"),
    ("environment", f"{{pins: {{a: {{commit: 1234567, digest: {DIGEST}}}}}}}"),
]


@pytest.mark.parametrize(("name", "text"), TABLE)
def test_what_the_readers_take_fits_and_what_they_refuse_does_not(name: str, text: str) -> None:
    assert fits(name, text) is is_read(name, text)


def test_the_table_has_both_kinds_for_every_format() -> None:
    assert {(name, is_read(name, text)) for name, text in TABLE} == {(n, ok) for n in FORMATS for ok in (True, False)}


@pytest.mark.parametrize(
    ("name", "text", "an_editor_takes_it"),
    [
        ("suite", "{prompt: a, testData: [], evaluators: [{string: {}}], trials: 3.0}", True),
        ("environment", f"{{pins: {{a: {{commit: {'1' * 38}e4, digest: {DIGEST}}}}}}}", False),
    ],
)
def test_they_differ_where_the_docstring_says_so(name: str, text: str, an_editor_takes_it: bool) -> None:
    assert fits(name, text) is an_editor_takes_it
    assert is_read(name, text) is not an_editor_takes_it


WORDS = st.text("abcxyzé {}-/@:1", max_size=6)
NUMBERS = st.integers(-2, 120) | st.floats(-2, 120).filter(lambda number: not number.is_integer())
ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=2),
    max_leaves=4,
)


@st.composite
def almost(draw: st.DrawFn, schema: Schema) -> Any:
    """A value that fits `schema`, but for a slip here and there."""
    slip = draw(st.integers(0, 24))
    if slip == 24 or not {"anyOf", "enum", "type"} & set(schema):
        return draw(ANYTHING)
    if slip == 23 and schema.get("blank"):
        return None
    if "anyOf" in schema:
        return draw(almost(draw(st.sampled_from(schema["anyOf"]))))
    if "byKey" in schema:
        return draw(almost(draw(st.sampled_from([*schema["byKey"].values(), schema["otherwise"]]))))
    if "enum" in schema:
        word = draw(st.sampled_from(schema["enum"]))
        return draw(st.sampled_from([word, word, word.title(), word.upper()]))
    if schema["type"] == "array":
        least = schema.get("minItems", 0)
        return draw(st.lists(almost(schema.get("items", {})), min_size=0 if slip == 22 else least, max_size=2))
    if schema["type"] == "object":
        return draw(_group(schema, slip))
    if "pattern" in schema:
        return draw(st.sampled_from([COMMIT, DIGEST]))
    kinds = {"string": WORDS | NUMBERS, "boolean": st.booleans(), "null": st.none(), "integer": st.integers(-1, 9)}
    return draw(kinds.get(schema["type"], NUMBERS))


@st.composite
def _group(draw: st.DrawFn, schema: Schema, slip: int) -> Any:
    properties, other = schema.get("properties", {}), schema.get("additionalProperties", True)
    keys = [key for key in schema.get("required", []) if draw(st.integers(0, 19)) < 19]
    if properties:
        keys += [key for key in draw(st.lists(st.sampled_from(sorted(properties)), max_size=3)) if key not in keys]
    group = {key: draw(almost(properties[key])) for key in keys}
    if isinstance(other, dict) or slip == 22:
        group |= draw(st.dictionaries(WORDS, almost(other if isinstance(other, dict) else {}), max_size=2))
    return group


@pytest.mark.parametrize("name", FORMATS)
def test_no_file_is_taken_by_one_and_refused_by_the_other(name: str) -> None:
    seen = set()

    @settings(max_examples=120, deadline=None)
    @example({})
    @given(almost(FORMATS[name].schema(KINDS)))
    def compare(value: Any) -> None:
        text = json.dumps(value)  # JSON is YAML
        assert fits(name, text) is is_read(name, text), text
        seen.add(fits(name, text))

    compare()
    assert seen == {True, False}, "the values tried are of one kind only"


def some(kind: str, **more: Any) -> Schema:
    return {"type": kind, **more}


# What the schema that editors fetch for `.prompt.yml` today asks for, in words of our own. It allows further keys in
# every group, and says nothing of roles, of parameters but these, or of evaluators but `string`.
FILLED = some("string", minLength=1)
OTHERS_EXPECT = some(
    "object",
    required=["messages"],
    properties={
        "name": FILLED,
        "description": some("string"),
        "model": FILLED,
        "modelParameters": some(
            "object",
            properties={
                "temperature": some("number"), "top_p": some("number"), "max_tokens": some("integer", minimum=1),
            },
        ),
        "messages": some(
            "array",
            minItems=1,
            items=some("object", required=["role", "content"], properties={"role": FILLED, "content": FILLED}),
        ),
        "testData": some("array", items=some("object")),
        "evaluators": some(
            "array",
            items=some(
                "object",
                required=["name"],
                properties={
                    "name": FILLED,
                    "string": some(
                        "object",
                        properties=dict.fromkeys(("equals", "contains", "startsWith", "endsWith"), some("string")),
                    ),
                },
            ),
        ),
    },
)  # fmt: skip


@pytest.mark.parametrize("path", [path for name, path in OWN if name == "prompt"], ids=lambda path: path.name)
def test_our_prompts_please_the_editors_of_today(path: Path) -> None:
    data = read_yaml(path.read_text("utf-8")).as_data()
    # Histories, examples and parts have no place in that schema: an editor that uses it underlines these.
    data["messages"] = [one for one in data["messages"] if isinstance(one.get("content"), str)]
    assert list(jsonschema.Draft7Validator(OTHERS_EXPECT).iter_errors(data)) == []


def test_the_full_prompt_has_every_key_but_those_of_kinds_that_it_has_no_example_of() -> None:
    def missing(nodes: list[Node], schema: Schema, place: str) -> Iterator[str]:
        for key, value in schema.get("properties", {}).items():
            below = [child for node in nodes if (child := node.get(key)) is not None]
            if not below and place == "evaluators." and key in KINDS:
                continue
            if not below and place != "evaluators." and key == "not":  # every kind may have it; one example is enough
                continue
            if not below:
                yield f"{place}{key}"
            items = [item for child in below if child.kind == "sequence" for item in child.value]
            yield from missing(items if "items" in value else below, value.get("items", value), f"{place}{key}.")
        if isinstance(other := schema.get("additionalProperties"), dict):
            for option in other.get("anyOf", [other]):
                yield from missing([child for node in nodes for _, child in node.items()], option, f"{place}*.")

    assert list(missing([read_yaml(FULL_PROMPT.read_text("utf-8"))], FORMATS["prompt"].schema(KINDS), "")) == []
