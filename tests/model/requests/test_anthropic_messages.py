"""A prompt in the words of Anthropic's Messages interface, held against the real client's own signature."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import anthropic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.errors import RenderError
from promptops.model.chat.media import Media
from promptops.model.chat.message import Message, ToolCall
from promptops.model.requests.anthropic_messages import DEFAULT_MAX_TOKENS, IN_MESSAGES, anthropic_arguments

USER = Message("user", "Hi")
TOOL = {
    "type": "function",
    "function": {"name": "look_up", "description": "Finds it.", "parameters": {"type": "object"}},
}
CLOSED = {"type": "object", "additionalProperties": False}
SCHEMA = {"name": "answer", "schema": CLOSED}
MARK = {"type": "ephemeral"}
PICTURE = Media("image", "image/png", b"\x89PNG")
CALL = ToolCall("look_up", '{"city": "Oslo"}', "call_1")


def arguments(
    *messages: Message, parameters: Mapping[str, Any] | None = None, model: str = "claude-opus-5-5", **more: Any
) -> dict[str, Any]:
    return anthropic_arguments(model, messages or (USER,), parameters or {}, where="greet", **more)


def refusal(*messages: Message, **options: Any) -> str:
    with pytest.raises(RenderError) as caught:
        arguments(*messages, **options)
    assert caught.value.where == "greet"
    assert caught.value.hint
    return caught.value.with_hint


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def test_the_names_are_those_of_the_real_client() -> None:
    taken = set(inspect.signature(anthropic.Anthropic(api_key="none").messages.create).parameters)
    assert taken >= IN_MESSAGES


def test_a_limit_of_tokens_is_set_where_the_prompt_has_none_and_nothing_else() -> None:
    assert arguments() == {
        "model": "claude-opus-5-5",
        "max_tokens": DEFAULT_MAX_TOKENS,
        "messages": [{"role": "user", "content": [text("Hi")]}],
    }


def test_instructions_at_the_beginning_are_the_system_and_marked_as_what_stays() -> None:
    found = arguments(Message("system", "A"), Message("developer", "B"), Message("system"), USER)
    assert found["system"] == [text("A"), text("B") | {"cache_control": MARK}]
    assert [one["role"] for one in found["messages"]] == ["user"]


def test_tools_are_marked_where_there_are_no_instructions() -> None:
    tool = {"name": "look_up", "description": "Finds it.", "input_schema": {"type": "object"}}
    assert arguments(tools=[TOOL])["tools"] == [tool | {"cache_control": MARK}]
    assert arguments(Message("system", "A"), USER, tools=[TOOL])["tools"] == [tool]


def test_examples_are_marked_before_what_changes_and_a_prefill_is_kept() -> None:
    found = arguments(USER, Message("assistant", "Hello"), USER, Message("assistant", "{"))
    assert found["messages"] == [
        {"role": "user", "content": [text("Hi")]},
        {"role": "assistant", "content": [text("Hello") | {"cache_control": MARK}]},
        {"role": "user", "content": [text("Hi")]},
        {"role": "assistant", "content": [text("{")]},
    ]


@pytest.mark.parametrize("own", [None, {"type": "ephemeral", "ttl": "1h"}])
def test_a_cache_control_of_ones_own_takes_the_place_of_the_marks(own: dict[str, Any] | None) -> None:
    found = arguments(Message("system", "A"), USER, parameters={"cache_control": own})
    assert found["system"] == [text("A")]
    assert found.get("cache_control") == own


def test_calls_of_tools_and_their_results_are_blocks_and_results_in_a_row_are_one_turn() -> None:
    asked = Message("assistant", "Let me see.", (CALL, ToolCall("look_up", "", "call_2")))
    results = (
        Message("tool", "4 °C", tool_call_id="call_1", name="look_up"),
        Message("tool", ("seen", PICTURE), tool_call_id="call_2"),
    )
    source = {"type": "base64", "media_type": "image/png", "data": "iVBORw=="}
    assert arguments(USER, asked, *results, USER)["messages"] == [
        {"role": "user", "content": [text("Hi")]},
        {
            "role": "assistant",
            "content": [
                text("Let me see."),
                {"type": "tool_use", "id": "call_1", "name": "look_up", "input": {"city": "Oslo"}},
                {"type": "tool_use", "id": "call_2", "name": "look_up", "input": {}, "cache_control": MARK},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "call_1", "content": "4 °C"},
                {
                    "type": "tool_result",
                    "tool_use_id": "call_2",
                    "content": [text("seen"), {"type": "image", "source": source}],
                },
                text("Hi"),
            ],
        },
    ]


def test_pictures_and_documents_go_as_data_or_by_their_address() -> None:
    address = "https://example.org/cake.png"
    parts = (
        "Look",
        PICTURE,
        Media("image", url=address),
        Media("file", "application/pdf", b"%PDF"),
        Media("file", url=address),
    )
    (turn,) = arguments(Message("user", parts))["messages"]
    assert turn["content"] == [
        text("Look"),
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw=="}},
        {"type": "image", "source": {"type": "url", "url": address}},
        {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERg=="}},
        {"type": "document", "source": {"type": "url", "url": address}},
    ]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"max_completion_tokens": 9}, {"max_tokens": 9}),
        ({"stop": "END"}, {"stop_sequences": ["END"]}),
        ({"stop": ["a"], "stop_sequences": ["b"]}, {"stop_sequences": ["b", "a"]}),
        ({"user": "u"}, {"metadata": {"user_id": "u"}}),
        ({"service_tier": "auto"}, {"service_tier": "auto"}),
        ({"reasoning_effort": "low"}, {"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}}),
        ({"reasoning_effort": "none"}, {"thinking": {"type": "disabled"}}),
        (
            {"reasoning_effort": "max", "thinking": {"type": "between_tools"}},
            {"thinking": {"type": "between_tools"}, "output_config": {"effort": "max"}},
        ),
        (
            {"response_format": {"type": "json_schema", "json_schema": SCHEMA}},
            {"output_config": {"format": {"type": "json_schema", "schema": CLOSED}}},
        ),
        ({"tool_choice": "auto"}, {"tool_choice": {"type": "auto"}}),
        ({"tool_choice": "required"}, {"tool_choice": {"type": "any"}}),
        (
            {"tool_choice": {"type": "function", "function": {"name": "f"}}, "parallel_tool_calls": False},
            {"tool_choice": {"type": "tool", "name": "f", "disable_parallel_tool_use": True}},
        ),
        ({"parallel_tool_calls": False}, {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}}),
        ({"parallel_tool_calls": True}, {}),
        ({"tool_choice": "none", "parallel_tool_calls": False}, {"tool_choice": {"type": "none"}}),
        ({"speed": "fast", "extra_body": {"x": 1}}, {"speed": "fast", "extra_body": {"x": 1}}),
    ],
)
def test_parameters_have_the_names_of_the_interface(parameters: dict[str, Any], expected: dict[str, Any]) -> None:
    found = arguments(parameters=parameters, tools=[TOOL])
    plain = {"model": "claude-opus-5-5", "max_tokens": DEFAULT_MAX_TOKENS}
    assert {name: value for name, value in found.items() if name not in ("messages", "tools")} == plain | expected


def test_a_schema_is_the_format_of_the_output_beside_what_the_prompt_says_of_it() -> None:
    found = arguments(
        parameters={"output_config": {"effort": "low"}}, response_format="json_schema", json_schema=SCHEMA
    )
    assert found["output_config"] == {"effort": "low", "format": {"type": "json_schema", "schema": CLOSED}}


@pytest.mark.parametrize("name", ["temperature", "top_p", "n", "seed", "logprobs", "stream", "verbosity", "messages"])
def test_what_the_interface_has_no_name_for_is_refused(name: str) -> None:
    said = refusal(parameters={name: 1})
    assert f"greet: Anthropic's Messages interface has no parameter '{name}'. take it out of modelParameters" in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"response_format": "json_object"}, "no response format 'json_object'. say which JSON"),
        ({"parameters": {"reasoning_effort": "minimal"}}, "no reasoning_effort 'minimal'. write none, low"),
        ({"parameters": {"reasoning_effort": "minimal", "thinking": {}}}, "no reasoning_effort 'minimal'"),
        ({"parameters": {"reasoning_effort": "low"}, "model": "claude-haiku-4-5"}, "no reasoning_effort for claude-h"),
        ({"parameters": {"metadata": {"team": "x"}}}, "no metadata but user_id, and there is 'team'"),
        ({"parameters": {"service_tier": "flex"}}, "no service_tier 'flex'"),
        (
            {"tools": [{"type": "function", "function": {"name": "f", "colour": 1}}]},
            "no place for 'colour'",
        ),
    ],
)
def test_what_cannot_be_said_is_refused_with_what_to_do(options: dict[str, Any], said: str) -> None:
    assert said in refusal(**options)


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ([Message("system", "A")], "needs a message beside the instructions"),
        ([Message("user", "")], "no empty user message"),
        ([Message("user", (Media("audio", "audio/wav", b"x"),))], "takes no audio"),
        ([Message("user", (Media("image", "image/svg+xml", b"x"),))], "no image of the type 'image/svg+xml'"),
        ([Message("user", "Hi", name="Ann")], "no place for the name 'Ann'"),
        ([USER, Message("assistant", (PICTURE,)), USER], "no image in a message of the assistant"),
        ([USER, Message("assistant", "", (ToolCall("f", "{", "c"),))], "those of 'f' are none"),
        ([USER, Message("assistant", "", (ToolCall("f", "{}", "c:1"),))], "no id of a tool call like 'c:1'"),
        ([USER, Message("tool", "4", tool_call_id="")], "no id of a tool call like ''"),
    ],
)
def test_messages_that_the_interface_does_not_take_are_refused(messages: list[Message], said: str) -> None:
    assert said in refusal(*messages)


def test_instructions_in_the_middle_stay_where_they_are_if_the_interface_takes_them_there() -> None:
    found = arguments(USER, Message("developer", "Now in French."), Message("assistant", "Bonjour"), USER)
    assert [one["role"] for one in found["messages"]] == ["user", "system", "assistant", "user"]
    assert arguments(USER, Message("system", "Be short."))["messages"][-1] == {
        "role": "system",
        "content": [text("Be short.")],
    }


@pytest.mark.parametrize(
    "model",
    ["claude-3-5-haiku-latest", "claude-opus-4-7", "claude-sonnet-4-6", "claude-haiku-4-5", "claude-opus-4-20250514"],
)
def test_older_models_take_instructions_at_the_beginning_only(model: str) -> None:
    messages = (USER, Message("system", "Be short."))
    assert f"at the beginning only for {model}. move it before" in refusal(*messages, model=model)
    assert arguments(*messages, model="claude-opus-4-8")["messages"][-1]["role"] == "system"


def test_instructions_between_an_answer_and_a_question_are_refused() -> None:
    said = refusal(USER, Message("assistant", "Hello"), Message("system", "Be short."), USER)
    assert "takes no system message there. move it after a user message that the assistant answers" in said


texts = st.text(min_size=1)


spoken = st.builds(lambda role, words: Message(role, words), st.sampled_from(["user", "assistant"]), texts)


@given(st.lists(spoken, min_size=1))
def test_no_text_is_lost_and_the_sides_take_turns(messages: list[Message]) -> None:
    found = arguments(*messages, parameters={"cache_control": None})["messages"]
    said = [(turn["role"], block["text"]) for turn in found for block in turn["content"]]
    assert said == [(one.role, one.text) for one in messages]
    roles = [turn["role"] for turn in found]
    assert all(one != other for one, other in pairwise(roles))


@given(st.dictionaries(texts, st.none() | st.booleans() | st.integers() | texts | st.lists(texts)))
def test_arguments_of_a_call_come_through_as_they_were_written(values: dict[str, Any]) -> None:
    asked = Message("assistant", "", (ToolCall("f", json.dumps(values), "c"),))
    found = arguments(USER, asked, Message("tool", "1", tool_call_id="c"))["messages"]
    assert found[1]["content"][0]["input"] == values
