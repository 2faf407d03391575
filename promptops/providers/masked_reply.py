"""Replies without the key they were asked with: some gateways repeat a request's headers in their answer."""

from __future__ import annotations

from dataclasses import replace

from promptops.model.chat.message import ToolCall
from promptops.model.model_call import Reply
from promptops.text.key_mask import KeyMask


def masked_reply(reply: Reply, mask: KeyMask) -> Reply:
    """The reply with no key in any of its texts: nothing that is scored, shown or kept has one."""
    ids = [call.id for call in reply.tool_calls]  # no part of a call's equality
    texts = (reply.text, reply.reasoning, reply.finish_reason, reply.model, *ids)
    masked = tuple(mask(text) for text in texts)
    text, reasoning, finish, model, *masked_ids = masked
    found = zip(reply.tool_calls, masked_ids, strict=True)
    calls = tuple(ToolCall(mask(call.name), mask(call.arguments), id) for call, id in found)
    if masked == texts and calls == reply.tool_calls:
        return reply
    return replace(reply, text=text, reasoning=reasoning, finish_reason=finish, model=model, tool_calls=calls)
