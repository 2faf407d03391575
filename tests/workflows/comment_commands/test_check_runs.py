"""Which check's results a comment is about, and that they are read as if an enemy had written them."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from promptops.store.results_file import serialize_results
from tests.github_server import GitHubServer
from tests.workflows.comment_commands.labelling import BASE, BRANCH, HEAD, LABELS, Scene, base_files, results

LABEL = "/promptops label c00 tone pass"
OLDER, NEWER = "1" * 40, "2" * 40


def packed(*entries: tuple[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return held.getvalue()


GOOD = packed(("s/results.json", serialize_results(results())))


@pytest.fixture
def scene(github: GitHubServer, tmp_path: Path) -> Scene:
    """No folder with results is given: they lie in an artifact."""
    scene = Scene(github, tmp_path)
    scene.results = []
    return scene


def check(
    scene: Scene, number: int, sha: str = HEAD, zipped: bytes = GOOD, *, repository: str = "", expired: bool = False
) -> None:
    """A check of a commit that left results behind."""
    scene.server.add_run(number, head_sha=sha, head_branch=BRANCH, head_repository=repository)
    scene.server.add_artifact(number, "promptops-report", b"")
    scene.server.add_artifact(number, "promptops-results", zipped, expired=expired)


def move(scene: Scene, *files: str, to: str = NEWER, since: str = HEAD) -> None:
    """A commit that changes these files moves the branch on."""
    scene.server.pull_requests[7]["head"]["sha"] = to
    scene.server.changed[since, to] = list(files)


def test_the_results_of_the_newest_commits_check_are_taken(scene: Scene) -> None:
    check(scene, 1)
    assert scene.say(LABEL).replies[0].done


def test_after_a_label_the_results_name_the_commit_that_people_know(scene: Scene) -> None:
    found = results()
    merged = (replace(arm, commit="9" * 40, revision="9" * 7) if arm.side == "head" else arm for arm in found.arms)
    check(scene, 1, zipped=packed(("s/results.json", serialize_results(replace(found, arms=tuple(merged))))))
    assert scene.say(LABEL).replies[0].done
    page = next(body for body in scene.bodies if "promptops results" in body)
    assert f"→ head `{HEAD[:7]}`" in page
    assert "9" * 7 not in page


def test_after_a_label_the_next_label_finds_the_same_results(scene: Scene) -> None:
    check(scene, 1)
    scene.say(LABEL)
    move(scene, LABELS)
    assert scene.say("/promptops label c01 tone pass").replies[0].done
    assert [line["case"] for line in scene.lines()] == ["c00", "c01"]


@pytest.mark.parametrize("files", [("prompts/p.prompt.yml",), (LABELS, "evals/s.eval.yml"), ("evals/labels.txt",)])
def test_results_of_what_was_changed_since_are_not_taken(scene: Scene, files: tuple[str, ...]) -> None:
    check(scene, 1)
    move(scene, *files)
    assert "there are no results for 2222222" in scene.refused(LABEL)


def test_so_many_changes_that_github_lists_not_all_are_taken_for_a_change(scene: Scene) -> None:
    check(scene, 1)
    move(scene, *(f"evals/labels/{number}.jsonl" for number in range(300)))
    assert "there are no results" in scene.refused(LABEL)


def test_results_of_commits_that_were_thrown_away_are_not_taken(scene: Scene) -> None:
    check(scene, 1)
    move(scene, LABELS)
    scene.server.merge_bases[HEAD, NEWER] = OLDER
    assert "there are no results" in scene.refused(LABEL)


def test_results_of_a_commit_with_another_workflow_are_not_taken(scene: Scene) -> None:
    """No file of the project changed since; the workflow that could make up results was there and is gone."""
    theirs = {f"shop/{name}": content for name, content in base_files().items()}
    scene.server.files |= {BASE: theirs, "main": theirs, HEAD: {".github/workflows/prompts.yml": b"made up"}}
    check(scene, 1)
    move(scene, ".github/workflows/prompts.yml")
    [answer] = scene.obey(scene.event(LABEL), folder="shop").replies
    assert "there are no results for 2222222" in answer.text
    scene.server.files[NEWER] = scene.server.files[HEAD]  # it is here still, so a review sees it
    [answer] = scene.obey(scene.event(LABEL), folder="shop").replies
    assert answer.done


def test_a_check_that_left_nothing_does_not_hide_the_one_before(scene: Scene) -> None:
    check(scene, 1)
    scene.server.add_run(2, head_sha=HEAD, head_branch=BRANCH)
    check(scene, 3, expired=True)
    assert scene.say(LABEL).replies[0].done


def test_a_fork_with_a_branch_of_the_same_name_leaves_nothing_that_counts(scene: Scene) -> None:
    check(scene, 1, repository="mallory/prompts")
    assert "there are no results" in scene.refused(LABEL)


def test_another_branchs_check_leaves_nothing_that_counts(scene: Scene) -> None:
    check(scene, 1)
    scene.server.runs[1]["head_branch"] = "other"
    assert "there are no results" in scene.refused(LABEL)


def test_a_branch_with_a_long_past_costs_few_requests(scene: Scene) -> None:
    for number in range(60):
        sha = f"{number:040x}"
        check(scene, number + 1, sha)
        scene.server.changed[sha, HEAD] = ["prompts/p.prompt.yml"]
    assert "there are no results" in scene.refused(LABEL)
    assert scene.server.count()["GET"] < 25


@pytest.mark.parametrize(
    "zipped",
    [
        b"not a zip",
        packed(("../../s/results.json", serialize_results(results()))),
        packed(("s/results.json", serialize_results(results())), ("s/evil.sh", b"x")),
        packed(("s/results.json", b"{}")),
        packed(("s/results.json", serialize_results(results()).replace(b'"tone"', b'["tone"]', 1))),
        packed(),
    ],
)
def test_an_artifact_that_is_not_what_a_check_leaves_is_refused(scene: Scene, zipped: bytes) -> None:
    check(scene, 1, zipped=zipped)
    assert scene.refused(LABEL)


def test_one_suite_that_cannot_be_read_does_not_hide_the_others(scene: Scene) -> None:
    check(scene, 1, zipped=packed(("a/results.json", b"{}"), ("s/results.json", serialize_results(results()))))
    assert scene.say(LABEL).replies[0].done
