"""An application is served only what the protected branch itself had; what it holds already goes on being served."""

from __future__ import annotations

from typing import Any

import pytest

from promptops.errors import PinError
from promptops.source.git.remote.mirror_storage import MirrorStorage
from tests.runtime.scene import said
from tests.runtime.world import World


@pytest.fixture(params=["http", "folder"], autouse=True)
def kind(request: pytest.FixtureRequest, world: World) -> str:
    world.is_remote = request.param == "http"
    return str(request.param)


def branch(world: World, *words: str) -> list[str]:
    """The commits of a branch `work`, each with other words of `greet`; main is where it was."""
    world.git("checkout", "--quiet", "-b", "work")
    found = [world.scene.edit(each) for each in words]
    world.git("checkout", "--quiet", "main")
    return found


def merge(world: World, *how: str) -> str:
    world.git("merge", "--quiet", *(how or ("--no-ff", "--no-edit")), "work")
    return world.scene.repository.commit({}) if how else world.git("rev-parse", "main")


def test_a_text_that_was_changed_before_it_was_merged_is_refused(world: World) -> None:
    prompts = world.open()
    tried, _ = branch(world, "Wip", "Final")
    commit = merge(world)
    world.pin(tried)
    expected = f"greet at commit {tried}: it has a text that the default branch itself never had"
    every: list[dict[str, Any]] = [{}, {"ref": "main"}, {"protected": "main"}]
    for options in every:
        error = world.refused(**options)
        assert isinstance(error, PinError)
        assert str(error).startswith(expected if not options else expected.replace("the default branch", "main"))
        assert error.hint.endswith(f"take what was merged: promptops pin greet@{commit} --env prod")
    status = prompts.refresh()
    assert (status.fresh, status.reason.startswith(expected)) == (False, True)
    assert world.words(prompts) == "Hello", "the last known good goes on"
    assert world.words(world.open()) == "Hello", "also at the next start"


def test_a_commit_in_the_applications_own_code_is_held_to_it_where_it_says_so(world: World) -> None:
    tried, _ = branch(world, "Wip", "Final")
    commit = merge(world)
    error = world.refused(commit=tried, protected="main")
    assert str(error).startswith(f"greet at commit {tried}: it has a text that main itself never had")
    assert error.hint.endswith(f"take what was merged: commit='{commit}'")
    assert said(world.open(commit=tried)) == "Wip, Ada (warm)", "a full id that somebody reviewed"
    assert said(world.open(commit=commit, protected="main")) == "Final, Ada (warm)"


def test_any_commit_waives_it(world: World) -> None:
    tried, _ = branch(world, "Wip", "Final")
    merge(world)
    world.pin(tried)
    assert said(world.open(any_commit=True)) == "Wip, Ada (warm)"


def test_the_last_commit_of_a_branch_is_what_was_merged(world: World) -> None:
    _, final = branch(world, "Wip", "Final")
    merge(world)
    world.approved.add("Final")
    world.pin(final)
    assert world.words(world.open()) == "Final"
    assert world.words(world.open(protected="main")) == "Final"
    assert said(world.open(commit=final, protected="main")) == "Final, Ada (warm)"


def test_after_a_squash_the_error_names_the_commit_that_main_has(world: World) -> None:
    _, final = branch(world, "Wip", "Final")
    squash = merge(world, "--squash")
    world.scene.edit("Later")
    world.pin(final)
    for options in ({}, {"protected": "main"}):
        error = world.refused(**options)
        assert f"commit {final}: it is not part of" in str(error)
        assert f"has the same text at commit {squash[:7]}" in error.hint
        assert error.hint.endswith(f": promptops pin greet@{squash} --env prod")
    error = world.refused(commit=final, protected="main")
    assert error.hint.endswith(f"commit='{squash}'")


def test_a_strangers_commit_is_refused_before_its_prompts_are_read(world: World) -> None:
    """The digest is wrong as well; that is not what is told."""
    wip, _ = branch(world, "Wip", "Final")
    digest = f"sha256:{'0' * 64}"
    world.scene.environment({"greet": {"commit": wip, "digest": digest}, "part": world.scene.first})
    assert f"commit {wip}: it is not part of" in str(world.refused())


def test_a_rollout_is_held_to_it_too(world: World) -> None:
    tried, _ = branch(world, "Wip", "Final")
    merge(world)
    scene = world.scene
    pin = {**scene.pin("greet", scene.first), "rollout": {**scene.pin("greet", tried), "percent": 5}}
    scene.environment({"greet": pin, "part": scene.first})
    assert "itself never had" in str(world.refused())


def test_a_text_that_main_took_up_later_is_served_from_where_it_was_tried(world: World) -> None:
    tried, _ = branch(world, "Wip", "Final")
    merge(world)
    world.pin(tried)
    world.refused()
    world.scene.edit("Wip")
    world.approved.add("Wip")
    assert world.words(world.open()) == "Wip"


def test_what_is_kept_of_an_earlier_head_is_looked_at_again(world: World) -> None:
    """The pins are the same, the branch is not: its last merge was taken back by a forced push."""
    _, final = branch(world, "Wip", "Final")
    base = world.git("rev-parse", "main")
    merge(world)
    world.approved.add("Final")
    world.pin(final)
    prompts = world.open(allow_rewind=True)
    assert world.words(prompts) == "Final"
    environment = (world.scene.root / "environments/prod.yml").read_text()
    world.reset(base)
    world.git("merge", "--quiet", "-s", "ours", "--no-edit", "work")
    world.write_environment(environment)
    status = prompts.refresh()
    assert "itself never had" in status.reason
    assert world.words(prompts) == "Final"


def test_many_candidates_come_in_a_few_fetches(world: World, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tried, _ = branch(world, "Wip", "Final")
    merge(world)
    for number in range(12):
        world.scene.edit(f"Text {number}")
    world.pin(tried)
    fetched: list[int] = []
    fetch = MirrorStorage.fetch_blobs

    def noted(self: MirrorStorage, ids: Any) -> None:
        fetched.append(len(ids))
        fetch(self, ids)

    monkeypatch.setattr(MirrorStorage, "fetch_blobs", noted)
    world.refused()
    assert kind == "folder" or (sum(fetched) > 14 and len(fetched) < 8), fetched
