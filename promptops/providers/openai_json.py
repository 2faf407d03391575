"""Chat completions as JSON: a request's body, and the reply in an answer, checked by hand.

The client's typed models cost more than the call itself and accept anything; here what is not a reply is an error.
"""

from __future__ import annotations

import json
from typing import Any

from promptops.errors import ProviderError
from promptops.model.completion import Reply, Request, ToolCall, Usage
from promptops.model.openai_request import chat_arguments
from promptops.providers.openai_errors import Errors, excerpt

_EMPTY_HINTS = {
    "length": "max_tokens was used up before any text came (a reasoning model thinks first): raise it",
    "content_filter": "the provider's filter took the answer",
}
"""Why a reply may have no text, by its finish reason."""


def body_of(request: Request, model: str) -> dict[str, Any]:
    """The JSON body: nothing is set that the prompt does not ask for."""
    return chat_arguments(
        model, request.messages, request.parameters, request.tools, request.response_format, request.json_schema
    )


def read_reply(content: bytes, latency: float, errors: Errors) -> Reply:
    """The reply in an answer's body. Raises ProviderError saying what came instead, busy when it was cut."""
    data = _parsed(content, errors)
    if not isinstance(data, dict):
        raise _strange(f"a JSON {type(data).__name__}", content, errors)
    if error := data.get("error"):
        raise _error(error, errors)
    choices = data.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        raise _strange("an empty list of choices" if choices == [] else "JSON without choices", content, errors)
    message = choice.get("message")
    if not isinstance(message, dict):
        raise _strange("a choice without a message", content, errors)
    finish = _text(choice.get("finish_reason"))
    found = message.get("tool_calls") or []
    calls = tuple(_call(item, content, errors) for item in (found if isinstance(found, list) else [found]))
    text = _content(message)
    if text is None and not calls:
        problem = f"the answer has no text (finish reason: {finish or 'not given'})"
        raise errors.failed(problem, _EMPTY_HINTS.get(finish, ""))
    counts = data.get("usage")
    usage = Usage(_count(counts, "prompt_tokens"), _count(counts, "completion_tokens"))
    return Reply(_clean(text or ""), calls, usage, latency, finish, _text(data.get("model")))


def _parsed(content: bytes, errors: Errors) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        start = content.lstrip()[:1]
        if start in (b"{", b"["):
            raise errors.busy(f"the answer is broken off: {len(content):,} bytes that are not whole JSON") from None
        if not start:
            raise errors.busy("the answer is empty") from None
        raise _strange("text that is not JSON", content, errors) from None


def _strange(what: str, content: bytes, errors: Errors) -> ProviderError:
    said = excerpt(content[:2000].decode("utf-8", "replace"))
    return errors.failed(f"the server answered 200 with {what}: {said}", "does baseUrl end where the API begins (/v1)?")


def _error(error: object, errors: Errors) -> ProviderError:
    """Some gateways say 200 and put the error inside."""
    code = error.get("code") if isinstance(error, dict) else None
    status = int(code) if isinstance(code, int | str) and str(code).isdecimal() else 400
    return errors.status(status, {"error": error}, {})


def _content(message: dict[str, Any]) -> str | None:
    """The text: a string, or parts of which the text ones count; a refusal is what the model said, too."""
    content = message.get("content")
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict) and part.get("type") == "text"]
        content = "".join(part for part in parts if isinstance(part, str)) if parts else None
    if not isinstance(content, str):
        content = message.get("refusal")
    return content if isinstance(content, str) else None


def _call(item: object, content: bytes, errors: Errors) -> ToolCall:
    function = item.get("function") if isinstance(item, dict) else None
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        raise _strange("a tool call without a name", content, errors)
    arguments = function.get("arguments")
    text = arguments if isinstance(arguments, str) else json.dumps(arguments or {}, ensure_ascii=False)
    return ToolCall(_clean(function["name"]), _clean(text))


def _count(data: object, name: str) -> int | None:
    value = data.get(name) if isinstance(data, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _text(value: object) -> str:
    return _clean(value) if isinstance(value, str) else ""


def _clean(text: str) -> str:
    """Half a surrogate pair (JSON may hold one) cannot be written anywhere: it becomes the replacement character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
