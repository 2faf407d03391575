"""What the tests' GitHub keeps, in the very shapes that GitHub's description gives as examples."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.github_description import Description

REPO = "/repos/{owner}/{repo}"


class Kept:
    """One repository's pull requests, comments, files, runs and artifacts. `user`: whose token it is, if anybody's."""

    def __init__(self, description: Description, repository: str = "acme/prompts") -> None:
        self.description = description
        self.repository = repository
        self.user = ""
        self.url = ""
        self.comments: dict[int, dict[str, Any]] = {}
        self.reactions: list[tuple[int, str]] = []
        self.pull_requests: dict[int, dict[str, Any]] = {}
        self.commits: dict[str, list[int]] = {}
        self.files: dict[str, dict[str, bytes]] = {"main": {}}
        self.tags: dict[str, dict[str, bytes]] = {}
        self.messages: list[str] = []
        self.merge_bases: dict[tuple[str, str], str] = {}
        self.changed: dict[tuple[str, str], list[str]] = {}
        self.authors: dict[tuple[str, str], list[tuple[str | None, str | None]]] = {}
        """Who wrote and who made each commit between two, by login; None for an address that is no account's."""
        self.runs: dict[int, dict[str, Any]] = {}
        self.artifacts: dict[int, dict[str, Any]] = {}
        self.zips: dict[int, bytes] = {}
        self.patches: dict[int, dict[str, str]] = {}
        """What each pull request changes: the diff of each file as GitHub gives it, from its first `@@` on."""
        self.review_comments: dict[int, dict[str, Any]] = {}
        self.reviews: list[dict[str, Any]] = []
        self.resolved: set[int] = set()
        self.may_resolve = True
        self.teams: dict[tuple[str, str], set[str]] = {}
        self.ids = iter(range(1_000, 1_000_000))
        self.minutes = 0

    def now(self) -> str:
        """The time on GitHub: a minute later whenever anything happens."""
        self.minutes += 1
        return (datetime(2026, 11, 24, 9, tzinfo=UTC) + timedelta(minutes=self.minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def add_pull_request(
        self,
        number: int = 7,
        *,
        head_sha: str = "a" * 40,
        head_ref: str = "shorter",
        head_repository: str | None = "",
        base_sha: str = "b" * 40,
        base_ref: str = "main",
        base_repository: str = "",
        state: str = "open",
        author: str = "ana",
        title: str = "A shorter summary",
    ) -> dict[str, Any]:
        """A pull request; `head_repository` is None when the fork is gone. Returns what the API shows."""
        found: dict[str, Any] = self.description.example(f"{REPO}/pulls/{{pull_number}}")
        found |= {"number": number, "state": state, "title": title, "requested_teams": []}
        found["user"]["login"] = author
        for side, sha, ref, name in (
            ("head", head_sha, head_ref, self.repository if head_repository == "" else head_repository),
            ("base", base_sha, base_ref, base_repository or self.repository),
        ):
            found[side] |= {"sha": sha, "ref": ref, "label": f"{(name or 'unknown').split('/')[0]}:{ref}"}
            if name is None:
                found[side]["repo"] = None
            else:
                found[side]["repo"] |= {"full_name": name, "name": name.split("/")[1]}
        self.pull_requests[number] = found
        self.commits.setdefault(head_sha, []).append(number)
        return found

    def add_comment(self, number: int, author: str, body: str, *, minimized: bool = False) -> int:
        """A comment that somebody wrote; returns its id."""
        comment = self.new_comment(number, author, body)
        if minimized:
            comment["minimized"] = {"reason": "outdated"}
        return int(comment["id"])

    def add_run(
        self,
        run: int,
        *,
        head_sha: str = "a" * 40,
        head_branch: str = "shorter",
        head_repository: str = "",
        event: str = "pull_request",
        conclusion: str | None = "success",
        path: str = ".github/workflows/prompts.yml",
    ) -> dict[str, Any]:
        """A workflow run; returns what the API shows, to be changed."""
        found: dict[str, Any] = self.description.example(f"{REPO}/actions/runs/{{run_id}}")
        found |= {"id": run, "head_sha": head_sha, "head_branch": head_branch, "event": event, "path": path}
        found |= {"conclusion": conclusion, "status": "completed" if conclusion else "in_progress", "pull_requests": []}
        found["head_repository"]["full_name"] = head_repository or self.repository
        found["created_at"] = self.now()
        self.runs[run] = found
        return found

    def add_artifact(self, run: int, name: str, content: bytes, *, expired: bool = False) -> int:
        """A zip that a run left behind; returns its id."""
        found: dict[str, Any] = self.description.example(f"{REPO}/actions/runs/{{run_id}}/artifacts")["artifacts"][0]
        number = next(self.ids)
        found |= {"id": number, "name": name, "size_in_bytes": len(content), "expired": expired}
        found["workflow_run"] |= {"id": run, "head_sha": self.runs[run]["head_sha"]}
        self.artifacts[number] = found
        self.zips[number] = content
        return number

    def add_review_comment(self, number: int, author: str, path: str, line: int, body: str) -> int:
        """A comment that somebody wrote beside a line; returns its id."""
        found: dict[str, Any] = self.description.example(f"{REPO}/pulls/comments/{{comment_id}}")
        comment = next(self.ids)
        found |= {"id": comment, "body": body, "path": path, "line": line, "side": "RIGHT"}
        found |= {"start_line": None, "start_side": None}
        found["pull_request_url"] = f"{self.url}/repos/{self.repository}/pulls/{number}"
        found["user"] |= {"login": author, "type": "Bot" if author.endswith("[bot]") else "User"}
        found.pop("in_reply_to_id")
        self.review_comments[comment] = found
        return comment

    def beside_lines(self, number: int) -> list[dict[str, Any]]:
        """What the API shows of the comments beside lines of a pull request, oldest first."""
        return [one for one in self.review_comments.values() if one["pull_request_url"].endswith(f"/pulls/{number}")]

    def bodies(self, number: int) -> list[str]:
        """The comments on a pull request, oldest first."""
        return [one["body"] for one in self.comments_on(number)]

    def comments_on(self, number: int) -> list[dict[str, Any]]:
        """What the API shows of the comments on a pull request."""
        return [one for one in self.comments.values() if one["issue_url"].endswith(f"/issues/{number}")]

    def new_comment(self, number: int, author: str, body: str) -> dict[str, Any]:
        """A comment as the API shows it, kept from now on."""
        found: dict[str, Any] = self.description.example(f"{REPO}/issues/comments/{{comment_id}}")
        comment = next(self.ids)
        page = f"https://github.com/{self.repository}/pull/{number}#issuecomment-{comment}"
        when = self.now()
        found |= {"id": comment, "body": body, "html_url": page, "created_at": when, "updated_at": when}
        found["issue_url"] = f"{self.url}/repos/{self.repository}/issues/{number}"
        found["user"] |= {"login": author, "type": "Bot" if author.endswith("[bot]") else "User"}
        self.comments[comment] = found
        return found
