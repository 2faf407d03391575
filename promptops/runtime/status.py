"""What an application may know about the prompts it serves."""

from __future__ import annotations

from typing import NamedTuple


class Status(NamedTuple):
    """How things stand.

    `fresh`: the last check of the source succeeded, so what is served is what was approved `age` seconds ago; otherwise
    `reason` says why the last known good is served, `hint` what to do about it, and `age` (seconds; None when not
    known) how old that knowledge is. A check that has not ended for long is such a reason too.
    `commit` is that of the environment file, or the pinned one. `checks`, `failures` and `changes` count checks of the
    source, those that failed, and those that brought something new; `callback_errors` callbacks that raised.
    """

    source: str
    environment: str
    commit: str | None
    fresh: bool
    reason: str
    hint: str
    age: float | None
    prompts: int
    checks: int = 0
    failures: int = 0
    changes: int = 0
    callback_errors: int = 0


class Change(NamedTuple):
    """What a swap brought: names of prompts, sorted. Those in `changed` were served before in another version."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    commit: str | None
