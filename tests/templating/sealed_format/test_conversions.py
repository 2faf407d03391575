"""Only prompts in which the two rules can differ need format 3, and all others render the same by both."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

import pytest

from promptops.errors import RenderError
from promptops.model.chat.message_template import text_message
from promptops.model.prompt import Input, Prompt
from promptops.templating.closure import Closure, needed_format
from promptops.templating.render import Renderer
from promptops.templating.sealed_format.conversions import TextConversion, find_conversions
from tests.pins.sealed_examples import ALL, FILES

TEMPLATES = {path: text for path, text in FILES.items() if path.endswith(".j2")}
NAMES = {path.removeprefix("prompts/"): path for path in TEMPLATES}
EXAMPLES = {
    path.removeprefix("prompts/").removesuffix(".prompt.yml"): text
    for path, text in FILES.items()
    if "/text-" not in path
}
TEXT = {"type": "string"}
OR_NULL = {"type": ["string", "null"]}
GROUP = {"type": "object", "properties": {"name": TEXT, "age": {"type": "number"}, "note": OR_NULL}}


def prompt(text: str, **inputs: Any) -> Prompt:
    found = tuple(Input(name, schema) for name, schema in inputs.items())
    return Prompt("p", PurePosixPath("p"), (text_message("user", text),), inputs=found)


def form(text: str, **inputs: Any) -> int:
    used = {path: TEMPLATES[path] for name, path in NAMES.items() if name in text}
    return needed_format(prompt(text, **inputs), used)


@pytest.mark.parametrize(
    "text",
    [
        "{{ x }}",
        "{{ x | upper }}{{ x ~ 'a' }}{{ x | e }}{{ x | string }}",
        "{{ x | replace('a', x) | trim | title }}",
        "{{ '%s and %s' % (x, x) }}{{ '%s' | format(x) }}{{ '{}'.format(x) }}",
        "{{ x + 'a' }}{{ x[1:] | upper }}{{ x[0] ~ x }}",
        "{% set y = x %}{{ y | upper }}",
        "{% set y %}{{ x }}{% endset %}{{ y | upper }}",
        "{% filter upper %}{{ x }}{% endfilter %}",
        "{% for c in x %}{{ c | upper }}{{ loop.index ~ '. ' }}{% endfor %}",
        "{% with y = x %}{{ y ~ x }}{% endwith %}",
        "{{ x | default('none') | upper }}",
        "{{ (x if x else 'none') ~ '!' }}",
        "{{ (x or 'none') | upper }}",
        "{{ x | length ~ ' letters' }}",
        "{% macro m(a, b='c') %}{{ a | upper }}{{ b ~ a }}{% endmacro %}{{ m(x) }}{{ m(x, b=x) | trim }}",
        "{% macro m() %}{{ caller(x) }}{% endmacro %}{% call(a) m() %}{{ a | upper }}{% endcall %}",
        "{{ x.strip().upper() ~ '!' }}",
        "{{ x.split(',') | join('; ') | upper }}",
        "{% for p in x.split() %}{{ p | title }}{% endfor %}",
        "{% if x is upper %}A{% endif %}",
        "{{ ['a', x] | join(', ') }}{{ [x, x] | sort | first | upper }}",
        "{% for i in range(3) %}{{ i ~ '. ' }}{% endfor %}",
        "{% raw %}{{ x | tojson }}{% endraw %}{# {{ x | tojson }} #}",
        '{% include "bare.j2" %}{{ x | upper }}',
        "{% autoescape true %}{{ x ~ '<' }}{% endautoescape %}",
    ],
)
def test_an_input_that_is_text_never_differs(text: str) -> None:
    assert form(text, x=TEXT) == 2


@pytest.mark.parametrize(
    ("text", "schema"),
    [
        ("{{ x }}", {}),
        ("{{ x }}{% if x %}{{ x }}{% endif %}{{ [x] }}{{ {'a': x} }}", {}),
        ("{% for one in x %}{{ one }}{% endfor %}", {}),
        ("{{ x | join(', ') }}", {"type": "array", "items": TEXT}),
        ("{{ x | map('upper') | join }}", {"type": "array", "items": {"enum": ["a", "b"]}}),
        ("{{ x | round(1) }}{{ x ~ ' points' }}{{ '%.1f' % x }}", {"type": "number"}),
        ("{{ x.name | upper }} {{ x['name'] ~ x.age }}", GROUP),
        ("{% for one in x %}{{ one.name | upper }}{% endfor %}", {"type": "array", "items": GROUP}),
        ("{{ x | upper }}", {"enum": ["warm", "dry"]}),
        ("{{ x | length }} {{ x | sort }} {{ x | first }}", {"type": "array"}),
        ("{{ x.note }}{% if x.note %}!{% endif %}", GROUP),
        ("{{ x | upper }}", {"anyOf": [TEXT, {"type": "number"}]}),
        ("{{ x | default('-') }}", OR_NULL),
        ("{{ x or '-' }}", OR_NULL),
        ("{{ x | int + 1 }}", OR_NULL),
        ("{{ x == 1 }}{{ x > 2 and not x }}{% if x * 2.5 > 3 %}{% endif %}", {"type": "number"}),
        ("{% for k in x %}{{ k }}: {{ x[k] }}{% endfor %}", {"type": "object"}),
    ],
)
def test_values_that_no_filter_or_operator_turns_into_text_do_not_differ(text: str, schema: dict[str, Any]) -> None:
    assert form(text, x=schema) == 2


@pytest.mark.parametrize(
    ("text", "schema", "operator"),
    [
        ("{{ x | upper }}", OR_NULL, "|upper"),
        ("{{ x | upper }}", {}, "|upper"),
        ("{{ x | tojson }}", TEXT, "|tojson"),
        ("{{ x | select('upper') ~ '' }}", TEXT, "~"),
        ("{{ x | reject ~ '' }}", TEXT, "~"),
        ("{{ x ~ '' }}", {"type": "object"}, "~"),
        ("{{ x | string }}", {"type": "boolean"}, "|string"),
        ("{{ '%s' % x }}", OR_NULL, "%"),
        ("{{ '%s' % (1, x) }}", {"type": "boolean"}, "%"),
        ("{{ 'a' + x }}", OR_NULL, "+"),
        ("{{ x | join }}", {"type": "array"}, "|join"),
        ("{{ ', ' | join(x) }}", {"type": ["null", "string"]}, "|join"),
        ("{{ x | length }}", {"type": ["array", "null"]}, "|length"),
        ("{{ '{}'.format(x) }}", OR_NULL, ".format()"),
        ("{{ 'a' | replace('a', x) }}", OR_NULL, "|replace"),
        ("{% set y = x %}{{ y | upper }}", OR_NULL, "|upper"),
        ("{% for y in x %}{{ y ~ '' }}{% endfor %}", {"type": "array"}, "~"),
        ("{{ x.note | upper }}", GROUP, "|upper"),
        ("{% macro m(a) %}{{ a | upper }}{% endmacro %}{{ m(x) }}", OR_NULL, "|upper"),
        ("{% with y = x %}{{ y | upper }}{% endwith %}", OR_NULL, "|upper"),
        (
            "{% macro m() %}{{ caller(x) }}{% endmacro %}{% call(a) m() %}{{ a | upper }}{% endcall %}",
            OR_NULL,
            "|upper",
        ),
        ("{{ (x or none) | upper }}", TEXT, "|upper"),
        ("{{ true ~ x }}", TEXT, "~"),
        ("{{ x | map('upper') | join }}", {"type": "array"}, "|map"),
        ("{% if x is upper %}A{% endif %}", OR_NULL, "is upper"),
        ("{{ x * 10 }}", {"type": "number"}, "{{ }}"),
        ("{{ [x / 3] }}", {"type": "number"}, "{{ }}"),
        ("{{ x | upper }}", {"$ref": "#/$defs/a"}, "|upper"),
        ("{{ '%r' % x }}", {"type": "number"}, "%"),
        ("{% from 'macros.j2' import loud %}{{ loud(x) }}", OR_NULL, "|upper"),
        ("{% set f = none %}{% if x %}{% set f = 'a' %}{% endif %}{{ f ~ x }}", TEXT, "~"),
        ("{% for a in [x] %}{% set y = a %}{{ z | upper }}{% set z = y %}{% endfor %}", OR_NULL, "|upper"),
        ("{% filter trim %}{{ x ~ 'a' }}{% endfilter %}", OR_NULL, "~"),
    ],
)
def test_a_place_where_the_rules_differ_is_found(text: str, schema: dict[str, Any], operator: str) -> None:
    used = {path: TEMPLATES[path] for name, path in NAMES.items() if name in text}
    assert operator in [place.operator for place in find_conversions(prompt(text, x=schema), used)]
    assert form(text, x=schema) == 3


def test_a_default_counts_as_a_value() -> None:
    plain = Input("x", TEXT, required=False, default="a")
    for default, needed in (("a", 2), (None, 3)):
        made = prompt("{{ x | upper }}")._replace(inputs=(plain._replace(default=default),))
        assert needed_format(made, {}) == needed


def test_places_are_told_by_message_template_and_line() -> None:
    made = prompt("a\n{{ x | upper }}", x=OR_NULL)
    made = made._replace(messages=(text_message("system", "none"), *made.messages))
    assert find_conversions(made, {"t.j2": "\n\n{{ x ~ x }}"}) == [
        TextConversion(1, 2, "|upper"),
        TextConversion("t.j2", 3, "~"),
    ]


def test_a_plain_prompt_keeps_its_format() -> None:
    assert needed_format(prompt("{{ x | upper }}", x={})._replace(plain=True, inputs=()), {}) == 2


SCHEMAS: list[Any] = [{}, TEXT, {"type": "number"}, {"type": "array", "items": {"type": ["number", "string"]}}, GROUP]
VALUES = [value for number, value in enumerate(ALL) if number % 2 or not isinstance(value, str)]


def rendered(text: str, schema: Any, sealed_format: int) -> list[str | None]:
    """What each of the values gives; None where it is refused."""
    one = Renderer(Closure(prompt(text, x=schema), TEMPLATES, {"": NAMES}, sealed_format))
    found: list[str | None] = []
    for value in VALUES:
        try:
            found.append(one.render({"x": value})[0].text)
        except RenderError:
            found.append(None)
    return found


@pytest.mark.parametrize("kind", ["filters", "expressions", "statements"])
@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: str(schema)[:40])
def test_without_such_a_place_every_value_renders_the_same_by_both_rules(kind: str, schema: Any) -> None:
    wrong = []
    for name, file in EXAMPLES.items():
        if name.startswith(f"{kind}/"):
            text = json.loads(file)["messages"][0]["content"]
            if form(text, x=schema) == 2 and rendered(text, schema, 2) != rendered(text, schema, 3):
                wrong.append(name)
    assert wrong == []
