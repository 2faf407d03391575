"""The pull request's one comment: which pull requests an event is about, and what is known of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from promptops.errors import ForgeError
from promptops.forge.github.client import GitHub
from promptops.forge.github.event import Event
from promptops.forge.run_comment import CheckedChange, RunComment
from promptops.workflows.comment.change_comment import ChangeComment
from promptops.workflows.comment.recorded_words import WordFolders, only_words_differ

_MOST_PULL_REQUESTS = 5


class PullRequestComment(ChangeComment):
    """The comment with `marker` on every pull request that the event is about. No method raises for what GitHub does.

    `github` is None where there is no token; `summary` takes the text where no comment can be written, None for
    nowhere. `trouble` is a reason that is known already why no comment can be written. `run` is the workflow run's
    number and `attempt` which time it runs (0: it is none); `words` are where labels and acceptances lie.
    """

    def __init__(
        self,
        github: GitHub | None,
        event: Event,
        marker: str,
        summary: Path | None = None,
        *,
        run_url: str = "",
        run: int = 0,
        attempt: int = 1,
        trouble: str = "",
        words: WordFolders = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        head, nowhere = "", trouble or "there is no open pull request to comment on"
        comments: list[RunComment] = []
        if github is None:
            nowhere = trouble or "there is no token to write a comment with"
        else:
            try:
                for number, head, base_ref in _targets(github, event):
                    change = CheckedChange(head, base_ref, run, attempt)
                    same = only_words_differ(github, words)
                    comments.append(RunComment(github, number, marker, change, same))
            except ForgeError as exc:
                nowhere = exc.with_hint
        super().__init__(comments, marker, nowhere=nowhere, head=head, run_url=run_url, summary=summary, clock=clock)


def pull_requests_for(github: GitHub, event: Event) -> Sequence[int]:
    """The numbers of the pull requests an event is about. Raises ForgeError."""
    return [one.number for one in _targets(github, event)]


class _Addressee(NamedTuple):
    """A pull request, and the commit and the target branch that the event is about; empty where it names none."""

    number: int
    head: str = ""
    base_ref: str = ""


def _targets(github: GitHub, event: Event) -> list[_Addressee]:
    if (pull := event.pull_request) is not None:
        return [_Addressee(pull.number, pull.head_sha, pull.base_ref)]
    if event.comment is not None:
        return [_Addressee(event.comment.issue)] if event.comment.is_pull_request else []
    sha = event.after
    if event.run is not None:
        sha = github.workflow_run(event.run).head_sha
    if not sha:
        return []
    ours = github.repository.casefold()
    return [
        _Addressee(one.number, sha)
        for one in github.pull_requests_containing(sha)
        if one.state == "open" and one.head_sha == sha and one.base_repository.casefold() == ours
    ][:_MOST_PULL_REQUESTS]
