"""Conversations beside lines on the tests' GitHub: which lines a diff shows, and the two queries that close threads.

GitHub's other API has no published description here, so it knows these queries alone, and refuses what GitHub refuses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.github_http import Reply, Request
from tests.github_kept import REPO, Kept

_HUNK = re.compile(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
_THREADS = re.compile(r"\s*query\(\$owner: String!, \$name: String!, \$number: Int!\) \{\s*repository\(")
_CALL = r" t\d+: resolveReviewThread\(input: \{threadId: \$id\d+\}\) \{ thread \{ isResolved \} \}"
_RESOLVE = re.compile(rf"mutation\((?:\$id\d+: ID!(?:, )?)+\) \{{(?:{_CALL})+ \}}")


MISSING = {"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}
_LOGIN = "github-actions[bot]"
_Action = Callable[[Request, Mapping[str, str]], Reply]


class Threads:
    """What GitHub does with comments beside lines, by method and path; `page` shows one page of a list."""

    def __init__(self, kept: Kept, page: Callable[[Request, list[Any]], Reply]) -> None:
        self._kept = kept
        self._page = page
        self.known: dict[tuple[str, str], _Action] = {
            ("PATCH", f"{REPO}/pulls/comments/{{comment_id}}"): self._edit_review_comment,
            ("DELETE", f"{REPO}/pulls/comments/{{comment_id}}"): self._delete_review_comment,
            ("GET", f"{REPO}/pulls/{{pull_number}}/comments"): self._review_comments,
            ("GET", f"{REPO}/pulls/{{pull_number}}/files"): self._pull_files,
            ("POST", f"{REPO}/pulls/{{pull_number}}/reviews"): self._review,
        }

    def _pull_files(self, request: Request, values: Mapping[str, str]) -> Reply:
        example = self._kept.description.example(f"{REPO}/pulls/{{pull_number}}/files")[0]
        changed = self._kept.patches.get(int(values["pull_number"]), {})
        return self._page(request, [example | {"filename": name, "patch": patch} for name, patch in changed.items()])

    def _review_comments(self, request: Request, values: Mapping[str, str]) -> Reply:
        return self._page(request, self._kept.beside_lines(int(values["pull_number"])))

    def _review(self, request: Request, values: Mapping[str, str]) -> Reply:
        """All of its comments or none: GitHub refuses a review with a line that the diff does not show."""
        number, body = int(values["pull_number"]), request.body
        pull = self._kept.pull_requests.get(number)
        if pull is None:
            return Reply(404, MISSING)
        if any(
            not shows_lines(self._kept.patches.get(number, {}).get(one["path"], ""), one) for one in body["comments"]
        ):
            message = "Unprocessable Entity: pull_request_review_thread.line must be part of the diff"
            return Reply(422, MISSING | {"message": message, "errors": [message]})
        if not body["body"] or body["commit_id"] != pull["head"]["sha"]:
            return Reply(422, MISSING | {"message": "Unprocessable Entity", "errors": ["Commit is not part of it"]})
        for one in body["comments"]:
            made = self._kept.add_review_comment(
                number, self._kept.user or _LOGIN, one["path"], one["line"], one["body"]
            )
            self._kept.review_comments[made] |= {key: one[key] for key in ("start_line", "start_side") if key in one}
        self._kept.reviews.append(body)
        return Reply(200, self._kept.description.example(f"{REPO}/pulls/{{pull_number}}/reviews", "post"))

    def _edit_review_comment(self, request: Request, values: Mapping[str, str]) -> Reply:
        comment = self._kept.review_comments.get(int(values["comment_id"]))
        if comment is None:
            return Reply(404, MISSING)
        comment |= {"body": request.body["body"]}
        return Reply(200, comment)

    def _delete_review_comment(self, request: Request, values: Mapping[str, str]) -> Reply:
        found = self._kept.review_comments.pop(int(values["comment_id"]), None)
        return Reply(404, MISSING) if found is None else Reply(204, raw=b"")


def shows_lines(patch: str, comment: Mapping[str, Any]) -> bool:
    """Whether one stretch of the diff has the comment's lines, on the side of the head."""
    first, last = comment.get("start_line", comment["line"]), comment["line"]
    sides = comment["side"] == "RIGHT" and comment.get("start_side", "RIGHT") == "RIGHT"
    if not sides or first > last or (first == last and "start_line" in comment):
        return False
    stretches = ((int(found[1]), int(found[2] or 1)) for found in _HUNK.finditer(patch))
    return any(start <= first and last < start + count for start, count in stretches)


def answer_query(kept: Kept, body: Any) -> Reply:
    """What GitHub's GraphQL API answers: errors come with status 200."""
    query, variables = body["query"], body["variables"]
    if _THREADS.match(query):
        number = variables["number"]
        nodes = [
            {"id": f"T{one['id']}", "isResolved": one["id"] in kept.resolved,
             "comments": {"nodes": [{"databaseId": one["id"]}]}}
            for one in kept.beside_lines(number)
        ]  # fmt: skip
        return Reply(200, {"data": {"repository": {"pullRequest": {"reviewThreads": {"nodes": nodes}}}}})
    if _RESOLVE.fullmatch(query):
        if not kept.may_resolve:
            message = "github-actions does not have the correct permissions to execute `ResolveReviewThread`"
            return Reply(200, {"data": {"t0": None}, "errors": [{"type": "FORBIDDEN", "message": message}]})
        kept.resolved |= {int(thread.removeprefix("T")) for thread in variables.values()}
        return Reply(200, {"data": {name.replace("id", "t"): {"thread": {"isResolved": True}} for name in variables}})
    return Reply(200, {"errors": [{"message": "Parse error"}]})
