"""How long texts are for a model, before anybody calls it."""

from __future__ import annotations

from promptops.model.chat.message import Message

LOCAL_WINDOW = 4096
"""Tokens that a model on this machine can read and write together in one call."""


def estimate_tokens(text: str) -> int:
    """About how many tokens a text has: a quarter of its characters, rounded up.

    An estimate for plans, good to a factor of two for European languages and too low for others. Counting exactly
    needs the model's own tables, which a machine without a network cannot load.
    """
    return -(-len(text) // 4)


IMAGE_TOKENS, PAGE_TOKENS = 1_000, 1_500
"""About what a picture of a usual size and a page cost; how vendors count them differs by a factor of ten."""


def media_tokens(kind: str) -> int:
    """About how many tokens a picture, a document or a sound costs."""
    return PAGE_TOKENS if kind == "file" else IMAGE_TOKENS


def estimate_message_tokens(message: Message) -> int:
    """About how many tokens a message has. What its media cost is a guess: nobody decodes them before a call."""
    if message.is_text:
        return estimate_tokens(message.text)
    calls = sum(estimate_tokens(call.name + call.arguments) for call in message.tool_calls)
    media = sum(media_tokens(one.kind) for one in message.media)
    return estimate_tokens(message.text) + calls + media
