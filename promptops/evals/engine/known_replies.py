"""The replies that need no call: the cache's, an interrupted run's, and this run's own, written down before use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from promptops.model.model_call import Reply
from promptops.store.journal import Journal
from promptops.store.reply_cache import ReplyCache

_FLUSH_AT = 100
"""So many replies go to the cache in one transaction."""


class KnownReplies:
    """Replies by reply key. `resumed` are an interrupted run's: they count as this run's calls and are not asked again.

    Methods that write raise StoreError.
    """

    def __init__(self, cache: ReplyCache, journal: Journal | None = None, resumed: Mapping[str, Reply] = {}) -> None:
        self._cache, self._journal = cache, journal
        self._resumed = dict(resumed)
        self._known: dict[str, Reply] = {}
        self._looked_up: set[str] = set()
        self._fresh: set[str] = set()
        self._unsaved: dict[str, Reply] = {}

    def look_up(self, keys: Sequence[str]) -> None:
        """Read what the cache knows of these keys, all in one go."""
        self._looked_up.update(keys)
        cached = self._cache.get_many([key for key in keys if key not in self._resumed])
        self._known.update({key: reply for key, reply in cached.items() if reply.is_answer})

    def find(self, key: str) -> Reply | None:
        """The reply, None when it has to be asked for."""
        if key not in self._looked_up:  # a judge's question is known only when there is a reply to judge
            self.look_up([key])
        return self._known.get(key)

    def is_fresh(self, key: str) -> bool:
        """Whether the reply is one of this run's calls."""
        return key in self._fresh

    def take_resumed(self, key: str) -> Reply | None:
        """The interrupted run's reply, handed out once: to be counted and kept like one that just came."""
        reply = self._resumed.pop(key, None)
        return reply if reply is not None and reply.is_answer else None

    def write_down(self, key: str, reply: Reply) -> None:
        """Put a new reply into the journal, before anything is made of it."""
        if self._journal is not None:
            self._journal.append(key, reply)

    def keep(self, key: str, reply: Reply) -> None:
        """Remember a reply of this run; the cache gets it with the next batch."""
        self._known[key] = self._unsaved[key] = reply
        self._fresh.add(key)
        if len(self._unsaved) >= _FLUSH_AT:
            self.flush()

    def flush(self) -> None:
        """Write to the cache what it does not have yet."""
        unsaved, self._unsaved = self._unsaved, {}
        self._cache.put_many(unsaved)
