"""What GitHub says, as small values. Its answers and its events have the same shapes, so both are read here.

Whatever a field lacks or holds by surprise becomes a ForgeError that names the field: an event's payload holds what
anybody wrote, and a proxy may answer in GitHub's place.
"""

from __future__ import annotations

from typing import NamedTuple

from promptops.forge.json_object import JsonObject


class PullRequest(NamedTuple):
    """A pull request. `head_repository` is empty when the fork is gone; `state` is `open` or `closed`.

    `author` is the login of who opened it, empty when the account is gone. `title` and `body` are anybody's words.
    """

    number: int
    head_sha: str
    head_ref: str
    head_repository: str
    base_sha: str
    base_ref: str
    base_repository: str
    state: str
    author: str = ""
    draft: bool = False
    title: str = ""
    body: str = ""

    @property
    def is_fork(self) -> bool:
        """Whether the head lies in another repository than the base; one that is gone counts as another."""
        return self.head_repository.casefold() != self.base_repository.casefold()


class CommitAuthor(NamedTuple):
    """Who wrote a commit, and who made it last: logins, empty where its e-mail address belongs to no account."""

    sha: str
    author: str = ""
    committer: str = ""


class IssueComment(NamedTuple):
    """A comment on a pull request. `author` is a login (`github-actions[bot]`), empty when the account is gone.

    `created` and `updated` are ISO 8601 in UTC; a comment that was edited was updated after it was created.
    """

    id: int
    author: str
    body: str
    url: str = ""
    minimized: bool = False
    created: str = ""
    updated: str = ""


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
    """One run of a workflow, begun at `created` (ISO 8601 in UTC); `attempt` is how often it was begun.

    Of two, the later has the higher id. `conclusion` is how it ended (`success`, `cancelled`, …), empty while it goes
    on; `workflow` is the workflow's id, `path` its file.
    """

    id: int
    event: str
    head_sha: str
    head_branch: str
    head_repository: str
    created: str = ""
    attempt: int = 1
    conclusion: str = ""
    path: str = ""
    workflow: int = 0
    url: str = ""


def parse_pull_request(data: JsonObject) -> PullRequest:
    """A pull request as the API and events show it."""
    return PullRequest(
        number=data.integer("number"),
        head_sha=data.text("head", "sha"),
        head_ref=data.text("head", "ref"),
        head_repository=data.optional_text("head", "repo", "full_name"),
        base_sha=data.text("base", "sha"),
        base_ref=data.text("base", "ref"),
        base_repository=data.optional_text("base", "repo", "full_name"),
        state=data.text("state"),
        author=data.optional_text("user", "login"),
        draft=data.get("draft") is True,
        title=data.optional_text("title"),
        body=data.optional_text("body"),
    )


def parse_commit_author(data: JsonObject) -> CommitAuthor:
    """A commit as a comparison shows it."""
    logins = (data.optional_text(role, "login") for role in ("author", "committer"))
    return CommitAuthor(data.text("sha"), *logins)


def parse_comment(data: JsonObject) -> IssueComment:
    """A comment as the API shows it."""
    return IssueComment(
        id=data.integer("id"),
        author=data.optional_text("user", "login"),
        body=data.optional_text("body"),
        url=data.optional_text("html_url"),
        minimized=data.get("minimized") is not None,
        created=data.optional_text("created_at"),
        updated=data.optional_text("updated_at"),
    )


def parse_artifact(data: JsonObject) -> Artifact:
    """An artifact as the API lists it."""
    return Artifact(
        data.integer("id"), data.text("name"), data.integer("size_in_bytes"), data.get("expired") is not False
    )


def parse_workflow_run(data: JsonObject) -> WorkflowRun:
    """A workflow's run as the API shows it."""
    return WorkflowRun(
        id=data.integer("id"),
        event=data.text("event"),
        head_sha=data.text("head_sha"),
        head_branch=data.optional_text("head_branch"),
        head_repository=data.optional_text("head_repository", "full_name"),
        created=data.optional_text("created_at"),
        attempt=data.integer("run_attempt") if data.get("run_attempt") is not None else 1,
        conclusion=data.optional_text("conclusion"),
        path=data.optional_text("path"),
        workflow=data.integer("workflow_id") if data.get("workflow_id") is not None else 0,
        url=data.optional_text("html_url"),
    )
