"""Proposals beside the lines of a pull request: each once, at most ten, and closed when the line is mended.

Nothing here decides a verdict or raises: what GitHub refuses is one sentence for the log.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from pathlib import PurePosixPath
from typing import NamedTuple

from promptops.errors import ForgeError
from promptops.forge.github.client import GitHub
from promptops.forge.github.patches import PatchHunk
from promptops.forge.github.reviews import LineComment, ReviewComment, Reviews
from promptops.model.finding import Finding
from promptops.report.comment.mending.suggestion import mended_body, read_fingerprint, review_body, suggestion_body
from promptops.workflows.suggestions.fixed_lines import FixedLines

MOST = 10
_PATIENCE = 20.0
"""Seconds that GitHub's limits are waited for: the check's own comment is there already."""


class OwnSuggestion(NamedTuple):
    """A comment of ours that makes the proposal with this fingerprint."""

    id: int
    fingerprint: str
    path: PurePosixPath


class Suggestions:
    """Those on one pull request, whose newest commit is `head`; `folder` is the project's place in the repository."""

    def __init__(self, github: GitHub, number: int, head: str, folder: str = "") -> None:
        self._github = github
        self._number = number
        self._head = head
        self._folder = folder
        self._reviews = Reviews(github.rest, github.repository, number)

    def standing(self) -> list[OwnSuggestion]:
        """Our own that wait for an answer, the oldest first: anybody can write the marker. Raises ForgeError."""
        login = self._github.login().casefold()
        mine = [one for one in self._reviews.comments() if one.author.casefold() == login]
        return sorted(filter(None, map(self._own, mine)), key=lambda one: one.id)

    def bring_up_to_date(
        self,
        known: Sequence[FixedLines],
        brought: Collection[Finding],
        standing: Sequence[OwnSuggestion] | None = None,
        *,
        broken: Collection[PurePosixPath] = (),
    ) -> tuple[str, ...]:
        """Propose what the change brings, and say of each proposal that is not `known` any more that it was mended.

        `known` is all that lint can mend in the files, with paths in the repository; `broken` are files with an error
        that may keep lint from seeing the rest. Returns sentences for the log.
        """
        try:
            with self._github.wait_at_most(_PATIENCE):
                there = self.standing() if standing is None else standing
                self._close([one for one in there if one.path not in broken], known)
                return self._propose(there, known, brought)
        except ForgeError as exc:
            return (f"lint's proposals could not be written beside the lines: {exc.with_hint}",)

    def _own(self, one: ReviewComment) -> OwnSuggestion | None:
        found = read_fingerprint(one.body, self._folder)
        return OwnSuggestion(one.id, found, PurePosixPath(one.path)) if found else None

    def _close(self, there: Iterable[OwnSuggestion], known: Iterable[FixedLines]) -> None:
        still = {one.fingerprint for one in known}
        gone = [one for one in there if one.fingerprint not in still]
        if not gone:
            return
        with suppress(ForgeError):  # a workflow's token may not always: the comment itself says it all the same
            self._reviews.resolve([one.id for one in gone])
        for one in gone:
            self._reviews.edit(one.id, mended_body(one.fingerprint, self._folder))

    def _propose(
        self, there: Sequence[OwnSuggestion], known: Sequence[FixedLines], brought: Collection[Finding]
    ) -> tuple[str, ...]:
        made = {one.fingerprint for one in there}
        waiting = [one for one in known if one.fingerprint in made]
        new = [one for one in known if one.fingerprint not in made and any(it in brought for it in one.findings)]
        if not new or len(waiting) >= MOST:
            return ()
        patches = self._reviews.patches()
        comments = [line for one in new if (line := self._line_comment(one, patches)) is not None]
        if not (comments := comments[: MOST - len(waiting)]):
            return ()
        if self._github.pull_request(self._number).head_sha != self._head:
            return ("no proposals are written beside the lines: the pull request moved on",)
        self._reviews.write(self._head, review_body(len(comments)), comments)
        self._take_back_twins()
        return ()

    def _line_comment(self, one: FixedLines, patches: dict[str, tuple[PatchHunk, ...]]) -> LineComment | None:
        """Beside the very same lines of the pull request's diff; None where it does not show them.

        What is checked may be GitHub's trial merge, whose lines have other numbers than the branch's.
        """
        for hunk in patches.get(one.path.as_posix(), ()):
            first = hunk.find(one.old, one.line)
            if first is not None and not hunk.crlf:  # GitHub would give the lines another ending than their neighbours
                body = suggestion_body(one.findings, one.new, one.fingerprint, self._folder)
                return LineComment(one.path.as_posix(), first, first + len(one.old) - 1, body)
        return None

    def _take_back_twins(self) -> None:
        """Where another run wrote at the same time, the younger of two alike goes."""
        seen: set[str] = set()
        for one in self.standing():
            if one.fingerprint in seen:
                self._reviews.delete(one.id)
            seen.add(one.fingerprint)
