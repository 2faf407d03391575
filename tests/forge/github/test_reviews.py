"""Comments beside lines, as GitHub's own description has them."""

from __future__ import annotations

from typing import Any

import pytest

from promptops.errors import ForgeError
from promptops.forge.github.client import GitHub
from promptops.forge.github.reviews import LineComment, Reviews
from tests.github_server import GitHubServer, Reply

HEAD, PATH = "a" * 40, "prompts/a.prompt.yml"


@pytest.fixture
def reviews(github: GitHubServer) -> Reviews:
    github.add_pull_request(7, head_sha=HEAD)
    github.patches[7] = {PATH: "@@ -1,2 +1,3 @@\n a\n+b\n c"}
    client = GitHub(github.repository, github.token, api=github.url)
    return Reviews(client.rest, client.repository, 7)


def test_a_comment_may_be_beside_several_lines(github: GitHubServer, reviews: Reviews) -> None:
    reviews.write(HEAD, "words", [LineComment(PATH, 1, 2, "both"), LineComment(PATH, 3, 3, "one")])
    [review] = github.reviews
    assert review["comments"] == [
        {"path": PATH, "line": 2, "side": "RIGHT", "start_line": 1, "start_side": "RIGHT", "body": "both"},
        {"path": PATH, "line": 3, "side": "RIGHT", "body": "one"},
    ]
    assert [(one.path, one.body) for one in reviews.comments()] == [(PATH, "both"), (PATH, "one")]


def test_one_line_outside_the_diff_refuses_all_of_them(github: GitHubServer, reviews: Reviews) -> None:
    with pytest.raises(ForgeError, match="does not accept"):
        reviews.write(HEAD, "words", [LineComment(PATH, 1, 1, "in"), LineComment(PATH, 9, 9, "out")])
    assert reviews.comments() == []


def test_only_conversations_that_are_open_are_closed(github: GitHubServer, reviews: Reviews) -> None:
    ids = [github.add_review_comment(7, "ana", PATH, 1, "x") for _ in range(3)]
    github.resolved.add(ids[0])
    reviews.resolve(ids[:2])
    assert github.resolved == set(ids[:2])
    sent = [one.body["variables"] for one in github.requests if one.path == "/graphql"]
    assert sent[1:] == [{"id0": f"T{ids[1]}"}]
    reviews.resolve(ids[:2])
    assert len([one for one in github.requests if one.path == "/graphql"]) == 3  # nothing is left to close


def test_a_refusal_that_comes_with_status_200_is_an_error(github: GitHubServer, reviews: Reviews) -> None:
    one = github.add_review_comment(7, "ana", PATH, 1, "x")
    github.may_resolve = False
    with pytest.raises(ForgeError, match="does not have the correct permissions"):
        reviews.resolve([one])
    odds: list[Any] = [{"errors": []}, {"data": None}, {"errors": {"message": 1}, "data": {}}, []]
    for odd in odds:
        github.fail("POST", "/graphql", Reply(200, odd))
        with pytest.raises(ForgeError):
            reviews.resolve([one])
