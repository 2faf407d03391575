"""A filled prompt in Gemini's words, held against what Google's own client takes."""

from __future__ import annotations

from typing import Any

import pytest
from google.genai import types

from promptops.errors import RenderError
from promptops.model.chat.media import Media
from promptops.model.chat.message import Message, ToolCall
from promptops.model.requests.gemini import NATIVE, NO_SIGNATURE, TRANSLATED, gemini_arguments
from promptops.model.requests.gemini_thinking import LEVELS

FLASH, OLDER = "gemini-3.5-flash", "gemini-2.5-flash"
HI = Message("user", "Hi")
PNG = Media("image", "image/png", b"\x89PNG", name="cake.png")
TOOL = {
    "type": "function",
    "function": {
        "name": "look_up",
        "description": "Finds an order.",
        "parameters": {"type": "object", "properties": {"order": {"type": "string"}}, "required": ["order"]},
    },
}
SCHEMA = {"name": "answer", "schema": {"type": "object", "properties": {"ok": {"type": "boolean"}}}}
CALL = Message("assistant", "", (ToolCall("look_up", '{"order": "17"}', "c1"), ToolCall("now", "", "c2")))
RESULTS = (Message("tool", '{"state": "sent"}', tool_call_id="c1"), Message("tool", "noon", tool_call_id="c2"))


def asked(*messages: Message, model: str = FLASH, **more: Any) -> dict[str, Any]:
    """The arguments, which the client's own types must take."""
    found = gemini_arguments(model, messages or (HI,), more.pop("parameters", {}), where="greet", **more)
    types._GenerateContentParameters.model_validate(found)
    return found


def config(parameters: dict[str, Any], **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = asked(parameters=parameters, **more).get("config", {})
    return found


def test_nothing_is_set_that_the_prompt_does_not_ask_for() -> None:
    assert asked() == {"model": FLASH, "contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}


def test_what_the_config_is_said_to_have_it_has() -> None:
    names = set(types.GenerateContentConfig.model_fields)
    assert names >= NATIVE
    assert not NATIVE & TRANSLATED
    # An `n` or a `stop` that went there by its own name would be a typing error of the client's.
    assert names & TRANSLATED == {"logprobs"}


def test_system_messages_are_the_instruction_and_the_roles_are_geminis() -> None:
    found = asked(Message("system", "Be short."), HI, Message("assistant", "Hello."), Message("user", "Bye"))
    assert found["config"] == {"system_instruction": "Be short."}
    assert [(each["role"], each["parts"]) for each in found["contents"]] == [
        ("user", [{"text": "Hi"}]),
        ("model", [{"text": "Hello."}]),
        ("user", [{"text": "Bye"}]),
    ]
    two = asked(Message("system", "Be short."), Message("developer", "Be kind."), HI)
    assert two["config"]["system_instruction"] == {"parts": [{"text": "Be short."}, {"text": "Be kind."}]}


def test_pictures_files_and_sounds_are_parts_in_their_order() -> None:
    pdf, sound = Media("file", "application/pdf", b"%PDF"), Media("audio", "audio/mpeg", b"ID3")
    (content,) = asked(Message("user", ("Look:", PNG, pdf, sound)))["contents"]
    assert content["parts"] == [
        {"text": "Look:"},
        {"inline_data": {"mime_type": "image/png", "data": b"\x89PNG"}},
        {"inline_data": {"mime_type": "application/pdf", "data": b"%PDF"}},
        {"inline_data": {"mime_type": "audio/mpeg", "data": b"ID3"}},
    ]


def test_an_address_says_by_its_end_what_lies_there() -> None:
    (content,) = asked(Message("user", (Media("image", url="https://x.org/a/cake.JPG?size=2"),)))["contents"]
    expected = {"mime_type": "image/jpeg", "file_uri": "https://x.org/a/cake.JPG?size=2"}
    assert content["parts"] == [{"file_data": expected}]


def test_calls_of_tools_and_their_results_find_each_other() -> None:
    found = asked(HI, CALL, *RESULTS, model=OLDER)["contents"]
    assert found[1]["parts"] == [
        {"function_call": {"id": "c1", "name": "look_up", "args": {"order": "17"}}},
        {"function_call": {"id": "c2", "name": "now", "args": {}}},
    ]
    assert found[2:] == [
        {
            "role": "user",
            "parts": [
                {"function_response": {"id": "c1", "name": "look_up", "response": {"output": '{"state": "sent"}'}}},
                {"function_response": {"id": "c2", "name": "now", "response": {"output": "noon"}}},
            ],
        }
    ]


@pytest.mark.parametrize(
    ("model", "is_signed"),
    [
        (FLASH, True),
        ("gemini-flash-latest", True),
        ("models/gemini-3-pro", True),
        (OLDER, False),
        ("publishers/google/models/gemini-2.0-flash", False),
    ],
)
def test_a_call_whose_signature_is_lost_says_so_where_one_is_asked_for(model: str, is_signed: bool) -> None:
    first, second = asked(HI, CALL, *RESULTS, model=model)["contents"][1]["parts"]
    assert (first.get("thought_signature") == NO_SIGNATURE) is is_signed
    assert "thought_signature" not in second


def test_a_result_may_hold_a_picture() -> None:
    found = asked(HI, CALL, Message("tool", ("seen", PNG), tool_call_id="c1"))["contents"][2]["parts"][0]
    assert found["function_response"]["parts"] == [{"inline_data": {"mime_type": "image/png", "data": b"\x89PNG"}}]


def test_tools_are_declared_with_their_json_schema() -> None:
    bare = {"type": "function", "function": {"name": "now"}}
    assert config({}, tools=(TOOL, bare))["tools"] == [
        {
            "function_declarations": [
                {
                    "name": "look_up",
                    "description": "Finds an order.",
                    "parameters_json_schema": TOOL["function"]["parameters"],  # type: ignore[index]
                },
                {"name": "now"},
            ]
        }
    ]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("auto", {"mode": "AUTO"}),
        ("none", {"mode": "NONE"}),
        ("required", {"mode": "ANY"}),
        ({"type": "function", "function": {"name": "look_up"}}, {"mode": "ANY", "allowed_function_names": ["look_up"]}),
    ],
)
def test_which_tool_is_to_be_called(choice: object, expected: dict[str, Any]) -> None:
    found = config({"tool_choice": choice, "parallel_tool_calls": True}, tools=(TOOL,))
    assert found["tool_config"] == {"function_calling_config": expected}


def test_calls_of_a_strict_tool_are_validated() -> None:
    strict = {"type": "function", "function": {"name": "f", "strict": True}}
    assert config({}, tools=(strict,))["tool_config"] == {"function_calling_config": {"mode": "VALIDATED"}}
    assert config({"tool_choice": "auto"}, tools=(strict,)) == config({}, tools=(strict,))
    assert (
        config({"tool_choice": "required"}, tools=(strict,))["tool_config"]["function_calling_config"]["mode"] == "ANY"
    )
    assert "tool_config" not in config({}, tools=(TOOL,))


def test_a_schema_or_any_json() -> None:
    assert config({}, response_format="json_object") == {"response_mime_type": "application/json"}
    expected = {"response_mime_type": "application/json", "response_json_schema": SCHEMA["schema"]}
    assert config({}, response_format="json_schema", json_schema=SCHEMA) == expected
    assert config({"response_format": {"type": "json_schema", "json_schema": SCHEMA}}) == expected
    described = config({}, response_format="json_schema", json_schema={**SCHEMA, "description": "A verdict."})
    assert described["response_json_schema"]["description"] == "A verdict."


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"max_tokens": 9}, {"max_output_tokens": 9}),
        ({"max_completion_tokens": 9}, {"max_output_tokens": 9}),
        ({"stop": "END"}, {"stop_sequences": ["END"]}),
        ({"stop": ["a", "b"]}, {"stop_sequences": ["a", "b"]}),
        (
            {"temperature": 0, "top_p": 0.5, "seed": 7, "top_k": 3},
            {"temperature": 0, "top_p": 0.5, "seed": 7, "top_k": 3},
        ),
        ({"logprobs": True, "top_logprobs": 2}, {"response_logprobs": True, "logprobs": 2}),
        ({"n": 1, "stream": False}, {}),
        ({"extra_body": {"x": {"y": 1}}}, {"http_options": {"extra_body": {"x": {"y": 1}}}}),
        ({"thinking_config": {"include_thoughts": True}}, {"thinking_config": {"include_thoughts": True}}),
        (
            {"reasoning_effort": "low", "thinking_config": {"include_thoughts": True}},
            {"thinking_config": {"thinking_level": "LOW", "include_thoughts": True}},
        ),
    ],
)
def test_parameters_have_geminis_names(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert config(given) == expected


@pytest.mark.parametrize(("effort", "budget"), [("none", 0), ("minimal", 1024), ("medium", 8192), ("high", 24576)])
def test_older_models_are_told_how_many_tokens_they_may_think(effort: str, budget: int) -> None:
    assert config({"reasoning_effort": effort}, model=OLDER) == {"thinking_config": {"thinking_budget": budget}}


def test_every_level_is_one_of_the_clients() -> None:
    assert {level.upper() for level in LEVELS} == {one.value for one in types.ThinkingLevel} - {
        "THINKING_LEVEL_UNSPECIFIED"
    }


@pytest.mark.parametrize(
    ("messages", "more", "said"),
    [
        ((HI,), {"parameters": {"user": "u1", "logit_bias": {}}}, "no parameters 'user' or 'logit_bias'"),
        ((HI,), {"parameters": {"n": 2}}, "one reply"),
        ((HI,), {"parameters": {"stream": True}}, "whole replies"),
        ((HI,), {"parameters": {"parallel_tool_calls": False}}, "in parallel"),
        ((HI,), {"parameters": {"reasoning_effort": "none"}}, "no reasoning_effort 'none'"),
        ((HI,), {"parameters": {"reasoning_effort": "max"}, "model": OLDER}, "no reasoning_effort 'max'"),
        ((HI,), {"parameters": {"reasoning_effort": "low"}, "model": "gemini-2.0-flash"}, "gemini-2.0-flash"),
        ((HI,), {"response_format": "grammar"}, "no reply format 'grammar'"),
        ((Message("system", "Be short."),), {}, "beside the system's"),
        ((HI, Message("system", "Late.")), {}, "at the beginning only"),
        ((Message("critic", "x"),), {}, "no role 'critic'"),
        ((Message("user", "x", name="Ann"),), {}, "the name 'Ann'"),
        ((Message("user", ""),), {}, "no user message without content"),
        ((HI, RESULTS[0]), {}, "after its call"),
        ((HI, Message("assistant", "", (ToolCall("f", "[1]", "c"),))), {}, "as an object"),
        ((Message("user", (Media("image", url="https://x.org/cake"),)),), {}, "what kind of data"),
        ((Message("user", (Media("audio", url="https://x.org/a.png"),)),), {}, "what kind of data"),
        (
            (HI, CALL, Message("tool", (Media("image", url="https://x.org/a.png"),), tool_call_id="c1")),
            {},
            "no addresses",
        ),
    ],
)
def test_what_gemini_has_no_place_for(messages: tuple[Message, ...], more: dict[str, Any], said: str) -> None:
    with pytest.raises(RenderError, match=said) as caught:
        asked(*messages, **more)
    assert caught.value.where == "greet"
    assert caught.value.hint
