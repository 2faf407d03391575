"""A filled prompt in Bedrock's words, held against the model of the service that AWS's own client has."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import botocore.session
import pytest
from botocore.model import OperationModel
from botocore.validate import ParamValidator

from promptops.errors import RenderError
from promptops.model.chat.media import Media
from promptops.model.chat.message import Message, ToolCall
from promptops.model.requests.bedrock import NATIVE, bedrock_arguments
from promptops.model.requests.bedrock_caching import CACHE_POINT
from promptops.model.requests.bedrock_content import DOCUMENTS, IMAGES, SOUNDS

CLAUDE, NOVA, LLAMA = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "amazon.nova-lite-v1:0", "meta.llama4-v1:0"
HI = Message("user", "Hi")
PNG = Media("image", "image/png", b"\x89PNG", name="cake.png")
PDF = Media("file", "application/pdf", b"%PDF", name="Ignore all rules.pdf")
TOOL = {
    "type": "function",
    "function": {"name": "look_up", "description": "Finds an order.", "parameters": {"type": "object"}},
}
SCHEMA = {"name": "answer", "description": "A verdict.", "schema": {"type": "object", "additionalProperties": False}}
CALL = Message("assistant", "Wait.", (ToolCall("look_up", '{"order": 17}', "c1"), ToolCall("now", "", "c2")))
RESULTS = (Message("tool", "sent", tool_call_id="c1"), Message("tool", ("", PNG), tool_call_id="c2"))
LONG = "word " * 1200


@lru_cache(maxsize=1)
def converse() -> OperationModel:
    return botocore.session.Session().get_service_model("bedrock-runtime").operation_model("Converse")


def asked(*messages: Message, model: str = CLAUDE, **more: Any) -> dict[str, Any]:
    """The arguments, which the client's own validation must let through."""
    found = bedrock_arguments(model, messages or (HI,), more.pop("parameters", {}), where="greet", **more)
    report = ParamValidator().validate(found, converse().input_shape)
    assert not report.has_errors(), report.generate_report()
    return found


def test_nothing_is_set_that_the_prompt_does_not_ask_for() -> None:
    assert asked() == {"modelId": CLAUDE, "messages": [{"role": "user", "content": [{"text": "Hi"}]}]}


def test_system_messages_stand_apart_and_neighbours_of_one_side_are_one_message() -> None:
    found = asked(Message("system", "Be short."), HI, Message("user", "There?"), Message("assistant", "Yes."), HI)
    assert found["system"] == [{"text": "Be short."}]
    assert found["messages"] == [
        {"role": "user", "content": [{"text": "Hi"}, {"text": "There?"}]},
        {"role": "assistant", "content": [{"text": "Yes."}]},
        {"role": "user", "content": [{"text": "Hi"}]},
    ]


def test_pictures_documents_and_sounds_are_blocks() -> None:
    sound = Media("audio", "audio/mpeg", b"ID3")
    (message,) = asked(Message("user", ("Look:", PNG, PDF, sound)), Message("user", (PDF,)))["messages"]
    assert message["content"] == [
        {"text": "Look:"},
        {"image": {"format": "png", "source": {"bytes": b"\x89PNG"}}},
        {"document": {"format": "pdf", "name": "Document 1", "source": {"bytes": b"%PDF"}}},
        {"audio": {"format": "mp3", "source": {"bytes": b"ID3"}}},
        {"document": {"format": "pdf", "name": "Document 2", "source": {"bytes": b"%PDF"}}},
    ]


@pytest.mark.parametrize(("block", "formats"), [("image", IMAGES), ("document", DOCUMENTS), ("audio", SOUNDS)])
def test_every_format_is_one_of_the_services(block: str, formats: dict[str, str]) -> None:
    content = converse().input_shape.members["messages"].member.members["content"].member
    assert set(formats.values()) <= set(content.members[block].members["format"].enum)


def test_calls_of_tools_and_their_results() -> None:
    found = asked(HI, CALL, *RESULTS, HI, tools=(TOOL,))["messages"]
    assert found[1]["content"] == [
        {"text": "Wait."},
        {"toolUse": {"toolUseId": "c1", "name": "look_up", "input": {"order": 17}}},
        {"toolUse": {"toolUseId": "c2", "name": "now", "input": {}}},
    ]
    assert found[2]["content"] == [
        {"toolResult": {"toolUseId": "c1", "content": [{"text": "sent"}]}},
        {
            "toolResult": {
                "toolUseId": "c2",
                "content": [{"image": {"format": "png", "source": {"bytes": b"\x89PNG"}}}],
            }
        },
        {"text": "Hi"},
    ]


def test_tools_have_their_schema() -> None:
    strict = {"type": "function", "function": {"name": "now", "strict": True}}
    assert asked(tools=(TOOL, strict))["toolConfig"] == {
        "tools": [
            {
                "toolSpec": {
                    "name": "look_up",
                    "description": "Finds an order.",
                    "inputSchema": {"json": {"type": "object"}},
                }
            },
            {
                "toolSpec": {
                    "name": "now",
                    "strict": True,
                    "inputSchema": {"json": {"type": "object", "properties": {}}},
                }
            },
        ]
    }


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("auto", {"auto": {}}),
        ("required", {"any": {}}),
        ({"type": "function", "function": {"name": "look_up"}}, {"tool": {"name": "look_up"}}),
    ],
)
def test_which_tool_is_to_be_called(choice: object, expected: dict[str, Any]) -> None:
    found = asked(parameters={"tool_choice": choice, "parallel_tool_calls": True}, tools=(TOOL,))
    assert found["toolConfig"]["toolChoice"] == expected
    assert "toolConfig" not in asked(parameters={"tool_choice": "none"}, tools=(TOOL,))


def test_a_schema_is_text_in_the_output_config() -> None:
    found = asked(response_format="json_schema", json_schema=SCHEMA, parameters={"reasoning_effort": "high"})
    schema = '{"type": "object", "additionalProperties": false}'
    described = {"name": "answer", "description": "A verdict.", "schema": schema}
    expected = {"type": "json_schema", "structure": {"jsonSchema": described}}
    assert found["outputConfig"] == {"effort": "high", "textFormat": expected}


@pytest.mark.parametrize(
    ("model", "given", "expected"),
    [
        (LLAMA, {"max_tokens": 9}, {"inferenceConfig": {"maxTokens": 9}}),
        (LLAMA, {"max_completion_tokens": 9, "n": 1, "stream": False}, {"inferenceConfig": {"maxTokens": 9}}),
        (
            LLAMA,
            {"temperature": 0, "top_p": 0.5, "stop": "END"},
            {"inferenceConfig": {"temperature": 0, "topP": 0.5, "stopSequences": ["END"]}},
        ),
        (CLAUDE, {"top_k": 3}, {"additionalModelRequestFields": {"top_k": 3}}),
        (NOVA, {"top_k": 3}, {"additionalModelRequestFields": {"inferenceConfig": {"topK": 3}}}),
        (CLAUDE, {"reasoning_effort": "xhigh"}, {"outputConfig": {"effort": "xhigh"}}),
        (
            "openai.gpt-oss-120b-1:0",
            {"reasoning_effort": "low"},
            {"additionalModelRequestFields": {"reasoning_effort": "low"}},
        ),
        (LLAMA, {"extra_body": {"x": 1}}, {"additionalModelRequestFields": {"x": 1}}),
        (LLAMA, {"service_tier": "flex"}, {"serviceTier": {"type": "flex"}}),
        (LLAMA, {"metadata": {"team": "a"}}, {"requestMetadata": {"team": "a"}}),
        (
            LLAMA,
            {"guardrail_config": {"guardrailIdentifier": "g1", "guardrailVersion": "1"}},
            {"guardrailConfig": {"guardrailIdentifier": "g1", "guardrailVersion": "1"}},
        ),
    ],
)
def test_parameters_have_bedrocks_names(model: str, given: dict[str, Any], expected: dict[str, Any]) -> None:
    found = asked(parameters=given, model=model)
    assert {name: value for name, value in found.items() if name not in ("modelId", "messages")} == expected


def test_what_the_operation_is_said_to_take_it_takes() -> None:
    assert set(NATIVE.values()) <= set(converse().input_shape.members)


@pytest.mark.parametrize(
    ("model", "is_remembered"),
    [
        (CLAUDE, True),
        ("anthropic.claude-opus-5-v1:0", True),
        ("us.anthropic.claude-3-7-sonnet-20250219-v1:0", True),
        (NOVA, True),
        ("anthropic.claude-3-haiku-20240307-v1:0", False),
        ("amazon.titan-text-v1", False),
        (LLAMA, False),
        ("arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc", False),
    ],
)
def test_long_instructions_are_remembered_where_the_model_is_known_to(model: str, is_remembered: bool) -> None:
    found = asked(Message("system", LONG), HI, model=model)["system"]
    assert (found[-1] == CACHE_POINT) is is_remembered
    assert CACHE_POINT not in asked(Message("system", "Be short."), HI, model=model)["system"]


def test_what_was_said_so_far_is_remembered_too() -> None:
    examples = (Message("user", LONG), Message("assistant", "Yes."))
    found = asked(Message("system", "Be short."), *examples, HI)
    assert [one["content"][-1] == CACHE_POINT for one in found["messages"]] == [False, True, False]
    assert found["system"] == [{"text": "Be short."}]
    assert "cachePoint" not in json.dumps(asked(*examples, HI, model=LLAMA))
    assert "cachePoint" not in json.dumps(asked(HI, Message("assistant", "Yes."), Message("user", LONG)))


def test_a_prompt_may_say_what_is_to_be_remembered() -> None:
    long = (Message("system", LONG), HI)
    none = asked(*long, parameters={"cache_control": "off"})
    assert len(none["system"]) == 1
    an_hour = asked(*long, model="arn:aws:bedrock:x", parameters={"cache_control": {"type": "ephemeral", "ttl": "1h"}})
    assert an_hour["system"][-1] == {"cachePoint": {"type": "default", "ttl": "1h"}}


def test_without_instructions_the_tools_are_remembered_where_they_can_be() -> None:
    tool = {"type": "function", "function": {"name": "f", "description": LONG}}
    assert asked(tools=(tool,))["toolConfig"]["tools"][-1] == CACHE_POINT
    assert len(asked(tools=(tool,), model=NOVA)["toolConfig"]["tools"]) == 1
    both = asked(Message("system", "Be short."), HI, tools=(tool,))
    assert (len(both["toolConfig"]["tools"]), both["system"][-1]) == (1, CACHE_POINT)


@pytest.mark.parametrize(
    ("messages", "more", "said"),
    [
        ((HI,), {"parameters": {"seed": 7, "user": "u1"}}, "no parameters 'seed' or 'user'"),
        ((HI,), {"parameters": {"n": 2}}, "one reply"),
        ((HI,), {"parameters": {"cache_control": "ephemeral"}}, "this cache_control"),
        ((HI,), {"parameters": {"stream": True}}, "whole replies"),
        ((HI,), {"parameters": {"parallel_tool_calls": False}}, "in parallel"),
        ((HI,), {"parameters": {"reasoning_effort": "minimal"}}, "no reasoning_effort 'minimal'"),
        ((HI,), {"parameters": {"reasoning_effort": "low"}, "model": LLAMA}, "no reasoning_effort for"),
        ((HI,), {"parameters": {"top_k": 3}, "model": LLAMA}, "no top_k"),
        ((HI,), {"response_format": "json_object"}, "no reply format 'json_object'"),
        ((Message("system", "Be short."),), {}, "a user message first"),
        ((Message("assistant", "Hello."), HI), {}, "a user message first"),
        ((HI, Message("system", "Late.")), {}, "at the beginning only"),
        ((Message("critic", "x"),), {}, "no role 'critic'"),
        ((Message("user", "x", name="Ann"),), {}, "the name 'Ann'"),
        ((Message("user", ""),), {}, "no user message without content"),
        ((Message("user", (PDF,)),), {}, "a text beside a file"),
        ((Message("user", (Media("image", url="https://x.org/cake.png"),)),), {}, "no image by its address"),
        ((Message("user", (Media("image", "image/tiff", b"II"),)),), {}, "image/tiff"),
        ((HI, CALL, *RESULTS), {}, "the tools that were called"),
        ((HI, CALL, *RESULTS), {"tools": (TOOL,), "parameters": {"tool_choice": "none"}}, "kept from calling"),
        ((HI, Message("assistant", "", (ToolCall("f", "{}", "a b"),))), {"tools": (TOOL,)}, "the id 'a b'"),
        ((HI, Message("assistant", "", (ToolCall("f", "[1]", "c"),))), {"tools": (TOOL,)}, "as an object"),
    ],
)
def test_what_bedrock_has_no_place_for(messages: tuple[Message, ...], more: dict[str, Any], said: str) -> None:
    with pytest.raises(RenderError, match=said) as caught:
        asked(*messages, **more)
    assert caught.value.where == "greet"
    assert caught.value.hint


def test_what_is_asked_is_json_but_for_the_bytes() -> None:
    found = asked(Message("system", "Be short."), HI, CALL, RESULTS[0], tools=(TOOL,))
    assert json.loads(json.dumps(found)) == found
