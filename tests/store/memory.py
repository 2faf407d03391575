"""A reply cache that lives as long as a test."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from promptops.model.model_call import Reply
from promptops.store.reply_cache import ReplyCache


class MemoryReplyCache(ReplyCache):
    """Replies in a dict, and no file."""

    def __init__(self) -> None:
        self._replies: dict[str, Reply] = {}
        self.notes, self.is_new = [], False

    def get_many(self, keys: Sequence[str]) -> dict[str, Reply]:
        return {key: self._replies[key] for key in keys if key in self._replies}

    def put_many(self, replies: Mapping[str, Reply], *, forget: Collection[str] = (), patience: float = 0.0) -> None:
        for key in forget:
            self._replies.pop(key, None)
        for key, reply in replies.items():
            known = self._replies.get(key)
            if known is None or (reply.asked and reply.asked >= known.asked):
                self._replies[key] = reply

    def close(self) -> None:
        """Nothing to release."""
