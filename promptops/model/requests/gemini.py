"""A filled prompt as the arguments of `google.genai.Client().models.generate_content(**…)`.

Nothing is set that the prompt does not ask for. https://ai.google.dev/api/generate-content
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from promptops.model.chat.media import Media
from promptops.model.chat.message import Message, Part
from promptops.model.requests.gemini_thinking import thinking_config
from promptops.model.requests.translation import (
    Function,
    Interface,
    ToolChoice,
    call_arguments,
    names_of_calls,
    read_functions,
    read_reply_format,
    read_tool_choice,
    refuse_later_instructions,
    split_instructions,
    stop_texts,
)

NATIVE = frozenset({
    "audio_timestamp", "cached_content", "enable_enhanced_civic_answers", "frequency_penalty", "labels",
    "max_output_tokens", "media_resolution", "model_armor_config", "model_selection_config", "presence_penalty",
    "routing_config", "safety_settings", "seed", "service_tier", "stop_sequences", "store", "temperature",
    "thinking_config", "top_k", "top_p",
})  # fmt: skip
"""Parameters that `GenerateContentConfig` has under the same name, and that leave one reply of text."""
TRANSLATED = frozenset({
    "extra_body", "logprobs", "max_completion_tokens", "max_tokens", "n", "parallel_tool_calls", "reasoning_effort",
    "response_format", "stop", "stream", "tool_choice", "top_logprobs",
})  # fmt: skip
"""Parameters of OpenAI's chat API that are put into Gemini's words."""
NO_SIGNATURE = b"skip_thought_signature_validator"
"""What Google documents for calls of tools whose signature is not known. Gemini 3 and later refuse calls without one.

https://ai.google.dev/gemini-api/docs/thought-signatures
"""
# These neither sign their calls nor ask for it.
_UNSIGNED = re.compile(r"(.*/)?gemini-[12]\b")
_MODES = {"auto": "AUTO", "none": "NONE", "required": "ANY", "function": "ANY"}
_TYPES = {
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp", "heic": "image/heic",
    "heif": "image/heif", "pdf": "application/pdf", "txt": "text/plain", "md": "text/markdown", "csv": "text/csv",
    "html": "text/html", "mp3": "audio/mpeg", "wav": "audio/wav", "flac": "audio/flac", "ogg": "audio/ogg",
    "aac": "audio/aac", "m4a": "audio/mp4",
}  # fmt: skip


def gemini_arguments(
    model: str,
    messages: Iterable[Message],
    parameters: Mapping[str, Any],
    tools: Iterable[Mapping[str, Any]] = (),
    response_format: str = "text",
    json_schema: Mapping[str, Any] | None = None,
    *,
    where: str = "",
) -> dict[str, Any]:
    """`model`, `contents` and, where there is anything to say in it, `config`.

    RenderError, with the prompt's name as its place, for what the interface has no place for. What a model signed when
    it called a tool is not in a Message, so a history's calls carry `NO_SIGNATURE` where the model asks for one.
    """
    interface = Interface("Gemini", where)
    interface.check_parameters(parameters, NATIVE | TRANSLATED)
    instructions, rest = split_instructions(messages, interface)
    contents = _contents(model, rest, interface)
    config = {
        **({"system_instruction": _instruction(instructions)} if instructions else {}),
        **_parameters(model, parameters, interface),
        **_tools(read_functions(tools, interface), read_tool_choice(parameters.get("tool_choice"), interface)),
        **_reply_format(parameters, response_format, json_schema, interface),
    }
    return {"model": model, "contents": contents, **({"config": config} if config else {})}


def _instruction(texts: tuple[str, ...]) -> Any:
    return texts[0] if len(texts) == 1 else {"parts": [{"text": text} for text in texts]}


def _contents(model: str, messages: tuple[Message, ...], interface: Interface) -> list[dict[str, Any]]:
    refuse_later_instructions(messages, interface)
    names, is_signed = names_of_calls(messages), _UNSIGNED.match(model) is None
    contents: list[dict[str, Any]] = []
    for index, one in enumerate(messages):
        role = {"assistant": "model", "tool": "user", "user": "user"}.get(one.role)
        if role is None:
            raise interface.error(f"has no role '{one.role}'", "use system, user, assistant or tool")
        if one.role == "tool":
            parts = [_function_response(one, names, interface)]
        elif one.name:
            raise interface.error(f"has no place for the name '{one.name}' of a message", "write it into the text")
        else:
            parts = [_part(part, interface) for part in one.parts if part] + _calls(one, interface, is_signed)
        if not parts:
            raise interface.error(f"takes no {one.role} message without content", "leave it out: when: EXPRESSION")
        if one.role == "tool" and index and messages[index - 1].role == "tool":
            contents[-1]["parts"] += parts  # the results of parallel calls are one content
        else:
            contents.append({"role": role, "parts": parts})
    if not contents:
        raise interface.error("wants a message beside the system's", "make it a user message, or add one")
    return contents


def _part(part: Part, interface: Interface) -> dict[str, Any]:
    if isinstance(part, str):
        return {"text": part}
    if not part.url:
        return {"inline_data": {"mime_type": part.media_type, "data": part.data}}
    return {"file_data": {"mime_type": _type_of_address(part, interface), "file_uri": part.url}}


def _type_of_address(media: Media, interface: Interface) -> str:
    path = media.url.partition("?")[0].partition("#")[0].rpartition("/")[2]
    found = media.media_type or _TYPES.get(path.rpartition(".")[2].lower(), "")
    if not found.startswith({"image": "image/", "audio": "audio/"}.get(media.kind, "")) or not found:
        hint = f"give the {media.kind} itself: a path in a case, a pathlib.Path or a data URI in an application"
        raise interface.error("must be told what kind of data an address has, and this one's end does not say", hint)
    return found


def _calls(message: Message, interface: Interface, is_signed: bool) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    for call in message.tool_calls:
        inner = {"name": call.name, "args": call_arguments(call, interface)}
        parts.append({"function_call": {"id": call.id, **inner} if call.id else inner})
    if parts and is_signed:  # of parallel calls the first one is signed
        parts[0]["thought_signature"] = NO_SIGNATURE
    return parts


def _function_response(message: Message, names: Mapping[str, str], interface: Interface) -> dict[str, Any]:
    name = names.get(message.tool_call_id) or message.name
    if not name:
        hint = "put the assistant's message with this call before it"
        raise interface.error("wants a tool's result after its call", hint)
    found: dict[str, Any] = {"name": name, "response": {"output": message.text}}
    if message.tool_call_id:
        found["id"] = message.tool_call_id
    for media in message.media:
        if media.url:
            hint = f"give the {media.kind} itself, or put its address into a user message"
            raise interface.error("takes no addresses in a tool's result", hint)
        data = {"mime_type": media.media_type, "data": media.data}
        found.setdefault("parts", []).append({"inline_data": data})
    return {"function_response": found}


def _parameters(model: str, given: Mapping[str, Any], interface: Interface) -> dict[str, Any]:
    config = {name: value for name, value in given.items() if name in NATIVE}
    if given.get("n", 1) != 1:
        raise interface.error("is asked for one reply a call", "take n out of modelParameters; trials: asks again")
    if given.get("stream"):
        raise interface.error("is asked for whole replies", "take stream out of modelParameters")
    if given.get("parallel_tool_calls") is False:
        hint = "take parallelToolCalls out, and say in the prompt that tools are called one by one"
        raise interface.error("cannot be kept from calling tools in parallel", hint)
    if (limit := interface.token_limit(given)) is not None:
        config["max_output_tokens"] = limit
    if given.get("stop") is not None:
        config["stop_sequences"] = stop_texts(given["stop"], interface)
    if given.get("logprobs") is not None:
        config["response_logprobs"] = given["logprobs"]
    if given.get("top_logprobs") is not None:
        config["logprobs"] = given["top_logprobs"]
    if given.get("reasoning_effort") is not None:
        own = config.get("thinking_config") or {}
        config["thinking_config"] = {**thinking_config(model, given["reasoning_effort"], interface), **own}
    if given.get("extra_body"):
        config["http_options"] = {"extra_body": dict(given["extra_body"])}
    return config


def _tools(functions: list[Function], choice: ToolChoice | None) -> dict[str, Any]:
    if not functions and choice is None:
        return {}
    config: dict[str, Any] = {}
    if functions:
        config["tools"] = [{"function_declarations": [_declaration(each) for each in functions]}]
    # Calls that fit their schema are what VALIDATED is for; where a call is required, they always do.
    is_strict = any(each.others.get("strict") for each in functions)
    mode = _MODES[choice.mode] if choice else "VALIDATED" if is_strict else ""
    if mode == "AUTO" and is_strict:
        mode = "VALIDATED"
    if mode:
        calling: dict[str, Any] = {"mode": mode}
        if choice and choice.name:
            calling["allowed_function_names"] = [choice.name]
        config["tool_config"] = {"function_calling_config": calling}
    return config


def _declaration(function: Function) -> dict[str, Any]:
    found: dict[str, Any] = {"name": function.name}
    if function.description:
        found["description"] = function.description
    if function.parameters.get("properties") or function.parameters.keys() - {"type", "properties", "required"}:
        found["parameters_json_schema"] = dict(function.parameters)
    return found


def _reply_format(
    parameters: Mapping[str, Any], response_format: str, json_schema: Mapping[str, Any] | None, interface: Interface
) -> dict[str, Any]:
    wanted = read_reply_format(parameters, response_format, json_schema)
    if wanted.kind == "text":
        return {}
    if wanted.kind not in ("json_object", "json_schema"):
        raise interface.error(f"has no reply format '{wanted.kind}'", "use text, json_object or json_schema")
    found: dict[str, Any] = {"response_mime_type": "application/json"}
    if wanted.kind == "json_schema":
        says = {"description": wanted.definition["description"]} if wanted.definition.get("description") else {}
        found["response_json_schema"] = {**says, **wanted.schema}
    return found
