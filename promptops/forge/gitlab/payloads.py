"""What GitLab says, as small values. Whatever a field lacks or holds by surprise is a ForgeError that names the field.

https://docs.gitlab.com/api/merge_requests/ and https://docs.gitlab.com/api/notes/
"""

from __future__ import annotations

from typing import NamedTuple

from promptops.forge.json_object import JsonObject


class MergeRequest(NamedTuple):
    """A merge request. `number` is its IID (`!7`), `state` is `open`, or what GitLab says (`merged`, `closed`, …).

    `base_sha` is the commit that its diff is made from, empty while GitLab has not worked it out. A fork that is gone
    counts as a fork.
    """

    number: int
    head_sha: str
    base_sha: str
    base_ref: str
    state: str
    is_fork: bool
    url: str = ""


class Note(NamedTuple):
    """A comment on a merge request; GitLab hides none. `created` and `updated` are ISO 8601 in UTC."""

    id: int
    author: str
    body: str
    url: str = ""
    minimized: bool = False
    created: str = ""
    updated: str = ""


def parse_merge_request(data: JsonObject) -> MergeRequest:
    """A merge request as the API shows it."""
    state = data.text("state")
    return MergeRequest(
        number=data.integer("iid"),
        head_sha=data.text("sha"),
        base_sha=data.optional_text("diff_refs", "base_sha"),
        base_ref=data.text("target_branch"),
        state="open" if state == "opened" else state,
        is_fork=data.get("source_project_id") != data.integer("target_project_id"),
        url=data.optional_text("web_url"),
    )


def parse_note(data: JsonObject, page: str) -> Note:
    """A note as the API shows it, on the merge request with this `page` (empty: unknown)."""
    number = data.integer("id")
    return Note(
        id=number,
        author=data.optional_text("author", "username"),
        body=data.optional_text("body"),
        url=f"{page}#note_{number}" if page else "",
        created=data.optional_text("created_at"),
        updated=data.optional_text("updated_at"),
    )
