"""The pull request's one comment, from the first progress line to the final results. Nothing here decides a verdict.

What GitHub refuses is reported, and the text goes to the step's summary instead.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from promptops.errors import ForgeError
from promptops.forge.github.client import GitHub
from promptops.forge.github.event import Event
from promptops.forge.sticky_comment import StickyComment
from promptops.report.comment.compose import progress_comment, with_notes
from promptops.workflows.comment.step_summary import append_summary

PAUSE = 10.0
"""Seconds between two edits while a run lasts: each is a request out of 1,000 an hour."""
_PROGRESS_PATIENCE = 5.0
"""Seconds that telling progress may wait for GitHub: the last word must not wait for it."""
_MOST_PULL_REQUESTS = 5


class PostResult(NamedTuple):
    """Where the comment is now (`url` is empty when it is nowhere), and what people should be told about that."""

    url: str
    told: tuple[str, ...] = ()


class PullRequestComment:
    """The comment with `marker` on every pull request that the event is about. No method raises for what GitHub does.

    `github` is None where there is no token; `summary` takes the text where no comment can be written, None for
    nowhere. `trouble` is a reason that is known already why no comment can be written.
    """

    def __init__(
        self,
        github: GitHub | None,
        event: Event,
        marker: str,
        summary: Path | None = None,
        *,
        run_url: str = "",
        trouble: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._marker = marker
        self._summary = summary
        self._run_url = run_url
        self._clock = clock
        self._last: float | None = None
        self._trouble = trouble
        self._sticky: list[StickyComment] = []
        if github is None:
            self._trouble = trouble or "there is no token to write a comment with"
            return
        try:
            self._sticky = [StickyComment(github, number, marker) for number in pull_requests_for(github, event)]
        except ForgeError as exc:
            self._trouble = exc.with_hint

    def progress(self, progress: str) -> None:
        """Say `40 of 120`, not oftener than every ten seconds; after a failure no more, and without a word."""
        now = self._clock()
        if self._trouble or (self._last is not None and now - self._last < PAUSE):
            return
        self._last = now
        try:
            for one in self._sticky:
                one.put(progress_comment(self._marker, progress, self._run_url), patience=_PROGRESS_PATIENCE)
        except ForgeError as exc:
            self._trouble = exc.with_hint

    def finish(self, body: str) -> PostResult:
        """The last word; it is tried even where telling progress failed."""
        url, told = "", []
        for one in self._sticky:
            try:
                url = one.put(body).url or url
            except ForgeError as exc:
                told.append(f"the comment could not be written: {exc.with_hint}")
        if not self._sticky:
            told.append(f"no comment is written: {self._trouble or 'there is no open pull request to comment on'}")
        if told and self._summary is not None:
            failed = append_summary(self._summary, with_notes(body, told))
            told.append(failed or "the results are in the step's summary instead")
        return PostResult(url, tuple(told))


def pull_requests_for(github: GitHub, event: Event) -> Sequence[int]:
    """The numbers of the pull requests an event is about. Raises ForgeError."""
    if event.pull_request is not None:
        return [event.pull_request.number]
    if event.comment is not None:
        return [event.comment.issue] if event.comment.is_pull_request else []
    sha = event.after
    if event.run is not None:
        sha = github.workflow_run(event.run).head_sha
    if not sha:
        return []
    ours = github.repository.casefold()
    return [
        one.number
        for one in github.pull_requests_containing(sha)
        if one.state == "open" and one.head_sha == sha and one.base_repository.casefold() == ours
    ][:_MOST_PULL_REQUESTS]
