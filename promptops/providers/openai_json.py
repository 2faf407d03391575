"""Chat completions as JSON: a request's body, and the reply in an answer, checked by hand.

The client's typed models cost more than the call itself and accept anything; here what is not a reply is an error.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from promptops.errors import ProviderError, RenderError
from promptops.model.chat.finish_reason import broke_off, ended_normally, was_cut, was_filtered, was_overloaded
from promptops.model.chat.message import ToolCall
from promptops.model.chat.reply_text import is_blank
from promptops.model.config import ModelSpec
from promptops.model.model_call import Reply, Request
from promptops.model.requests.chat_completions import as_sent, chat_arguments
from promptops.providers.openai_errors import ErrorTranslator, excerpt
from promptops.providers.openai_message import SpokenMessage, read_message
from promptops.providers.token_usage import parse_usage

_KINDS: dict[type, str] = {list: "list", str: "text"}


_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def request_body(request: Request, spec: ModelSpec) -> dict[str, Any]:
    """The JSON body: nothing is set that neither the prompt nor the model's `extraBody` asks for.

    ProviderError for what has no place in it.
    """
    asked = (request.messages, request.parameters, request.tools, request.response_format, request.json_schema)
    try:
        return as_sent(chat_arguments(spec.model, *asked))
    except RenderError as exc:
        raise ProviderError(exc.args[0], where=request.model.alias, hint=exc.hint) from exc


def encode_body(body: Mapping[str, Any]) -> bytes:
    """The body's bytes. ValueError for what JSON has no place for: an infinite number, half a surrogate pair."""
    return _encoder.encode(body).encode()


def parse_reply(content: bytes, latency: float, errors: ErrorTranslator, headers: Mapping[str, str] = {}) -> Reply:
    """The reply in an answer's body. Raises ProviderError saying what came instead, busy when it was cut."""
    data = _parse_json(content, errors)
    if not isinstance(data, dict):
        kind = "JSON's null" if data is None else f"a JSON {_KINDS.get(type(data), 'value')}"
        raise _unexpected_answer(kind, content, errors)
    if error := data.get("error"):
        raise errors.from_body(error, headers)
    choices = data.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        raise _unexpected_answer(
            "an empty list of choices" if choices == [] else "JSON without choices", content, errors
        )
    if error := choice.get("error"):
        raise errors.from_body(error, headers)
    message = choice.get("message")
    if not isinstance(message, dict):
        raise _unexpected_answer("a choice without a message", content, errors)
    finish = _optional_text(choice.get("finish_reason"))
    calls = _parse_tool_calls(message, content, errors)
    spoken = read_message(message)
    if problem := _missing_answer(spoken, calls, finish, errors):
        raise problem
    text = spoken.text or ""
    usage = parse_usage(data.get("usage"), has_output=bool(text or calls))
    return Reply(
        _replace_surrogates(text),
        calls,
        usage,
        latency,
        finish,
        _optional_text(data.get("model")),
        reasoning=_replace_surrogates(spoken.reasoning),
    )


def _missing_answer(
    spoken: SpokenMessage, calls: tuple[ToolCall, ...], finish: str, errors: ErrorTranslator
) -> ProviderError | None:
    """Why this is no answer to be scored; None where it is one. Nothing at all is one only after a normal end."""
    ended = f"(finish reason: {finish or 'not given'})"
    if broke_off(finish):
        make = errors.transient if was_overloaded(finish) else errors.permanent
        return make(f"the server broke the answer off {ended}")
    if calls or not is_blank(spoken.text or ""):
        return None
    if spoken.text is not None and ended_normally(finish) and not spoken.is_unfinished:
        return None
    thinking = ", only thinking" if spoken.reasoning else ""
    hint = ""
    if was_cut(finish):
        hint = "max_tokens was used up before any text came (a reasoning model thinks first): raise it"
    elif was_filtered(finish):
        hint = "the provider's filter took the answer"
    return errors.permanent(f"the answer has no text{thinking} {ended}", hint)


def _parse_tool_calls(message: dict[str, Any], content: bytes, errors: ErrorTranslator) -> tuple[ToolCall, ...]:
    found = message.get("tool_calls") or []
    if not found and message.get("function_call"):  # how calls were written before tools came
        found = [{"function": message["function_call"]}]
    return tuple(_parse_tool_call(item, content, errors) for item in (found if isinstance(found, list) else [found]))


def _parse_json(content: bytes, errors: ErrorTranslator) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        start = content.lstrip()[:1]
        if start in (b"{", b"["):
            raise errors.transient(
                f"the answer is broken off: {len(content):,} bytes that are not whole JSON"
            ) from None
        if not start:
            raise errors.transient("the answer is empty") from None
        raise _unexpected_answer("text that is not JSON", content, errors) from None


def _unexpected_answer(what: str, content: bytes, errors: ErrorTranslator) -> ProviderError:
    said = excerpt(errors.mask(content.decode("utf-8", "replace")))
    return errors.permanent(
        f"the server answered 200 with {what}: {said}", "does baseUrl end where the API begins (/v1)?"
    )


def _parse_tool_call(item: object, content: bytes, errors: ErrorTranslator) -> ToolCall:
    function = item.get("function") if isinstance(item, dict) else None
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        raise _unexpected_answer("a tool call without a name", content, errors)
    arguments = function.get("arguments")
    text = arguments if isinstance(arguments, str) else json.dumps(arguments or {}, ensure_ascii=False)
    return ToolCall(_replace_surrogates(function["name"]), _replace_surrogates(text))


def _optional_text(value: object) -> str:
    return _replace_surrogates(value) if isinstance(value, str) else ""


def _replace_surrogates(text: str) -> str:
    """Half a surrogate pair (JSON may hold one) cannot be written anywhere: it becomes the replacement character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
