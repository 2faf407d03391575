"""What people get wrong, and what they are told: at once, where, and what to do."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

import pytest

from promptops import PromptopsError, Prompts
from promptops.errors import PinError
from tests.conftest import GitRepository, write_files
from tests.runtime.scene import SETTINGS, Scene, prompt_text, said, scene_at


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return scene_at(tmp_path / "prompts")


def refused(where: Any, **more: Any) -> PromptopsError:
    with pytest.raises(PromptopsError) as caught:
        Prompts.from_git(where, **more)
    return caught.value


@pytest.mark.parametrize("name", ["refresh", "timeout"])
@pytest.mark.parametrize("value", ["60", 0, -1, float("nan")])
def test_a_time_that_is_none_is_refused_at_once(scene: Scene, name: str, value: Any) -> None:
    assert f"{name} is a number of seconds above 0, not {value!r}" in str(
        refused(scene.root, env="prod", **{name: value})
    )


@pytest.mark.parametrize("name", ["prod.yml", "environments/prod"])
def test_a_file_is_no_name_of_an_environment(scene: Scene, name: Any) -> None:
    assert refused(scene.root, env=name).hint == "env='prod' means environments/prod.yml"


@pytest.mark.parametrize("change", [str.upper, lambda commit: commit + "\n"])
def test_a_commit_in_other_letters_is_told_what_is_wrong(scene: Scene, change: Any) -> None:
    assert "in small letters" in refused(scene.root, commit=change(scene.first)).hint


def test_an_empty_address_is_not_the_current_folder(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(scene.root)
    assert "no repository is named" in str(refused("", commit=scene.first))


def test_a_tracebacks_last_lines_say_what_to_do(scene: Scene) -> None:
    scene.environment({"greet": scene.first}, "staging")
    error = refused(scene.root, env="prod")
    assert traceback.format_exception(error)[-1].strip() == "there are: staging"


def test_the_status_says_what_to_do(scene: Scene) -> None:
    scene.environment({"greet": scene.first})
    prompts = Prompts.from_git(scene.root, env="prod")
    scene.repository.git("mv", "environments/prod.yml", "environments/staging.yml")
    scene.repository.commit()
    assert prompts.refresh().hint == "there are: staging"
    assert said(prompts) == "Hello, Ada (warm)"


def test_the_same_words_in_another_folder_mean_another_repository(
    tmp_path: Path, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.environment({"greet": scene.first})
    other = scene_at(tmp_path / "other")
    other.environment({"greet": other.edit("Moin")})
    monkeypatch.chdir(scene.root)
    assert said(Prompts.from_git(".", env="prod")) == "Hello, Ada (warm)"
    monkeypatch.chdir(other.root)
    prompts = Prompts.from_git(".", env="prod")
    assert prompts.status().fresh
    assert said(prompts) == "Moin, Ada (warm)"


@pytest.fixture
def monorepo(tmp_path: Path) -> GitRepository:
    made = GitRepository(tmp_path / "mono")
    made.commit(
        {"services/a/promptops.yml": SETTINGS, "services/a/prompts/p.prompt.yml": "model: small\nmessages: []\n"}
    )
    return made


@pytest.mark.parametrize("subdirectory", ["", "nope", "services"])
@pytest.mark.parametrize("how", ["commit", "env"])
def test_a_wrong_folder_of_a_monorepo_is_told_the_right_one(
    monorepo: GitRepository, subdirectory: str, how: str
) -> None:
    chosen = {"commit": monorepo.git("rev-parse", "HEAD")} if how == "commit" else {"env": "prod"}
    assert "subdirectory='services/a'" in refused(monorepo.root, subdirectory=subdirectory, **chosen).hint


def test_a_prompt_that_cannot_be_served_at_a_commit_is_in_the_status(scene: Scene) -> None:
    broken = prompt_text("Hello").replace("model: small\n", "")
    commit = scene.repository.commit({"prompts/greet.prompt.yml": broken})
    prompts = Prompts.from_git(scene.root, commit=commit)
    assert not prompts.status().fresh
    assert "prompts/greet.prompt.yml: no model is named" in prompts.status().reason
    assert said(prompts, "part") == "Goodbye, Ada (warm)"
    with pytest.raises(PromptopsError, match="no model is named"):
        prompts.get("greet")


def test_a_bundle_that_is_not_there_is_told_before_it_is_needed(
    scene: Scene, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    scene.environment({"greet": scene.first})
    Prompts.from_git(scene.root, env="prod", bundle=tmp_path / "nope.bundle")
    assert "nope.bundle" in caplog.text
    error = refused(f"file://{tmp_path}/gone", env="prod", bundle=tmp_path / "nope.bundle")
    assert isinstance(error, PinError)
    assert "gone" in str(error)
    assert "the bundle for an outage cannot be used" in str(error)


def test_a_prompts_path_is_told_its_name(scene: Scene) -> None:
    write_files(scene.root, {"prompts/legal/clause.prompt.yml": prompt_text("Clause")})
    prompts = Prompts.from_worktree(scene.root, watch=False)
    with pytest.raises(PinError) as caught:
        prompts.get("prompts/greet.prompt.yml")
    assert caught.value.hint == "did you mean 'greet'?"
