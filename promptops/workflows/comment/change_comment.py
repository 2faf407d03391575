"""The one comment on a change, from the first progress line to the final results. Nothing here decides a verdict.

What the forge refuses is reported, and so is a change that moved on meanwhile, whose comment is left to the newer
check; the text goes to the step's summary instead, where there is one.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from promptops.errors import ForgeError, OutdatedError
from promptops.forge.comment_stamp import read_stamp, without_stamp
from promptops.forge.run_comment import RunComment
from promptops.report.comment.compose import cancelled_comment, overtaken_comment, progress_comment, with_notes
from promptops.report.comment.earlier_results import earlier_results, shown_progress, with_earlier
from promptops.workflows.comment.step_summary import append_summary

PAUSE = 10.0
"""Seconds between two edits in a run's first minutes: each is three requests out of 1,000 an hour."""
_SLOWER = 20.0
"""Later the pause is so small a part of the time that has passed: half an hour takes some sixty edits."""
_PROGRESS_PATIENCE = 5.0
"""Seconds that telling progress may wait for the forge: the last word must not wait for it."""
_ENDED_PATIENCE = 2.0
"""A cancelled run has seven seconds to say so."""
NOTHING_TOUCHED = "no comment is written: the change touches nothing that is checked here, and there is none yet"


class PostResult(NamedTuple):
    """Where the comment is now (`url` is empty when it is nowhere), and what people should be told about that."""

    url: str
    told: tuple[str, ...] = ()


class ChangeComment:
    """The comment with `marker` on each change that a run is about. No method raises for what the forge does.

    `comments` are those; where there are none, `nowhere` says why. `head` is the commit that is checked, empty where
    unknown. `summary` takes the text where no comment can be written, None for nowhere.
    """

    def __init__(
        self,
        comments: Sequence[RunComment],
        marker: str,
        *,
        nowhere: str,
        head: str = "",
        run_url: str = "",
        summary: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._comments = comments
        self._marker = marker
        self._nowhere = nowhere
        self._head = head
        self._run_url = run_url
        self._summary = summary
        self._clock = clock
        self._begun: float | None = None
        self._next = 0.0

    def progress(self, progress: str) -> None:
        """Say `40 of 120`, now and then; after a failure no more, and without a word."""
        now = self._clock()
        if self._begun is None:
            self._begun = self._next = now
        if now < self._next:
            return
        failed = bool(self.announce(progress, patience=_PROGRESS_PATIENCE).told)
        self._next = math.inf if failed else now + max(PAUSE, (now - self._begun) / _SLOWER)

    def announce(self, progress: str, *, patience: float | None = None) -> PostResult:
        """Say how far the run has come, above what an earlier check found."""
        text = progress_comment(self._marker, progress, self._run_url, self._head)
        return self._each(lambda one: one.put(self._above_earlier(text), "running", patience=patience).url)

    def finish(self, body: str, *, ended: bool = False, quietly: bool = False) -> PostResult:
        """The last word; it is tried even where telling progress failed.

        `ended`: the run was broken off, so what an earlier check found stays below. `quietly`: it is worth no new
        comment, and only brings up to date one that is there.
        """
        if quietly and self._comments:
            self._comments = [one for one in self._comments if _is_there(one)]
            if not self._comments:
                return PostResult("", (NOTHING_TOUCHED,))
        if ended:
            found = self._each(lambda one: one.put(self._above_earlier(body), "ended", patience=_ENDED_PATIENCE).url)
        else:
            found = self._each(lambda one: one.put(lambda stands: body).url)
        told = [*found.told]
        failed = bool(told)
        told += [
            f"it is not known whether {one.name} moved on meanwhile: {one.unasked}"
            for one in self._comments
            if one.unasked
        ]
        if failed and self._summary is not None:
            trouble = append_summary(self._summary, with_notes(body, told))
            told.append(trouble or "the results are in the step's summary instead")
        return PostResult(found.url, tuple(told))

    def end_cancelled(self) -> PostResult:
        """Where this very run promises results that will not come, say that it was cancelled; else leave all alone."""

        def page(stands: str) -> str:
            text = cancelled_comment(self._marker, shown_progress(stands), self._run_url, self._head)
            return self._above_earlier(text)(stands)

        return self._each(lambda one: found.url if (found := one.put_in_own_place(page)) else "")

    def _each(self, write: Callable[[RunComment], str]) -> PostResult:
        url, told = "", []
        if not self._comments:
            told.append(f"no comment is written: {self._nowhere}")
        for one in self._comments:
            try:
                url = write(one) or url
            except OutdatedError as exc:
                told.append(f"no comment is written: {exc}")
                told += self._clear_away(one, str(exc))
            except ForgeError as exc:
                told.append(f"the comment could not be written: {exc.with_hint}")
        return PostResult(url, tuple(told))

    def _clear_away(self, one: RunComment, why: str) -> list[str]:
        """Nobody may wait for results that this run promised, where no newer one has written since."""
        text = overtaken_comment(self._marker, why, self._run_url, self._head)
        try:
            one.put_in_own_place(self._above_earlier(text))
        except ForgeError as exc:
            return [f"the comment still says that a check is running: {exc.with_hint}"]
        return []

    def _above_earlier(self, text: str) -> Callable[[str], str]:
        def page(stands: str) -> str:
            stamp = read_stamp(stands)
            whole = stamp is None or stamp.state == "final"
            kept = earlier_results(without_stamp(stands), self._marker, stamp.head if stamp else "", whole=whole)
            return with_earlier(text, kept, self._head)

        return page


def _is_there(one: RunComment) -> bool:
    """Whether there is a comment to bring up to date; where the forge does not answer, writing tells so."""
    try:
        return one.read() is not None
    except ForgeError:
        return True
