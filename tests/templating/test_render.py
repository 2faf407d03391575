from __future__ import annotations

import datetime
import enum
import socket
from datetime import date
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptops.errors import RenderError
from promptops.model.chat.message import Message
from promptops.model.chat.message_template import text_message
from promptops.model.prompt import Input, Prompt
from promptops.model.suite import Case
from promptops.templating.closure import ITSELF, Closure
from promptops.templating.limits.meter import MAX_MESSAGE_CHARACTERS
from promptops.templating.render import Renderer
from promptops.templating.value_text import as_text, coerce_to_schema

PATH = PurePosixPath("prompts/a.prompt.yml")


def renderer(content: str, *inputs: Input, templates: dict[str, str] | None = None, plain: bool = False) -> Renderer:
    prompt = Prompt(
        "a", PATH, (text_message("system", "Hi"), text_message("user", content)), inputs=inputs, plain=plain
    )
    paths = [PurePosixPath(path) for path in templates or {}]
    names = {name: str(p) for p in paths for name in (str(p.relative_to("prompts")), f"./{p.name}")}
    return Renderer(Closure(prompt, templates or {}, dict.fromkeys((ITSELF, *map(str, paths)), names)))


def text(content: str, /, **values: Any) -> str:
    """The user message with all values declared as inputs."""
    return renderer(content, *(Input(name) for name in values)).render(values)[1].text


def refusal(made: Renderer, values: dict[str, Any]) -> RenderError:
    with pytest.raises(RenderError) as caught:
        made.render(values)
    return caught.value


def test_messages_keep_their_roles_and_their_last_line_end() -> None:
    made = renderer("Hello {{ x }}\n", Input("x"))
    assert made.render({"x": "Ada"}) == (Message("system", "Hi"), Message("user", "Hello Ada\n"))
    assert text("{% if a %}\n{{ a }}\n{% endif %}\n", a="x") == "\nx\n\n", "no line is taken away"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("é\n", "é\n"),
        (True, "true"),
        (False, "false"),
        (None, ""),
        (3, "3"),
        (1.5, "1.5"),
        (["a", 1, True, None], '["a", 1, true, null]'),
        ({"é": [1]}, '{"é": [1]}'),
        ((1, 2), "[1, 2]"),
        ([], "[]"),
        ([datetime.date(2026, 1, 2)], '["2026-01-02"]'),
        (datetime.date(2026, 1, 2), "2026-01-02"),
    ],
)
def test_values_become_text_as_people_write_them(value: Any, shown: str) -> None:
    assert as_text(value) == shown
    assert text("<{{ a }}>", a=value) == f"<{shown}>"
    assert renderer("<{{a}}>", plain=True).render({"a": value})[1].content == f"<{shown}>"


@given(
    st.text()
    | st.lists(st.sampled_from(["{{", "}}", "{%", "%}", "{#", "#}", "a", "\n", "\r\n", "\\", "{% raw %}"])).map("".join)
)
@settings(deadline=None)
def test_any_value_comes_out_as_it_went_in(value: str) -> None:
    assert ROUND_TRIP.render({"a": value})[1].content == f"<{value}>[{value}]{value}\n"
    assert PLAIN.render({"a": value})[1].content == f"<{value}>{{% 5"


ROUND_TRIP = renderer(
    '<{{ a }}>{% include "b.j2" %}{% set b = a %}{{ b }}\n', Input("a"), templates={"prompts/b.j2": "[{{ a }}]"}
)
PLAIN = renderer("<{{a}}>{% 5", plain=True)


def test_a_missing_value_names_the_input() -> None:
    problem = refusal(renderer("{{ a }}{{ b }}", Input("a"), Input("b")), {"a": 1})
    assert str(problem) == "a: the input 'b' has no value"
    assert "'b'" in problem.hint


def test_an_unknown_value_is_refused_with_the_list() -> None:
    problem = refusal(renderer("{{ a }}", Input("a"), Input("b")), {"a": 1, "b": 2, "c": 3})
    assert str(problem) == "a: no input is called 'c'"
    assert problem.hint == "the inputs are: a, b"


@pytest.mark.parametrize(("default", "shown"), [("x", "x"), (None, ""), (0, "0"), (False, "false")])
def test_a_default_is_always_passed(default: Any, shown: str) -> None:
    made = renderer("<{{ a }}>", Input("a", required=False, default=default))
    assert made.render({})[1].content == f"<{shown}>"
    assert made.render({"a": "given"})[1].content == "<given>"
    assert made.render({"a": None})[1].content == "<>"


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        ({"type": "string"}, 5, "the input 'a' does not fit: the value must be string"),
        ({"type": "string"}, None, "must be string"),
        ({"type": "number"}, "5", "must be number"),
        ({"enum": ["x", "y"]}, "z", "must be one of 'x', 'y'"),
        ({"type": "array", "items": {"type": "string"}}, ["a", 1], "the value[1] must be string"),
        ({"type": "string", "maxLength": 2}, "abc", "must be at most 2 characters long"),
        ({"$ref": "#/definitions/s", "definitions": {"s": {"type": "string"}}}, 1, "must be string"),
    ],
)
def test_a_value_that_does_not_fit_its_schema_is_refused(schema: dict[str, Any], value: Any, message: str) -> None:
    assert message in str(refusal(renderer("{{ a }}", Input("a", schema)), {"a": value}))


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "strin"}, {"pattern": "("}, {"properties": 3}, {"allOf": 3}, {"enum": 3}, {"minimum": "1"},
        {"$ref": "#/definitions/none"}, {"multipleOf": 0}, {"const": float("inf")},
    ],
)  # fmt: skip
def test_a_schema_that_is_none_is_no_crash(schema: dict[str, Any]) -> None:
    assert "JSON Schema" in str(refusal(renderer("{{ a }}", Input("a", schema)), {"a": 1}))


@pytest.mark.parametrize(
    "reference", ["https://example.org/s.json", "file:///etc/hostname", "http://127.0.0.1:1/x", "s.json", "ftp://x/y"]
)
def test_a_schema_reaches_no_file_and_no_network(reference: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("the schema was fetched")

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    for schema in (
        {"$ref": reference},
        {"type": "object", "properties": {"x": {"$ref": reference}}},
        {"$id": reference, "$ref": "t.json"},
    ):
        problem = refusal(renderer("{{ a }}", Input("a", schema)), {"a": {"x": 1}})
        assert "JSON Schema is not valid" in str(problem)
        assert "was fetched" not in str(problem)


@pytest.mark.parametrize(
    ("field", "kind", "shown"),
    [
        ("5", "integer", "5"), ("1.50", "number", "1.5"), ("true", "boolean", "true"), (2024, "string", "2024"),
        (True, "string", "true"), ("x", "string", "x"), (5, "number", "5"), (["a"], "array", '["a"]'),
        ('["a", 1]', "array", '["a", 1]'), (' {"b": [1]} ', "object", '{"b": [1]}'), ("[]", "array", "[]"),
        ('["a"]', ["array", "null"], '["a"]'), ("", ["array", "null"], ""), ("null", ["object", "null"], ""),
        ('["a"]', "string", '["a"]'), ('["a"]', ["array", "string"], '["a"]'), ("5", ["integer", "array"], "5"),
        ("TRUE", "boolean", "true"), ("False", "boolean", "false"), (" 7 ", "integer", "7"),
        ("", ["integer", "null"], ""),
        (5, ["string", "null"], "5"), (5, ["string", "integer"], "5"), ("1e21", "number", "1e+21"),
    ],
)  # fmt: skip
def test_a_field_of_a_case_takes_the_type_of_its_input(field: Any, kind: Any, shown: str) -> None:
    made = renderer("{{ a }}", Input("a", {"type": kind}))
    assert made.render_case(Case("c", {"a": field, "expected": "not an input"}))[1].content == shown


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("five", "integer"),
        ("1.5", "integer"),
        ("010", "number"),
        ("yes", "boolean"),
        ("[" * 99999, "number"),
        (None, "string"),
        ("5", "array"),
        ("{}", "array"),
        ("", "array"),
        ("3,50", "number"),
        ("1e400", "number"),
        ("NaN", "number"),
        ("wahr", "boolean"),
    ],
)
def test_a_field_that_is_no_such_value_is_refused(field: Any, kind: str) -> None:
    with pytest.raises(RenderError, match="'a' does not fit"):
        renderer("{{ a }}", Input("a", {"type": kind})).render_case(Case("c", {"a": field}))


@pytest.mark.parametrize(
    ("field", "kind", "words"),
    [
        ("a, b", "array", "a list, written as JSON (character 1 is wrong)"),
        ("['a']", "array", "a list, written as JSON (character 2 is wrong)"),
        ('["a",', ["array", "null"], "a list, written as JSON (character 6 is wrong)"),
        ("{a: 1}", "object", "a group of fields, written as JSON (character 2 is wrong)"),
        ("x", ["object", "array"], "a list or a group of fields, written as JSON (character 1 is wrong)"),
        ('{"a": 1, "a": 2}', "object", "a group of fields, written as JSON (the key 'a' stands twice)"),
        ("[1e400]", "array", "a list, written as JSON (1e400 is too large for a number)"),
    ],
)
def test_a_cell_that_should_be_json_and_is_not_is_named_with_its_case(field: str, kind: Any, words: str) -> None:
    case = Case("c", {"a": field}, path=PurePosixPath("evals/c.csv"), line=7)
    with pytest.raises(RenderError) as caught:
        renderer("{{ a }}", Input("a", {"type": kind})).render_case(case)
    assert caught.value.args[0] == f"the input 'a' does not fit: it must be {words}"
    assert caught.value.where == "evals/c.csv:7"
    assert '["a", "b"]' in caught.value.hint


@pytest.mark.parametrize(
    ("field", "choices", "shown"),
    [("1", [1, 2], 1), (1, ["1", "2"], "1"), ("true", [True], True), ("3", [1], "3"), ("1", ["1", 1], "1")],
)
def test_a_field_takes_the_type_of_the_choice_that_is_written_like_it(field: Any, choices: Any, shown: Any) -> None:
    found = coerce_to_schema(field, {"enum": choices})
    assert (found, type(found)) == (shown, type(shown))


@pytest.mark.parametrize(
    ("field", "schema", "value"),
    [
        ('["a"]', {"anyOf": [{"type": "array"}, {"type": "object"}]}, ["a"]),
        ('{"a": 1}', {"oneOf": [{"type": "object"}, {"type": "null"}]}, {"a": 1}),
        ("", {"anyOf": [{"type": "object"}, {"type": "null"}]}, None),
        ("3", {"anyOf": [{"type": "integer"}, {"type": "null"}]}, 3),
        ('["a"]', {"anyOf": [{"type": "array"}, {"type": "string"}]}, '["a"]'),
        ('["a"]', {"anyOf": [{"type": "array"}, {"maxLength": 9}]}, '["a"]'),
        ('{"a": 1}', {"properties": {"a": {}}}, {"a": 1}),
        ('["a"]', {"items": {"type": "string"}}, ["a"]),
        ("[a]", {"items": {"type": "string"}}, "[a]"),
        ("text", {"properties": {"a": {}}}, "text"),
    ],
)
def test_a_cell_with_json_fills_what_the_schema_describes_in_other_words(
    field: str, schema: dict[str, Any], value: Any
) -> None:
    assert coerce_to_schema(field, schema) == value


def test_a_case_without_a_needed_field_is_refused() -> None:
    with pytest.raises(RenderError, match="'a' has no value"):
        renderer("{{ a }}", Input("a")).render_case(Case("c", {"b": 1}))


def test_a_plain_prompt_takes_all_fields_of_a_case() -> None:
    made = renderer("{{x}} {{ y }}", plain=True)
    assert made.render_case(Case("c", {"x": 1, "y": "{{x}}", "expected": 2}))[1].content == "1 {{x}}"
    with pytest.raises(RenderError, match="no value for 'y'") as caught:
        made.render_case(Case("c", {"x": 1}))
    assert caught.value.where == "prompts/a.prompt.yml (user message)"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{{ b }}", "'b' is undefined"),
        ("{{ a.b }}", "has no attribute 'b'"),
        ("{% if b %}x{% endif %}", "'b' is undefined"),
        ("{{ b ~ 'x' }}", "'b' is undefined"),
        ("{{ a.__class__ }}", "unsafe"),
        ("{{ a['__class__'] }}", "unsafe"),
        ("{{ (a|attr('__class__')).mro() }}", ""),
        ("{{ a.__class__.__mro__[1].__subclasses__() }}", "unsafe"),
        ("{{ '{0.__class__}'.format(a) }}", "unsafe"),
        ("{{ self.__init__.__globals__ }}", "unsafe"),
        ("{{ range.__globals__ }}", "unsafe"),
        ("{{ [].append(1) }}", "unsafe"),
        ("{{ range(10**9) }}", "Range too big"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ a + 1 }}", "cannot use these values"),
        ("{{ a | map('upper') }}", "these values: a list that was not joined: add |join(', ')"),
        ("{{ [a | map('upper')] }}", "a list that was not joined"),
        ("{{ range(3) }}", "a list that was not joined"),
        ("{{ a.upper }}", "'upper' is a function: write upper() with brackets"),
        ("{{ {'items': 1}.items }}", "or ['items'] for a field of that name"),
        ("{% macro m() %}x{% endmacro %}{{ m }}", "write m() with brackets"),
        ("{{ namespace(x=1) }}", "'Namespace' is not a value"),
        ("{{ [b] }}", "'b' is undefined"),
        ("{{ a | random }}", "No filter named 'random'"),
        ("{{ lipsum() }}", "'lipsum' is undefined"),
        ("{{ 'a' * 600000000 }}", "a text of more than 10,000,000 characters"),
        ("{{ 600000000 * a }}", "a text of more than 10,000,000 characters"),
        ("{% set b = 'a' * 600000000 %}", "a text of more than 10,000,000 characters"),
        ("{{ [a] * 600000000 }}", "a list of more than 1,000,000 items"),
        ("{{ 9 ** (9 ** 9) }}", "thousands of digits"),
        ("{{ (9 ** 4000) * (9 ** 4000) }}", "thousands of digits"),
        ("{{ a | nosuchfilter }}", "nosuchfilter"),
        ("{{ a", "not a template"),
        ("{% include 'none.j2' %}", "no template is called 'none.j2'"),
        ("{% if 1e400 > 1 %}x{% endif %}", "a number in the template is too large"),
        ("{% set x | replace(a, 'b') %}y{% endset %}", "not a template"),
        ("{% macro m(a, a) %}{% endmacro %}", "not a template"),
        ("{% if a %}" * 400 + "{% endif %}" * 400, "too deep"),
        ("{% for x in a %}" * 30 + "{% endfor %}" * 30, "too deep"),
    ],
)
def test_what_cannot_or_must_not_run_is_a_render_error(content: str, message: str) -> None:
    with pytest.raises(RenderError) as caught:
        text(content, a="text")
    assert message in str(caught.value)
    assert "prompts/a.prompt.yml (user message)" in caught.value.where


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("{{ '=' * 20 }}", "=" * 20), ("{{ 3 * a }}", "xxx"), ("{{ 2 ** 10 * 3 }}", "3072"),
        ("{{ [1] * 2 }}", "[1, 1]"), ("{{ 2 ** -1 }}", "0.5"),
        ("{{ 1.5 * 2 }}", "3.0"), ("{{ 1 ** 99999 }}", "1"), ("{{ 0 * 2 ** 6000 }}", "0"),
    ],
)  # fmt: skip
def test_products_and_powers_in_bounds_are_what_they_were(content: str, shown: str) -> None:
    assert text(content, a="x") == shown


def test_values_cannot_be_changed_by_a_template() -> None:
    value = {"x": [1]}
    with pytest.raises(RenderError, match="unsafe"):
        text("{{ a.x.append(2) }}", a=value)
    with pytest.raises(RenderError, match="unsafe"):
        text("{{ a.update(y=1) }}", a=value)
    assert value == {"x": [1]}


def test_an_endless_message_is_refused() -> None:
    with pytest.raises(RenderError, match="a text of more than 10,000,000 characters"):
        text("{{ a }}{{ a }}", a="x" * (MAX_MESSAGE_CHARACTERS // 2 + 1))


def test_a_broken_include_names_the_message() -> None:
    made = renderer('{% include "b.j2" %}', templates={"prompts/b.j2": "{{ nope }}"})
    assert "'nope' is undefined" in str(refusal(made, {}))


def test_includes_macros_and_inheritance_work() -> None:
    templates = {
        "prompts/base.j2": "<{% block body %}base{% endblock %}>",
        "prompts/lib/m.j2": "{% macro bold(x) %}**{{ x }}**{% endmacro %}",
        "prompts/lib/part.j2": '{% from "./m.j2" import bold %}{{ bold(a) }}',
    }
    made = renderer(
        '{% extends "base.j2" %}{% block body %}{% include "lib/part.j2" %}{{ super() }}{% endblock %}',
        Input("a"), templates=templates,
    )  # fmt: skip
    assert made.render({"a": "x"})[1].content == "<**x**base>"


def test_evaluator_texts_use_the_prompts_mode() -> None:
    fields = {"owner": "Ada {{ x }}", "n": True}
    jinja, plain = renderer("x"), renderer("x", plain=True)
    for made in (jinja, plain):
        assert made.text("by {{ owner }}, {{n}}", fields) == "by Ada {{ x }}, true"
        assert made.text("no braces", fields) == "no braces"
        with pytest.raises(RenderError, match="none"):
            made.text("{{ none_such }}", fields)
    assert jinja.text("{% if n %}yes{% endif %}", fields) == "yes"
    assert plain.text("{% if n %}yes{% endif %}", fields) == "{% if n %}yes{% endif %}"
    with pytest.raises(RenderError):
        jinja.text('{% include "../../.env" %}', fields)


# Values and patterns that an application meets


@pytest.mark.parametrize("schema", [{"type": "string"}, {"description": "any"}, {}, {"maxLength": 9}])
@pytest.mark.parametrize(
    ("value", "words"), [("\ud800", "half a character"), (float("nan"), "nan"), (float("inf"), "inf"), (b"x", "bytes")]
)
def test_what_is_not_json_is_an_error_that_names_the_input(schema: dict[str, Any], value: Any, words: str) -> None:
    problem = str(refusal(renderer("{{ a }}", Input("a", schema)), {"a": value}))
    assert "the input 'a' does not fit: the value" in problem
    assert words in problem or "must be string, not" in problem
    if not schema.get("type"):
        assert words in str(refusal(renderer("{{ a }}", Input("a", schema)), {"a": [{"x": value}]}))


class Colour(enum.Enum):
    RED = "red"


@pytest.mark.parametrize("schema", [{"type": "array"}, {"items": {"enum": ["red"]}}, {"maxItems": 5}])
def test_an_enum_in_a_list_is_an_error_that_names_the_input(schema: dict[str, Any]) -> None:
    """The library takes it for its value; the template would be told of the Enum, and know no text for it."""
    problem = str(refusal(renderer("{{ a }}", Input("a", schema)), {"a": ["red", Colour.RED]}))
    assert "the input 'a' does not fit: the value is or holds something of the Python type Colour" in problem


class Name(str):
    __slots__ = ()


@pytest.mark.parametrize(
    ("schema", "value", "shown"),
    [
        ({"type": "string", "maxLength": 3}, Name("Ada"), "Ada"),
        ({"type": "object", "required": ["1"]}, {1: "x"}, '{"1": "x"}'),
        ({"type": "array"}, (1, 2), "[1, 2]"),
        ({"type": "number"}, Decimal("1.50"), "1.50"),
        ({}, Decimal("19.99"), "19.99"),
        ({"items": {"type": "number"}}, [Decimal("19.99"), Decimal(2)], "[19.99, 2.0]"),
        ({"description": "a day"}, date(2026, 11, 30), "2026-11-30"),
        ({}, date(2026, 11, 30), "2026-11-30"),
    ],
)
def test_a_value_is_rendered_as_it_was_given(schema: dict[str, Any], value: Any, shown: str) -> None:
    assert renderer("{{ a }}", Input("a", schema)).render({"a": value})[1].content == shown


def test_a_pattern_that_froze_an_application_is_answered() -> None:
    schema = {"type": "string", "pattern": "^([a-z0-9]+[._-]?[a-z0-9]+)*@[a-z]+$"}
    made = renderer("{{ a }}", Input("a", schema))
    assert "must fit the pattern" in str(refusal(made, {"a": "a" * 20_000}))
    assert made.render({"a": "a.b@c"})[1].content == "a.b@c"


@pytest.mark.parametrize(
    "pattern", [r"^\w+\Z", r"^(?P<n>M).*(?<!x)$", r"^\w{,9}$", r"^(M)?(?(1)\w|x)", r"^(?!x)(?>M)", ".+r"]
)
def test_a_pattern_that_was_served_is_served(pattern: str) -> None:
    made = renderer("{{ a }}", Input("a", {"type": "string", "description": 5, "pattern": pattern}))
    assert made.render({"a": "Müller"})[1].content == "Müller"
    assert "must fit the pattern" in str(refusal(made, {"a": "-"}))


def test_a_pattern_that_takes_too_long_is_an_error_that_names_the_input_and_the_next_value_is_served() -> None:
    made = renderer("{{ a }}", Input("a", {"type": "string", "pattern": "^(?:(a+)(?!b)|a)+$"}))
    problem = str(refusal(made, {"a": "a" * 200 + "!"}))
    assert "the input 'a' does not fit" in problem
    assert "took longer than 1 s" in problem
    assert made.render({"a": "aaa"})[1].content == "aaa"


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"prefixItems": [{"type": "string"}]}, [1]),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}),
        ({"unevaluatedProperties": False}, {"a": 1}),
        ({"contains": True, "minContains": 2}, [1]),
        ({"$ref": "#/$defs/t", "maxLength": 1, "$defs": {"t": {"type": "string"}}}, "ab"),
    ],
)
def test_keywords_of_the_newer_drafts_are_enforced(schema: dict[str, Any], value: Any) -> None:
    refusal(renderer("{{ a }}", Input("a", schema)), {"a": value})
