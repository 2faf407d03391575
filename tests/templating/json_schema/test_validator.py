from __future__ import annotations

import enum
import json
import socket
import subprocess
import sys
from decimal import Decimal
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.templating.json_schema.validator import (
    BadSchemaError,
    CheckStoppedError,
    compile_schema,
)

EXPLODING = "^([a-z0-9]+[._-]?[a-z0-9]+)*@[a-z]+$"
SLOW = "^(?:(a+)(?!b)|a)+$"  # look-ahead, and as many ways as there are letters


def said(schema: dict[str, Any], value: Any) -> str:
    """Where and what does not fit; empty when all does."""
    found = compile_schema(schema).mismatch(value)
    return "" if found is None else f"{found.place} {found.message}".strip()


@pytest.mark.parametrize(
    ("schema", "value", "words"),
    [
        ({"type": "string"}, 1, "must be string"),
        ({"type": ["string", "null"]}, 1, "must be string or null"),
        ({"enum": ["a", 1, None]}, "b", "must be one of 'a', 1, null"),
        ({"const": "a"}, "b", "must be 'a'"),
        ({"minLength": 2}, "a", "must be at least 2 characters long"),
        ({"maxLength": 2}, "abc", "must be at most 2 characters long"),
        ({"pattern": r"^\d+$"}, "a", r"must fit the pattern ^\d+$"),
        ({"format": "date"}, "a", "must be date"),
        ({"minimum": 2}, 1, "must be at least 2"),
        ({"maximum": 2}, 3, "must be at most 2"),
        ({"exclusiveMinimum": 2}, 2, "must be more than 2"),
        ({"exclusiveMaximum": 2}, 2, "must be less than 2"),
        ({"multipleOf": 0.01}, 0.001, "must be a multiple of 0.01"),
        ({"minItems": 1}, [], "must contain at least 1 item"),
        ({"maxItems": 1}, [1, 2], "must contain at most 1 item"),
        ({"uniqueItems": True}, [1, 1.0], "must contain no item twice"),
        ({"items": {"type": "string"}}, ["a", 1], "[1] must be string"),
        ({"prefixItems": [{"type": "string"}]}, [1], "[0] must be string"),
        ({"prefixItems": [True], "items": False}, [1, 2], "[1] must not be there"),
        ({"contains": {"type": "string"}}, [1], "must contain an item that fits the schema under contains"),
        ({"contains": True, "minContains": 2}, [1], "must contain more items that fit"),
        ({"contains": True, "maxContains": 1}, [1, 2], "must contain fewer items that fit"),
        ({"unevaluatedItems": False}, [1], "must not have the items at "),
        ({"required": ["a", "b"]}, {}, "must have 'a', 'b'"),
        ({"properties": {"a": {"type": "string"}}}, {"a": 1}, ".a must be string"),
        ({"properties": {"a b": {"items": {"type": "string"}}}}, {"a b": [1]}, "['a b'][0] must be string"),
        ({"patternProperties": {"^x": {"type": "string"}}}, {"x1": 1}, ".x1 must be string"),
        ({"additionalProperties": False}, {"a": 1}, "must not have 'a'"),
        ({"unevaluatedProperties": False}, {"a": 1}, "must not have 'a'"),
        ({"propertyNames": {"maxLength": 1}}, {"ab": 1}, "has a name that the schema does not allow: 'ab'"),
        ({"minProperties": 1}, {}, "must contain at least 1 property"),
        ({"maxProperties": 0}, {"a": 1}, "must contain at most 0 properties"),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, "must have 'b' (demanded by dependent"),
        ({"dependencies": {"a": ["b"]}}, {"a": 1}, "must have 'b' (demanded by dependencies)"),
        ({"allOf": [{"type": "string"}]}, 1, "must be string"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, 1, "fits none of the forms that are allowed (anyOf)"),
        ({"oneOf": [{"type": "string"}]}, 1, "fits none of the forms that are allowed (oneOf)"),
        ({"oneOf": [True, True]}, 1, "fits more than one of the forms of which one is allowed (oneOf)"),
        ({"not": {"type": "integer"}}, 1, "fits the form that is ruled out (not)"),
        ({"if": True, "then": {"type": "string"}}, 1, "must be string"),
        ({"contentMediaType": "application/json"}, "{", "must be valid JSON"),
        ({"contentEncoding": "base64"}, "a", "must be encoded by base64"),
        ({"properties": {"a": False}}, {"a": 1}, ".a must not be there"),
    ],
)  # fmt: skip
def test_each_keyword_says_in_our_words_what_does_not_fit(schema: dict[str, Any], value: Any, words: str) -> None:
    assert said(schema, value).startswith(words)


def test_what_is_long_is_cut() -> None:
    assert len(said({"enum": [f"{number}" * 100 for number in range(1000)]}, "x")) < 1200
    assert len(said({"pattern": "a" * 900}, "x")) < 200
    assert len(said({"additionalProperties": False}, {"n" * 10_000: 1})) < 200
    assert len(said({"additionalProperties": {"type": "string"}}, {"n" * 10_000: 1})) < 200


@pytest.mark.parametrize(
    ("draft", "schema", "value", "fits"),
    [
        (4, {"minimum": 2, "exclusiveMinimum": True}, 2, False),
        (7, {"items": [{"type": "string"}], "additionalItems": False}, ["a", 1], False),
        (7, {"prefixItems": [{"type": "string"}]}, [1], True),
        (7, {"$ref": "#/definitions/a", "maxLength": 1, "definitions": {"a": {"type": "string"}}}, "ab", True),
        (None, {"$ref": "#/definitions/a", "maxLength": 1, "definitions": {"a": {"type": "string"}}}, "ab", False),
        (None, {"items": [{"type": "string"}], "additionalItems": False}, ["a", 1], False),
        (None, {"items": [{"type": "string"}], "additionalItems": {"type": "string"}}, ["a", 1], False),
        (None, {"minimum": 2, "exclusiveMinimum": True}, 2, False),
        (None, {"dependencies": {"a": {"required": ["b"]}}}, {"a": 1}, False),
    ],
)
def test_the_draft_is_the_one_of_schema_and_older_forms_hold_without_it(
    draft: int | None, schema: dict[str, Any], value: Any, fits: bool
) -> None:
    named = {"$schema": f"http://json-schema.org/draft-0{draft}/schema#"} if draft else {}
    assert (said({**named, **schema}, value) == "") is fits


def test_in_draft_4_an_exclusive_limit_is_how_the_limit_is_meant() -> None:
    named = {"$schema": "http://json-schema.org/draft-04/schema#"}
    assert said({**named, "exclusiveMinimum": 3}, 1) == ""
    assert said({**named, "minimum": 1, "exclusiveMinimum": 3}, 1) == "must be more than 1"
    assert said({**named, "maximum": 1, "exclusiveMaximum": 0}, 1) == ""


@pytest.mark.parametrize("named", [5, "", "my own", "https://json-schema.org/draft/2020-12/schema/", None])
def test_a_schema_that_names_no_draft_is_read_by_the_newest(named: Any) -> None:
    assert said({"$schema": named, "prefixItems": [{"type": "string"}]}, [1]) == "[0] must be string"


def test_a_recursive_schema_is_followed_as_deep_as_values_go() -> None:
    tree = {"type": "object", "properties": {"next": {"$ref": "#"}}, "unevaluatedProperties": False}
    assert said(tree, {"next": {"next": {}}}) == ""
    assert said(tree, {"next": {"other": {}}}) == ".next must not have 'other'"


@pytest.mark.parametrize(
    "reference", ["http://127.0.0.1:1/x", "file:///etc/hostname", "other.json", "#/nowhere", "#no"]
)
def test_a_reference_out_of_the_schema_is_refused_and_nothing_is_fetched(
    reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("something was fetched"))
    with pytest.raises(BadSchemaError, match="a reference leads"):
        compile_schema({"items": {"$ref": reference}})


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "strin"}, "type: 'strin' is not a type"),
        ({"properties": {"a": {"minLength": "x"}}}, "properties.a.minLength must be integer, and is 'x'"),
        ({"properties": 3}, "properties must be object, and is 3"),
        ({"properties": {"a": "string"}}, "properties.a must be boolean or object, and is 'string'"),
        ({"pattern": "("}, "a pattern is not a regular expression: missing )"),
        ({"const": float("inf")}, "a number that JSON does not have"),
    ],
)
def test_a_schema_that_is_none_is_refused_in_words(schema: dict[str, Any], words: str) -> None:
    with pytest.raises(BadSchemaError) as caught:
        compile_schema(schema)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "flaw",
    [
        {"description": 5}, {"title": [1]}, {"examples": "x"}, {"$comment": {}}, {"deprecated": "yes"}, {"readOnly": 1},
        {"format": 5}, {"$id": 5}, {"$id": "my schema %%"}, {"definitions": 5}, {"$defs": []}, {"required": []},
        {"definitions": {"unused": {"type": "strin"}}}, {"prefixItems": 5}, {"dependentRequired": {"a": "b"}},
        {"prefixItems": [{"type": "strin"}]}, {"unevaluatedProperties": "no"}, {"minContains": "2"}, {"then": 5},
        {"maxLength": 9.5}, {"minItems": -1}, {"uniqueItems": "yes"}, {"contentMediaType": 5}, {"allOf": []},
        {"additionalProperties": "no"}, {"x-own": {"$ref": 5}}, {"default": float("nan")}, {"$anchor": 5},
        {"type": ["string", "string"]}, {"examples": [float("inf")]}, {"dependencies": {"a": ["b", "b"]}},
    ],
)  # fmt: skip
def test_a_flaw_that_was_passed_over_still_is_and_all_else_is_checked(flaw: dict[str, Any]) -> None:
    schema = {"type": "string", "maxLength": 3, **flaw}
    assert said(schema, "ab") == ""
    assert said(schema, 5).startswith("must be string")


class Word(str):
    __slots__ = ()


class Colour(enum.StrEnum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"enum": ["red"]}, Word("red")), ({"enum": ["red"]}, Colour.RED), ({"const": 3}, Level.HIGH),
        ({"required": ["1"], "additionalProperties": {"type": "string"}}, {1: Word("x")}),
        ({"required": ["true", "null", "1.5"]}, {True: 1, None: 1, 1.5: 1}),
        ({"type": "array", "items": {"type": "integer"}}, (1, 2)), ({"type": "number"}, Decimal("1.5")),
        ({"type": "integer"}, 10**400), ({"maximum": 10**400}, 10**399), ({"type": "integer"}, 1.0),
        ({"type": "integer", "minimum": -(2**65)}, -(2**65)), ({"type": "number"}, Decimal("1e400")),
    ],
)  # fmt: skip
def test_values_of_python_are_brought_to_json_first(schema: dict[str, Any], value: Any) -> None:
    assert said(schema, value) == ""


CYCLE: list[Any] = []
CYCLE.append(CYCLE)
DEEP: list[Any] = []
for _ in range(100_000):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("\ud800", "half a character (U+D800 alone)"), ({"a": ["\udfff"]}, "half a character"), ({"\ud800": 1}, "half"),
        (float("nan"), "nan, a number that JSON does not have"), ([float("-inf")], "-inf"), (Decimal("NaN"), "NaN"),
        (Decimal("sNaN"), "sNaN"), (b"x", "type bytes"), ({"a": {1, 2}}, "type set"), (object(), "type object"),
        ({(1, 2): 3}, "a key of the Python type tuple"), (CYCLE, "nested too deeply"), (DEEP, "nested too deeply"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("schema", [{"maxProperties": 5}, {"items": {"$ref": "#"}}, {"enum": [[1]]}, {"minLength": 0}])
def test_what_is_not_json_never_fits_and_is_said(schema: dict[str, Any], value: Any, words: str) -> None:
    assert words in said(schema, value)


def test_a_very_deep_or_large_schema_is_refused_or_compiled_but_no_crash() -> None:
    for word in ("not", "allOf", "items"):
        schema: dict[str, Any] = {"type": "string"}
        for _ in range(5000):
            schema = {word: [schema] if word == "allOf" else schema}
        with pytest.raises(BadSchemaError, match="too deeply"):
            compile_schema(schema)
    wide = {"anyOf": [{"const": number} for number in range(20_000)]}
    assert said(wide, 19_999) == ""


@pytest.mark.parametrize("word", ["allOf", "anyOf", "oneOf"])
@pytest.mark.parametrize("below", [False, True])
def test_references_that_double_at_every_step_are_refused(word: str, below: bool) -> None:
    def doubling(levels: int) -> dict[str, Any]:
        steps = [{"$ref": f"#/$defs/a{level + 1}"} for level in range(levels)]
        parts = [{"items": step} if below else step for step in steps]
        defs = {f"a{level}": {word: [part, part]} for level, part in enumerate(parts)}
        return {"$ref": "#/$defs/a0", "$defs": {**defs, f"a{levels}": {"type": "string"}}}

    with pytest.raises(BadSchemaError, match="its references double so often that a check would not end"):
        compile_schema(doubling(40))
    compile_schema(doubling(5))


def test_many_references_that_do_not_double_are_taken() -> None:
    fields = {f"field{number}": {"$ref": "#/$defs/group"} for number in range(300)}
    group = {"properties": {f"part{number}": {"$ref": "#/$defs/part"} for number in range(300)}}
    recursive = {"anyOf": [{"$ref": "#"}, {"type": "null"}, {"type": "string"}]}
    schema = {"properties": {**fields, "self": recursive}, "$defs": {"group": group, "part": {"type": "string"}}}
    assert said(schema, {"self": {"self": None}, "field1": {"part1": 1}}) == ".field1.part1 must be string"
    chain = {f"a{number}": {"$ref": f"#/$defs/a{number + 1}"} for number in range(200)}
    assert said({"$ref": "#/$defs/a0", "$defs": {**chain, "a200": {"type": "string"}}}, 1) == "must be string"


def test_no_code_is_made_of_a_schema(tmp_path: Any) -> None:
    marker = tmp_path / "ran"
    hostile = f'"+__import__("pathlib").Path({str(marker)!r}).touch()+"'
    for name in (hostile, hostile.replace('"', "'"), "{" + hostile + "}", "x\n" + hostile):
        for schema in ({"properties": {name: {"type": "string"}}}, {"required": [name]}, {"enum": [name]}):
            said(schema, {name: 1})
    assert not marker.exists()


_EXPRESSION = {
    "oneOf": [{"$ref": "#/$defs/sum"}, {"$ref": "#/$defs/product"}, {"type": "number"}],
    "$defs": {
        name: {"required": ["is"], "properties": {"left": {"$ref": "#"}, "is": {"const": name}, "right": {"$ref": "#"}}}
        for name in ("sum", "product")
    },
}


@pytest.mark.parametrize("word", ["oneOf", "anyOf"])
@pytest.mark.parametrize("demand", [{}, {"unevaluatedProperties": False}])
def test_a_deep_value_that_fits_no_alternative_is_answered(word: str, demand: dict[str, Any]) -> None:
    """In a process that a guard would kill: the errors of 60 levels would be 2 to the 60th."""
    schema = {**_EXPRESSION, **demand, word: _EXPRESSION["oneOf"]}
    code = (
        "import json, sys\nfrom promptops.templating.json_schema.validator import compile_schema\nvalue = 'x'\n"
        "for _ in range(60):\n    value = {'is': 'sum', 'left': value, 'right': 1}\n"
        "print(compile_schema(json.loads(sys.argv[1])).mismatch({**value, 'other': 1}).message)"
    )
    command = [sys.executable, "-c", code, json.dumps(schema)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    words = "does not fit the schema" if demand else f"fits none of the forms that are allowed ({word})"
    assert done.stdout.strip() == words


def test_of_many_errors_one_is_made() -> None:
    """All of them would be some hundred megabytes, also those of an alternative."""
    code = (
        "import resource\nfrom promptops.templating.json_schema.validator import compile_schema\n"
        "texts = {'type': 'array', 'items': {'type': 'string'}}\n"
        "made = [compile_schema(texts), compile_schema({'anyOf': [texts, {'type': 'null'}]})]\n"
        "value, before = list(range(300_000)), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print([(found := one.mismatch(value)).place + found.message for one in made])\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024 < 100)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout == "['[0]must be string', 'fits none of the forms that are allowed (anyOf)']\nTrue\n"


@pytest.mark.parametrize("word", ["anyOf", "oneOf"])
def test_alternatives_inside_alternatives_say_the_outermost(word: str) -> None:
    inner = {word: [{"type": "string"}, {"type": "null"}]}
    assert said({"properties": {"a": {word: [inner, {"type": "array"}]}}}, {"a": 1}) == (
        f".a fits none of the forms that are allowed ({word})"
    )
    assert said({"allOf": [{"items": inner}], word: [{"type": "array"}]}, ["a", 1]) == (
        f"[1] fits none of the forms that are allowed ({word})"
    )


# Patterns


def test_a_pattern_that_froze_an_application_is_answered_in_one_pass() -> None:
    """In a process that a guard would kill; backtracking takes longer than the sun shines."""
    code = (
        "from promptops.templating.json_schema.validator import compile_schema\n"
        f"made = compile_schema({{'type': 'string', 'pattern': {EXPLODING!r}}})\n"
        "print(made.is_linear, made.mismatch('a' * 100_000).message[:20], made.mismatch('a.b@c'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout == "True must fit the pattern None\n"


@pytest.mark.parametrize(
    ("pattern", "good", "bad", "linear"),
    [
        (r"^\w+$", "Müller", "a b", True),
        (r"^\d+$", "٣4", "a", True),
        (r"^[^\W\d_]+$", "Müller", "a1", True),
        (r"^.$", "\r", "\n", True),
        (r"(?s)^.$", "\n", "ab", True),
        (r"^a$", "a", "a\n", True),
        (r"a\Z", "ba", "ab", True),
        (r"^a{,3}$", "aa", "aaaa", True),
        (r"^\>$", ">", "a", True),
        (r"^{{x}}$", "{{x}}", "x", True),
        (r"^\p{Lu}", "Ä", "ä", True),
        (r"^(?!x)", "a", "x", False),
        (r"^(a|b)\1$", "aa", "ab", False),
        (r"^(?P<n>a|b)(?P=n)$", "bb", "ba", False),
        (r"^(a)?(?(1)b|c)$", "ab", "ac", False),
        (r"^(?>a+)b$", "aab", "aa", False),
        (r"^a++a?$", "aa", "b", False),
        (r"^(?a:\w)$", "a", "ä", False),
    ],
)
@pytest.mark.parametrize("may_be_killed", [False, True])
def test_patterns_are_read_as_python_does_by_whatever_can_run_them(
    pattern: str, good: str, bad: str, linear: bool, may_be_killed: bool
) -> None:
    for schema, of in (({"pattern": pattern}, str), ({"patternProperties": {pattern: False}}, lambda name: {name: 1})):
        made = compile_schema(schema, may_be_killed=may_be_killed)
        assert made.is_linear is linear
        wants_good = "pattern" in schema
        assert (made.mismatch(of(good)) is None) is wants_good
        assert (made.mismatch(of(bad)) is None) is not wants_good


def test_names_that_only_python_finds_are_known_to_all_keywords() -> None:
    schema = {
        "patternProperties": {"^a++c$": {"type": "string"}, "^a(?=b)": {"type": "integer"}, "^q": True},
        "additionalProperties": False,
    }
    assert said(schema, {"aac": "x", "abx": 1, "q.*": 0}) == ""
    assert said(schema, {"aac": 1}) == ".aac must be string"
    assert said(schema, {"abx": "x"}) == ".abx must be integer"
    assert said(schema, {"other": 1}) == "must not have 'other'"


@pytest.mark.parametrize(
    "schema", [{"pattern": SLOW}, {"not": {"pattern": SLOW}}, {"anyOf": [{"pattern": SLOW}, False]}]
)
def test_a_pattern_without_an_answer_is_neither_a_fit_nor_a_misfit(schema: dict[str, Any]) -> None:
    made = compile_schema(schema)
    with pytest.raises(CheckStoppedError, match=r"the pattern .* took longer than 1 s"):
        made.mismatch("a" * 200 + "!")
    assert (made.mismatch("aaa") is None) is ("not" not in schema)


@pytest.mark.parametrize("pattern", ["a{1000}{1000}", "((a{100}){100}){100}", r"(\w{1,999}x){1,999}"])
def test_a_pattern_too_large_for_the_engines_costs_no_memory_here(pattern: str) -> None:
    assert compile_schema({"pattern": pattern}).mismatch("b") is not None


# Against another implementation

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 4) | st.sampled_from([0.5, 2.0, "", "a", "ab", "ä", "b1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)


def _schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    one, several = inner | st.booleans(), st.lists(inner | st.booleans(), min_size=1, max_size=2)
    named = st.dictionaries(st.sampled_from("abc"), one, max_size=2)
    return st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["string", "integer", "number", "object", "array", "null", "boolean"]),
            "enum": st.lists(_VALUES, min_size=1, max_size=3), "const": _VALUES,
            "minimum": st.integers(-2, 3), "exclusiveMaximum": st.integers(-2, 3), "multipleOf": st.just(2),
            "minLength": st.integers(0, 2), "maxLength": st.integers(0, 2), "pattern": st.sampled_from(["^a", "b$"]),
            "items": one, "prefixItems": several, "contains": one, "minContains": st.integers(0, 2),
            "maxContains": st.integers(0, 2), "uniqueItems": st.booleans(), "minItems": st.integers(0, 2),
            "properties": named, "patternProperties": st.dictionaries(st.sampled_from(["^a", "[bc]"]), one, max_size=2),
            "additionalProperties": one, "unevaluatedProperties": one, "unevaluatedItems": one, "propertyNames": one,
            "required": st.lists(st.sampled_from("abc"), max_size=2, unique=True),
            "dependentRequired": st.dictionaries(st.sampled_from("abc"), st.just(["a"]), max_size=2),
            "dependentSchemas": named, "allOf": several, "anyOf": several, "oneOf": several, "not": one, "if": one,
            "then": one, "else": one, "$ref": st.just("#/$defs/x"), "description": st.just("said"),
        },
    )  # fmt: skip


@given(
    st.recursive(_schemas(st.just({})), _schemas, max_leaves=4), _schemas(st.just({})), st.lists(_VALUES, max_size=5)
)
def test_fits_are_those_of_the_reference_implementation(
    schema: dict[str, Any], definition: dict[str, Any], values: list[Any]
) -> None:
    definition.pop("$ref", None)  # it would lead to itself
    whole = {**schema, "$defs": {"x": definition}}
    reference, ours = jsonschema.Draft202012Validator(whole), compile_schema(whole)
    for value in values:
        assert (ours.mismatch(value) is None) is reference.is_valid(value), (json.dumps(whole), value)
