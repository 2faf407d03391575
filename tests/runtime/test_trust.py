"""What is trusted and what is not: caches prove nothing, callers share nothing, passwords may change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from promptops import Prompts
from promptops.evals.registry import KINDS
from promptops.model.environment import Pin, Rollout
from promptops.model.sealed_prompt import SealedPrompt
from promptops.pins.bundle import load_bundle, write_bundle
from promptops.pins.commit_sealing import CommitSealer
from promptops.pins.sealing import seal_prompt
from promptops.source.project import Project
from tests.conftest import write_files
from tests.runtime.scene import SETTINGS, Scene, said, scene_at
from tests.runtime.world import World


def poisoned(cache: Path, scene: Scene, commit: str) -> None:
    """Let every kept copy serve `greet` as it is at another commit, with a right checksum."""
    sealed = seal_prompt(Project.commit(scene.root, commit, KINDS), "greet")
    for file in (cache / "served").glob("*.bundle"):
        kept = load_bundle(file)
        pins = {**kept.pins, "greet": Pin("greet", kept.pins["greet"].commit, sealed.digest)}
        contents = {**{p.digest: kept.contents[p.digest] for p in pins.values() if p.digest in kept.contents}}
        made = kept._replace(
            pins=pins,
            contents={**contents, sealed.digest: sealed.content},
            texts={**kept.texts, **sealed.texts},
        )
        file.write_bytes(write_bundle(made))


@pytest.mark.parametrize("kind", ["http", "folder"])
@pytest.mark.parametrize("how", ["env", "commit"])
def test_a_kept_copy_that_was_changed_decides_nothing_where_the_source_answers(
    world: World, kind: str, how: str
) -> None:
    world.is_remote = kind == "http"
    options: dict[str, Any] = {"commit": world.scene.first} if how == "commit" else {}
    world.open(**options)
    poisoned(world.cache, world.scene, world.scene.edit("Evil"))
    assert said(world.open(**options)) == "Hello, Ada (warm)"


def test_a_new_password_keeps_what_was_served(world: World) -> None:
    world.is_remote = True
    options: dict[str, Any] = {"env": "prod", "refresh": None, "cache": world.cache, "timeout": 20.0}
    Prompts.from_git(world.url("ada:one"), **options)
    world.remote.status = 500
    prompts = Prompts.from_git(world.url("ada:two"), **options)
    assert not prompts.status().fresh
    assert said(prompts) == "Hello, Ada (warm)"


def test_another_branch_of_a_folder_is_no_history_rewritten(tmp_path: Path) -> None:
    scene = scene_at(tmp_path / "prompts")
    scene.environment({"greet": scene.first})
    scene.repository.git("checkout", "--quiet", "-b", "feature")
    scene.environment({"greet": scene.edit("Feature")})
    assert said(Prompts.from_git(scene.root, env="prod")) == "Feature, Ada (warm)"
    scene.repository.git("checkout", "--quiet", "main")
    prompts = Prompts.from_git(scene.root, env="prod")
    assert prompts.status().fresh
    assert said(prompts) == "Hello, Ada (warm)"


def test_a_folder_is_the_one_it_was_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = scene_at(tmp_path / "prompts")
    scene.environment({"greet": scene.first})
    monkeypatch.chdir(scene.root)
    prompts = Prompts.from_git(".", env="prod", refresh=None)
    monkeypatch.chdir(tmp_path)
    scene.environment({"greet": scene.edit("Hi")})
    assert prompts.refresh().fresh
    assert said(prompts) == "Hi, Ada (warm)"


def test_what_a_caller_does_to_a_call_reaches_no_other(tmp_path: Path) -> None:
    text = (
        "model: small\ninputs: {x: {type: object, default: {a: 1}}}\nmodelParameters: {stop: [END]}\n"
        "responseFormat: json_schema\njsonSchema: {name: n, schema: {type: object}}\n"
        "tools: [{name: f, parameters: {type: object}}]\nmessages: [{role: user, content: '{{ x }}'}]\n"
    )
    write_files(tmp_path, {"promptops.yml": SETTINGS, "prompts/a.prompt.yml": text})
    served = Prompts.from_worktree(tmp_path, watch=False).get("a")
    first = served.render()
    good = served.render()
    for tool in first.tools:
        tool["function"]["name"] = "evil"
    first.parameters["stop"].append("more")
    assert first.json_schema is not None
    first.json_schema["schema"]["type"] = "string"
    served.inputs["x"].default["a"] = 2
    served.inputs["x"].schema["type"] = "string"  # type: ignore[index]
    assert served.render() == good


def test_a_key_may_be_a_number(tmp_path: Path) -> None:
    scene = scene_at(tmp_path / "prompts")
    other = scene.edit("Hi")
    pin = {**scene.pin("greet", scene.first), "rollout": {**scene.pin("greet", other), "percent": 50}}
    scene.environment({"greet": pin})
    prompts = Prompts.from_git(scene.root, env="prod", refresh=None)
    key: Any = 42
    assert prompts.get("greet", key=key).version == prompts.get("greet", key="42").version
    assert Rollout(other, pin["rollout"]["digest"], 50.0).percent == 50


def test_a_template_with_the_prompts_own_name_is_not_taken_for_it(tmp_path: Path) -> None:
    """The identifier of a file outside the prompts' folder is its whole path, which a template can have too."""
    files = {
        "promptops.yml": SETTINGS + "paths: {prompts: [prompts/**, more/**]}\n",
        "prompts/a.prompt.yml": (
            "model: small\ninputs: {}\n"
            'messages: [{role: user, content: \'{% include "./../a" %}|{% include "x.j2" %}\'}]\n'
        ),
        "a": '{% include "./x.j2" %}',
        "x.j2": "root",
        "prompts/x.j2": "beside",
    }
    write_files(tmp_path, files)
    served = Prompts.from_worktree(tmp_path, watch=False).get("a")
    assert served.render().messages()[0]["content"] == "root|beside"


def test_a_bundle_that_came_along_saves_the_reading_at_a_cold_start_and_decides_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = scene_at(tmp_path / "prompts")
    scene.environment({"greet": scene.first, "part": scene.first})
    Prompts.from_git(scene.root, env="prod", refresh=None, cache=tmp_path / "one")
    [bundle] = (tmp_path / "one/served").glob("*.bundle")
    scene.environment({"greet": scene.edit("Hi"), "part": scene.first})
    sealed: list[str] = []
    seal = CommitSealer._seal

    def noted(self: CommitSealer, name: str, commit: str, pinned: str, **more: Any) -> SealedPrompt:
        sealed.append(name)
        return seal(self, name, commit, pinned, **more)

    monkeypatch.setattr(CommitSealer, "_seal", noted)
    prompts = Prompts.from_git(scene.root, env="prod", refresh=None, cache=tmp_path / "two", bundle=bundle)
    assert prompts.status().fresh
    assert said(prompts) == "Hi, Ada (warm)"
    assert set(sealed) == {"greet"}
