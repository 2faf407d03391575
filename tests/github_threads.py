"""Conversations beside lines on the tests' GitHub: which lines a diff shows, and the two queries that close threads.

GitHub's other API has no published description here, so it knows these queries alone, and refuses what GitHub refuses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.github_http import Reply
from tests.github_kept import Kept

_HUNK = re.compile(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
_THREADS = re.compile(r"\s*query\(\$owner: String!, \$name: String!, \$number: Int!\) \{\s*repository\(")
_CALL = r" t\d+: resolveReviewThread\(input: \{threadId: \$id\d+\}\) \{ thread \{ isResolved \} \}"
_RESOLVE = re.compile(rf"mutation\((?:\$id\d+: ID!(?:, )?)+\) \{{(?:{_CALL})+ \}}")


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
