"""Keeps what is served up to date: looks at the source again and again, and keeps the last known good."""

from __future__ import annotations

import os
import random
import threading
import time
import weakref
from collections.abc import Callable
from functools import partial

from promptops.errors import PromptopsError
from promptops.model.pin import Pin
from promptops.runtime.disk_cache import DiskCache
from promptops.runtime.prompt_source import LoadedPrompts, PromptSource
from promptops.runtime.status import Change, Status

JITTER = 0.1
"""Share of the interval by which each wait differs, so that a fleet does not ask all at once."""

PATIENCE = 120.0
"""Seconds for which one look may go on before that counts as trouble; at least the interval between two looks."""

Callback = Callable[[Change], object]
RefreshLoop = Callable[["weakref.ref[Refresher]", threading.Event], None]
"""The work of a thread: `check` again and again, until the event is set or nobody holds the prompts any more."""


class Refresher:
    """What is served now (`current`, swapped whole) and how fresh it is.

    `start` is what the first look brought, or the last known good together with the `reason` why it failed.
    """

    def __init__(
        self,
        source: str,
        origin: PromptSource,
        start: LoadedPrompts,
        *,
        reason: PromptopsError | str = "",
        age: float | None = 0.0,
        kept: DiskCache | None = None,
        on_change: Callback | None = None,
    ) -> None:
        self.current = start
        self._source = source
        self._origin = origin
        self._kept = kept
        self._reason, self._hint = "", ""
        # Only the clock that never jumps: an age is the time since the last good look, plus what it was then.
        self._seen, self._age = time.monotonic(), age
        self._callbacks: list[Callback] = [on_change] if on_change else []
        self._checks, self._failures, self._changes, self._callback_errors = 1, 0, 0, 0
        self._one_at_a_time = threading.Lock()
        self._began: float | None = None  # when the look began that is under way
        self._patience = PATIENCE
        self._stop = threading.Event()
        self._looking: RefreshLoop | None = None
        self._thread: threading.Thread | None = None
        if reason or start.reason:
            self._fail(reason or start.reason)
        _all.add(self)

    def check(self) -> None:
        """Look at the source once. Never raises for it: the last known good stays, and the status says why."""
        with self._one_at_a_time:
            began = self._began = time.monotonic()
            held = self.current
            self._checks += 1
            try:
                found = self._origin.load(held)
            except PromptopsError as exc:
                self._fail(exc)
                return
            except Exception as exc:  # a bug of ours must not end the thread, nor take prompts away
                self._fail(f"{type(exc).__name__}: {exc}")
                return
            finally:
                self._began = None
            self.current = found
            if found.reason:
                self._fail(found.reason)
            else:
                self._succeed(began)
            if found is held:
                if self._kept is not None and not found.broken:
                    self._kept.confirm(found)
                return
            if self._kept is not None:
                self._kept.save(found)
        change = _change(held, found)
        if any(change[:3]):
            self._changes += 1
            self._tell(change)

    def follow(self, seconds: float) -> None:
        """Look again every so many seconds, in the background, until `close`."""
        self._patience = max(PATIENCE, seconds)
        self.follow_by(partial(_look, interval=seconds))

    def follow_by(self, looking: RefreshLoop) -> None:
        """Let a thread in the background say when to look, until `close`; in a forked process another one does."""
        self._looking = looking
        self._begin(looking)

    def on_change(self, callback: Callback) -> None:
        """Call this after each swap that changed a prompt, in the thread that looked."""
        self._callbacks.append(callback)

    def status(self) -> Status:
        """How things stand now."""
        bundle = self.current.bundle
        reason, hint = self._reason, self._hint
        if not reason and (late := self._late()):
            reason, hint = late, "is the source slow, or gone? what was last approved is served meanwhile"
        return Status(
            source=self._source,
            environment=bundle.environment,
            commit=bundle.commit,
            fresh=not reason,
            reason=reason,
            hint=hint,
            age=None if self._age is None else self._age + time.monotonic() - self._seen,
            prompts=len(bundle.pins),
            checks=self._checks,
            failures=self._failures,
            changes=self._changes,
            callback_errors=self._callback_errors,
        )

    def close(self) -> None:
        """Look no more. What was loaded is still served."""
        self._stop.set()
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout=1)  # it may be in the middle of a fetch, which nobody has to wait for
        self._looking = None

    def _begin(self, looking: RefreshLoop) -> None:
        self._stop = threading.Event()
        weakref.finalize(self, self._stop.set)
        # The thread holds no reference, so that an application which drops its prompts also ends the looking.
        self._thread = threading.Thread(
            target=looking, args=(weakref.ref(self), self._stop), name="promptops-refresh", daemon=True
        )
        self._thread.start()

    def _late(self) -> str:
        """That the look under way takes too long; nobody may take what is served for up to date then."""
        began = self._began  # once: a look may end at any moment
        took = 0.0 if began is None else time.monotonic() - began
        return f"a look at the source has not ended for {took:.0f} seconds" if took > self._patience else ""

    def _succeed(self, began: float) -> None:
        if self._reason:
            import logging  # only where there is something to say

            logging.getLogger("promptops").info("the prompts that are served are up to date again")
        self._reason, self._hint, self._seen, self._age = "", "", began, 0.0

    def _fail(self, why: PromptopsError | str) -> None:
        reason, hint = _shown(str(why)), _shown(why.hint) if isinstance(why, PromptopsError) else ""
        if self._reason != reason:
            import logging

            told = f"{reason} ({hint})" if hint else reason
            logging.getLogger("promptops").warning("not all prompts of %s are up to date: %s", self._source, told)
        self._failures += 1
        self._reason, self._hint = reason, hint

    def _tell(self, change: Change) -> None:
        for callback in tuple(self._callbacks):
            try:
                callback(change)
            except Exception:
                import logging

                self._callback_errors += 1
                logging.getLogger("promptops").exception("a callback on changed prompts failed")

    def after_fork(self) -> None:
        """In a child process: threads did not come along, and a lock may be held by one of them."""
        self._one_at_a_time = threading.Lock()
        self._began = None
        if self._looking is not None:
            self._begin(self._looking)


_all: weakref.WeakSet[Refresher] = weakref.WeakSet()


def _after_fork() -> None:
    for each in list(_all):
        each.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _look(following: weakref.ref[Refresher], stop: threading.Event, interval: float) -> None:
    while not stop.wait(interval * random.uniform(1 - JITTER, 1 + JITTER)):  # noqa: S311 - nothing secret
        held = following()
        if held is None:
            return
        held.check()
        del held


def _shown(text: str) -> str:
    """A text that may hold what a stranger wrote: no character of it moves a terminal or begins a line of the log."""
    return "".join(each if each.isprintable() else " " if each == "\n" else repr(each)[1:-1] for each in text)


def _served(pin: Pin) -> tuple[object, ...]:
    """What makes a difference to a caller: another commit with the same digest makes none."""
    rollout = pin.rollout
    return (pin.digest, rollout.digest, rollout.percent) if rollout is not None else (pin.digest,)


def _change(old: LoadedPrompts, new: LoadedPrompts) -> Change:
    before, after = old.bundle.pins, new.bundle.pins
    both = before.keys() & after.keys()
    return Change(
        added=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(name for name in both if _served(before[name]) != _served(after[name]))),
        removed=tuple(sorted(before.keys() - after.keys())),
        commit=new.bundle.commit,
    )
