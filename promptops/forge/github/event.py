"""The event that started a workflow, from the file that GitHub wrote. Everything in it may be anybody's words."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from promptops.errors import ForgeError
from promptops.forge.github.payloads import PullRequest, parse_pull_request
from promptops.forge.json_object import JsonObject

MAX_BYTES = 32 * 1024 * 1024
"""GitHub caps payloads at 25 MB."""
EVENT_HINT = "GitHub writes this file and GITHUB_EVENT_PATH names it; run this step inside a workflow"
REPOSITORY_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}/[A-Za-z0-9_.-]{1,100}")
_BEFORE = {"push": ("before",), "merge_group": ("merge_group", "base_sha")}
_QUEUED = re.compile(r"/pr-(\d{1,12})-[0-9a-f]+\Z", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class EventComment(NamedTuple):
    """The comment that an event is about."""

    id: int
    author: str
    body: str
    issue: int
    is_pull_request: bool
    is_bot: bool = False
    url: str = ""


class Event(NamedTuple):
    """What happened. `before` and `after` are a push's commits, empty where there is none (a new or deleted branch).

    Of a merge queue `before` is what it builds upon, and `queued` the pull request that it tries. `run` is the workflow
    run that a `workflow_run` event is about. `ref` is a push's branch or tag in full. `changed_base`: somebody chose
    another branch for the pull request to go to.
    """

    name: str
    action: str = ""
    repository: str = ""
    pull_request: PullRequest | None = None
    comment: EventComment | None = None
    before: str = ""
    after: str = ""
    default_branch: str = ""
    run: int | None = None
    ref: str = ""
    queued: int | None = None
    changed_base: bool = False

    @property
    def changes_words_only(self) -> bool:
        """Whether a pull request's title or text was edited, and nothing that a check looks at."""
        return self.pull_request is not None and self.action == "edited" and not self.changed_base


def event_label(name: str) -> str:
    """The event called `name`, as messages speak of it."""
    return f"the event '{name[:60]}'"


def parse_event(name: str, data: bytes) -> Event:
    """The event called `name` (GITHUB_EVENT_NAME) with this payload. Raises ForgeError that says what to do."""
    where = event_label(name)
    if len(data) > MAX_BYTES:
        raise ForgeError(f"its file is larger than {MAX_BYTES // 2**20} MiB", where=where)
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ForgeError("its file is not valid JSON", where=where, hint=EVENT_HINT)
    shape = JsonObject(found, where)
    repository = shape.optional_text("repository", "full_name")
    if repository and not REPOSITORY_NAME.fullmatch(repository):
        raise ForgeError("'repository.full_name' is not a repository's name", where=where)
    return Event(
        name=name,
        action=shape.optional_text("action"),
        repository=repository,
        pull_request=parse_pull_request(JsonObject(shape.get("pull_request"), where))
        if shape.get("pull_request") is not None
        else None,
        comment=_comment(shape) if name == "issue_comment" else None,
        before=_commit(shape, *_BEFORE[name]) if name in _BEFORE else "",
        after=_commit(shape, "after") if name == "push" else "",
        default_branch=shape.optional_text("repository", "default_branch"),
        run=shape.integer("workflow_run", "id") if shape.get("workflow_run") is not None else None,
        ref=shape.optional_text("ref") if name == "push" else "",
        queued=_queued(shape) if name == "merge_group" else None,
        changed_base=shape.get("changes", "base") is not None,
    )


def _comment(shape: JsonObject) -> EventComment:
    return EventComment(
        id=shape.integer("comment", "id"),
        author=shape.optional_text("comment", "user", "login"),
        body=shape.optional_text("comment", "body"),
        issue=shape.integer("issue", "number"),
        is_pull_request=shape.get("issue", "pull_request") is not None,
        is_bot=shape.get("comment", "user", "type") == "Bot",
        url=shape.optional_text("comment", "html_url"),
    )


def _queued(shape: JsonObject) -> int | None:
    """The pull request that a merge queue tries: `refs/heads/gh-readonly-queue/main/pr-7-…`."""
    found = _QUEUED.search(shape.optional_text("merge_group", "head_ref"))
    return int(found[1]) if found else None


def _commit(shape: JsonObject, *keys: str) -> str:
    """A commit of a push or a merge queue; all zeros mean that there is none."""
    sha = shape.optional_text(*keys)
    if sha and not _COMMIT.fullmatch(sha):
        raise ForgeError(f"'{'.'.join(keys)}' is not a commit", where=shape.where)
    return sha if sha.strip("0") else ""
