"""Events as GitHub publishes them, and as somebody hostile would like them to be."""

from __future__ import annotations

import json
from typing import Any

import pytest

from promptops.errors import ForgeError
from promptops.forge.github.event import MAX_BYTES, parse_event
from tests.github_description import Description


def _published(description: Description, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(json.dumps(description.events[name]))
    return found


@pytest.mark.parametrize("name", ["issue_comment", "pull_request", "push", "workflow_dispatch", "workflow_run"])
def test_every_published_example_is_read(github_description: Description, name: str) -> None:
    for payload in _published(github_description, name):
        event = parse_event(name, json.dumps(payload).encode())
        assert (event.name, event.repository) == (name, payload["repository"]["full_name"])
        assert event.default_branch == payload["repository"]["default_branch"]
        assert event.action == payload.get("action", "")


def test_a_pull_request_is_what_the_payload_says(github_description: Description) -> None:
    payload = _published(github_description, "pull_request")[0]
    pull = parse_event("pull_request", json.dumps(payload).encode()).pull_request
    assert pull is not None
    shown = payload["pull_request"]
    assert (pull.number, pull.head_sha, pull.base_sha) == (
        shown["number"],
        shown["head"]["sha"],
        shown["base"]["sha"],
    )
    assert not pull.is_fork
    payload["pull_request"]["head"]["repo"] = None
    gone = parse_event("pull_request", json.dumps(payload).encode()).pull_request
    assert gone is not None
    assert gone.is_fork


def test_only_a_changed_target_branch_is_more_than_words(github_description: Description) -> None:
    payload = _published(github_description, "pull_request")[0] | {"action": "edited"}

    def words_only(**changes: Any) -> bool:
        return parse_event("pull_request", json.dumps(payload | changes).encode()).changes_words_only

    assert words_only(changes={"title": {"from": "a"}, "body": {"from": "b"}})
    assert words_only()
    assert not words_only(changes={"title": {"from": "a"}, "base": {"ref": {"from": "next"}}})
    assert not words_only(action="synchronize")
    assert not parse_event("issues", json.dumps({"action": "edited"}).encode()).changes_words_only


@pytest.mark.parametrize(("draft", "shown"), [(True, True), (False, False), (None, False), ("yes", False)])
def test_a_draft_is_told(github_description: Description, draft: Any, shown: bool) -> None:
    payload = _published(github_description, "pull_request")[0]
    payload["pull_request"]["draft"] = draft
    pull = parse_event("pull_request", json.dumps(payload).encode()).pull_request
    assert pull is not None
    assert pull.draft is shown


def test_a_comment_says_who_wrote_what_and_where(github_description: Description) -> None:
    payload = _published(github_description, "issue_comment")[0]
    on_issue = parse_event("issue_comment", json.dumps(payload).encode()).comment
    assert on_issue is not None
    assert (on_issue.author, on_issue.body, on_issue.issue) == (
        payload["comment"]["user"]["login"],
        payload["comment"]["body"],
        payload["issue"]["number"],
    )
    payload["issue"]["pull_request"] = {"url": "https://example.org"}
    payload["comment"]["user"]["type"] = "Bot"
    on_pull = parse_event("issue_comment", json.dumps(payload).encode()).comment
    assert on_pull is not None
    assert (on_pull.is_pull_request, on_pull.is_bot) == (True, True)


def test_a_push_has_the_commits_it_moved_between_and_zeros_are_none(github_description: Description) -> None:
    payload = _published(github_description, "push")[0] | {"before": "0" * 40, "after": "a" * 40}
    event = parse_event("push", json.dumps(payload).encode())
    assert (event.before, event.after) == ("", "a" * 40)


def test_a_merge_queue_says_what_it_builds_upon() -> None:
    payload = {"action": "checks_requested", "merge_group": {"head_sha": "a" * 40, "base_sha": "b" * 40}}
    event = parse_event("merge_group", json.dumps(payload).encode())
    assert (event.action, event.before, event.after) == ("checks_requested", "b" * 40, "")
    payload["merge_group"] = {"base_sha": "--output=x"}
    with pytest.raises(ForgeError, match=r"'merge_group\.base_sha' is not a commit"):
        parse_event("merge_group", json.dumps(payload).encode())


def test_a_workflow_run_is_named_by_its_number(github_description: Description) -> None:
    payload = _published(github_description, "workflow_run")[0]
    assert parse_event("workflow_run", json.dumps(payload).encode()).run == payload["workflow_run"]["id"]


@pytest.mark.parametrize("before", ["--output=x", "HEAD", "a" * 39, "a" * 41, "A" * 40, "a" * 40 + "\n"])
def test_a_commit_that_is_none_is_refused(before: str) -> None:
    with pytest.raises(ForgeError, match="'before' is not a commit"):
        parse_event("push", json.dumps({"before": before}).encode())


@pytest.mark.parametrize("name", ["acme/../x", "acme", "acme/prompts\n::error::", "a/b/c", "acme/pro mpts"])
def test_a_repository_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ForgeError, match="not a repository's name"):
        parse_event("push", json.dumps({"repository": {"full_name": name}}).encode())


@pytest.mark.parametrize("data", [b"", b"nonsense", b"[]", b"null", b"[" * 200_000, b"\xff", b'{"a": ' + b"1" * 9_999])
def test_a_file_that_is_no_event_says_what_to_do(data: bytes) -> None:
    with pytest.raises(ForgeError, match="not valid JSON") as caught:
        parse_event("pull_request", data)
    assert "GITHUB_EVENT_PATH" in caught.value.hint


def test_a_huge_event_is_refused() -> None:
    with pytest.raises(ForgeError, match="larger than 32 MiB"):
        parse_event("push", b" " * (MAX_BYTES + 1))


@pytest.mark.parametrize(
    "payload",
    [
        {"pull_request": 7},
        {"pull_request": {"number": -1}},
        {"pull_request": {"number": 7, "head": {"sha": 5}}},
        {"workflow_run": {"id": 1.5}},
        {"repository": {"full_name": 5}},
        {"action": {}},
    ],
)
def test_a_field_of_another_kind_is_named(payload: dict[str, Any]) -> None:
    with pytest.raises(ForgeError, match="is not what GitHub documents"):
        parse_event("pull_request", json.dumps(payload).encode())


@pytest.mark.parametrize("payload", [{}, {"comment": None}, {"comment": {"id": "x"}, "issue": {}}, {"issue": 5}])
def test_a_comment_event_without_a_comment_is_refused(payload: dict[str, Any]) -> None:
    with pytest.raises(ForgeError, match=r"'comment\.id' is not what GitHub documents"):
        parse_event("issue_comment", json.dumps(payload).encode())


def test_an_event_that_nobody_expected_is_just_a_name() -> None:
    event = parse_event("schedule", b'{"schedule": "0 5 * * *"}')
    assert (event.name, event.pull_request, event.run, event.after) == ("schedule", None, None, "")
