"""A gradual rollout as an application sees it: two pinned versions, and which caller gets which."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from promptops.errors import PinError
from promptops.model.environment import Rollout
from promptops.runtime.prompts import Prompts
from promptops.runtime.status import Change
from tests.runtime.scene import Scene, said, scene_at
from tests.runtime.versions import commit_of, loaded, prompts_of, version, words_in

KEYS = [f"user-{number}" for number in range(1000)]


def rolling(percent: float, name: str = "greet") -> Prompts:
    """`old` is served, and `new` to so many percent."""
    return prompts_of(loaded({name: "old"}, rollout=("new", percent)))[0]


def with_new(prompts: Prompts, name: str = "greet") -> set[str]:
    """The keys that get the new version."""
    return {key for key in KEYS if prompts.get(name, key=key).version.rollout}


def test_each_version_is_the_one_its_pin_names() -> None:
    prompts = rolling(50)
    seen = {}
    for key in KEYS[:50]:
        call = prompts.get("greet", key=key).render(name="Ada")
        (seen[call.version],) = words_in(call)
    assert seen == {
        ("greet", commit_of(1), version("old").digest, False): "old",
        ("greet", commit_of(2), version("new").digest, True): "new",
    }


def test_nobody_gets_it_at_none_and_everybody_at_a_hundred() -> None:
    for percent, expected in ((0, {"old"}), (100, {"new"})):
        prompts = rolling(percent)
        keys = [None, "", "a", *KEYS]
        assert {word for key in keys for word in words_in(prompts.get("greet", key=key).render(name="Ada"))} == expected


def test_a_key_keeps_its_version_while_the_percent_grows() -> None:
    before: set[str] = set()
    for percent in (0, 0.5, 5, 10, 40, 80, 99, 100):
        now = with_new(rolling(percent))
        assert now == with_new(rolling(percent)), "another process gives the same"
        assert before <= now
        assert abs(len(now) - 10 * percent) < 60
        before = now
    assert before == set(KEYS)


def test_another_prompt_begins_with_other_keys() -> None:
    here, there = with_new(rolling(20)), with_new(rolling(20, "part"), "part")
    assert len(here & there) < 0.5 * len(here)


@pytest.mark.parametrize("key", ["", "é\0", "\ud800", "x" * 100_000])
def test_any_text_is_a_key(key: str) -> None:
    found = {rolling(50).get("greet", key=key).version for _ in range(3)}
    assert len(found) == 1


def test_without_a_key_each_call_is_drawn_anew() -> None:
    prompts = rolling(30)
    random.seed(7)
    drawn = sum(prompts.get("greet").version.rollout for _ in range(2000))
    assert 450 < drawn < 750


def test_a_rollout_that_begins_grows_and_ends_is_a_change_each_time() -> None:
    changes: list[Change] = []
    prompts, source = prompts_of(loaded({"greet": "old"}), on_change=changes.append)
    steps = [("new", 10.0), ("new", 10.0), ("new", 50.0), ("newer", 50.0), None]
    counts = []
    for rollout in steps:
        source.next = loaded({"greet": "old"}, rollout=rollout)
        counts.append(prompts.refresh().changes)
    assert counts == [1, 1, 2, 3, 4]
    assert {change.changed for change in changes} == {("greet",)}
    assert with_new(prompts) == set()


# Against a real repository: the second version is a pin like the first.


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """`greet` and `part` in a repository of their own."""
    return scene_at(tmp_path / "repository")


def rolled_out(scene: Scene, commit: str, percent: float = 100, **changed: str) -> None:
    """Pin the first commit, and roll out the other."""
    pin = scene.pin("greet", scene.first)
    scene.environment({"greet": {**pin, "rollout": {**scene.pin("greet", commit), "percent": percent, **changed}}})


def test_both_versions_come_from_their_commits(scene: Scene) -> None:
    second = scene.edit("Hi")
    rolled_out(scene, second)
    prompts = Prompts.from_git(scene.root, env="prod", refresh=None)
    assert said(prompts) == "Hi, Ada (warm)"
    assert prompts.get("greet").version == ("greet", second, scene.digest("greet", second), True)
    rolled_out(scene, second, percent=0)
    prompts.refresh()
    assert said(prompts) == "Hello, Ada (warm)"
    arm = prompts._refresher.current.bundle.pins["greet"].rollout
    assert arm == Rollout(second, scene.digest("greet", second), 0)


def test_a_wrong_digest_in_the_second_version_is_never_served(scene: Scene) -> None:
    second = scene.edit("Hi")
    rolled_out(scene, second, percent=0, digest=scene.digest("part", second))
    with pytest.raises(PinError, match=f"^greet at commit {second[:7]}: its digest is sha256:"):
        Prompts.from_git(scene.root, env="prod", refresh=None)


def test_a_second_version_that_was_never_merged_is_never_served(scene: Scene) -> None:
    scene.repository.git("checkout", "--quiet", "-b", "idea")
    other = scene.edit("Hi")
    scene.repository.git("checkout", "--quiet", "main")
    rolled_out(scene, other, percent=1)
    with pytest.raises(PinError, match=f"^commit {other}: it is not part of the default branch"):
        Prompts.from_git(scene.root, env="prod", refresh=None)


def test_a_bad_second_version_leaves_the_last_known_good(scene: Scene) -> None:
    scene.environment({"greet": scene.first})
    prompts = Prompts.from_git(scene.root, env="prod", refresh=None)
    second = scene.edit("Hi")
    rolled_out(scene, second, digest=scene.digest("part", second))
    status = prompts.refresh()
    assert not status.fresh
    assert f"greet at commit {second[:7]}: its digest is" in status.reason
    assert said(prompts) == "Hello, Ada (warm)"
