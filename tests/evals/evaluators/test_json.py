from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.errors import PromptError
from promptops.evals.evaluators.json import parse_path, value_at

from .fakes import FakeServices, score

REPLY = json.dumps(
    {
        "a": {"b": [10, 2.5, "Drei"]},
        "next step": "Call Ana",
        "yes": True,
        "zero": 0,
        "nothing": None,
        "list": [{"x": 1}, {"x": 2}],
        "dotted.name": 1,
    }
)


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("", ()),
        ("$", ()),
        ("$.a.b[0]", ("a", "b", 0)),
        ("a.b", ("a", "b")),
        ("$['a b'].c", ("a b", "c")),
        ('$["it\\"s"][-1]', ('it"s', -1)),
        ("$['dotted.name']", ("dotted.name",)),
        ("[1].x", (1, "x")),
        ("my-key.ключ", ("my-key", "ключ")),
        ("$ref", ("$ref",)),
    ],
)
def test_paths(path: str, steps: tuple[str | int, ...]) -> None:
    assert parse_path(path) == steps


@pytest.mark.parametrize(
    "path", ["$.", "$..a", "a..b", ".a", "$.a[", "$.a[*]", "$.*", "a[?(@.x)]", "a[0]b", "{{ x }}", "a['b"]
)
def test_paths_that_are_none_are_refused_before_the_run(path: str) -> None:
    with pytest.raises(PromptError, match="cannot be read"):
        score("json", {"path": path}, "{}")


@given(st.text())
def test_a_quoted_name_means_itself(name: str) -> None:
    quoted = name.replace("\\", "\\\\").replace("'", "\\'")
    if "\n" not in name:
        assert parse_path(f"$['{quoted}']") == (name,)


@pytest.mark.parametrize(
    ("options", "passed"),
    [
        ({}, True),
        ({"path": "$.a.b[0]"}, True),
        ({"path": "$.a.b[3]"}, False),
        ({"path": "$.a.b[-1]", "equals": "Drei"}, True),
        ({"path": "$.a.b[-4]"}, False),
        ({"path": "$.a.b[2]", "equals": "drei"}, False),
        ({"path": "a.b[0]", "equals": 10.0}, True),
        ({"path": "a.b[1]", "equals": 2.5}, True),
        ({"path": "a.b[0]", "equals": "10"}, False),
        ({"path": "yes", "equals": True}, True),
        ({"path": "yes", "equals": 1}, False),
        ({"path": "zero", "equals": False}, False),
        ({"path": "nothing", "equals": None}, True),
        ({"path": "zero", "equals": None}, False),
        ({"path": "a.b", "equals": [10, 2.5, "Drei"]}, True),
        ({"path": "a.b", "equals": [10, 2.5]}, False),
        ({"path": "list[1]", "equals": {"x": 2}}, True),
        ({"path": "list[1]", "equals": {"x": True}}, False),
        ({"path": "list", "contains": {"x": 2}}, True),
        ({"path": "list", "contains": {"x": 3}}, False),
        ({"path": "a.b", "contains": 10}, True),
        ({"path": "$['next step']", "contains": "call"}, True),
        ({"path": "$['next step']", "contains": "write"}, False),
        ({"path": "a", "contains": "b"}, True),
        ({"path": "zero", "contains": "0"}, False),
        ({"path": "nothing", "exists": True}, True),
        ({"path": "other", "exists": True}, False),
        ({"path": "other", "exists": False}, True),
        ({"path": "nothing", "exists": False}, False),
        ({"path": "yes.deeper[0]", "exists": False}, True),
    ],
)
def test_a_part_of_the_reply(options: dict[str, Any], passed: bool) -> None:
    result = score("json", options, REPLY)
    assert result.passed is passed
    assert bool(result.reason) is not passed


@pytest.mark.parametrize(
    ("field", "passed"),
    [(10, True), ("10", True), (10.0, True), (11, False), ("x", False), (None, False), (True, False)],
)
def test_a_text_filled_from_the_case_equals_the_number_it_spells(field: Any, passed: bool) -> None:
    result = score(
        "json", {"path": "a.b[0]", "equals": "{{ e }}"}, REPLY, FakeServices(jinja=True), fields={"e": field}
    )
    assert result.passed is passed


def test_lists_and_groups_are_filled_from_the_case() -> None:
    options = {"path": "a.b", "equals": ["{{ n }}", 2.5, "{{ word }}"]}
    assert score("json", options, REPLY, fields={"n": 10, "word": "Drei"}).passed
    assert score("json", options, REPLY, fields={"n": 10, "word": "drei"}).passed is False
    assert score("json", {"path": "a.b", "equals": "{{ all }}"}, REPLY, fields={"all": [10, 2.5, "Drei"]}).passed


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("", "empty"),
        ("Here you are: {}", "it begins with 'Here you are: {}'"),
        ("{} I hope this helps", "other text follows"),
        ('```json\n{"a": 1}\n```', "fence"),
        ('{"a": NaN}', "NaN"),
        ('{"a": 1e400}', "1e400 is too large for a number"),
        ('{"a": -1e400}', "-1e400 is too large for a number"),
        ('{"a": -Infinity}', "Infinity"),
        ("{'a': 1}", "a name in double quotes is missing before"),
        ("[" * 100_000, "nested"),
        ("[" * 100_000 + "]" * 100_000, "nested"),
        ("9" * 5000, "digits"),
    ],
)
def test_case_23_what_is_not_json_fails_and_says_why(reply: str, reason: str) -> None:
    for options in ({}, {"path": "a"}, {"path": "a", "exists": False}):
        result = score("json", options, reply)
        assert (result.status, result.passed) == ("scored", False)
        assert reason in result.reason


def test_an_empty_text_to_look_for_is_an_error() -> None:
    result = score("json", {"path": "$['next step']", "contains": "{{ e }}"}, REPLY, fields={"e": ""})
    assert result.status == "error"


@pytest.mark.parametrize("options", [{"exists": False}, {"path": "a", "exists": False, "equals": 1}])
def test_options_that_make_no_sense_are_refused_before_the_run(options: dict[str, Any]) -> None:
    with pytest.raises(PromptError):
        score("json", options, "{}")


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(ANY_JSON)
def test_every_json_value_equals_itself(value: Any) -> None:
    result = score("json", {"equals": "{{ e }}"}, json.dumps(value), fields={"e": value})
    if isinstance(value, str):
        assert result.passed
    else:
        assert score("json", {"equals": value}, json.dumps(value), FakeServices(), fields={}).passed or _has_braces(
            value
        )


def _has_braces(value: Any) -> bool:
    return "{{" in json.dumps(value)


@given(reply=st.text() | ANY_JSON.map(json.dumps), steps=st.lists(st.text(max_size=3) | st.integers(-3, 3), max_size=4))
def test_never_raises(reply: str, steps: list[str | int]) -> None:
    assert score("json", {"path": "a", "contains": "x"}, reply).passed is not None
    value_at(reply, tuple(steps))
