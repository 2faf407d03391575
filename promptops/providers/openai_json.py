"""Chat completions as JSON: a request's body, and the reply in an answer, checked by hand.

The client's typed models cost more than the call itself and accept anything; here what is not a reply is an error.
"""

from __future__ import annotations

import json
from typing import Any

from promptops.errors import ProviderError
from promptops.model.model_call import Reply, Request, ToolCall, Usage
from promptops.model.openai_request import chat_arguments
from promptops.providers.openai_errors import ErrorTranslator, excerpt

_EMPTY_HINTS = {
    "length": "max_tokens was used up before any text came (a reasoning model thinks first): raise it",
    "content_filter": "the provider's filter took the answer",
}
"""Why a reply may have no text, by its finish reason."""


def request_body(request: Request, model: str) -> dict[str, Any]:
    """The JSON body: nothing is set that the prompt does not ask for."""
    return chat_arguments(
        model, request.messages, request.parameters, request.tools, request.response_format, request.json_schema
    )


def parse_reply(content: bytes, latency: float, errors: ErrorTranslator) -> Reply:
    """The reply in an answer's body. Raises ProviderError saying what came instead, busy when it was cut."""
    data = _parse_json(content, errors)
    if not isinstance(data, dict):
        raise _unexpected_answer(f"a JSON {type(data).__name__}", content, errors)
    if error := data.get("error"):
        raise _error_in_answer(error, errors)
    choices = data.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        raise _unexpected_answer(
            "an empty list of choices" if choices == [] else "JSON without choices", content, errors
        )
    message = choice.get("message")
    if not isinstance(message, dict):
        raise _unexpected_answer("a choice without a message", content, errors)
    finish = _optional_text(choice.get("finish_reason"))
    found = message.get("tool_calls") or []
    calls = tuple(_parse_tool_call(item, content, errors) for item in (found if isinstance(found, list) else [found]))
    text = _message_text(message)
    if text is None and not calls:
        problem = f"the answer has no text (finish reason: {finish or 'not given'})"
        raise errors.permanent(problem, _EMPTY_HINTS.get(finish, ""))
    counts = data.get("usage")
    usage = Usage(_token_count(counts, "prompt_tokens"), _token_count(counts, "completion_tokens"))
    return Reply(_replace_surrogates(text or ""), calls, usage, latency, finish, _optional_text(data.get("model")))


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
    said = excerpt(content[:2000].decode("utf-8", "replace"))
    return errors.permanent(
        f"the server answered 200 with {what}: {said}", "does baseUrl end where the API begins (/v1)?"
    )


def _error_in_answer(error: object, errors: ErrorTranslator) -> ProviderError:
    """Some gateways say 200 and put the error inside."""
    code = error.get("code") if isinstance(error, dict) else None
    status = int(code) if isinstance(code, int | str) and str(code).isdecimal() else 400
    return errors.from_status(status, {"error": error}, {})


def _message_text(message: dict[str, Any]) -> str | None:
    """The text: a string, or parts of which the text ones count; a refusal is what the model said, too."""
    content = message.get("content")
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict) and part.get("type") == "text"]
        content = "".join(part for part in parts if isinstance(part, str)) if parts else None
    if not isinstance(content, str):
        content = message.get("refusal")
    return content if isinstance(content, str) else None


def _parse_tool_call(item: object, content: bytes, errors: ErrorTranslator) -> ToolCall:
    function = item.get("function") if isinstance(item, dict) else None
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        raise _unexpected_answer("a tool call without a name", content, errors)
    arguments = function.get("arguments")
    text = arguments if isinstance(arguments, str) else json.dumps(arguments or {}, ensure_ascii=False)
    return ToolCall(_replace_surrogates(function["name"]), _replace_surrogates(text))


def _token_count(data: object, name: str) -> int | None:
    value = data.get(name) if isinstance(data, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _optional_text(value: object) -> str:
    return _replace_surrogates(value) if isinstance(value, str) else ""


def _replace_surrogates(text: str) -> str:
    """Half a surrogate pair (JSON may hold one) cannot be written anywhere: it becomes the replacement character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
