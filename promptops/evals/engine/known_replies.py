"""The replies that need no call: the cache's, an interrupted run's, and this run's own, written down before use."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from contextlib import suppress

from promptops.errors import StoreBusyError
from promptops.evals.engine.shared_replies import SharedReplies
from promptops.model.model_call import Reply
from promptops.store.journal import Journal
from promptops.store.reply_cache import ReplyCache
from promptops.store.shared_database import PATIENCE

_FLUSH_AT = 100
"""So many replies go to the cache in one transaction."""
_PATIENCE_MEANWHILE = 0.1
"""Seconds: while a run waits for another process that writes, it handles no reply. Later is soon enough."""


class KnownReplies:
    """Replies by reply key; `cache` may be what the suites of a command share.

    `resumed` are an interrupted run's: they count as this run's calls and are not asked again.

    `asked_again`: keys of which the cache's reply is not wanted. Methods that write raise StoreError.
    """

    def __init__(
        self,
        cache: ReplyCache | SharedReplies,
        journal: Journal | None = None,
        resumed: Mapping[str, Reply] = {},
        *,
        asked_again: Container[str] = (),
    ) -> None:
        self.shared = cache if isinstance(cache, SharedReplies) else SharedReplies(cache)
        self._journal = journal
        self._resumed = dict(resumed)
        self._asked_again = asked_again
        self._known: dict[str, Reply] = {}
        self._looked_up: set[str] = set()
        self._fresh: set[str] = set()
        self._notes: list[str] = []

    @property
    def notes(self) -> tuple[str, ...]:
        """What people should know of where the replies are kept."""
        return (*self.shared.notes, *self._notes)

    def look_up(self, keys: Sequence[str]) -> None:
        """Read what the cache knows of these keys, all in one go."""
        self._looked_up.update(keys)
        wanted = [key for key in keys if key not in self._resumed and key not in self._asked_again]
        cached = self.shared.get_many(wanted)
        self._known.update({key: reply for key, reply in cached.items() if reply.is_answer})

    def find(self, key: str) -> Reply | None:
        """The reply, None when it has to be asked for."""
        # A judge's question is known only when there is a reply to judge, and another suite may have been answered.
        if key not in self._looked_up or (key not in self._known and self.shared.was_answered(key)):
            self.look_up([key])
        return self._known.get(key)

    def is_known(self, key: str) -> bool:
        """Whether it need not be asked for, by what was looked up so far."""
        return key in self._known or key in self._resumed

    def takes_others(self, key: str) -> bool:
        """Whether a reply that another suite of the command gets will do."""
        return key not in self._asked_again

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
        self._known[key] = reply
        self._looked_up.add(key)
        self._fresh.add(key)
        if self.shared.keep(key, reply) % _FLUSH_AT == 0:
            self.flush()

    def reject(self, key: str, reply: Reply) -> None:
        """Forget a reply that nothing could be made of: no later run gets it, nor does this one if it is older."""
        if self._known.get(key) is not reply:
            return  # a better one came meanwhile
        if key not in self._fresh:
            del self._known[key]
        self.shared.reject(key)

    def flush(self) -> None:
        """Write to the cache what it does not have yet; while another process holds it, that waits."""
        with suppress(StoreBusyError):
            self.shared.save(_PATIENCE_MEANWHILE)

    def finish(self) -> None:
        """Write all that is left. Where that fails the journal has it, and the next run sees to it."""
        try:
            self.shared.save(PATIENCE)
        except StoreBusyError as exc:
            self._notes.append(f"{exc}; the next run takes the replies from this run's journal")
        else:
            # A cache that was begun anew meanwhile lacks what went into the damaged one; the next run adds it.
            if self._journal is not None and not self.shared.is_new:
                self._journal.mark_in_cache()
