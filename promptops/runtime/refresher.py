"""Keeps what is served up to date: checks the source again and again, and keeps the last known good."""

from __future__ import annotations

import os
import random
import threading
import time
import weakref
from collections.abc import Callable
from functools import partial

from promptops.errors import PromptopsError
from promptops.model.environment import Pin
from promptops.runtime.disk_cache import DiskCache
from promptops.runtime.loaded_prompts import LoadedPrompts, LoadPrompts
from promptops.runtime.status import Change, Status

JITTER = 0.1
"""Share of the interval by which each wait differs, so that a fleet does not ask all at once."""

SLOW_CHECK = 120.0
"""Seconds after which a check that has not ended counts as a failure; at least the interval between two checks."""

ChangeCallback = Callable[[Change], object]
RefreshLoop = Callable[["weakref.ref[Refresher]", threading.Event], None]
"""The work of a thread: `check` again and again, until the event is set or nobody holds the prompts any more."""


class Refresher:
    """What is served now (`current`, swapped whole) and how fresh it is.

    `start` is what the first check brought, or the last known good together with the `reason` why it failed.
    """

    def __init__(
        self,
        source: str,
        load: LoadPrompts,
        start: LoadedPrompts,
        *,
        reason: PromptopsError | str = "",
        age: float | None = 0.0,
        disk_cache: DiskCache | None = None,
        on_change: ChangeCallback | None = None,
    ) -> None:
        self.current = start
        self._source = source
        self._load = load
        self._disk_cache = disk_cache
        self._reason, self._hint = "", ""
        # By the clock that never jumps.
        self._confirmed_at = None if age is None else time.monotonic() - age
        self._callbacks: list[ChangeCallback] = [on_change] if on_change else []
        self._checks, self._failures, self._changes, self._callback_errors = 1, 0, 0, 0
        self._check_lock = threading.Lock()
        self._check_started: float | None = None  # None while no check is running
        self._slow_check = SLOW_CHECK
        self._stop = threading.Event()
        self._loop: RefreshLoop | None = None
        self._thread: threading.Thread | None = None
        if reason or start.reason:
            self._fail(reason or start.reason)
        _refreshers.add(self)

    def check(self) -> None:
        """Check the source once. Never raises for it: the last known good stays, and the status says why."""
        with self._check_lock:
            started = self._check_started = time.monotonic()
            before = self.current
            self._checks += 1
            try:
                found = self._load(before)
            except PromptopsError as exc:
                self._fail(exc)
                return
            except Exception as exc:  # a bug of ours must not end the thread, nor take prompts away
                self._fail(f"{type(exc).__name__}: {exc}")
                return
            finally:
                self._check_started = None
            self.current = found
            if found.reason:
                self._fail(found.reason)
            else:
                self._succeed(started)
            if found is before:
                if self._disk_cache is not None and not found.broken:
                    self._disk_cache.confirm(found)
                return
            if self._disk_cache is not None:
                self._disk_cache.save(found)
        change = _change_between(before, found)
        if any(change[:3]):
            self._changes += 1
            self._notify(change)

    def follow(self, seconds: float) -> None:
        """Check every so many seconds, in the background, until `close`."""
        self._slow_check = max(SLOW_CHECK, seconds)
        self.start_loop(partial(_refresh_periodically, interval=seconds))

    def start_loop(self, loop: RefreshLoop) -> None:
        """Run `loop` in a background thread until `close`; a forked process starts one of its own."""
        self._loop = loop
        self._start_thread(loop)

    def on_change(self, callback: ChangeCallback) -> None:
        """Call this after each swap that changed a prompt, in the thread that checked."""
        self._callbacks.append(callback)

    def status(self) -> Status:
        """How things stand now."""
        bundle = self.current.bundle
        reason, hint, confirmed_at = self._reason, self._hint, self._confirmed_at
        if not reason and (late := self._overdue_reason()):
            reason, hint = late, "is the source slow, or gone? what was last approved is served meanwhile"
        return Status(
            source=self._source,
            environment=bundle.environment,
            commit=bundle.commit,
            fresh=not reason,
            reason=reason,
            hint=hint,
            age=None if confirmed_at is None else time.monotonic() - confirmed_at,
            prompts=len(bundle.pins),
            checks=self._checks,
            failures=self._failures,
            changes=self._changes,
            callback_errors=self._callback_errors,
        )

    def close(self) -> None:
        """Check no more. What was loaded is still served."""
        self._stop.set()
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout=1)  # it may be in the middle of a fetch, which nobody has to wait for
        self._loop = None

    def _start_thread(self, loop: RefreshLoop) -> None:
        self._stop = threading.Event()
        weakref.finalize(self, self._stop.set)
        # The thread holds no reference, so that an application which drops its prompts also ends the thread.
        self._thread = threading.Thread(
            target=loop, args=(weakref.ref(self), self._stop), name="promptops-refresh", daemon=True
        )
        self._thread.start()

    def _overdue_reason(self) -> str:
        """Why what is served may be out of date while a check takes too long; empty otherwise."""
        started = self._check_started  # once: a check may end at any moment
        took = 0.0 if started is None else time.monotonic() - started
        return f"a look at the source has not ended for {took:.0f} seconds" if took > self._slow_check else ""

    def _succeed(self, started: float) -> None:
        if self._reason:
            import logging  # only where there is something to say

            logging.getLogger("promptops").info("the prompts that are served are up to date again")
        self._reason, self._hint, self._confirmed_at = "", "", started

    def _fail(self, why: PromptopsError | str) -> None:
        reason, hint = _printable(str(why)), _printable(why.hint) if isinstance(why, PromptopsError) else ""
        if self._reason != reason:
            import logging

            told = f"{reason} ({hint})" if hint else reason
            logging.getLogger("promptops").warning("not all prompts of %s are up to date: %s", self._source, told)
        self._failures += 1
        self._reason, self._hint = reason, hint

    def _notify(self, change: Change) -> None:
        for callback in tuple(self._callbacks):
            try:
                callback(change)
            except Exception:
                import logging

                self._callback_errors += 1
                logging.getLogger("promptops").exception("a callback on changed prompts failed")

    def after_fork(self) -> None:
        """In a child process: threads did not come along, and a lock may be held by one of them."""
        self._check_lock = threading.Lock()
        self._check_started = None
        if self._loop is not None:
            self._start_thread(self._loop)


_refreshers: weakref.WeakSet[Refresher] = weakref.WeakSet()


def _after_fork() -> None:
    for each in list(_refreshers):
        each.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _refresh_periodically(refresher_ref: weakref.ref[Refresher], stop: threading.Event, interval: float) -> None:
    while not stop.wait(interval * random.uniform(1 - JITTER, 1 + JITTER)):  # noqa: S311 - nothing secret
        refresher = refresher_ref()
        if refresher is None:
            return
        refresher.check()
        del refresher


def _printable(text: str) -> str:
    """A text that may hold what a stranger wrote: no character of it moves a terminal or begins a line of the log."""
    return "".join(each if each.isprintable() else " " if each == "\n" else repr(each)[1:-1] for each in text)


def _served_versions(pin: Pin) -> tuple[object, ...]:
    """What makes a difference to a caller: another commit with the same digest makes none."""
    rollout = pin.rollout
    return (pin.digest, rollout.digest, rollout.percent) if rollout is not None else (pin.digest,)


def _change_between(old: LoadedPrompts, new: LoadedPrompts) -> Change:
    before, after = old.bundle.pins, new.bundle.pins
    both = before.keys() & after.keys()
    return Change(
        added=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(name for name in both if _served_versions(before[name]) != _served_versions(after[name]))),
        removed=tuple(sorted(before.keys() - after.keys())),
        commit=new.bundle.commit,
    )
