"""What a pipeline is about, read from the variables that GitLab documents."""

from __future__ import annotations

import pytest

from promptops.errors import ForgeError
from promptops.forge.gitlab.payloads import MergeRequest
from promptops.forge.gitlab.pipeline import CheckedMergeRequest, Pipeline, parse_pipeline

HEAD, MERGED, BASE, TARGET = "a" * 40, "c" * 40, "b" * 40, "d" * 40
REQUEST = {
    "CI_PIPELINE_SOURCE": "merge_request_event",
    "CI_COMMIT_SHA": HEAD,
    "CI_COMMIT_BEFORE_SHA": "0" * 40,
    "CI_PROJECT_ID": "5",
    "CI_MERGE_REQUEST_IID": "7",
    "CI_MERGE_REQUEST_PROJECT_ID": "5",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "5",
    "CI_MERGE_REQUEST_DIFF_BASE_SHA": BASE,
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": "",
}


def test_outside_of_gitlab_there_is_none() -> None:
    assert parse_pipeline({}) == Pipeline()


def test_a_merge_request_pipeline_is_about_its_commit() -> None:
    found = parse_pipeline(REQUEST)
    assert found == Pipeline("merge_request_event", HEAD, "", CheckedMergeRequest(7, HEAD, BASE, "main", "", False))


def test_a_merged_results_pipeline_is_about_the_source_branch_and_no_trial_merge() -> None:
    trial = {"CI_COMMIT_SHA": MERGED, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": HEAD}
    found = parse_pipeline(REQUEST | trial | {"CI_MERGE_REQUEST_TARGET_BRANCH_SHA": TARGET})
    assert found.commit == MERGED
    assert found.merge_request == CheckedMergeRequest(7, HEAD, BASE, "main", TARGET, False)


@pytest.mark.parametrize(
    "change",
    [
        {"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "9"},  # a member ran it in the project it goes to
        {"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "9", "CI_PROJECT_ID": "9"},  # it runs in the fork
        {"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": ""},  # the fork is gone
        {"CI_PROJECT_ID": "9"},
    ],
)
def test_a_fork_is_one_wherever_its_pipeline_runs(change: dict[str, str]) -> None:
    request = parse_pipeline(REQUEST | change).merge_request
    assert request is not None
    assert request.is_fork


def test_a_target_that_people_changed_is_told_by_gitlab_for_the_same_commit_alone() -> None:
    request = parse_pipeline(REQUEST).merge_request
    assert request is not None
    now = MergeRequest(7, HEAD, TARGET, "other", "open", is_fork=False)
    assert request.as_of(now) == request._replace(base=TARGET, target="other")
    assert request.as_of(now._replace(head_sha=MERGED)) == request
    assert request.as_of(now._replace(base_sha="")) == request  # GitLab has not worked it out yet
    assert request.as_of(now._replace(is_fork=True)).is_fork


def test_a_push_is_about_what_the_branch_held_before() -> None:
    assert parse_pipeline(
        {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_SHA": HEAD, "CI_COMMIT_BEFORE_SHA": BASE}
    ) == Pipeline("push", HEAD, BASE)


@pytest.mark.parametrize("name", ["CI_COMMIT_SHA", "CI_COMMIT_BEFORE_SHA", "CI_MERGE_REQUEST_DIFF_BASE_SHA"])
@pytest.mark.parametrize("text", ["main", "--upload-pack=x", HEAD.upper(), HEAD[:39], "é" * 40, f"{HEAD}\n"])
def test_what_is_no_commit_is_named(name: str, text: str) -> None:
    with pytest.raises(ForgeError, match="this is not a commit") as caught:
        parse_pipeline(REQUEST | {name: text})
    assert caught.value.where == name


@pytest.mark.parametrize("text", ["7/notes", "-7", "٧", "9" * 16, "seven"])
def test_what_is_no_number_is_named(text: str) -> None:
    with pytest.raises(ForgeError, match="CI_MERGE_REQUEST_IID: this is not a number"):
        parse_pipeline(REQUEST | {"CI_MERGE_REQUEST_IID": text})
