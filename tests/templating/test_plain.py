from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.errors import RenderError
from promptops.templating.plain import fill_placeholders, find_placeholders


def test_placeholders_with_and_without_spaces() -> None:
    assert (
        fill_placeholders("{{a}} {{ a }} {{\ta }} {{b.c}} {{d-e}} {{é}}", {"a": 1, "b.c": 2, "d-e": 3, "é": 4})
        == "1 1 1 2 3 4"
    )


@pytest.mark.parametrize(
    "text",
    ["{{#if a}}b{{/if}}", "{% 5 %}", "{# note #}", "{{ a | upper }}", "{{}}", "{a}", "{{ a\n}}", "{{ a b }}", "{{{"],
)
def test_all_else_is_literal(text: str) -> None:
    assert fill_placeholders(text, {"a": "A"}) == text
    assert list(find_placeholders(text)) == []


@pytest.mark.parametrize("name", ["first name", "a/b", "a | upper", "user's name", "Größe (cm)"])
def test_any_words_are_a_placeholder_where_a_field_is_called_exactly_that(name: str) -> None:
    text = f"<{{{{{name}}}}}{{{{ {name} }}}}>"
    assert fill_placeholders(text, {name: 1}) == "<11>"
    assert fill_placeholders(text, {name.upper() + "!": 1}) == text
    assert list(find_placeholders(text)) == []


def test_many_open_braces_take_no_time() -> None:
    for text in ("{{" + " " * 100_000, "{{ a" * 50_000, "{" * 100_000):
        assert fill_placeholders(text, {"a": 1}) == text


def test_three_braces_hold_two() -> None:
    assert fill_placeholders("{{{a}}}", {"a": "x"}) == "{x}"


def test_a_value_is_never_read_again() -> None:
    assert fill_placeholders("{{a}}{{b}}", {"a": "{{b}}", "b": "\\1 \\g<1> {{a}}"}) == "{{b}}\\1 \\g<1> {{a}}"


def test_a_missing_value_is_named() -> None:
    with pytest.raises(RenderError, match="no value for 'b'") as caught:
        fill_placeholders("{{a}} {{b}}", {"a": 1}, "here")
    assert caught.value.where == "here"
    assert caught.value.hint == "give a value for 'b'; in a case, add a field 'b'"


def test_names_have_their_offsets() -> None:
    text = "é {{a}} {{ b.c }} {{a}}"
    assert list(find_placeholders(text)) == [("a", 2), ("b.c", 8), ("a", 18)]


@given(st.text(), st.text(), st.sampled_from(["", "{", "}}", "{{", "{{ x }}", "{% raw %}"]))
def test_any_value_comes_out_as_it_went_in(value: str, other: str, around: str) -> None:
    assert fill_placeholders(
        f"<{{{{a}}}}>{around.replace('{{ x }}', '')}<{{{{ b }}}}>", {"a": value, "b": other}
    ).startswith(f"<{value}>")


CYCLE: list[Any] = []
CYCLE.append(CYCLE)


@pytest.mark.parametrize("value", ["\ud800", b"x", object(), {"a": b"x"}, ["\udfff"], CYCLE, {(1, 2): 3}])
def test_a_value_that_is_no_text_is_an_error_that_names_it(value: Any) -> None:
    with pytest.raises(RenderError, match="the value for 'name'"):
        fill_placeholders("Hello {{ name }}", {"name": value}, "p.prompt.yml")


def test_a_value_that_is_filled_in_too_often_is_an_error() -> None:
    with pytest.raises(RenderError, match="a text of more than 10,000,000 characters"):
        fill_placeholders("{{x}}" * 100_000, {"x": "y" * 1_000_000}, "p")
