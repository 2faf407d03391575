"""A filled prompt as the arguments of Anthropic's Messages API, as version 2026-10-21 and `anthropic` 2.x have it.

Two things are set that the prompt does not ask for. `max_tokens`, which the interface wants: DEFAULT_MAX_TOKENS. And
`cache_control`, so that what calls have in common is paid in full once: after the tools and instructions at the
beginning, and after the last turn of the assistant before the end (examples, or what was said so far). A parameter
`cache_control` takes its place: `off` for none, `{type: ephemeral}` for the interface's own choice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from promptops.model.chat.media import Media
from promptops.model.chat.message import Message, Part
from promptops.model.requests.chat_completions import CALL_OPTIONS
from promptops.model.requests.schema_subset import check_subset
from promptops.model.requests.translation import (
    Interface,
    Turn,
    call_arguments,
    is_caching_off,
    merge_turns,
    read_functions,
    read_reply_format,
    read_tool_choice,
    split_instructions,
    stop_texts,
)

DEFAULT_MAX_TOKENS = 16_000
"""Room for a reply and the thinking before it; the client refuses more than 21,333 without streaming."""
IN_MESSAGES = frozenset({
    "cache_control", "container", "diagnostics", "extra_body", "extra_headers", "extra_query", "inference_geo",
    "max_tokens", "messages", "metadata", "model", "output_config", "service_tier", "speed", "stop_sequences",
    "system", "thinking", "timeout", "tool_choice", "tools", "user_profile_id", "workspace_id",
})  # fmt: skip
"""What `client.messages.create` has a name for, `stream` apart."""
EFFORTS = ("low", "medium", "high", "xhigh", "max")
_AS_THEY_ARE = IN_MESSAGES - CALL_OPTIONS.keys() - {"max_tokens", "messages", "model", "system", "tools", "tool_choice"}
_TRANSLATED = frozenset({
    "max_completion_tokens", "max_tokens", "parallel_tool_calls", "reasoning_effort", "response_format", "stop",
    "tool_choice", "user",
})  # fmt: skip
_SAMPLING = frozenset({"temperature", "top_k", "top_p"})
_PICTURES = frozenset({"image/gif", "image/jpeg", "image/png", "image/webp"})
_OF_TOOLS = frozenset({
    "allowed_callers", "cache_control", "defer_loading", "eager_input_streaming", "input_examples", "strict",
})  # fmt: skip
_ID = re.compile(r"[A-Za-z0-9_-]+")
# Later models take instructions in the middle of a conversation, and think as much as they find right.
_ONLY_AT_THE_BEGINNING = re.compile(r"claude-(2|3|instant|(opus|sonnet|haiku)-4(-[0-7](?!\d)|-20|$))")
_WITHOUT_EFFORT = re.compile(r"claude-(2|3|instant|(opus|sonnet|haiku)-4(-[0-5](?!\d)|-20|$))")
_MARK = {"type": "ephemeral"}

Block = dict[str, Any]


def anthropic_arguments(
    model: str,
    messages: Iterable[Message],
    parameters: Mapping[str, Any],
    tools: Iterable[Mapping[str, Any]] = (),
    response_format: str = "text",
    json_schema: Mapping[str, Any] | None = None,
    *,
    where: str = "",
) -> dict[str, Any]:
    """The arguments of `client.messages.create`. RenderError, at the prompt's name, for what has no place."""
    theirs = Interface("Anthropic's Messages interface", where)
    _check_names(parameters, theirs)
    instructions, rest = split_instructions(messages, theirs)
    own_tools = _tools(tools, theirs)
    body: dict[str, Any] = {"model": model, **_parameters(model, parameters, theirs)}
    if choice := _tool_choice(parameters, theirs, has_tools=bool(own_tools)):
        body["tool_choice"] = choice
    if output := _output(parameters, response_format, json_schema, theirs):
        body["output_config"] = output
    system: list[Block] = [{"type": "text", "text": text} for text in instructions]
    turns = [_turn(turn, theirs) for turn in _checked_turns(model, rest, theirs)]
    if "cache_control" not in parameters:
        _mark_what_stays([*own_tools, *system], turns)
    for name, blocks in (("tools", own_tools), ("system", system)):
        if blocks:
            body[name] = blocks
    return body | {"messages": turns}


def _check_names(parameters: Mapping[str, Any], theirs: Interface) -> None:
    hint = "take it out of modelParameters"
    if not _SAMPLING.isdisjoint(parameters):
        hint += " and of the model's parameters: the interface takes no temperature, top_p or top_k since 2026-10-21"
    theirs.check_parameters(parameters, _AS_THEY_ARE | _TRANSLATED | CALL_OPTIONS.keys(), hint)


def _parameters(model: str, parameters: Mapping[str, Any], theirs: Interface) -> dict[str, Any]:
    limit = theirs.token_limit(parameters)
    found: dict[str, Any] = {"max_tokens": DEFAULT_MAX_TOKENS if limit is None else limit}
    found |= {name: value for name, value in parameters.items() if name in _AS_THEY_ARE | CALL_OPTIONS.keys()}
    if is_caching_off(parameters):
        del found["cache_control"]
    if parameters.get("stop") is not None:
        found["stop_sequences"] = [*found.get("stop_sequences", ()), *stop_texts(parameters["stop"], theirs)]
    if parameters.get("user") is not None:
        found["metadata"] = {**(found.get("metadata") or {}), "user_id": parameters["user"]}
    if others := [name for name in found.get("metadata") or {} if name != "user_id"]:
        hint = "take it out of modelParameters"
        raise theirs.error(f"takes no metadata but user_id, and there is '{others[0]}'", hint)
    if found.get("service_tier") not in (None, "auto", "standard_only"):
        raise theirs.error(f"has no service_tier '{found['service_tier']}'", "write auto or standard_only")
    if (effort := parameters.get("reasoning_effort")) is not None:
        found = {"thinking": _thinking(model, effort, theirs, chosen="thinking" in found)} | found
    return found


def _thinking(model: str, effort: object, theirs: Interface, *, chosen: bool) -> dict[str, str]:
    """Some models think only where they are told to, so an effort tells them; unless the prompt has `chosen` how."""
    if effort == "none":
        return {"type": "disabled"}
    if effort not in EFFORTS:
        raise theirs.error(f"has no reasoning_effort '{effort}'", f"write none, {', '.join(EFFORTS)}")
    if _WITHOUT_EFFORT.match(model) and not chosen:
        hint = "take it out, or write thinking: {type: enabled, budget_tokens: 2000} in modelParameters"
        raise theirs.error(f"takes no reasoning_effort for {model}", hint)
    return {"type": "adaptive"}


def _output(
    parameters: Mapping[str, Any], response_format: str, json_schema: Mapping[str, Any] | None, theirs: Interface
) -> dict[str, Any]:
    output = dict(parameters.get("output_config") or {})
    if parameters.get("reasoning_effort") in EFFORTS:
        output["effort"] = parameters["reasoning_effort"]
    form = read_reply_format(parameters, response_format, json_schema)
    if form.kind == "json_schema":
        check_subset(form.schema, theirs)
        output["format"] = {"type": "json_schema", "schema": dict(form.schema)}
    elif form.kind != "text":
        hint = "say which JSON: responseFormat: json_schema and a jsonSchema"
        raise theirs.error(f"has no response format '{form.kind}'", hint)
    return output


def _tool_choice(parameters: Mapping[str, Any], theirs: Interface, *, has_tools: bool) -> dict[str, Any]:
    choice = read_tool_choice(parameters.get("tool_choice"), theirs)
    found: dict[str, Any] = {}
    if choice is not None:
        found["type"] = {"required": "any", "function": "tool"}.get(choice.mode, choice.mode)
        if choice.name:
            found["name"] = choice.name
    if parameters.get("parallel_tool_calls") is False and has_tools and found.get("type") != "none":
        found = {"type": "auto"} | found | {"disable_parallel_tool_use": True}
    return found


def _tools(tools: Iterable[Mapping[str, Any]], theirs: Interface) -> list[Block]:
    found = []
    for function in read_functions(tools, theirs):
        if others := [name for name in function.others if name not in _OF_TOOLS]:
            raise theirs.error(f"has no place for '{others[0]}' of the tool '{function.name}'", "take it out")
        described = {"description": function.description} if function.description else {}
        schema = {"input_schema": dict(function.parameters)}
        found.append({"name": function.name, **described, **schema, **function.others})
    return found


def _checked_turns(model: str, messages: Iterable[Message], theirs: Interface) -> list[Turn]:
    """The turns; instructions among them only where the interface takes them: between user and assistant, or last."""
    turns = merge_turns(messages)
    if not turns:
        raise theirs.error("needs a message beside the instructions", "add a user message")
    for before, turn, after in zip([None, *turns], turns, [*turns[1:], None], strict=False):
        if turn.role != "system":
            continue
        if _ONLY_AT_THE_BEGINNING.match(model):
            hint = "move it before the first user message, or make it a user message"
            raise theirs.error(f"takes {turn.messages[0].role} messages at the beginning only for {model}", hint)
        if before is None or before.role != "user" or (after is not None and after.role != "assistant"):
            hint = "move it after a user message that the assistant answers, or to the beginning"
            raise theirs.error(f"takes no {turn.messages[0].role} message there", hint)
    return turns


def _turn(turn: Turn, theirs: Interface) -> dict[str, Any]:
    blocks = [block for message in turn.messages for block in _blocks(message, theirs)]
    if not blocks:
        raise theirs.error(f"takes no empty {turn.role} message", "say something in it, or leave it out with `when`")
    return {"role": turn.role, "content": blocks}


def _blocks(message: Message, theirs: Interface) -> list[Block]:
    if message.role == "tool":
        return [_result(message, theirs)]
    if message.name:
        raise theirs.error(f"has no place for the name '{message.name}' of a message", "put the name into its text")
    if message.role != "user" and message.media:
        raise theirs.error(f"takes no {message.media[0].kind} in a message of the {message.role}", "use a user message")
    found = [_block(part, theirs) for part in message.parts if part]
    for call in message.tool_calls:
        arguments = call_arguments(call, theirs)
        found.append({"type": "tool_use", "id": _id(call.id, theirs), "name": call.name, "input": arguments})
    return found


def _result(message: Message, theirs: Interface) -> Block:
    content: Any = message.content
    if not isinstance(content, str):
        content = [_block(part, theirs) for part in message.parts if part]
    return {"type": "tool_result", "tool_use_id": _id(message.tool_call_id, theirs), "content": content}


def _id(text: str, theirs: Interface) -> str:
    if not _ID.fullmatch(text):
        hint = "write ids of letters, digits, _ and -, like call_1"
        raise theirs.error(f"takes no id of a tool call like '{text}'", hint)
    return text


def _block(part: Part, theirs: Interface) -> Block:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    if part.kind == "audio":
        raise theirs.error("takes no audio", "send a text of what is said, or take another model")
    return {"type": "image" if part.kind == "image" else "document", "source": _source(part, theirs)}


def _source(media: Media, theirs: Interface) -> dict[str, str]:
    if media.url:
        return {"type": "url", "url": media.url}
    allowed = _PICTURES if media.kind == "image" else frozenset({"application/pdf"})
    if media.media_type not in allowed:
        hint = f"send {', '.join(sorted(allowed))}"
        raise theirs.error(f"takes no {media.kind} of the type '{media.media_type}'", hint)
    return {"type": "base64", "media_type": media.media_type, "data": media.base64}


def _mark_what_stays(first: list[Block], turns: list[dict[str, Any]]) -> None:
    """Mark where what calls have in common ends. The interface looks for it in this order: tools, system, messages."""
    if first:
        first[-1]["cache_control"] = dict(_MARK)
    spoken = [turn for turn in turns[:-1] if turn["role"] == "assistant"]
    if spoken:
        spoken[-1]["content"][-1]["cache_control"] = dict(_MARK)
