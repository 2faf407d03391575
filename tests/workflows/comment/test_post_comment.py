"""The pull request's one comment, and where its text goes when there can be none."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptops.forge.github.client import GitHub
from promptops.forge.github.event import Event, EventComment
from promptops.workflows.comment.post_comment import PullRequestComment, pull_requests_for
from tests.github_server import GitHubServer, Reply

MARKER = "<!-- promptops -->"
BODY = f"{MARKER}\n\nbetter"
HEAD = "a" * 40


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def naps() -> list[float]:
    return []


@pytest.fixture
def client(github: GitHubServer, naps: list[float]) -> GitHub:
    github.add_pull_request(7, head_sha=HEAD)
    return GitHub(github.repository, github.token, api=github.url, sleep=naps.append, timeout=10)


@pytest.fixture
def event(client: GitHub) -> Event:
    return Event("pull_request", pull_request=client.pull_request(7))


def test_progress_becomes_the_last_word_in_the_same_comment(github: GitHubServer, client: GitHub, event: Event) -> None:
    one = PullRequestComment(client, event, MARKER, run_url="https://github.com/acme/prompts/actions/runs/5")
    one.progress("40 of 120")
    (body,) = github.bodies(7)
    assert body.startswith(f"{MARKER}\n\n**Evaluating…** 40 of 120")
    assert "actions/runs/5" in body
    outcome = one.finish(BODY)
    assert github.bodies(7) == [BODY]
    assert outcome.told == ()
    assert "#issuecomment-" in outcome.url


def test_progress_is_told_every_ten_seconds_at_most(github: GitHubServer, client: GitHub, event: Event) -> None:
    clock = Clock()
    one = PullRequestComment(client, event, MARKER, clock=clock)
    for done in range(300):
        one.progress(f"{done} of 300")
        clock.now += 0.125
    assert github.count()["POST"] + github.count()["PATCH"] == 4
    assert "240 of 300" in github.bodies(7)[0]


def test_trouble_with_progress_is_not_repeated_and_the_last_word_is_tried(
    github: GitHubServer, client: GitHub, event: Event, naps: list[float]
) -> None:
    clock = Clock()
    one = PullRequestComment(client, event, MARKER, clock=clock)
    github.fail("POST", "/comments$", Reply(429, {"message": "secondary rate limit"}, {"retry-after": "60"}))
    for _ in range(5):
        one.progress("1 of 2")
        clock.now += 60
    assert github.count()["POST"] == 1
    assert naps == []
    assert one.finish(BODY).told == ()
    assert github.bodies(7) == [BODY]


def test_without_permission_the_summary_has_the_text_and_says_why(
    github: GitHubServer, client: GitHub, event: Event, tmp_path: Path
) -> None:
    github.read_only = True
    outcome = PullRequestComment(client, event, MARKER, tmp_path / "summary.md").finish(BODY)
    assert outcome.url == ""
    assert "pull-requests: write" in outcome.told[0]
    assert outcome.told[1] == "the results are in the step's summary instead"
    text = (tmp_path / "summary.md").read_text("utf-8")
    assert text.startswith(BODY)
    assert "Note: the comment could not be written" in text


def test_a_used_up_limit_ends_in_the_summary(
    github: GitHubServer, client: GitHub, event: Event, tmp_path: Path
) -> None:
    github.limit_rate(0)
    outcome = PullRequestComment(client, event, MARKER, tmp_path / "summary.md").finish(BODY)
    assert "is used up until" in outcome.told[0]
    assert (tmp_path / "summary.md").read_text("utf-8").startswith(BODY)


def test_without_a_pull_request_or_a_token_the_summary_has_the_text(
    github: GitHubServer, client: GitHub, tmp_path: Path
) -> None:
    nightly = PullRequestComment(client, Event("schedule"), MARKER, tmp_path / "a.md").finish(BODY)
    assert "no open pull request" in nightly.told[0]
    nobody = PullRequestComment(None, Event("pull_request"), MARKER, tmp_path / "b.md").finish(BODY)
    assert "there is no token" in nobody.told[0]
    assert all((tmp_path / name).read_text("utf-8").startswith(BODY) for name in ("a.md", "b.md"))


def test_a_summary_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    outcome = PullRequestComment(None, Event(""), MARKER, tmp_path).finish(BODY)
    assert "summary cannot be written" in outcome.told[-1]


def test_a_push_reaches_the_open_pull_requests_whose_head_it_is(github: GitHubServer, client: GitHub) -> None:
    github.add_pull_request(8, head_sha=HEAD, state="closed")
    github.add_pull_request(9, head_sha=HEAD, base_ref="release")
    github.add_pull_request(10, head_sha=HEAD, base_repository="mallory/prompts")
    github.add_pull_request(11, head_sha="c" * 40)
    github.commits[HEAD].append(11)
    assert pull_requests_for(client, Event("push", after=HEAD)) == [7, 9]
    assert pull_requests_for(client, Event("push", before=HEAD)) == []


def test_a_run_and_a_comment_lead_to_their_pull_request(github: GitHubServer, client: GitHub) -> None:
    github.add_run(5, head_sha=HEAD)
    assert pull_requests_for(client, Event("workflow_run", run=5)) == [7]
    for is_pull_request, found in ((True, [7]), (False, [])):
        comment = EventComment(1, "ana", "hello", 7, is_pull_request)
        assert pull_requests_for(client, Event("issue_comment", comment=comment)) == found
