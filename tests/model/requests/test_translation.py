"""What the interfaces of several vendors share when a prompt is put into their words."""

from __future__ import annotations

from typing import Any

import pytest

from promptops.errors import RenderError
from promptops.model.chat.media import Media
from promptops.model.chat.message import Message, ToolCall
from promptops.model.requests.translation import (
    Function,
    Interface,
    ReplyFormat,
    ToolChoice,
    call_arguments,
    merge_turns,
    names_of_calls,
    read_functions,
    read_reply_format,
    read_tool_choice,
    refuse_later_instructions,
    split_instructions,
    stop_texts,
)

THEIRS = Interface("Their interface", "greet")
USER = Message("user", "Hi")
CALL = ToolCall("look_up", '{"city": "Oslo"}', "c1")


def test_what_stands_at_the_beginning_is_split_off_and_empty_texts_say_nothing() -> None:
    found = split_instructions(
        [Message("system", "A"), Message("developer", ("B", "C")), Message("system"), USER], THEIRS
    )
    assert found == (("A", "B\nC"), (USER,))
    assert split_instructions([], THEIRS) == ((), ())


def test_a_picture_among_instructions_and_instructions_in_the_middle_are_errors_that_name_the_prompt() -> None:
    picture = Message("system", (Media("image", "image/png", b"x"),))
    with pytest.raises(RenderError, match=r"^greet: Their interface takes no image in a system message\n"):
        split_instructions([picture, USER], THEIRS)
    with pytest.raises(RenderError, match="takes developer messages at the beginning only") as caught:
        refuse_later_instructions([USER, Message("developer", "B")], THEIRS)
    assert "first user message" in caught.value.hint


def test_neighbours_of_one_side_are_one_turn_and_results_belong_to_the_user() -> None:
    asked = Message("assistant", "", (CALL, ToolCall("look_up", "{}", "c2")))
    results = (Message("tool", "1", tool_call_id="c1"), Message("tool", "2", tool_call_id="c2"))
    turns = merge_turns([USER, USER, asked, *results, USER])
    assert turns == [("user", (USER, USER)), ("assistant", (asked,)), ("user", (*results, USER))]
    assert names_of_calls([asked]) == {"c1": "look_up", "c2": "look_up"}


def test_arguments_of_a_call_are_an_object() -> None:
    assert call_arguments(CALL, THEIRS) == {"city": "Oslo"}
    assert call_arguments(ToolCall("now", ""), THEIRS) == {}


@pytest.mark.parametrize("text", ["{", "[1]", "null", "[" * 100_000])
def test_arguments_that_are_no_object_are_an_error(text: str) -> None:
    with pytest.raises(RenderError, match="those of 'f' are none"):
        call_arguments(ToolCall("f", text), THEIRS)


def test_functions_are_read_in_both_forms() -> None:
    inner = {"name": "f", "description": "D", "parameters": {"type": "object"}, "strict": True}
    expected = [Function("f", "D", {"type": "object"}, {"strict": True})]
    assert read_functions([{"type": "function", "function": inner}], THEIRS) == expected
    assert read_functions([{"type": "function", **inner}], THEIRS) == expected
    assert read_functions([{"type": "function", "function": {"name": "g"}}], THEIRS) == [
        Function("g", "", {"type": "object", "properties": {}}, {})
    ]


@pytest.mark.parametrize("tool", [{"type": "web_search"}, {"type": "function"}, {"type": "function", "function": "f"}])
def test_a_tool_that_is_no_function_is_an_error(tool: dict[str, Any]) -> None:
    with pytest.raises(RenderError, match="functions only"):
        read_functions([tool], THEIRS)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("auto", ToolChoice("auto")),
        ("none", ToolChoice("none")),
        ("required", ToolChoice("required")),
        ({"type": "function", "function": {"name": "f"}}, ToolChoice("function", "f")),
        ({"type": "function", "name": "f"}, ToolChoice("function", "f")),
    ],
)
def test_a_tool_choice_is_read(value: object, expected: ToolChoice | None) -> None:
    assert read_tool_choice(value, THEIRS) == expected


@pytest.mark.parametrize("value", ["any", 1, {"type": "function"}, {"type": "allowed_tools", "name": "f"}])
def test_a_tool_choice_that_no_interface_knows_is_an_error(value: object) -> None:
    with pytest.raises(RenderError, match="cannot be told the tool_choice"):
        read_tool_choice(value, THEIRS)


def test_the_form_of_the_reply_is_the_prompts_or_among_its_parameters() -> None:
    schema = {"name": "answer", "schema": {"type": "object"}}
    in_parameters = {"response_format": {"type": "json_schema", "json_schema": schema}}
    expected = ReplyFormat("json_schema", schema)
    assert read_reply_format({}, "json_schema", schema) == read_reply_format(in_parameters, "text", None) == expected
    assert expected.schema == {"type": "object"}
    assert read_reply_format(in_parameters, "json_object", None).kind == "json_object"
    assert read_reply_format({}, "text", None) == ReplyFormat("text")


def test_parameters_without_a_place_are_named_in_one_error() -> None:
    THEIRS.check_parameters({"stop": "x"}, {"stop"})
    with pytest.raises(RenderError, match=r"has no parameter 'n'\n"):
        THEIRS.check_parameters({"n": 2, "stop": "x"}, {"stop"})
    with pytest.raises(RenderError, match=r"has no parameters 'n' or 'seed'\n"):
        THEIRS.check_parameters({"n": 2, "seed": 1}, {"stop"})


def test_a_limit_of_tokens_has_two_names_and_one_value() -> None:
    assert THEIRS.token_limit({}) is None
    assert THEIRS.token_limit({"max_tokens": None, "max_completion_tokens": 9}) == 9
    assert THEIRS.token_limit({"max_tokens": 9, "max_completion_tokens": 9}) == 9
    with pytest.raises(RenderError, match="there are two"):
        THEIRS.token_limit({"max_tokens": 9, "max_completion_tokens": 10})


def test_stop_is_a_text_or_several() -> None:
    assert stop_texts("END", THEIRS) == ["END"]
    assert stop_texts(("a", "b"), THEIRS) == ["a", "b"]
    with pytest.raises(RenderError, match="takes 'stop' as a text"):
        stop_texts([1], THEIRS)
