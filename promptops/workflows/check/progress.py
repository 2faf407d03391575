"""How far an evaluation has come, told on the pull request beside the run, which never waits for it."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

from promptops.workflows.comment.post_comment import OneComment


class LiveProgress:
    """Told how many replies are there, of how many; the comment itself sees to it that edits are rare."""

    def __init__(self, comment: OneComment) -> None:
        self._comment = comment
        self._pool = ThreadPoolExecutor(1)
        self._edit: Future[None] | None = None

    def tell(self, done: int, total: int) -> None:
        """`done` of `total` replies are there. Never waits, never raises."""
        if self._edit is None or self._edit.done():
            self._edit = self._pool.submit(self._comment.progress, f"{done} of {total}")

    def __enter__(self) -> LiveProgress:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._pool.shutdown()  # an edit that is under way must not come after the last word
