"""A reply cache that lives as long as a test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from promptops.model.model_call import Reply
from promptops.store.reply_cache import ReplyCache


class MemoryReplyCache(ReplyCache):
    """Replies in a dict, and no file."""

    def __init__(self) -> None:
        self._replies: dict[str, Reply] = {}

    def get_many(self, keys: Sequence[str]) -> dict[str, Reply]:
        return {key: self._replies[key] for key in keys if key in self._replies}

    def put_many(self, replies: Mapping[str, Reply]) -> None:
        for key, reply in replies.items():
            self._replies.setdefault(key, reply)

    def close(self) -> None:
        """Nothing to release."""
