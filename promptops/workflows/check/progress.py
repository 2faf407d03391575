"""How far an evaluation has come, told on the pull request beside the run, which never waits for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol


class ProgressComment(Protocol):
    """A comment that can say how far a run has come."""

    def progress(self, progress: str) -> None:
        """Say `40 of 120`. Never raises."""


@contextmanager
def live_progress(comment: ProgressComment) -> Iterator[Callable[[int, int], None]]:
    """A function to tell how many replies are there, of how many. It never waits and never raises.

    The comment itself sees to it that edits are rare. An edit that is under way at the end is waited for: it must not
    come after the last word.
    """
    edit: Future[None] | None = None

    def tell(done: int, total: int) -> None:
        nonlocal edit
        if edit is None or edit.done():
            edit = pool.submit(comment.progress, f"{done} of {total}")

    with ThreadPoolExecutor(1) as pool:
        yield tell
