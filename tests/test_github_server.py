"""The tests' GitHub refuses what GitHub's description does not allow, in requests and in its own answers."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from tests.github_description import Description
from tests.github_server import GitHubServer, Reply

REPO = "/repos/acme/prompts"


def _ask(github: GitHubServer, method: str, path: str, body: Any = None, token: str = "") -> int:
    request = urllib.request.Request(
        f"{github.url}{path}",
        None if body is None else json.dumps(body).encode(),
        {"authorization": f"Bearer {token or github.token}", "content-type": "application/json"},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            answer.read()
            return int(answer.status)
    except urllib.error.HTTPError as exc:
        with exc:
            return exc.code


@pytest.mark.parametrize(
    ("method", "path", "body", "fault"),
    [
        ("GET", "/nothing", None, "describes no such request"),
        ("DELETE", f"{REPO}/pulls/7", None, "describes no such request"),
        ("GET", f"{REPO}/pulls/seven", None, "path parameter 'pull_number'"),
        ("GET", f"{REPO}/issues/7/comments?pages=2", None, "unknown query parameter 'pages'"),
        ("GET", f"{REPO}/issues/7/comments?page=two", None, "query parameter 'page'"),
        ("GET", f"{REPO}/pulls?state=merged", None, "query parameter 'state'"),
        ("POST", f"{REPO}/issues/7/comments", {}, "'body' is a required property"),
        ("POST", f"{REPO}/issues/7/comments", {"body": 5}, "is not of type 'string'"),
        ("POST", f"{REPO}/issues/7/comments", {"body": "x", "text": "y"}, "unknown field 'text'"),
        ("POST", f"{REPO}/issues/comments/7/reactions", {"content": "clap"}, "is not one of"),
        ("GET", f"{REPO}/pulls/7", {"a": 1}, "a body where none is described"),
    ],
)
def test_a_request_that_is_not_described_fails_the_test(
    github_description: Description, method: str, path: str, body: Any, fault: str
) -> None:
    with pytest.raises(AssertionError, match=fault):
        _once(github_description, method, path, body, lambda github: None)


def _no_commit(github: GitHubServer) -> None:
    github.pull_requests[7]["head"]["sha"] = None


def _no_content(github: GitHubServer) -> None:
    github.fail("GET", "/pulls/7", Reply(204))


@pytest.mark.parametrize(
    ("arrange", "fault"), [(_no_commit, "head.sha: None is not of type"), (_no_content, "status 204 is not described")]
)
def test_an_answer_that_is_not_described_fails_the_test(
    github_description: Description, arrange: Callable[[GitHubServer], None], fault: str
) -> None:
    with pytest.raises(AssertionError, match=f"our answer to GET {REPO}/pulls/7: {fault}"):
        _once(github_description, "GET", f"{REPO}/pulls/7", None, arrange)


def _once(description: Description, method: str, path: str, body: Any, arrange: Callable[[GitHubServer], None]) -> None:
    with GitHubServer(description) as github:
        github.add_pull_request(7)
        arrange(github)
        _ask(github, method, path, body)


def test_it_knows_its_token_its_repository_and_its_limits(github: GitHubServer) -> None:
    github.add_pull_request(7)
    assert _ask(github, "GET", f"{REPO}/pulls/7") == 200
    assert _ask(github, "GET", f"{REPO}/pulls/7", token="another") == 401
    assert _ask(github, "GET", "/repos/mallory/prompts/pulls/7") == 404
    assert _ask(github, "POST", f"{REPO}/issues/7/comments", {"body": "x" * 65_537}) == 422
    github.limit_rate(1)
    assert [_ask(github, "GET", f"{REPO}/pulls/7") for _ in range(3)] == [200, 403, 403]
