"""Telling progress never holds up the run, and never comes after the last word."""

from __future__ import annotations

from threading import Event as Flag

from promptops.forge.github.event import Event
from promptops.workflows.check.progress import live_progress
from promptops.workflows.comment.post_comment import PullRequestComment


class Slow(PullRequestComment):
    """A comment whose edits take as long as the test wants."""

    def __init__(self) -> None:
        super().__init__(None, Event(""), "")
        self.begun, self.free = Flag(), Flag()
        self.told: list[str] = []

    def progress(self, progress: str) -> None:
        self.begun.set()
        assert self.free.wait(30)
        self.told.append(progress)


def test_a_run_goes_on_while_an_edit_is_under_way_and_ends_after_it() -> None:
    comment = Slow()
    with live_progress(comment) as tell:
        tell(0, 9)
        assert comment.begun.wait(30)
        for done in range(1, 10):  # would wait for ever, were it not beside the run
            tell(done, 9)
        assert comment.told == []
        comment.free.set()
    assert comment.told == ["0 of 9"]
