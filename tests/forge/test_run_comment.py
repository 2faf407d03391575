"""Several runs write one comment: at rest it says what the newest run of the newest commit found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from promptops.errors import ForgeError, OutdatedError
from promptops.forge.comment_stamp import CommentStamp, add_stamp, read_stamp, without_stamp
from promptops.forge.github.client import GitHub
from promptops.forge.run_comment import CheckedChange, RunComment
from promptops.forge.sticky_comment import MAX_COMMENT
from tests.github_server import GitHubServer, Reply

MARKER = "<!-- promptops -->"
OURS = "github-actions[bot]"
OLD, NEW = "a" * 40, "c" * 40


@pytest.fixture
def naps() -> list[Callable[[], Any]]:
    """What happens while somebody waits."""
    return []


@pytest.fixture
def client(github: GitHubServer, naps: list[Callable[[], Any]]) -> GitHub:
    github.add_pull_request(7, head_sha=OLD)

    def sleep(seconds: float) -> None:
        if naps:
            naps.pop()()

    return GitHub(github.repository, github.token, api=github.url, sleep=sleep, timeout=10)


def a_run(client: GitHub, run: int, head: str = OLD, *, attempt: int = 1, **more: Any) -> RunComment:
    return RunComment(client, 7, MARKER, CheckedChange(head, "main", run, attempt), **more)


def say(one: RunComment, text: str, **more: Any) -> None:
    one.put(lambda stands: f"{MARKER}\n{text}", **more)


def move(github: GitHubServer, head: str = NEW) -> None:
    github.pull_requests[7]["head"]["sha"] = head


def texts(github: GitHubServer) -> list[str]:
    return [without_stamp(body).removeprefix(MARKER).strip() for body in github.bodies(7)]


def another(github: GitHubServer, run: int, text: str, head: str = OLD, **more: Any) -> str:
    """What another run would have written."""
    return add_stamp(f"{MARKER}\n{text}", CommentStamp(run, more.pop("attempt", 1), head, **more))


def test_each_write_asks_for_the_head_first(github: GitHubServer, client: GitHub) -> None:
    one = a_run(client, 5)
    say(one, "1 of 2", state="running")
    say(one, "better")
    writes = [n for n, request in enumerate(github.requests) if request.method in ("POST", "PATCH")]
    assert [github.requests[n - 1].path.rpartition("/")[2] for n in writes] == ["7", "7"]
    assert texts(github) == ["better"]


@pytest.mark.parametrize("state", ["running", "ended", "final"])
def test_nothing_is_written_once_the_head_moved(github: GitHubServer, client: GitHub, state: Any) -> None:
    github.add_comment(7, OURS, another(github, 9, "the newer result", NEW))
    move(github)
    with pytest.raises(OutdatedError, match="pull request 7 is at ccccccc by now, and this check is of aaaaaaa"):
        say(a_run(client, 5), "the older result", state=state)
    assert texts(github) == ["the newer result"]
    assert set(github.count()) == {"GET"}


def test_nothing_is_written_once_the_pull_request_goes_elsewhere(github: GitHubServer, client: GitHub) -> None:
    github.pull_requests[7]["base"]["ref"] = "release"
    with pytest.raises(OutdatedError, match="goes to release by now, and this check compared it with main"):
        say(a_run(client, 5), "compared with main")
    assert github.comments == {}


def test_a_target_branch_that_grew_changes_nothing(github: GitHubServer, client: GitHub) -> None:
    github.pull_requests[7]["base"]["sha"] = "d" * 40
    say(a_run(client, 5), "better")
    assert texts(github) == ["better"]


@pytest.mark.parametrize(("run", "attempt"), [(6, 1), (5, 2)])
def test_of_two_runs_for_the_same_head_the_newer_has_the_word(
    github: GitHubServer, client: GitHub, run: int, attempt: int
) -> None:
    older, newer = a_run(client, 5), a_run(client, run, attempt=attempt)
    say(older, "1 of 2", state="running")
    say(newer, "newer")
    with pytest.raises(OutdatedError, match=f"a newer check .run {run}, attempt {attempt}. wrote the comment already"):
        say(older, "older")
    assert texts(github) == ["newer"]


def test_a_job_that_is_run_again_replaces_what_it_said_before(github: GitHubServer, client: GitHub) -> None:
    say(a_run(client, 5), "first")
    say(a_run(client, 5, attempt=2), "second")
    assert texts(github) == ["second"]


def test_a_job_that_is_run_again_after_a_push_says_nothing(github: GitHubServer, client: GitHub) -> None:
    say(a_run(client, 5), "first")
    move(github)
    say(a_run(client, 6, NEW), "of the push")
    with pytest.raises(OutdatedError):
        say(a_run(client, 5, attempt=2), "again")
    assert texts(github) == ["of the push"]


def test_a_branch_that_was_forced_back_shows_its_own_results_again(github: GitHubServer, client: GitHub) -> None:
    say(a_run(client, 5), "of the old")
    move(github)
    say(a_run(client, 6, NEW), "of the new")
    move(github, OLD)
    say(a_run(client, 5, attempt=2), "of the old, again")  # its number is lower than that of what stands there
    assert texts(github) == ["of the old, again"]
    say(a_run(client, 7), "of the old, by its own run")
    with pytest.raises(OutdatedError):
        say(a_run(client, 5, attempt=3), "late")
    assert texts(github) == ["of the old, by its own run"]


def test_a_closed_pull_request_still_gets_its_results(github: GitHubServer, client: GitHub) -> None:
    one = a_run(client, 5)
    say(one, "1 of 2", state="running")
    github.pull_requests[7]["state"] = "closed"
    say(one, "better")
    assert texts(github) == ["better"]


def test_a_comment_of_an_earlier_version_is_older_than_any_run(github: GitHubServer, client: GitHub) -> None:
    github.add_comment(7, OURS, f"{MARKER}\nwithout a stamp")
    say(a_run(client, 5), "better")
    assert texts(github) == ["better"]


def test_a_run_without_a_number_goes_by_the_head_alone(github: GitHubServer, client: GitHub) -> None:
    say(a_run(client, 9), "by a run")
    say(a_run(client, 0), "by hand")
    assert github.bodies(7) == [f"{MARKER}\nby hand"]
    move(github)
    with pytest.raises(OutdatedError):
        say(a_run(client, 0), "by hand, late")


# Two at once: GitHub cannot compare and set


def test_an_older_run_that_writes_over_the_last_word_is_written_over(github: GitHubServer, client: GitHub) -> None:
    newer = a_run(client, 6)
    say(newer, "1 of 2", state="running")

    def older_comes_late() -> None:
        (comment,) = github.comments.values()
        comment["body"] = another(github, 5, "older")

    github.after("PATCH", "/comments/", older_comes_late)
    say(newer, "newer")
    assert texts(github) == ["newer"]


def test_what_a_newer_run_wrote_over_the_last_word_stays(github: GitHubServer, client: GitHub) -> None:
    def newer_comes() -> None:
        (comment,) = github.comments.values()
        comment["body"] = another(github, 6, "newer")

    github.after("POST", "/comments$", newer_comes)
    say(a_run(client, 5), "older")
    assert texts(github) == ["newer"]


def test_nobody_writes_over_each_other_for_ever(github: GitHubServer, client: GitHub) -> None:
    def older_comes_late() -> None:
        (comment,) = github.comments.values()
        comment["body"] = another(github, 5, "older")
        github.after("PATCH", "/comments/", older_comes_late)

    github.after("POST", "/comments$", older_comes_late)
    say(a_run(client, 6), "newer")
    assert github.count()["PATCH"] + github.count()["POST"] == 3


@pytest.mark.parametrize(("first", "stays"), [(5, "mine"), (7, "first")])
def test_two_first_comments_become_one(github: GitHubServer, client: GitHub, first: int, stays: str) -> None:
    def write_first() -> None:
        github.add_comment(7, OURS, another(github, first, "first"))

    github.fail("POST", "/comments$", write_first)
    if stays == "mine":
        say(a_run(client, 6), "mine", state="running")
    else:
        with pytest.raises(OutdatedError):
            say(a_run(client, 6), "mine", state="running")
    assert texts(github) == [stays]


def test_after_a_wait_for_githubs_limits_the_head_is_asked_again(
    github: GitHubServer, client: GitHub, naps: list[Callable[[], Any]]
) -> None:
    one = a_run(client, 5)
    say(one, "1 of 2", state="running")
    github.fail("PATCH", "/comments/", Reply(429, {"message": "secondary rate limit"}, {"retry-after": "60"}))
    naps.append(lambda: move(github))
    with pytest.raises(OutdatedError):
        say(one, "better")
    assert github.count()["PATCH"] == 1
    assert texts(github) == ["1 of 2"]


# What people and GitHub do between two writes


@pytest.mark.parametrize("how", ["deleted", "hidden"])
def test_a_comment_that_people_took_away_between_two_writes_is_made_anew(
    github: GitHubServer, client: GitHub, how: str
) -> None:
    one = a_run(client, 5)
    say(one, "1 of 2", state="running")
    if how == "deleted":
        github.comments.clear()
    else:
        next(iter(github.comments.values()))["minimized"] = {"reason": "outdated"}
    say(one, "better")
    assert texts(github)[-1] == "better"
    assert len(texts(github)) == (1 if how == "deleted" else 2)


def test_two_projects_do_not_stop_each_other(github: GitHubServer, client: GitHub) -> None:
    legal = "<!-- promptops:legal -->"
    say(a_run(client, 9), "the top")
    RunComment(client, 7, legal, CheckedChange(OLD, "main", 5)).put(lambda stands: f"{legal}\nlegal")
    assert [read_stamp(body).run for body in github.bodies(7)] == [9, 5]  # type: ignore[union-attr]


def test_where_the_head_cannot_be_asked_only_the_last_word_is_written(github: GitHubServer, client: GitHub) -> None:
    one = a_run(client, 5)
    for _ in range(2):
        github.fail("GET", "/pulls/7$", Reply(403, {"message": "Resource not accessible", "documentation_url": ""}))
    with pytest.raises(ForgeError):
        say(one, "1 of 2", state="running")
    say(one, "better")
    assert texts(github) == ["better"]
    assert "the token may not read this" in one.unasked


def test_where_the_head_cannot_be_asked_a_newer_run_is_left_alone(github: GitHubServer, client: GitHub) -> None:
    github.add_comment(7, OURS, another(github, 6, "newer", NEW))
    github.fail("GET", "/pulls/7$", Reply(403, {"message": "Resource not accessible", "documentation_url": ""}))
    with pytest.raises(OutdatedError):
        say(a_run(client, 5), "better")
    assert texts(github) == ["newer"]


def test_a_commit_that_only_records_words_silences_nobody(github: GitHubServer, client: GitHub) -> None:
    one = a_run(client, 5, same=lambda before, now: (before, now) == (OLD, NEW))
    say(one, "1 of 2", state="running")
    move(github)
    say(one, "better")
    assert texts(github) == ["better"]
    move(github, "d" * 40)
    with pytest.raises(OutdatedError):
        say(one, "late")


def test_only_its_own_promise_is_replaced(github: GitHubServer, client: GitHub) -> None:
    one, other = a_run(client, 5), a_run(client, 6)
    say(one, "1 of 2", state="running")
    assert other.put_in_own_place(lambda stands: f"{MARKER}\nnot mine") is None
    assert one.put_in_own_place(lambda stands: f"{MARKER}\nended") is not None
    assert one.put_in_own_place(lambda stands: f"{MARKER}\nagain") is None
    assert texts(github) == ["ended"]


# The stamp


def test_a_stamp_is_read_as_it_was_written_and_cut_by_nothing(github: GitHubServer, client: GitHub) -> None:
    say(a_run(client, 5, attempt=3), "😀" * 70_000)
    (body,) = github.bodies(7)
    assert read_stamp(body) == CommentStamp(5, 3, OLD, "final")
    assert len(body) <= MAX_COMMENT
    assert without_stamp(add_stamp("words\n", CommentStamp(5, 3, OLD))) == "words"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "words",
        f"{another(None, 5, 'x')} words behind it",  # type: ignore[arg-type]
        "<!-- promptops run=5 attempt=1 head=zz state=final -->",
        f"<!-- promptops run=5 attempt=1 head={OLD} state=maybe -->",
        f"<!-- promptops run={'9' * 400} attempt=1 head={OLD} state=final -->",
    ],
)
def test_nothing_else_is_a_stamp(body: str) -> None:
    assert read_stamp(body) is None


def test_what_later_versions_add_to_a_stamp_is_passed_over() -> None:
    line = f"<!-- promptops run=5 attempt=1 head={OLD} state=final base=main/x -->"
    assert read_stamp(f"words\n\n{line}\n") == CommentStamp(5, 1, OLD, "final")
