"""What GitHub says, as small values. Its answers and its events have the same shapes, so both are read here.

Whatever a field lacks or holds by surprise becomes a ForgeError that names the field: an event's payload holds what
anybody wrote, and a proxy may answer in GitHub's place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from promptops.errors import ForgeError


class PullRequest(NamedTuple):
    """A pull request. `head_repository` is empty when the fork is gone; `state` is `open` or `closed`."""

    number: int
    head_sha: str
    head_ref: str
    head_repository: str
    base_sha: str
    base_ref: str
    base_repository: str
    state: str
    author: str
    title: str = ""

    @property
    def is_fork(self) -> bool:
        """Whether the head lies in another repository than the base; one that is gone counts as another."""
        return self.head_repository.casefold() != self.base_repository.casefold()


class Comment(NamedTuple):
    """A comment on a pull request. `author` is a login (`github-actions[bot]`), empty when the account is gone."""

    id: int
    author: str
    body: str
    url: str = ""
    minimized: bool = False


class StoredFile(NamedTuple):
    """A file's content and the id of its blob, which writing it again must name."""

    content: bytes
    sha: str


class Artifact(NamedTuple):
    """A zip that a workflow run left behind. `size` in bytes, packed."""

    id: int
    name: str
    size: int
    expired: bool


class WorkflowRun(NamedTuple):
    """One run of a workflow. `path` is the workflow's file; `conclusion` is empty while it runs."""

    id: int
    event: str
    head_sha: str
    head_branch: str
    head_repository: str
    conclusion: str
    path: str = ""


class Shape:
    """A JSON object whose fields are asked for by path; a wrong one is a ForgeError that names it."""

    def __init__(self, data: Any, where: str) -> None:
        self.data = data
        self.where = where

    def get(self, *path: str) -> Any:
        """The value at the path, None where there is none."""
        found = self.data
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        return found

    def text(self, *path: str) -> str:
        """The text at the path."""
        found = self.get(*path)
        return found if isinstance(found, str) else self._wrong(path)

    def words(self, *path: str) -> str:
        """The text at the path; empty where there is none."""
        return "" if self.get(*path) is None else self.text(*path)

    def whole(self, *path: str) -> int:
        """The number at the path: an id, never below 0."""
        found = self.get(*path)
        return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else self._wrong(path)

    def items(self, *path: str) -> list[Shape]:
        """The objects of the list at the path."""
        found = self.get(*path)
        return [Shape(one, self.where) for one in found] if isinstance(found, list) else self._wrong(path)

    def _wrong(self, path: tuple[str, ...]) -> Any:
        name = ".".join(path) or "the whole"
        raise ForgeError(
            f"'{name}' is not what GitHub promises here",
            where=self.where,
            hint="try again; if it stays so, something between here and GitHub changes what it sends",
        )


def pull_request(data: Shape) -> PullRequest:
    """A pull request as the API and events show it."""
    return PullRequest(
        number=data.whole("number"),
        head_sha=data.text("head", "sha"),
        head_ref=data.text("head", "ref"),
        head_repository=data.words("head", "repo", "full_name"),
        base_sha=data.text("base", "sha"),
        base_ref=data.text("base", "ref"),
        base_repository=data.words("base", "repo", "full_name"),
        state=data.text("state"),
        author=data.words("user", "login"),
        title=data.words("title"),
    )


def comment(data: Shape) -> Comment:
    """A comment as the API shows it."""
    return Comment(
        id=data.whole("id"),
        author=data.words("user", "login"),
        body=data.words("body"),
        url=data.words("html_url"),
        minimized=data.get("minimized") is not None,
    )


def artifact(data: Shape) -> Artifact:
    """An artifact as the API lists it."""
    return Artifact(data.whole("id"), data.text("name"), data.whole("size_in_bytes"), data.get("expired") is not False)


def workflow_run(data: Shape) -> WorkflowRun:
    """A workflow's run as the API shows it."""
    return WorkflowRun(
        id=data.whole("id"),
        event=data.text("event"),
        head_sha=data.text("head_sha"),
        head_branch=data.words("head_branch"),
        head_repository=data.words("head_repository", "full_name"),
        conclusion=data.words("conclusion"),
        path=data.words("path"),
    )
