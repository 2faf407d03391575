"""What vendors cannot do of what a prompt asks for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import pytest

from promptops.model.chat.message_template import (
    ExamplesSlot,
    HistorySlot,
    MediaSlot,
    MessageItem,
    MessageTemplate,
    text_message,
)
from promptops.model.config import ModelSpec
from promptops.model.prompt import Input, Prompt
from promptops.model.requests.vendor_limits import LIMITS, kind_refusal, parameter_refusal, refusals


def spec(provider: Any, model: str = "m", base_url: str = "") -> ModelSpec:
    return ModelSpec("it", provider, model, base_url)


def asked(one: ModelSpec, *messages: MessageItem, parameters: Mapping[str, Any] = {}) -> list[str]:
    photo = Input("photo", {"type": "image"})
    prompt = Prompt("a", PurePosixPath("a.prompt.yml"), messages, inputs=(photo,))
    found = list(refusals(prompt, one, parameters))
    assert all(refusal.hint for refusal in found)
    return [refusal.message for refusal in found]


def picture(role: str, kind: Any = "image") -> MessageTemplate:
    return MessageTemplate(role, (MediaSlot(kind, "photo"),), is_list=True)


USER, ASSISTANT = text_message("user", "hi"), text_message("assistant", "{")
LATE = (USER, text_message("system", "Be brief."))


@pytest.mark.parametrize(
    ("one", "role", "kind", "words"),
    [
        (spec("local"), "user", "image", "takes no pictures"),
        (spec("local"), "user", "audio", "takes no sound"),
        (spec("openai", "gpt-4.1"), "user", "image", ""),
        (spec("openai", "gpt-4.1"), "user", "file", ""),
        (spec("openai", "gpt-4.1"), "tool", "image", "takes no pictures in a tool message"),
        (spec("openai", "gpt-4.1"), "user", "audio", "gpt-4.1 takes no sound"),
        (spec("openai", "gpt-audio"), "user", "audio", ""),
        (spec("openai", "gpt-3.5-turbo-0125"), "user", "image", "takes no pictures"),
        (spec("openai", "gpt-4"), "user", "image", "takes no pictures"),
        (spec("openai", "gpt-4o"), "user", "image", ""),
        (spec("openai", "gpt-3.5-turbo", "https://llm.acme.dev/v1"), "system", "audio", ""),
        (spec("azure", "eyes"), "system", "image", "Azure takes no pictures in a system message"),
        (spec("anthropic", "claude-sonnet-5"), "user", "file", ""),
        (spec("anthropic", "claude-sonnet-5"), "tool", "image", ""),
        (spec("anthropic", "claude-sonnet-5"), "user", "audio", "Anthropic takes no sound"),
        (spec("anthropic", "claude-sonnet-5"), "assistant", "image", "in an assistant message"),
        (spec("gemini", "gemini-3-flash"), "user", "audio", ""),
        (spec("bedrock", "amazon.nova-lite-v1:0"), "system", "image", "Bedrock takes no pictures in a system message"),
        (spec("deepseek", "deepseek-chat"), "user", "image", "DeepSeek takes no pictures"),
        (spec("ollama", "qwen"), "user", "file", "Ollama takes no documents"),
        (spec("recorded", "replies.jsonl"), "system", "audio", ""),
        (spec("python", "models.py"), "user", "audio", ""),
    ],
)  # fmt: skip
def test_which_parts_a_vendor_takes_in_which_roles(one: ModelSpec, role: str, kind: str, words: str) -> None:
    found = asked(one, picture(role, kind), USER)
    assert len(found) == bool(words)
    assert all(words in message for message in found)
    if role == "user":
        assert (kind_refusal(one, kind) is not None) == bool(words)


@pytest.mark.parametrize(
    ("one", "name", "value", "words"),
    [
        (None, "stream", True, "in pieces"),
        (None, "stream", False, ""),
        (None, "n", 1, ""),
        (spec("openai"), "n", 3, "only the first is read"),
        (spec("openai"), "logit_bias", {}, ""),
        (spec("anthropic"), "temperature", 0.2, "Anthropic has no parameter 'temperature'"),
        (spec("anthropic"), "max_tokens", 300, ""),
        (spec("anthropic"), "stop", ["END"], ""),
        (spec("gemini"), "seed", 3, ""),
        (spec("gemini"), "logit_bias", {}, "Gemini has no parameter 'logit_bias'"),
        (spec("bedrock"), "presence_penalty", 1, "Bedrock has no parameter"),
        (spec("bedrock"), "temperature", 1, ""),
    ],
)
def test_which_parameters_a_vendor_has(one: ModelSpec | None, name: str, value: Any, words: str) -> None:
    found = parameter_refusal(one, name, value)
    assert (found.message if found is not None else "").count(words) == bool(words) or not words
    assert (found is None) == (words == "")


@pytest.mark.parametrize(("provider", "is_refused"), [("openai", False), ("anthropic", True), ("gemini", True)])
def test_several_replies_are_refused_or_not_read(provider: str, is_refused: bool) -> None:
    found = parameter_refusal(spec(provider), "n", 2)
    assert found is not None
    assert found.is_refused is is_refused


@pytest.mark.parametrize(
    ("one", "messages", "words"),
    [
        (spec("anthropic", "claude-opus-4-6"), (USER, ASSISTANT), "takes no message of the assistant as the last one"),
        (spec("anthropic", "claude-sonnet-5"), (USER, ASSISTANT), "as the last one"),
        (spec("anthropic", "claude-sonnet-4-5-20250929"), (USER, ASSISTANT), ""),
        (spec("anthropic", "claude-opus-4-20250514"), (USER, ASSISTANT), ""),
        (spec("anthropic", "claude-3-haiku-20240307"), (USER, ASSISTANT), ""),
        (spec("bedrock", "eu.anthropic.claude-sonnet-5"), (USER, ASSISTANT), "as the last one"),
        (spec("bedrock", "amazon.nova-lite-v1:0"), (USER, ASSISTANT), ""),
        (spec("mistral", "mistral-small"), (USER, ExamplesSlot("e.jsonl")), "as the last one"),
        (spec("openai", "gpt-4.1"), (USER, ASSISTANT), "does not go on with this message"),
        (spec("openai", "m", "https://llm.acme.dev/v1"), (USER, ASSISTANT), ""),
        (spec("local"), (USER, ASSISTANT), ""),
        (spec("openai", "gpt-4.1"), (ASSISTANT, USER), ""),
        (spec("anthropic", "claude-sonnet-5"), (USER, HistorySlot("photo")), ""),
        (spec("gemini", "gemini-3-flash"), LATE, "takes messages of the system only before all others"),
        (spec("gemini", "gemini-3-flash"), LATE[::-1], ""),
        (spec("bedrock", "amazon.nova-lite-v1:0"), LATE, "only before all others"),
        (spec("anthropic", "claude-sonnet-4-5"), LATE, "only before all others"),
        (spec("anthropic", "claude-opus-5"), LATE, ""),
        (spec("anthropic", "claude-opus-5"), (*LATE, USER), "or where the assistant is next"),
        (spec("anthropic", "claude-opus-5"), (*LATE, ASSISTANT, USER), ""),
        (spec("anthropic", "claude-opus-5"), (*LATE, LATE[1], USER), "or where the assistant is next"),
        (spec("anthropic", "claude-opus-5"), (USER, ASSISTANT, LATE[1]), "or where the assistant is next"),
        (spec("anthropic", "claude-opus-5"), (ExamplesSlot("e.jsonl"), LATE[1], USER), "where the assistant is next"),
        (spec("anthropic", "claude-opus-5"), (HistorySlot("photo"), LATE[1]), ""),
        (spec("openai", "gpt-4.1"), LATE, ""),
    ],
)  # fmt: skip
def test_which_order_of_messages_a_vendor_takes(one: ModelSpec, messages: tuple[MessageItem, ...], words: str) -> None:
    found = asked(one, *messages)
    assert bool(found) == bool(words)
    assert all(words in message for message in found)


def test_what_hangs_on_a_value_says_on_which() -> None:
    prompt = Prompt("a", PurePosixPath("a"), (picture("user"),), inputs=(Input("photo", {"type": "image"}, False),))
    (found,) = refusals(prompt, spec("local"), {})
    assert (found.subject, found.always) == ("photo", False)


def test_every_pattern_and_role_is_one() -> None:
    import re

    from promptops.model.chat.media import MEDIA_KINDS
    from promptops.model.chat.message_template import ROLES

    for limits in LIMITS.values():
        assert set(limits.media) <= set(MEDIA_KINDS)
        assert set().union(*limits.media.values()) <= set(ROLES)
        for pattern in (limits.text_only, limits.no_prefill, limits.starts_anew, limits.late_instructions):
            assert re.compile(pattern)
