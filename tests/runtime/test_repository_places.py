"""Wherever a repository lies and whatever its folder is called, an application is served from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptops import Prompts
from promptops.errors import PromptopsError
from tests.conftest import GitRepository, RepositoryBuilder
from tests.runtime.scene import Scene, said


@pytest.fixture
def scene(repository: RepositoryBuilder) -> Scene:
    scene = Scene(repository("we$HOME and ~"))
    scene.environment({"greet": scene.first, "part": scene.first})
    return scene


def _opened(place: Path, tmp_path: Path, **more: object) -> Prompts:
    options = {"env": "prod", "cache": tmp_path / "cache", "refresh": None, "timeout": 20.0, **more}
    return Prompts.from_git(place, **options)  # type: ignore[arg-type]


def test_it_is_served_from_every_place_that_git_knows_it_by(scene: Scene, tmp_path: Path) -> None:
    git = scene.repository.git
    git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    git("clone", "--quiet", "--bare", str(scene.root), str(tmp_path / "bare.git"))
    git("clone", "--quiet", "--shared", str(scene.root), str(tmp_path / "shared"))
    git("clone", "--quiet", f"--separate-git-dir={tmp_path / 'apart.git'}", str(scene.root), str(tmp_path / "apart"))
    places = [
        ".git",
        "../linked",
        "../bare.git",
        "../shared",
        "../shared/.git",
        "../apart",
        "../apart.git",
        "prompts/..",
    ]
    for place in [scene.root, *(scene.root / each for each in places)]:
        assert said(_opened(place, tmp_path)) == "Hello, Ada (warm)", place


def test_a_tag_like_the_branch_changes_nothing(scene: Scene, tmp_path: Path) -> None:
    later = scene.edit("Hi")
    scene.environment({"greet": later, "part": scene.first})
    scene.repository.git("tag", "main", scene.first)
    for place in (str(scene.root), f"file://{scene.root}"):
        assert said(_opened(Path(place) if place[0] == "/" else place, tmp_path, ref="main")) == "Hi, Ada (warm)"  # type: ignore[arg-type]
        with pytest.raises(PromptopsError):
            _opened(Path(place) if place[0] == "/" else place, tmp_path, ref="refs/tags/main")  # type: ignore[arg-type]


def test_a_stand_in_for_a_commit_changes_no_pin(scene: Scene, tmp_path: Path) -> None:
    later = scene.edit("Hi")
    scene.repository.git("replace", scene.first, later)
    assert said(_opened(scene.root, tmp_path)) == "Hello, Ada (warm)"


def test_a_rename_that_changes_only_the_case_is_another_name(tmp_path: Path) -> None:
    scene = Scene(GitRepository(tmp_path / "case"))
    scene.repository.git("config", "core.ignoreCase", "true")
    scene.repository.git("mv", "prompts/greet.prompt.yml", "prompts/Greet.prompt.yml")
    commit = scene.repository.commit()
    prompts = _opened(scene.root, tmp_path, env=None, commit=commit)
    assert prompts.names() == ["Greet", "part"]
