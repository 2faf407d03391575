"""What a change on GitLab is compared with: in every kind of pipeline, in clones as shallow as runners make them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from promptops.forge.gitlab.pipeline import CheckedMergeRequest, Pipeline
from promptops.model.outcomes.check import ComparisonBase
from promptops.source.git.repository import Repository
from promptops.workflows.check.comparison_base import AUTO, NONE
from promptops.workflows.check.gitlab_base import choose_pipeline_base, find_pipeline_base
from tests.conftest import GitRepository
from tests.workflows.check.test_comparison_base import Scene


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def _checked(scene: Scene, *, base: str = "", target_head: str = "") -> Pipeline:
    request = CheckedMergeRequest(7, scene.head, base or scene.parted, "main", target_head, is_fork=False)
    return Pipeline("merge_request_event", scene.head, "", request)


def _base(repo: GitRepository, pipeline: Pipeline | None) -> ComparisonBase:
    with closing(Repository(repo.root)) as repository:
        return find_pipeline_base(repository, pipeline)


@pytest.mark.parametrize("depth", [0, 1])
def test_the_branch_is_compared_with_where_it_left_the_other(scene: Scene, depth: int) -> None:
    clone = scene.clone("work", depth=depth)
    assert _base(clone, _checked(scene)) == ComparisonBase(scene.parted, "where it left main")
    assert clone.git("cat-file", "-t", scene.parted) == "commit"


@pytest.mark.parametrize("depth", [0, 1])
def test_merged_results_are_compared_with_what_they_would_be_merged_into(scene: Scene, depth: int) -> None:
    found = _base(scene.clone("trial", depth=depth), _checked(scene, target_head=scene.base))
    assert found == ComparisonBase(scene.base, "what it would be merged into, main")


def test_a_merge_train_is_compared_with_the_car_before_it(scene: Scene) -> None:
    scene.repo.git("switch", "--quiet", "--detach", "main")
    ahead = scene.repo.commit({"another": "merge request"})
    scene.repo.git("merge", "--quiet", "--no-ff", "--message", "train", "work")
    scene.repo.git("branch", "train", "HEAD")
    found = _base(scene.clone("train", depth=1), _checked(scene, target_head=scene.base))
    assert found.commit == ahead


def test_a_train_that_squashes_is_compared_with_the_target_that_gitlab_names(scene: Scene) -> None:
    scene.repo.git("switch", "--quiet", "--detach", "main")
    scene.repo.git("merge", "--quiet", "--squash", "work")
    scene.repo.git("commit", "--quiet", "--message", "squashed")
    scene.repo.git("branch", "squashed", "HEAD")
    found = _base(scene.clone("squashed", depth=1), _checked(scene, target_head=scene.base))
    assert found == ComparisonBase(scene.base, "what it would be merged into, main")


def test_a_push_is_compared_with_what_the_branch_held_before(scene: Scene) -> None:
    clone = scene.clone("main", depth=1)
    assert _base(clone, Pipeline("push", scene.base, scene.parted)).commit == scene.parted


@pytest.mark.parametrize(
    ("pipeline", "words"),
    [
        (Pipeline("push", "a" * 40), "this branch is new"),
        (Pipeline("schedule", "a" * 40), "started by 'schedule'"),
        (Pipeline(), "started by hand"),
        (None, "could not be read"),
    ],
)
def test_where_there_is_no_change_nothing_is_compared(scene: Scene, pipeline: Pipeline | None, words: str) -> None:
    found = _base(scene.clone("work"), pipeline)
    assert found.commit is None
    assert words in found.words


def test_a_base_that_cannot_be_had_is_told_with_what_helps(scene: Scene) -> None:
    found = _base(scene.clone("work", depth=1), _checked(scene, base="e" * 40))
    assert found.commit is None
    assert "was not found" in found.words
    assert "is the commit pushed to this repository?" in found.words


def test_a_named_revision_is_taken_as_anywhere_else(scene: Scene, tmp_path: Path) -> None:
    scene.repo.git("switch", "--quiet", "work")
    root = scene.repo.root
    assert choose_pipeline_base(root, "main", None) == ("", ComparisonBase(scene.parted, "where this work left main"))
    assert choose_pipeline_base(root, NONE, None)[1].commit is None
    assert choose_pipeline_base(root, AUTO, Pipeline("push", scene.head, scene.parted))[1].commit == scene.parted
    assert "no git repository" in choose_pipeline_base(tmp_path, AUTO, Pipeline())[1].words
