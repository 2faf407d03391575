"""The client against GitHub on loopback; what GitHub's description does not allow fails these tests by itself."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from promptops.errors import ForbiddenError, ForgeError
from promptops.forge.github.client import GitHub
from tests.github_server import GitHubServer, blob_sha

HEAD, BASE = "a" * 40, "b" * 40


@pytest.fixture
def client(github: GitHubServer) -> GitHub:
    return GitHub(github.repository, github.token, api=github.url, sleep=lambda seconds: None, timeout=10)


def test_the_workflow_writes_as_the_actions_bot_and_a_person_as_themselves(
    github: GitHubServer, client: GitHub
) -> None:
    assert client.login() == "github-actions[bot]"
    github.user = "Ana-Petit"
    assert GitHub(github.repository, github.token, api=github.url).login() == "Ana-Petit"


def test_a_login_that_is_known_is_not_asked_for(github: GitHubServer) -> None:
    assert GitHub(github.repository, github.token, api=github.url, login="our-app[bot]").login() == "our-app[bot]"
    assert not github.requests


def test_a_pull_request_says_where_it_comes_from(github: GitHubServer, client: GitHub) -> None:
    github.add_pull_request(7, head_sha=HEAD, base_sha=BASE, head_ref="shorter/$(id)", title="Shorter")
    found = client.pull_request(7)
    assert (found.number, found.head_sha, found.base_sha, found.state) == (7, HEAD, BASE, "open")
    assert (found.head_ref, found.base_ref) == ("shorter/$(id)", "main")
    assert found.head_repository == found.base_repository == "acme/prompts"
    assert not found.is_fork


@pytest.mark.parametrize("fork", ["mallory/prompts", None])
def test_a_fork_is_told_even_when_it_is_gone(github: GitHubServer, client: GitHub, fork: str | None) -> None:
    github.add_pull_request(7, head_repository=fork)
    found = client.pull_request(7)
    assert found.is_fork
    assert found.head_repository == (fork or "")


def test_pull_requests_are_found_by_commit_and_by_branch(github: GitHubServer, client: GitHub) -> None:
    github.add_pull_request(7, head_sha=HEAD)
    github.add_pull_request(8, head_sha=HEAD, state="closed")
    github.add_pull_request(9, head_sha="c" * 40, head_repository="mallory/prompts", head_ref="evil")
    assert [one.number for one in client.pull_requests_containing(HEAD)] == [7, 8]
    assert [one.number for one in client.pull_requests_from("mallory", "evil")] == [9]
    assert client.pull_requests_from("acme", "evil") == []


def test_all_pages_of_comments_are_read(github: GitHubServer, client: GitHub) -> None:
    github.add_pull_request(7)
    for number in range(250):
        github.add_comment(7, "tom", f"comment {number}")
    assert [comment.body for comment in client.comments(7)] == [f"comment {number}" for number in range(250)]
    assert len(github.requests) == 3


def test_comments_are_written_edited_and_answered(github: GitHubServer, client: GitHub) -> None:
    github.add_pull_request(7)
    made = client.create_comment(7, "é \ud800 <b>")
    assert made.author == "github-actions[bot]"
    assert client.update_comment(7, made.id, "after").body == "after"
    client.react(made.id, "+1")
    assert github.bodies(7) == ["after"]
    assert github.reactions == [(made.id, "+1")]


def test_a_file_is_read_and_written_on_a_branch(github: GitHubServer, client: GitHub) -> None:
    path = PurePosixPath("evals/labels/a b;$(id)#é.jsonl")
    assert client.read_file(path, "main") is None
    commit = client.write_file(path, "main", b"one\n", "A label", None)
    found = client.read_file(path, "main")
    assert found is not None
    assert (found.content, found.sha, len(commit)) == (b"one\n", blob_sha(b"one\n"), 40)
    client.write_file(path, "main", b"two\n", "Another", found.sha)
    assert github.files["main"] == {str(path): b"two\n"}


@pytest.mark.parametrize("sha", [None, blob_sha(b"what was there before")])
def test_a_file_that_somebody_wrote_first_is_a_conflict(github: GitHubServer, client: GitHub, sha: str | None) -> None:
    github.files["main"]["evals/labels/ana.jsonl"] = b"theirs\n"
    with pytest.raises(ForgeError) as caught:
        client.write_file(PurePosixPath("evals/labels/ana.jsonl"), "main", b"ours\n", "A label", sha)
    assert caught.value.conflict
    assert github.files["main"]["evals/labels/ana.jsonl"] == b"theirs\n"


def test_a_branch_that_is_gone_is_no_conflict(client: GitHub) -> None:
    with pytest.raises(ForgeError) as caught:
        client.write_file(PurePosixPath("a"), "gone", b"", "A label", None)
    assert not caught.value.conflict
    assert caught.value.status == 404


@pytest.mark.parametrize("path", ["../../user", "/etc/passwd", "a/../../b", "."])
def test_no_path_leaves_the_repository(github: GitHubServer, client: GitHub, path: str) -> None:
    with pytest.raises(ForgeError, match="leaves the repository"):
        client.read_file(PurePosixPath(path), "main")
    assert not github.requests


def test_no_name_adds_a_step_or_a_query_of_its_own(github: GitHubServer, client: GitHub) -> None:
    github.teams["acme", "product"] = {"ana"}
    assert not client.is_team_member("acme", "product", "ana/../../tom?x=1#y")
    assert github.requests[0].path.endswith("/memberships/ana%2F..%2F..%2Ftom%3Fx%3D1%23y")
    with pytest.raises(ForgeError, match="no such names"):
        client.is_team_member("acme", "..", "ana")


def test_team_members_are_told_from_others_and_from_teams_that_cannot_be_seen(
    github: GitHubServer, client: GitHub
) -> None:
    github.teams["acme", "product"] = {"Ana"}
    assert client.is_team_member("acme", "product", "ana")
    assert not client.is_team_member("acme", "product", "mallory")
    with pytest.raises(ForbiddenError, match="may not see who is in this team"):
        client.is_team_member("acme", "secret", "ana")


def test_the_merge_base_is_asked_for(github: GitHubServer, client: GitHub) -> None:
    github.merge_bases[BASE, HEAD] = "d" * 40
    assert client.merge_base(BASE, HEAD) == "d" * 40
    with pytest.raises(ForgeError):
        client.merge_base(f"{BASE}...{HEAD}", HEAD)


def test_runs_and_what_they_left_behind(github: GitHubServer, client: GitHub) -> None:
    github.add_run(5, head_sha=HEAD, head_repository="mallory/prompts")
    github.add_run(6, head_sha=HEAD, conclusion=None)
    github.add_artifact(5, "promptops", b"PK zip")
    github.add_artifact(5, "old", b"PK old", expired=True)
    run = client.workflow_run(5)
    assert (run.event, run.head_sha, run.head_repository) == ("pull_request", HEAD, "mallory/prompts")
    assert [one.id for one in client.runs_for_branch(run.head_branch)] == [6, 5]
    assert [(one.id, one.conclusion) for one in client.runs_of_commit(HEAD)] == [(6, ""), (5, "success")]
    assert list(client.runs_of_commit(BASE)) == []
    kept, old = client.artifacts(5)
    assert (kept.name, kept.size, kept.expired) == ("promptops", 6, False)
    assert client.download(kept, 100) == b"PK zip"
    with pytest.raises(ForgeError, match="larger than 5 bytes"):
        client.download(kept, 5)
    with pytest.raises(ForgeError, match="not found"):
        client.download(old, 100)


def test_a_name_that_is_no_repository_is_refused(github: GitHubServer) -> None:
    for name in ("", "acme", "acme/prompts/../..", "acme/a b", "acme/prompts?x", "-x/\n"):
        with pytest.raises(ForgeError, match="repository's name is OWNER/NAME"):
            GitHub(name, github.token, api=github.url)
