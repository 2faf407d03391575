"""The pull request's one comment, and where its text goes when there can be none."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from promptops.forge.comment_stamp import without_stamp
from promptops.forge.github.client import GitHub
from promptops.forge.github.event import Event, EventComment
from promptops.workflows.comment.change_comment import PostResult
from promptops.workflows.comment.post_comment import PullRequestComment, pull_requests_for
from tests.github_server import GitHubServer, Reply

MARKER = "<!-- promptops -->"
BODY = f"{MARKER}\n\nbetter"
HEAD, NEXT = "a" * 40, "c" * 40


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


def test_a_long_run_tells_progress_ever_more_rarely(github: GitHubServer, client: GitHub, event: Event) -> None:
    clock = Clock()
    one = PullRequestComment(client, event, MARKER, clock=clock)
    for _ in range(1_800):
        one.progress("1 of 2")
        clock.now += 1
    assert 50 < github.count()["POST"] + github.count()["PATCH"] < 80


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


# What an earlier check found stays below, until newer results are there

EARLIER = f"{MARKER}\n\n### better\n\nthe earlier results"


def a_run(client: GitHub, run: int, head: str = HEAD, **more: Any) -> PullRequestComment:
    pull = client.pull_request(7)._replace(head_sha=head)
    return PullRequestComment(client, Event("pull_request", pull_request=pull), MARKER, run=run, **more)


def move(github: GitHubServer, head: str = NEXT) -> None:
    github.pull_requests[7]["head"]["sha"] = head


def test_earlier_results_stay_below_the_progress_and_say_whose_they_are(github: GitHubServer, client: GitHub) -> None:
    a_run(client, 5).finish(EARLIER)
    move(github)
    one = a_run(client, 6, NEXT)
    for progress in ("0 of 6", "3 of 6"):
        one.announce(progress)
        (body,) = github.bodies(7)
        assert body.startswith(f"{MARKER}\n\n**Evaluating…** {progress}\n\nThe results of `ccccccc` come here")
        assert "\n**Below: the results of an earlier commit, `aaaaaaa`.**\n\n### better\n\nthe earlier" in body
        assert body.count("the earlier results") == 1
    one.finish(BODY)
    assert without_stamp(github.bodies(7)[0]) == BODY


def test_results_of_the_same_commit_and_of_an_earlier_version_say_so(github: GitHubServer, client: GitHub) -> None:
    a_run(client, 5).finish(EARLIER)
    a_run(client, 5, attempt=2).announce("1 of 2")
    assert "**Below: what an earlier check of the same commit found.**" in github.bodies(7)[0]
    (comment,) = github.comments.values()
    comment["body"] = EARLIER
    a_run(client, 6).announce("1 of 2")
    assert "**Below: earlier results.**\n\n### better" in github.bodies(7)[0]


def test_progress_that_an_earlier_version_left_is_no_result(github: GitHubServer, client: GitHub) -> None:
    github.add_comment(7, "github-actions[bot]", f"{MARKER}\n\n**Evaluating…** 0 of 6\n\nThe results come here when")
    a_run(client, 5).announce("1 of 2")
    (body,) = github.bodies(7)
    assert body.count("Evaluating") == 1
    assert "Below:" not in body


def test_a_run_that_was_broken_off_keeps_them_and_the_next_one_too(github: GitHubServer, client: GitHub) -> None:
    a_run(client, 5).finish(EARLIER)
    move(github)
    broken = a_run(client, 6, NEXT)
    broken.announce("3 of 6")
    broken.finish(f"{MARKER}\n### ❔ Not measured: the check was interrupted", ended=True)
    (body,) = github.bodies(7)
    assert body.startswith(f"{MARKER}\n### ❔ Not measured: the check was interrupted\n\n---\n")
    assert "**Below: the results of an earlier commit, `aaaaaaa`.**\n\n### better" in body
    assert "Evaluating" not in body
    a_run(client, 7, NEXT).announce("4 of 6")
    (body,) = github.bodies(7)
    assert "**Evaluating…** 4 of 6" in body
    assert "interrupted" not in body
    assert "the results of an earlier commit, `aaaaaaa`" in body


def test_a_broken_run_writes_once_and_waits_for_nobody(github: GitHubServer, client: GitHub, naps: list[float]) -> None:
    one = a_run(client, 5)
    one.announce("3 of 6")
    before = len(github.requests)
    one.finish(f"{MARKER}\n### ❔ Not measured", ended=True)
    assert [request.method for request in github.requests[before:]] == ["GET", "GET", "PATCH"]
    github.fail("PATCH", "/comments/", Reply(429, {"message": "secondary rate limit"}, {"retry-after": "60"}))
    assert "rate limit" in one.finish(BODY, ended=True).told[0]
    assert naps == []


def test_a_killed_run_is_ended_by_a_later_step_of_the_same_job(github: GitHubServer, client: GitHub) -> None:
    a_run(client, 5).finish(EARLIER)
    move(github)
    a_run(client, 6, NEXT).announce("3 of 6")
    later = a_run(client, 6, NEXT, run_url="https://github.com/acme/prompts/actions/runs/6")
    assert later.end_cancelled().url
    (body,) = github.bodies(7)
    assert body.startswith(
        f"{MARKER}\n### ❔ Not measured: the check was interrupted\n\nIt was cancelled at 3 of 6 replies of `ccccccc`; "
        "start the job again: replies that came are kept where the cache is. [Look at the run](https:"
    )
    assert "### better" in body
    assert later.end_cancelled() == PostResult("")
    assert github.bodies(7) == [body]


@pytest.mark.parametrize("state", ["final", "another run", "another attempt", "none"])
def test_what_promises_nothing_of_this_run_is_left_alone(github: GitHubServer, client: GitHub, state: str) -> None:
    one = a_run(client, 5, attempt=2)
    if state == "final":
        one.finish(BODY)
    elif state == "another run":
        a_run(client, 6).announce("1 of 2")
    elif state == "another attempt":
        a_run(client, 5, attempt=1).announce("1 of 2")
    before = github.bodies(7)
    assert one.end_cancelled() == PostResult("")
    assert github.bodies(7) == before


def test_a_check_that_was_overtaken_leaves_the_newer_comment_and_says_why(
    github: GitHubServer, client: GitHub, tmp_path: Path
) -> None:
    old = a_run(client, 5, summary=tmp_path / "summary.md")
    old.announce("1 of 2")
    move(github)
    a_run(client, 6, NEXT).finish(f"{MARKER}\n\nof the newer commit")
    before = github.bodies(7)
    done = old.finish(BODY)
    assert github.bodies(7) == before
    assert done.url == ""
    why = "no comment is written: pull request 7 is at ccccccc by now, and this check is of aaaaaaa"
    assert done.told == (why, "the results are in the step's summary instead")
    page = (tmp_path / "summary.md").read_text("utf-8")
    assert page.startswith(BODY)
    assert "Note: no comment is written: pull request 7 is at" in page


def test_a_check_that_was_overtaken_by_a_push_without_a_check_promises_nothing_more(
    github: GitHubServer, client: GitHub
) -> None:
    a_run(client, 4).finish(EARLIER)
    old = a_run(client, 5)
    old.announce("1 of 2")
    move(github)  # as with [skip ci] in its message
    old.finish(BODY)
    (body,) = github.bodies(7)
    assert body.startswith(
        f"{MARKER}\n### ❔ Not measured: the check that was running here is out of date\n\nPull request 7"
    )
    assert "Evaluating" not in body
    assert "better" not in body.partition("Below:")[0]
    assert "### better" in body.partition("Below:")[2]


def test_an_unknown_head_is_told_beside_the_comment(github: GitHubServer, client: GitHub) -> None:
    one = a_run(client, 5)
    github.fail("GET", "/pulls/7$", Reply(404, {"message": "Not Found", "documentation_url": ""}))
    done = one.finish(BODY)
    assert done.url
    assert "it is not known whether pull request 7 moved on meanwhile: " in done.told[0]


def test_a_commit_that_only_records_labels_does_not_silence_a_running_check(
    github: GitHubServer, client: GitHub
) -> None:
    one = a_run(client, 5, words=[PurePosixPath("evals/labels")])
    move(github)
    github.changed[HEAD, NEXT] = ["evals/labels/greet.jsonl"]
    assert one.finish(BODY).told == ()
    github.changed[HEAD, NEXT] = ["evals/labels/greet.jsonl", "prompts/greet.prompt.yml"]
    assert "by now" in one.finish(BODY).told[0]
    github.changed[HEAD, NEXT] = ["evals/labels/greet.jsonl"]
    github.merge_bases[HEAD, NEXT] = "e" * 40  # a branch that was forced to another history
    assert "by now" in one.finish(BODY).told[0]
    github.changed.clear()
    github.merge_bases.clear()
    assert "by now" in one.finish(BODY).told[0]


def test_a_merge_queues_try_writes_on_no_pull_request(github: GitHubServer, client: GitHub) -> None:
    a_run(client, 5).finish(BODY)
    before = github.bodies(7)
    queue = PullRequestComment(client, Event("merge_group", before="b" * 40, queued=7), MARKER, run=6)
    queue.progress("1 of 2")
    assert "no open pull request" in queue.finish(f"{MARKER}\nqueue").told[0]
    assert github.bodies(7) == before


def test_a_push_that_is_run_again_says_nothing_about_a_later_head(github: GitHubServer, client: GitHub) -> None:
    one = PullRequestComment(client, Event("push", after=HEAD), MARKER, run=5)
    move(github)
    assert "is at ccccccc by now" in one.finish(BODY).told[0]
    assert github.comments == {}
