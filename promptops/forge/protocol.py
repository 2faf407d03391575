"""What promptops asks of any forge: a change request, its comments, and whose comments are ours.

Each forge has a folder here with a client that does this: `forge/github`, where a change request is called a pull
request and a comment an issue comment, and `forge/gitlab`, where they are a merge request and a note.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol


class ChangeRequest(Protocol):
    """A proposal to change a branch."""

    @property
    def number(self) -> int:
        """Its number in the repository, as people name it."""

    @property
    def head_sha(self) -> str:
        """The commit (40 hex, or 64) that its branch is at."""

    @property
    def base_ref(self) -> str:
        """The branch it is to be merged into."""

    @property
    def state(self) -> str:
        """`open` while it may still be merged."""


class Comment(Protocol):
    """A comment on a change request."""

    @property
    def id(self) -> int:
        """What it is edited by."""

    @property
    def author(self) -> str:
        """A login; empty when the account is gone."""

    @property
    def body(self) -> str:
        """The text, in Markdown."""

    @property
    def url(self) -> str:
        """The comment's page."""

    @property
    def minimized(self) -> bool:
        """Whether people hid it."""


class Forge(Protocol):
    """One repository, seen with a token. Every method raises ForgeError, ForbiddenError where the token may not."""

    @property
    def change_name(self) -> str:
        """What people call a change request there, such as `pull request`."""

    def wait_at_most(self, seconds: float) -> AbstractContextManager[None]:
        """`with forge.wait_at_most(5):` waits so many seconds at most for the forge's limits."""

    def after_each_wait(self, check: Callable[[], None]) -> AbstractContextManager[None]:
        """`with forge.after_each_wait(check):` checks again before it repeats a request that had to wait."""

    def login(self) -> str:
        """Whose comments are ours."""

    def change_request(self, number: int) -> ChangeRequest:
        """The change request as it is now."""

    def comments(self, number: int) -> Iterator[Comment]:
        """All comments on a change request, page by page."""

    def comment(self, number: int, comment_id: int) -> Comment:
        """One comment as it is now. ForgeError with status 404 when it was deleted."""

    def create_comment(self, number: int, body: str) -> Comment:
        """Write a new comment."""

    def update_comment(self, number: int, comment_id: int, body: str) -> Comment:
        """Replace a comment's text. ForgeError with status 404 when it was deleted."""

    def delete_comment(self, number: int, comment_id: int) -> None:
        """Take a comment away; one that is gone already is fine."""
