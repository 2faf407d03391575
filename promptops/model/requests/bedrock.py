"""A filled prompt as the arguments of `boto3.client("bedrock-runtime").converse(**…)`.

Nothing is set that the prompt does not ask for, but for the cache points (`bedrock_caching`).
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from promptops.model.chat.message import Message
from promptops.model.requests.bedrock_caching import add_cache_points
from promptops.model.requests.bedrock_content import ContentWriter
from promptops.model.requests.schema_subset import check_subset
from promptops.model.requests.translation import (
    Function,
    Interface,
    ToolChoice,
    merge_turns,
    read_functions,
    read_reply_format,
    read_tool_choice,
    refuse_later_instructions,
    split_instructions,
    stop_texts,
)

NATIVE = {
    "additional_model_request_fields": "additionalModelRequestFields", "guardrail_config": "guardrailConfig",
    "metadata": "requestMetadata", "performance_config": "performanceConfig", "request_metadata": "requestMetadata",
}  # fmt: skip
"""Parameters of `converse` that a prompt may set, as they stand among `modelParameters`."""
TRANSLATED = frozenset({
    "cache_control", "extra_body", "max_completion_tokens", "max_tokens", "n", "parallel_tool_calls",
    "reasoning_effort", "response_format", "service_tier", "stop", "stream", "temperature", "tool_choice",
    "top_k", "top_p",
})  # fmt: skip
"""Parameters of OpenAI's chat API that are put into Bedrock's words."""
EFFORTS = ("low", "medium", "high", "xhigh", "max")
"""What `outputConfig.effort` is documented to take."""
_CLAUDE, _NOVA = re.compile(r"anthropic\.claude"), re.compile(r"amazon\.nova")
_OPENAI = re.compile(r"(^|\.)openai\.")
_ADVICE = "write what the model itself takes under extraBody: it is sent as additionalModelRequestFields"


def bedrock_arguments(
    model: str,
    messages: Iterable[Message],
    parameters: Mapping[str, Any],
    tools: Iterable[Mapping[str, Any]] = (),
    response_format: str = "text",
    json_schema: Mapping[str, Any] | None = None,
    *,
    where: str = "",
) -> dict[str, Any]:
    """`modelId`, `messages`, and whatever else the prompt asks for.

    RenderError, with the prompt's name as its place, for what the interface has no place for.
    """
    interface = Interface("Bedrock", where)
    interface.check_parameters(parameters, NATIVE.keys() | TRANSLATED, f"take it out of modelParameters, or {_ADVICE}")
    instructions, rest = split_instructions(messages, interface)
    body: dict[str, Any] = {"modelId": model, "messages": _messages(rest, interface)}
    if instructions:
        body["system"] = [{"text": text} for text in instructions]
    choice = read_tool_choice(parameters.get("tool_choice"), interface)
    if tool_config := _tool_config(read_functions(tools, interface), choice, rest, interface):
        body["toolConfig"] = tool_config
    body |= _parameters(model, parameters, interface)
    if text_format := _text_format(parameters, response_format, json_schema, interface):
        body["outputConfig"] = {**body.get("outputConfig", {}), "textFormat": text_format}
    return add_cache_points(body, parameters, interface)


def _messages(messages: tuple[Message, ...], interface: Interface) -> list[dict[str, Any]]:
    refuse_later_instructions(messages, interface)
    writer = ContentWriter(interface)
    found = []
    for turn in merge_turns(messages):
        if turn.role not in ("user", "assistant"):
            raise interface.error(f"has no role '{turn.role}'", "use system, user, assistant or tool")
        blocks = [block for one in turn.messages for block in writer.blocks(one)]
        writer.check_documents(blocks)
        found.append({"role": turn.role, "content": blocks})
    if not found or found[0]["role"] != "user":
        raise interface.error("wants a user message first", "make the first message after the system's a user message")
    return found


def _tool_config(
    functions: list[Function], choice: ToolChoice | None, messages: tuple[Message, ...], interface: Interface
) -> dict[str, Any]:
    has_calls = any(one.tool_calls or one.role == "tool" for one in messages)
    if choice and choice.mode == "none":
        if has_calls:
            hint = "take toolChoice out, and say in the prompt that no tool is to be called"
            raise interface.error("cannot be kept from calling tools in a conversation that has called some", hint)
        return {}
    if not functions:
        if has_calls:
            raise interface.error("wants to know the tools that were called", "add tools: with these functions")
        return {}
    config: dict[str, Any] = {"tools": [{"toolSpec": _tool(each)} for each in functions]}
    if choice and choice.mode == "function":
        config["toolChoice"] = {"tool": {"name": choice.name}}
    elif choice:
        config["toolChoice"] = {"any" if choice.mode == "required" else "auto": {}}
    return config


def _tool(function: Function) -> dict[str, Any]:
    found: dict[str, Any] = {"name": function.name, "inputSchema": {"json": dict(function.parameters)}}
    if function.description:
        found["description"] = function.description
    if function.others.get("strict"):
        found["strict"] = True
    return found


def _parameters(model: str, given: Mapping[str, Any], interface: Interface) -> dict[str, Any]:
    _refuse_impossible(given, interface)
    body = {NATIVE[name]: value for name, value in given.items() if name in NATIVE}
    inference = {
        "maxTokens": interface.token_limit(given),
        "temperature": given.get("temperature"),
        "topP": given.get("top_p"),
        "stopSequences": None if given.get("stop") is None else stop_texts(given["stop"], interface),
    }
    if inference := {name: value for name, value in inference.items() if value is not None}:
        body["inferenceConfig"] = inference
    if (tier := given.get("service_tier")) is not None:
        body["serviceTier"] = {"type": tier} if isinstance(tier, str) else tier
    more: dict[str, Any] = {}
    if (effort := given.get("reasoning_effort")) is not None:
        if _OPENAI.search(model):
            more["reasoning_effort"] = effort
        else:
            body["outputConfig"] = {"effort": _effort(model, effort, interface)}
    if given.get("top_k") is not None:
        more |= _top_k(model, given["top_k"], interface)
    more |= {**body.get("additionalModelRequestFields", {}), **(given.get("extra_body") or {})}
    return {**body, "additionalModelRequestFields": more} if more else body


def _refuse_impossible(given: Mapping[str, Any], interface: Interface) -> None:
    if given.get("n", 1) != 1:
        raise interface.error("gives one reply a call", "take n out of modelParameters; trials: asks again")
    if given.get("stream"):
        raise interface.error("is asked for whole replies", "take stream out of modelParameters")
    if given.get("parallel_tool_calls") is False:
        hint = "take parallelToolCalls out, and say in the prompt that tools are called one by one"
        raise interface.error("cannot be kept from calling tools in parallel", hint)


def _effort(model: str, effort: object, interface: Interface) -> str:
    if not (_CLAUDE.search(model) or model.startswith("arn:")):
        raise interface.error(f"has no reasoning_effort for '{model}'", f"take it out, or {_ADVICE}")
    if effort not in EFFORTS:
        raise interface.error(f"has no reasoning_effort '{effort}'", f"use {', '.join(EFFORTS)}")
    return str(effort)


def _top_k(model: str, value: object, interface: Interface) -> dict[str, Any]:
    """Where Claude's and Nova's own documentation puts it."""
    if _CLAUDE.search(model):
        return {"top_k": value}
    if _NOVA.search(model):
        return {"inferenceConfig": {"topK": value}}
    raise interface.error(f"has no top_k for '{model}'", f"take it out, or {_ADVICE}")


def _text_format(
    parameters: Mapping[str, Any], response_format: str, json_schema: Mapping[str, Any] | None, interface: Interface
) -> dict[str, Any] | None:
    wanted = read_reply_format(parameters, response_format, json_schema)
    if wanted.kind == "text":
        return None
    if wanted.kind != "json_schema":
        hint = "write responseFormat: json_schema and a jsonSchema"
        raise interface.error(f"has no reply format '{wanted.kind}'", hint)
    check_subset(wanted.schema, interface)
    described: dict[str, Any] = {"schema": json.dumps(wanted.schema, ensure_ascii=False)}
    for name in ("name", "description"):
        if wanted.definition.get(name):
            described[name] = wanted.definition[name]
    return {"type": "json_schema", "structure": {"jsonSchema": described}}
