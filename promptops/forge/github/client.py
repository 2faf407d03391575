"""GitHub, as far as promptops needs it: a pull request, its comments, files, artifacts, runs and a team.

Every method raises ForgeError (ForbiddenError where the token may not) with words for the person who reads the log.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import PurePosixPath

from promptops.errors import ForbiddenError, ForgeError
from promptops.forge.github import payloads
from promptops.forge.github.conventions import CONVENTIONS
from promptops.forge.github.event import REPOSITORY_NAME
from promptops.forge.github.payloads import (
    Artifact,
    CommitAuthor,
    IssueComment,
    PullRequest,
    StoredFile,
    WorkflowRun,
)
from promptops.forge.github.rest import RestApi, api_path
from promptops.forge.http import HttpClient, HttpRequest
from promptops.forge.json_object import JsonObject

API = "https://api.github.com"
WORKFLOW_LOGIN = "github-actions[bot]"
"""Whose comments a workflow's own token writes."""
_MOST_CHANGED = 300
"""GitHub's comparison lists no more files than these."""


class GitHub:
    """One repository (`OWNER/NAME`) on GitHub, seen with a token.

    `login` is whose comments are ours, where it is known already. `sleep` takes seconds; at most two minutes are waited
    in all. `timeout` is in seconds for each wait for the network.
    """

    change_name = "pull request"

    def __init__(
        self,
        repository: str,
        token: str,
        *,
        api: str = API,
        login: str = "",
        sleep: Callable[[float], None] = time.sleep,
        timeout: float = 30.0,
    ) -> None:
        if not REPOSITORY_NAME.fullmatch(repository):
            raise ForgeError("a repository's name is OWNER/NAME", where=repository[:200] or "GITHUB_REPOSITORY")
        self.repository = repository
        self._login = login
        self._http = HttpClient(CONVENTIONS, token, api, sleep, timeout)
        self.rest = rest = RestApi(self._http, repository)
        self._path, self._url, self._get, self._send, self._list = rest.path, rest.url, rest.get, rest.send, rest.pages

    def wait_at_most(self, seconds: float) -> AbstractContextManager[None]:
        """`with github.wait_at_most(5):` waits so many seconds at most, for what is not worth more."""
        return self._http.wait_at_most(seconds)

    def after_each_wait(self, check: Callable[[], None]) -> AbstractContextManager[None]:
        """`with github.after_each_wait(check):` checks again before it repeats a request that had to wait."""
        return self._http.after_each_wait(check)

    def login(self) -> str:
        """Whose comments are ours. The workflow's own token may not ask, and writes as `github-actions[bot]`."""
        if not self._login:
            try:
                self._login = self._get("/user").text("login")
            except ForbiddenError as exc:
                if exc.status != 403:
                    raise
                self._login = WORKFLOW_LOGIN
        return self._login

    def pull_request(self, number: int) -> PullRequest:
        """The pull request as it is now."""
        return payloads.parse_pull_request(self._get(self._path("pulls", number)))

    def change_request(self, number: int) -> PullRequest:
        """The pull request as it is now, by the name that all forges share."""
        return self.pull_request(number)

    def pull_requests_containing(self, sha: str) -> list[PullRequest]:
        """The pull requests that hold a commit, open and closed."""
        return [payloads.parse_pull_request(one) for one in self._list(self._path("commits", sha, "pulls"))]

    def pull_requests_from(self, owner: str, branch: str) -> list[PullRequest]:
        """The open pull requests from a branch of this repository or of `owner`'s fork."""
        found = self._list(self._path("pulls"), {"state": "open", "head": f"{owner}:{branch}"})
        return [one for one in map(payloads.parse_pull_request, found) if one.head_ref == branch]

    def open_pull_requests(self, base: str) -> list[PullRequest]:
        """The open pull requests to a branch of this repository, forks' too, oldest first."""
        found = self._list(self._path("pulls"), {"state": "open", "base": base, "sort": "created", "direction": "asc"})
        return [one for one in map(payloads.parse_pull_request, found) if one.base_ref == base]

    def comments(self, number: int) -> Iterator[IssueComment]:
        """All comments on a pull request, oldest first, page by page."""
        return map(payloads.parse_comment, self._list(self._path("issues", number, "comments")))

    def comment(self, number: int, comment_id: int) -> IssueComment:
        """One comment as it is now. ForgeError with status 404 when it was deleted."""
        return payloads.parse_comment(self._get(self._path("issues", "comments", comment_id)))

    def create_comment(self, number: int, body: str) -> IssueComment:
        """Write a new comment."""
        return payloads.parse_comment(self._send("POST", self._path("issues", number, "comments"), {"body": body}))

    def update_comment(self, number: int, comment_id: int, body: str) -> IssueComment:
        """Replace the text of a comment on a pull request. ForgeError with status 404 when it was deleted."""
        return payloads.parse_comment(self._send("PATCH", self._path("issues", "comments", comment_id), {"body": body}))

    def delete_comment(self, number: int, comment_id: int) -> None:
        """Take a comment away; one that is gone already is fine."""
        self.rest.delete(self._path("issues", "comments", comment_id))

    def react(self, comment_id: int, content: str) -> None:
        """Put a reaction on a comment: `+1`, `-1`, `confused`, `eyes`, …"""
        self._send("POST", self._path("issues", "comments", comment_id, "reactions"), {"content": content})

    def read_file(self, path: PurePosixPath, ref: str) -> StoredFile | None:
        """A file on a branch or at a commit; None where there is none. At most 1 MB, as GitHub gives it."""
        try:
            found = self._get(self._path("contents", *_parts(path)), {"ref": ref})
        except ForgeError as exc:
            if exc.status == 404:
                return None
            raise
        where = str(path)
        if found.get("type") != "file" or found.get("encoding") != "base64":
            raise ForgeError("this is not a file of at most 1 MB", where=where)
        try:
            return StoredFile(base64.b64decode(found.text("content")), found.text("sha"))
        except (binascii.Error, ValueError):
            raise ForgeError("GitHub's answer does not hold the file's content", where=where) from None

    def write_file(self, path: PurePosixPath, branch: str, content: bytes, message: str, sha: str | None) -> str:
        """Commit one file to a branch; `sha` is the blob it replaces, None for a new file. Returns the commit's id.

        ForgeError with `conflict` where somebody wrote first: read the file again, then write.
        """
        body = {"message": message, "content": base64.b64encode(content).decode(), "branch": branch}
        try:
            done = self._send(
                "PUT", self._path("contents", *_parts(path)), body if sha is None else body | {"sha": sha}
            )
        except ForgeError as exc:
            exc.conflict = exc.status in (409, 422)
            raise
        return done.text("commit", "sha")

    def is_team_member(self, organization: str, team: str, login: str) -> bool:
        """Whether somebody is in a team. ForbiddenError where the token may not look.

        GitHub answers 404 both to whoever may not look and for people who are not in the team: seeing the team tells
        the two apart.
        """
        place = ("orgs", organization, "teams", team)
        try:
            return self._get(api_path(*place, "memberships", login)).optional_text("state") == "active"
        except ForgeError as exc:
            if exc.status != 404:
                raise
        try:
            self._get(api_path(*place))
        except ForgeError as exc:
            if exc.status != 404:
                raise
            raise ForbiddenError(
                "the token may not see who is in this team, or there is no such team",
                where=f"@{organization}/{team}",
                hint="list people by name (@login), or give the step a token that may read the organization's teams",
                status=404,
            ) from None
        return False

    def merge_base(self, base: str, head: str) -> str:
        """The commit where two commits parted."""
        return self._compare(base, head).text("merge_base_commit", "sha")

    def workflow_run(self, run: int) -> WorkflowRun:
        """One run of a workflow."""
        return payloads.parse_workflow_run(self._get(self._path("actions", "runs", run)))

    def runs_for_branch(self, branch: str) -> Iterator[WorkflowRun]:
        """The workflow runs for pull requests from a branch of this name, forks' too, newest first, page by page."""
        found = self._list(self._path("actions", "runs"), {"branch": branch, "event": "pull_request"}, "workflow_runs")
        return map(payloads.parse_workflow_run, found)

    def runs_of_commit(self, sha: str) -> Iterator[WorkflowRun]:
        """The workflow runs for pull requests whose newest commit is this one, newest first, page by page."""
        found = self._list(self._path("actions", "runs"), {"head_sha": sha, "event": "pull_request"}, "workflow_runs")
        return map(payloads.parse_workflow_run, found)

    def changed_files(self, base: str, head: str) -> list[str] | None:
        """The files that differ from one commit to a later one; None where it is none, or GitHub lists not all."""
        found = self._compare(base, head)
        files = found.items("files") if found.get("files") is not None else []
        listed = found.text("status") in ("ahead", "identical") and len(files) < _MOST_CHANGED
        return [one.text("filename") for one in files] if listed else None

    def commit_authors(self, base: str, head: str) -> list[CommitAuthor]:
        """Who wrote the commits that a later one has and `base` has not, page by page."""
        return [
            payloads.parse_commit_author(one) for one in self._list(self._compare_path(base, head), None, "commits")
        ]

    def folder_ids(self, path: PurePosixPath, ref: str) -> dict[str, str]:
        """The names in a folder with their ids, which change with their content; empty where there is no folder."""
        try:
            found = self._get(self._path("contents", *_parts(path)), {"ref": ref})
        except ForgeError as exc:
            if exc.status == 404:
                return {}
            raise
        return {one.text("name"): one.text("sha") for one in found.items()} if isinstance(found.data, list) else {}

    def artifacts(self, run: int) -> list[Artifact]:
        """What a run left behind."""
        found = self._list(self._path("actions", "runs", run, "artifacts"), None, "artifacts")
        return [payloads.parse_artifact(one) for one in found]

    def download(self, artifact: Artifact, limit: int) -> bytes:
        """An artifact's zip, at most `limit` bytes. It lies on another host, which never sees the token."""
        place = self._http.redirect_target(
            HttpRequest("GET", self._url(self._path("actions", "artifacts", artifact.id, "zip")))
        )
        return self._http.download(place, limit)

    def create_pull_request(self, head: str, base: str, title: str, body: str) -> PullRequest:
        """Open a pull request from one branch of this repository to another.

        ForbiddenError where the token may not, or GitHub lets no workflow open one.
        """
        sent = {"title": title, "body": body, "head": head, "base": base}
        return payloads.parse_pull_request(self._send("POST", self._path("pulls"), sent))

    def update_pull_request(self, number: int, **changes: str) -> PullRequest:
        """Change a pull request's `title`, `body` or `state` (`open` or `closed`)."""
        return payloads.parse_pull_request(self._send("PATCH", self._path("pulls", number), changes))

    def _compare(self, base: str, head: str) -> JsonObject:
        return self._get(self._compare_path(base, head), {"per_page": 1})

    def _compare_path(self, base: str, head: str) -> str:
        if ".." in base or ".." in head:
            raise ForgeError("this is not a commit", where=f"{base[:60]}, {head[:60]}")
        return self._path("compare", f"{base}...{head}")


def _parts(path: PurePosixPath) -> tuple[str, ...]:
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ForgeError("this path leaves the repository", where=str(path)[:200])
    return path.parts
