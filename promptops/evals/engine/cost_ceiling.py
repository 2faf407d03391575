"""What a call can cost at the most, before it is made."""

from __future__ import annotations

import json
from collections.abc import Callable

from promptops.model.chat.parameters import token_limit
from promptops.model.config import ModelSpec
from promptops.model.model_call import Request, Usage

Price = Callable[[ModelSpec, Usage], float | None]
"""What a call cost in US dollars, None when the price is not known."""

_FRAME_TOKENS = 32
"""More than any vendor adds around a message."""


def cost_ceiling(request: Request, price: Price) -> float | None:
    """US dollars; None where the price is not known, nothing limits the reply, or there are pictures in the request.

    No tokenizer makes more tokens of a text than it has bytes in UTF-8.
    """
    parameters = {**request.parameters, **request.model.extra_body}
    limit = token_limit(parameters)
    if limit is None or any(message.media for message in request.messages):
        return None
    texts = [message.readable for message in request.messages]
    size = sum(len(text.encode("utf-8", "replace")) + _FRAME_TOKENS for text in texts) + _FRAME_TOKENS
    extra = [part for part in (request.tools, request.json_schema) if part]
    size += sum(len(json.dumps(part, default=str)) for part in extra)
    choices = parameters.get("n")
    replies = choices if type(choices) is int and choices > 1 else 1
    return price(request.model, Usage(size, limit * replies))
