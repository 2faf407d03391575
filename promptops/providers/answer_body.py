"""Answers of servers, checked by hand: typed models of clients accept anything; here what is no reply is an error."""

from __future__ import annotations

import json
from typing import Any

from promptops.errors import ProviderError
from promptops.model.chat.finish_reason import broke_off, ended_normally, was_cut, was_filtered, was_overloaded
from promptops.model.chat.message import ToolCall
from promptops.model.chat.reply_text import is_blank
from promptops.providers.completion_message import SpokenMessage
from promptops.providers.openai_errors import ErrorTranslator, excerpt

BASE_URL_HINT = "does baseUrl end where the API begins (/v1)?"
_KINDS: dict[type, str] = {list: "list", str: "text"}


def parse_json(content: bytes, errors: ErrorTranslator, hint: str = BASE_URL_HINT) -> dict[str, Any]:
    """The JSON object in an answer. ProviderError for anything else, busy where it was cut."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        start = content.lstrip()[:1]
        if start in (b"{", b"["):
            raise errors.transient(
                f"the answer is broken off: {len(content):,} bytes that are not whole JSON"
            ) from None
        if not start:
            raise errors.transient("the answer is empty") from None
        raise unexpected_answer("text that is not JSON", content, errors, hint) from None
    if isinstance(found, dict):
        return found
    kind = "JSON's null" if found is None else f"a JSON {_KINDS.get(type(found), 'value')}"
    raise unexpected_answer(kind, content, errors, hint)


def unexpected_answer(what: str, content: bytes, errors: ErrorTranslator, hint: str = BASE_URL_HINT) -> ProviderError:
    """The error for an answer of 200 that holds no reply: `what` it is instead, and how it begins."""
    said = excerpt(errors.mask(content.decode("utf-8", "replace")))
    return errors.permanent(f"the server answered 200 with {what}: {said}", hint)


def missing_answer(
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


def optional_text(value: object) -> str:
    """A text, empty for anything else."""
    return replace_surrogates(value) if isinstance(value, str) else ""


def replace_surrogates(text: str) -> str:
    """Half a surrogate pair (JSON may hold one) cannot be written anywhere: it becomes the replacement character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
