"""The reply cache as the suites of a command share it: what one of them was answered, another finds at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from promptops.model.model_call import Reply
from promptops.store.reply_cache import ReplyCache


class SharedReplies:
    """The cache, and replies on their way into it. `in_flight` are the calls of all suites, by reply key."""

    def __init__(self, cache: ReplyCache) -> None:
        self._cache = cache
        self._unsaved: dict[str, Reply] = {}
        self._rejected: set[str] = set()
        self._answered: set[str] = set()
        self.in_flight: dict[str, asyncio.Task[object]] = {}

    @property
    def notes(self) -> tuple[str, ...]:
        """What people should know of the cache."""
        return tuple(self._cache.notes)

    @property
    def is_new(self) -> bool:
        """Whether the cache was begun anew meanwhile, in place of a damaged one."""
        return self._cache.is_new

    def get_many(self, keys: Sequence[str]) -> dict[str, Reply]:
        """Those of the keys that are known."""
        found = self._cache.get_many([key for key in keys if key not in self._unsaved])
        return found | {key: self._unsaved[key] for key in keys if key in self._unsaved}

    def was_answered(self, key: str) -> bool:
        """Whether a suite of this command was answered this: who looked before may look again."""
        return key in self._answered

    def keep(self, key: str, reply: Reply) -> int:
        """Take a reply; how many are not in the cache yet."""
        self._unsaved[key] = reply
        self._answered.add(key)
        return len(self._unsaved)

    def add(self, replies: Mapping[str, Reply]) -> None:
        """Take what an interrupted run wrote down: another suite may want the same before this one comes to it."""
        for key, reply in replies.items():
            if reply.is_answer:
                self.keep(key, reply)

    def reject(self, key: str) -> None:
        """Forget a reply: no run gets it any more."""
        self._unsaved.pop(key, None)
        self._answered.discard(key)
        self._rejected.add(key)

    def save(self, patience: float) -> None:
        """Write what the cache does not have yet, waiting so many seconds for other processes. StoreError."""
        if self._unsaved or self._rejected:
            # What was asked for now replaces whatever there is: nothing, a useless reply, a row nobody can read.
            forget = self._rejected | self._unsaved.keys()
            self._cache.put_many(self._unsaved, forget=forget, patience=patience)
            self._unsaved, self._rejected = {}, set()
