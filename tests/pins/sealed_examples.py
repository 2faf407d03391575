"""The prompts of the sealed corpus, and the values that fill them. Add some; a change to one adds another entry."""

from __future__ import annotations

import json
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import yaml

from tests.pins.sealed_corpus import CORPUS

FILES: dict[str, str] = {
    "promptops.yml": "models: {small: {provider: openai, model: gpt-x}}\n",
    "prompts/style.j2": "Be brief.\n",
    "prompts/bare.j2": "Be <kind> & é.",
    "prompts/windows.j2": "one\r\ntwo {{ x }}\r\n",
    "prompts/shows.j2": "<{{ x }}|{{ y is defined }}>",
    "prompts/macros.j2": (
        "{% macro show(x, mark='*') %}{{ mark }}{{ x }}{{ mark }}{% endmacro %}"
        "{% macro loud(x) %}{{ x | upper }}{% endmacro %}"
        "{% macro wrap(tag) %}<{{ tag }}>{{ caller() }}</{{ tag }}>{% endmacro %}"
        "{% macro rest() %}{{ varargs }}{{ kwargs }}{% endmacro %}{% set who = 'Ann' %}"
    ),
    "prompts/base.j2": "[{% block head %}base {{ x }}{% endblock %}|{% block body %}{% endblock %}]\n",
}
VALUES: dict[str, list[dict[str, Any]]] = {}

ALL: list[Any] = [
    "",
    "Ann",
    "  two words \n",
    'it\'s "quoted" <b>&amp;</b> & more',
    "Ünïcödé 日本 😀 ß",
    "a,b\tc\\d\r\nlast line",
    "{{ x }} {# no #} {% if %}",
    "12",
    "1.50",
    "inf",
    "nan",
    "%s and %d",
    "http://example.org/a?b=c&d=é and www.example.org",
    "true",
    "None",
    None,
    True,
    False,
    0,
    1,
    -7,
    12345678901234567890,
    1.0,
    0.1 + 0.2,
    -0.0,
    1e16,
    1e22,
    1e-7,
    123456789.125,
    [],
    ["a", "b"],
    ["B", "a", "B", "ä"],
    [3, 1, 2.5],
    [None, True, "x", {"a": None}],
    [["a", 1], ["b", 2]],
    [[], [[]], {}],
    {},
    {"ok": True},
    {"a": None, "b": "<é>", "c": [1, 2.0, "it's"]},
    {'it\'s "k"': 1, "ключ": "значение", "": []},
    [{"n": "b", "v": 2}, {"n": "a", "v": None}, {"n": "b", "v": False}],
    ("a", 1, None),
    Decimal("1.10"),
    Decimal("1E+2"),
    Decimal("0.1234567890123456789"),
    [Decimal("1.10")],
    date(2026, 11, 30),
    datetime(2026, 11, 30, 9, 5, 1),
    time(9, 5),
    [date(2026, 11, 30)],
    b"bytes",
    float("nan"),
    float("inf"),
]
"""One of every kind."""
TEXTS = [value for value in ALL if isinstance(value, str)]


def _add(
    name: str,
    text: str | list[tuple[str, str]],
    inputs: dict[str, Any] | None,
    cases: list[dict[str, Any]],
    **keys: Any,
) -> None:
    messages = [("user", text)] if isinstance(text, str) else text
    data: dict[str, Any] = {"model": "small", "messages": [{"role": role, "content": said} for role, said in messages]}
    if inputs is not None:
        data["inputs"] = inputs
    FILES[f"prompts/{name}.prompt.yml"] = json.dumps(data | keys, ensure_ascii=False, indent=1)
    VALUES[name] = cases


for _kind, _templates in yaml.safe_load((CORPUS.parent / "templates.yml").read_text(encoding="utf-8")).items():
    for _name, _template in _templates.items():
        _text = {"filters": f"[{{{{ x | {_template} }}}}]", "expressions": f"[{{{{ {_template} }}}}]"}.get(
            _kind, _template
        )
        _add(f"{_kind}/{_name}", _text, {"x": {}}, [{"x": value} for value in ALL])
        _add(f"text-{_kind}/{_name}", _text, {"x": {"type": "string"}}, [{"x": value} for value in TEXTS])

_add(
    "plain/github",
    "{{x}} and {{ x }} and {{ a.b-c }} {{#if x}} {% 5 {# note {{ first name }} {{ x | upper }}",
    None,
    [{"x": value, "a.b-c": value, "first name": value} for value in ALL] + [{"x": "{{ a }}", "a.b-c": ""}, {"x": 1}],
)
_add(
    "inputs/defaults",
    "{{ a }}|{{ b }}|{{ c }}|{{ d }}",
    {
        "a": {"type": "string", "default": "A"},
        "b": {"default": None},
        "c": {"default": [1, "é"]},
        "d": {"enum": ["x", "y", 3]},
    },
    [{"d": "x"}, {"d": 3, "a": "", "b": 1.0, "c": None}, {"d": "z"}, {}, {"d": "x", "e": 1}, {"a": 1, "d": "x"}],
)
_add(
    "inputs/types",
    "{{ n }} {{ i }} {{ b }} {{ l }} {{ g }} {{ g.name | upper }} {{ l | join(', ') }} {{ t or '-' }}",
    {
        "n": {"type": "number"},
        "i": {"type": "integer"},
        "b": {"type": "boolean"},
        "l": {"type": "array", "items": {"type": "string"}},
        "g": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
        "t": {"type": ["string", "null"], "default": None},
    },
    [
        {"n": 1.5, "i": 2, "b": True, "l": ["a", "é"], "g": {"name": "ann"}},
        {"n": 1e22, "i": 2.0, "b": False, "l": [], "g": {"name": "", "z": None}, "t": "t"},
        {"n": "1", "i": 2, "b": True, "l": [], "g": {}},
    ],
)
_add(
    "requests/whole",
    [("system", "é 😀 {{ x }}"), ("developer", "{{ x }}\n"), ("user", "{{ x }}{{ y }}"), ("assistant", "So")],
    {"x": {"type": "string"}, "y": {"type": ["integer", "null"], "default": None}},
    [{"x": "<b>"}, {"x": "", "y": 5}],
    modelParameters={"temperature": 0.5, "maxTokens": 9, "stop": ["a", "b"], "seed": 3},
    responseFormat="json_schema",
    jsonSchema={
        "name": "n",
        "schema": {"type": "object", "properties": {"z": {"type": "string"}, "a": {"type": "null"}}},
    },
    tools=[{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}],
)
