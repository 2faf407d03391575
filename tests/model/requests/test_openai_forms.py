"""A prompt's parameters under the names of OpenAI's two interfaces, held against the real client's own signatures."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import openai
import pytest

from promptops.errors import RenderError
from promptops.model.chat.media import Media, MediaKind
from promptops.model.chat.message import Message, ToolCall
from promptops.model.requests.chat_completions import (
    IN_CHAT,
    NOT_IN_RESPONSES,
    as_dicts,
    as_sent,
    chat_arguments,
    for_client,
)
from promptops.model.requests.responses import IN_RESPONSES, responses_arguments

MESSAGES = (Message("system", "Be short."), Message("user", "Hi"))
TOOL = {
    "type": "function",
    "function": {"name": "look_up", "description": "Finds it.", "parameters": {"type": "object"}},
}
SCHEMA = {"name": "answer", "schema": {"type": "object"}}
TRANSLATED = {"max_tokens", "max_completion_tokens", "messages", "reasoning_effort", "response_format", "verbosity"}
CLIENT = openai.OpenAI(api_key="none")


def chat(parameters: dict[str, Any], *more: Any) -> dict[str, Any]:
    return chat_arguments("gpt-x", MESSAGES, parameters, *more)


def responses(parameters: dict[str, Any], *more: Any) -> dict[str, Any]:
    return responses_arguments("gpt-x", MESSAGES, parameters, *more, where="greet")


def names_of(method: Any) -> set[str]:
    return set(inspect.signature(method).parameters)


def test_the_names_the_client_is_called_with_are_its_own() -> None:
    assert names_of(CLIENT.chat.completions.create) >= IN_CHAT
    assert names_of(CLIENT.responses.create) >= IN_RESPONSES


def test_what_responses_are_said_to_lack_they_lack_and_all_else_they_have() -> None:
    assert not NOT_IN_RESPONSES & names_of(CLIENT.responses.create)
    assert names_of(CLIENT.chat.completions.create) >= NOT_IN_RESPONSES
    assert IN_CHAT - NOT_IN_RESPONSES - TRANSLATED <= IN_RESPONSES
    assert not TRANSLATED & IN_RESPONSES


def test_messages_are_plain_mappings() -> None:
    expected = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Hi"}]
    assert as_dicts(MESSAGES) == chat({})["messages"] == responses({})["input"] == expected


def test_nothing_is_set_that_the_prompt_does_not_ask_for() -> None:
    assert chat({}).keys() == {"model", "messages"}
    assert responses({}).keys() == {"model", "input"}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"temperature": 0.2, "top_p": 1, "user": "u"}, {"temperature": 0.2, "top_p": 1, "user": "u"}),
        ({"max_tokens": 9}, {"max_output_tokens": 9}),
        ({"max_completion_tokens": 9}, {"max_output_tokens": 9}),
        ({"reasoning_effort": "low"}, {"reasoning": {"effort": "low"}}),
        ({"verbosity": "low"}, {"text": {"verbosity": "low"}}),
        ({"tool_choice": "required"}, {"tool_choice": "required"}),
        (
            {"tool_choice": {"type": "function", "function": {"name": "f"}}},
            {"tool_choice": {"type": "function", "name": "f"}},
        ),
        ({"response_format": {"type": "json_object"}}, {"text": {"format": {"type": "json_object"}}}),
        (
            {"response_format": {"type": "json_schema", "json_schema": SCHEMA}},
            {"text": {"format": {"type": "json_schema", **SCHEMA}}},
        ),
        ({"model": "other", "input": "other"}, {}),
    ],
)
def test_parameters_take_their_names_in_responses(parameters: dict[str, Any], expected: dict[str, Any]) -> None:
    body = responses(parameters)
    assert body == {"model": "gpt-x", "input": as_dicts(MESSAGES), **expected}
    assert body.keys() <= IN_RESPONSES


def test_a_parameter_never_takes_the_place_of_the_model_or_the_messages() -> None:
    assert chat({"model": "other", "messages": [], "seed": 1}) == chat({"seed": 1})


@pytest.mark.parametrize("name", sorted(NOT_IN_RESPONSES))
def test_what_responses_lack_is_refused_with_the_way_out(name: str) -> None:
    with pytest.raises(RenderError, match="no parameter") as caught:
        responses({name: 1})
    assert str(caught.value) == f"greet: the Responses interface has no parameter '{name}'"
    assert "call.openai()" in caught.value.hint


CALL = ToolCall("look_up", '{"q": 1}', "c1")
PNG = Media("image", "image/png", b"\x89PNG")
PDF = Media("file", "application/pdf", b"%PDF", name="order.pdf")
WAV = Media("audio", "audio/wav", b"RIFF")


@pytest.mark.parametrize(
    ("message", "items"),
    [
        (Message("assistant", "Hi"), [{"role": "assistant", "content": "Hi"}]),
        (
            Message("assistant", ("Hi", "you")),
            [{"role": "assistant", "content": [{"type": "output_text", "text": t} for t in ("Hi", "you")]}],
        ),
        (
            Message("user", ("Look:", PNG, Media("image", url="https://a.example/b.png"))),
            [
                {
                    "role": "user",
                    "content": [
                        {"type": "input_text", "text": "Look:"},
                        {"type": "input_image", "image_url": "data:image/png;base64,iVBORw==", "detail": "auto"},
                        {"type": "input_image", "image_url": "https://a.example/b.png", "detail": "auto"},
                    ],
                }
            ],
        ),
        (
            Message("user", (PDF, Media("file", url="https://a.example/b.pdf"))),
            [
                {
                    "role": "user",
                    "content": [
                        {
                            "type": "input_file",
                            "filename": "order.pdf",
                            "file_data": "data:application/pdf;base64,JVBERg==",
                        },
                        {"type": "input_file", "file_url": "https://a.example/b.pdf"},
                    ],
                }
            ],
        ),
        (
            Message("assistant", "I look.", (CALL,)),
            [
                {"role": "assistant", "content": "I look."},
                {"type": "function_call", "call_id": "c1", "name": "look_up", "arguments": '{"q": 1}'},
            ],
        ),
        (
            Message("assistant", "", (CALL,)),
            [{"type": "function_call", "call_id": "c1", "name": "look_up", "arguments": '{"q": 1}'}],
        ),
        (
            Message("tool", "42", tool_call_id="c1"),
            [{"type": "function_call_output", "call_id": "c1", "output": "42"}],
        ),
        (
            Message("tool", ("42",), tool_call_id="c1"),
            [{"type": "function_call_output", "call_id": "c1", "output": [{"type": "input_text", "text": "42"}]}],
        ),
    ],
)
def test_messages_are_items_in_responses(message: Message, items: list[dict[str, Any]]) -> None:
    assert responses_arguments("m", (message,), {})["input"] == items


@pytest.mark.parametrize(
    ("message", "lack"),
    [
        (Message("user", (WAV,)), "no audio in a message of the user"),
        (Message("assistant", (PNG,)), "no image in a message of the assistant"),
        (Message("user", "Hi", name="ada"), "no name of a message"),
    ],
)
def test_what_responses_have_no_place_for_in_a_message_is_refused(message: Message, lack: str) -> None:
    with pytest.raises(RenderError, match=f"^greet: the Responses interface has {lack}") as caught:
        responses_arguments("m", (message,), {}, where="greet")
    assert "call.openai()" in caught.value.hint


@pytest.mark.parametrize("kind", ["file", "audio"])
def test_only_pictures_go_by_their_address_in_chat_completions(kind: MediaKind) -> None:
    message = Message("user", (Media(kind, url="https://a.example/b"),))
    with pytest.raises(RenderError, match=f"^greet: chat completions take no {kind} by its address") as caught:
        chat_arguments("m", (message,), {}, where="greet")
    assert "bytes" in caught.value.hint
    assert as_dicts([Message("user", (Media("image", url="https://a.example/b"),))])[0]["content"] == [
        {"type": "image_url", "image_url": {"url": "https://a.example/b"}}
    ]


def test_functions_have_one_level_less_in_responses_and_stay_as_strict_as_they_were() -> None:
    strict = {"type": "function", "function": {"name": "f", "strict": True}}
    other = {"type": "web_search"}
    assert chat({}, [TOOL, strict])["tools"] == [TOOL, strict]
    assert responses({}, [TOOL, strict, other])["tools"] == [
        {"type": "function", "strict": False, **TOOL["function"]},  # type: ignore[dict-item]
        {"type": "function", "name": "f", "strict": True},
        other,
    ]


@pytest.mark.parametrize(
    ("form", "in_chat", "in_responses"),
    [
        ("text", None, None),
        ("json_object", {"type": "json_object"}, {"type": "json_object"}),
        ("json_schema", {"type": "json_schema", "json_schema": SCHEMA}, {"type": "json_schema", **SCHEMA}),
    ],
)
def test_the_form_of_the_reply_stands_where_each_interface_wants_it(
    form: str, in_chat: object, in_responses: object
) -> None:
    assert chat({}, (), form, SCHEMA).get("response_format") == in_chat
    assert responses({"verbosity": "low"}, (), form, SCHEMA)["text"].get("format") == in_responses
    assert responses({"verbosity": "low"}, (), form, SCHEMA)["text"]["verbosity"] == "low"


def test_names_the_client_does_not_know_reach_the_server_beside_the_others() -> None:
    assert for_client({"seed": 1}, IN_CHAT) == {"seed": 1}
    assert for_client({"seed": 1, "top_k": 40, "min_p": 0}, IN_CHAT) == {
        "seed": 1,
        "extra_body": {"top_k": 40, "min_p": 0},
    }
    both = for_client({"top_k": 40, "extra_body": {"top_k": 1, "thinking": True}}, IN_CHAT)
    assert both == {"extra_body": {"top_k": 1, "thinking": True}}


@pytest.mark.parametrize(
    ("parameters", "more"),
    [
        ({"top_k": 40, "seed": 1}, {"top_k": 40, "seed": 1}),
        ({"extra_body": {"min_p": 0, "seed": 2}, "seed": 1, "top_k": 3}, {"min_p": 0, "seed": 2, "top_k": 3}),
        ({"extra_body": {}}, {}),
        ({"extra_headers": {"a": "b"}, "extra_query": {"a": "b"}, "timeout": 3}, {}),
    ],
)
def test_what_is_sent_holds_the_extra_body_and_no_option_of_the_client(
    parameters: dict[str, Any], more: dict[str, Any]
) -> None:
    assert as_sent(chat(parameters)) == chat({}) | more


@pytest.mark.parametrize("make", [as_sent, lambda body: for_client({**body, "top_k": 1}, IN_CHAT)])
def test_an_extra_body_that_is_no_group_is_told(make: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(RenderError, match="'extra_body' is not a group") as caught:
        make(chat({"extra_body": "thinking"}))
    assert "extra_body: {name: value}" in caught.value.hint
