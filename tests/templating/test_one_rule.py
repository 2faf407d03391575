"""Sealed format 3: a value has one text, wherever it becomes one."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from promptops.errors import RenderError
from promptops.model.chat.message_template import text_message
from promptops.model.prompt import Input, Prompt
from promptops.templating.closure import Closure
from promptops.templating.isolated_renderer import TemplateProcess
from promptops.templating.render import Renderer
from tests.pins.sealed_examples import ALL

AS_TEXT: dict[str, str] = yaml.safe_load(Path(__file__).with_name("ways_to_text.yml").read_text("utf-8"))
TEMPLATES = {
    "prompts/shows.j2": "{{ x | string }}",
    "prompts/macros.j2": "{% macro show(a) %}{{ a ~ '' }}{% endmacro %}",
}
REFERENCES = {"": {"shows.j2": "prompts/shows.j2", "macros.j2": "prompts/macros.j2"}}
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def renderer(text: str, schema: dict[str, Any] | None = None) -> Renderer:
    prompt = Prompt("p", PurePosixPath("p"), (text_message("user", text),), inputs=(Input("x", schema or {}),))
    return Renderer(Closure(prompt, TEMPLATES, REFERENCES, 3))


def render(text: str, value: Any) -> str:
    return renderer(text).render({"x": value})[0].text


EVERYWHERE = {name: renderer(text) for name, text in AS_TEXT.items()}


def written(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(JSON_VALUES)
def test_a_value_has_one_text_wherever_it_becomes_one(value: Any) -> None:
    texts = {name: one.render({"x": value})[0].content for name, one in EVERYWHERE.items()}
    assert {name: text for name, text in texts.items() if text != written(value)} == {}


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(JSON_VALUES)
def test_tojson_is_json_as_it_is_written(value: Any) -> None:
    text = render("{{ x | tojson }}", value)
    assert text == json.dumps(value, ensure_ascii=False)
    assert json.loads(render("{{ x | tojson(indent=2) }}", value)) == value
    assert json.loads(render("{{ x | pprint }}", value)) == value


def test_of_everything_that_python_has_each_place_gives_the_same_text_or_none_does() -> None:
    for value in ALL:
        found = set()
        for name, one in EVERYWHERE.items():
            if isinstance(value, tuple) and name in ("percent", "with"):
                continue  # several values, as the template itself writes them: '%s %s' % (a, b)
            try:
                found.add(one.render({"x": value})[0].content)
            except RenderError:
                found.add("refused")
        assert len(found) == 1, (value, found)


@pytest.mark.parametrize(
    "text",
    [
        "upper",
        "lower",
        "trim",
        "title",
        "capitalize",
        "replace('a', 'b')",
        "indent",
        "truncate(3)",
        "wordwrap",
        "center(0)",
        "e",
        "escape",
        "forceescape",
        "safe",
        "striptags",
        "string",
        "urlencode",
        "urlize",
        "join",
        "join(', ')",
        "list | join",
        "first",
        "last",
        "min",
        "max",
        "round",
        "abs",
        "filesizeformat",
        "xmlattr",
        "sort | join",
        "unique | join",
        "reverse",
        "reverse | join",
        "map('upper') | join",
        "select | join",
        "reject | join",
        "selectattr('a') | join",
        "rejectattr('a') | join",
        "dictsort | join",
        "items | join",
        "batch(2) | join",
        "slice(2) | map('join') | join",
        "groupby('a') | join",
        "format",
        "default('-')",
    ],
)
def test_null_is_nothing_in_every_filter(text: str) -> None:
    assert render(f"[{{{{ x | {text} }}}}]", None) == "[]"


def test_null_has_no_length_and_no_words() -> None:
    assert render("{{ x | length }}{{ x | count }}{{ x | wordcount }}{{ x | sum }}{{ x | int }}", None) == "00000"
    assert render("{{ x | default('none', true) }}{% if not x %}!{% endif %}", None) == "none!"
    assert render("{{ 'text' | replace(x, '-') }}", None) == "text"
    assert render("{{ ('a' + x) ~ (x + 'b') ~ '%s' % x ~ '{}'.format(x) }}", None) == "ab"


def test_text_filters_work_on_json() -> None:
    assert render("{{ x | upper }} {{ x is upper }}", True) == "TRUE false"
    assert render("{{ x | replace('true', 'yes') }} {{ x | wordcount }} {{ x | title }}", True) == "yes 1 True"
    assert render("{{ x | e }}", {"a": "<é>"}) == "{&#34;a&#34;: &#34;&lt;é&gt;&#34;}"
    assert render("{{ x | urlencode }}", {"a": True, "b": None}) == "a=true&b="
    assert render("<a{{ x | xmlattr }}>", {"a": True, "b": None, "c": [1]}) == '<a a="true" c="[1]">'
    assert render("{{ '%d %.1f %s %r' % (x, x, x, [x]) }}", True) == "1 1.0 true [true]"
    assert render("{{ '%d %.2f' % (x, x) }} {{ '{:.1f} {:>5}'.format(x, x) }}", 2.5) == "2 2.50 2.5   2.5"
    assert render("{{ 1 ~ true ~ none ~ 1.0 ~ [none] }}", "") == "1true1.0[null]"
    assert (
        render("{% autoescape true %}{{ x }}{{ x ~ '<' }}{% endautoescape %}", ["<"])
        == "[&#34;&lt;&#34;][&#34;&lt;&#34;]&lt;"
    )


class Color(str, Enum):  # noqa: UP042 - a StrEnum has the text of its value already
    RED = "red"


class Tone(Enum):
    DRY = "dry"


class Size(IntEnum):
    BIG = 3


@dataclass
class Person:
    name: str


class Order(BaseModel):
    name: str


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1.10"), "1.10"),
        (Decimal("1E+2"), "1E+2"),
        ([Decimal("1.1")], "[1.1]"),
        (date(2026, 11, 30), "2026-11-30"),
        (datetime(2026, 11, 30, 9, 5, tzinfo=UTC), "2026-11-30 09:05:00+00:00"),
        ({"d": date(2026, 11, 30)}, '{"d": "2026-11-30"}'),
        (Color.RED, "red"),
        ([Color.RED], '["red"]'),
        (Size.BIG, "3"),
        ([Size.BIG], "[3]"),
        (np.float64(1.5), "1.5"),
    ],
)
def test_pythons_own_values_are_what_json_schema_sees(value: Any, text: str) -> None:
    assert {
        name: found for name, one in EVERYWHERE.items() if (found := one.render({"x": value})[0].content) != text
    } == {}


@pytest.mark.parametrize(
    ("value", "way"),
    [
        (b"text", "pass value.decode()"),
        (UUID(int=1), "pass str(value)"),
        (Person("Ann"), "pass dataclasses.asdict(value)"),
        (Order(name="a"), r"pass value.model_dump\(mode='json'\)"),
        (np.array([1]), r"pass value.tolist()"),
        (np.int64(1), r"pass value.tolist()"),
        (Tone.DRY, "pass value.value"),
        ({1}, "add |join"),
        (object(), "pass a text, a number, a list or a group"),
        (float("nan"), "a number that JSON does not have"),
        (Decimal("Infinity"), "a number that JSON does not have"),
    ],
)
def test_what_json_does_not_have_is_refused_with_what_to_do(value: Any, way: str) -> None:
    for one in EVERYWHERE.values():
        with pytest.raises(RenderError) as caught:
            one.render({"x": value})
        assert way.replace("\\", "") in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "{{ x * 10 }}",
        "{{ [x * 10] }}",
        "{{ (x * 10) | string }}",
        "{{ '%s' % (x * 10) }}",
        "{{ {'a': x * 10} | tojson }}",
    ],
)
def test_a_number_that_left_json_is_refused(text: str) -> None:
    with pytest.raises(RenderError, match=r"is not a number that can be written|too large"):
        render(text, 1e308)


def test_a_name_that_is_not_known_is_still_told_by_its_name() -> None:
    for text in (
        "{{ y | upper }}",
        "{{ 'a' + y }}",
        "{{ y ~ '' }}",
        "{{ '%s' % y }}",
        "{{ [y] | join }}",
        "{{ y | tojson }}",
        "{{ y | length }}",
    ):
        with pytest.raises(RenderError, match="'y' is undefined"):
            render(text, "")


def test_a_method_of_a_text_reaches_no_further_than_before() -> None:
    for text in (
        "{{ '{0.__class__}'.format(x) }}",
        "{{ '{a.__class__}'.format_map({'a': x}) }}",
        "{{ x.format.__globals__ }}",
    ):
        with pytest.raises(RenderError):
            render(text, "a")
    assert render("{{ ('<b>{}</b>' | safe).format(x) }}", "<") == "<b>&lt;</b>"


def test_texts_of_evaluators_follow_the_one_rule_whatever_the_prompt_was_sealed_in() -> None:
    for form, make in ((2, Renderer), (3, Renderer)):
        prompt = Prompt("p", PurePosixPath("p"), (text_message("user", "{{ x | upper }}"),), inputs=(Input("x"),))
        one: Callable[..., str] = make(Closure(prompt, {}, {}, form)).text
        assert one("{{ x ~ '' }}{{ x | tojson }}", {"x": {"é": True}}) == '{"é": true}{"é": true}'


def test_the_process_for_strangers_renders_by_the_format_of_the_closure() -> None:
    made = Prompt("p", PurePosixPath("p"), (text_message("user", "{{ x | upper }}."),), inputs=(Input("x"),))
    with closing(TemplateProcess()) as isolation:
        texts = [isolation.renderer(Closure(made, {}, {}, form)).render({"x": None})[0].content for form in (2, 3)]
    assert texts == ["NONE.", "."]
