"""Whatever happens to the environment, what was approved last goes on being served, and the status says why."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from promptops import Prompts
from tests.runtime.world import World, wait_until

NOWHERE = "0" * 39 + "1"
OTHER = f"sha256:{'0' * 64}"


def _greet(world: World, **more: Any) -> dict[str, Any]:
    return {**world.scene.pin("greet", world.scene.first), **more}


def _pins(world: World, greet: dict[str, Any], part: str = "part") -> None:
    world.scene.environment({"greet": greet, part: world.scene.pin("part", world.scene.first)})


def _broken(world: World) -> None:
    world.write_environment("pins: [\n")


def _unknown_key(world: World) -> None:
    world.write_environment("pins: {}\nreviewers: [ada]\n")


def _short_id(world: World) -> None:
    _pins(world, _greet(world, commit=world.scene.edit("Not approved")[:12]))


def _branch_for_a_commit(world: World) -> None:
    _pins(world, _greet(world, commit="main"))


def _unknown_commit(world: World) -> None:
    _pins(world, _greet(world, commit=NOWHERE))


def _wrong_digest(world: World) -> None:
    _pins(world, _greet(world, digest=OTHER))


def _forgotten_digest(world: World) -> None:
    """The commit was changed by hand, the digest was not: that of the text which is served still stands there."""
    _pins(world, _greet(world, commit=world.scene.edit("Not approved")))


def _forgotten_commit(world: World) -> None:
    newer = world.scene.edit("Not approved")
    _pins(world, _greet(world, digest=world.scene.digest("greet", newer)))


def _digest_of_another_prompt(world: World) -> None:
    _pins(world, _greet(world, digest=world.scene.digest("part", world.scene.first)))


def _wrong_rollout(world: World) -> None:
    arm = {"commit": world.scene.edit("Not approved"), "digest": OTHER, "percent": 50}
    _pins(world, _greet(world, rollout=arm))


def _unknown_prompt(world: World) -> None:
    _pins(world, _greet(world), part="partt")


def _unreadable_prompt(world: World) -> None:
    commit = world.scene.repository.commit({"prompts/greet.prompt.yml": "messages: ["})
    _pins(world, _greet(world, commit=commit))


def _deleted(world: World) -> None:
    (world.scene.root / "environments/prod.yml").unlink()
    world.scene.repository.commit(message="delete")


TROUBLES = [
    pytest.param(_broken, r"environments/prod.yml.*", id="broken YAML"),
    pytest.param(_unknown_key, r"environments/prod.yml.*reviewers", id="unknown key"),
    pytest.param(_short_id, r"environments/prod.yml.*", id="short id"),
    pytest.param(_branch_for_a_commit, r"environments/prod.yml.*", id="a branch instead of a commit"),
    pytest.param(_unknown_commit, rf"{NOWHERE}.*no such version", id="unknown commit"),
    pytest.param(_wrong_digest, rf"greet at commit \w+: its digest is .* but {OTHER} is pinned", id="wrong digest"),
    pytest.param(_forgotten_digest, r"greet at commit \w+: its digest is .* is pinned", id="forgotten digest"),
    pytest.param(_forgotten_commit, r"greet at commit \w+: its digest is .* is pinned", id="forgotten commit"),
    pytest.param(_digest_of_another_prompt, r"greet at commit \w+: its digest is .* is pinned", id="other's digest"),
    pytest.param(_wrong_rollout, rf"its digest is .* but {OTHER} is pinned", id="wrong digest of a rollout"),
    pytest.param(_unknown_prompt, r"partt at commit \w+", id="unknown prompt"),
    pytest.param(_unreadable_prompt, r"greet at commit \w+: it cannot be served", id="unreadable prompt"),
    pytest.param(_deleted, r"no environments/prod.yml", id="deleted"),
]


@pytest.mark.parametrize(("spoil", "reason"), TROUBLES)
@pytest.mark.parametrize("opened", ["folder"], indirect=True)
def test_an_environment_that_does_not_hold_changes_nothing_until_it_is_mended(
    world: World, opened: Prompts, spoil: Callable[[World], None], reason: str
) -> None:
    _check(world, opened, spoil, reason)


@pytest.mark.parametrize(("spoil", "reason"), TROUBLES[4:7])
@pytest.mark.parametrize("opened", ["http"], indirect=True)
def test_nor_does_that_of_a_remote(world: World, opened: Prompts, spoil: Callable[[World], None], reason: str) -> None:
    _check(world, opened, spoil, reason)


def _check(world: World, prompts: Prompts, spoil: Callable[[World], None], reason: str) -> None:
    spoil(world)
    status = prompts.refresh()
    assert not status.fresh
    assert re.search(reason, status.reason), status.reason
    assert (status.commit, status.failures, status.changes) == (world.pinned, 1, 0)
    assert world.words(prompts) == "Hello"
    assert re.search(reason, str(world.refused())), "nor is it served at a first start"
    world.approve("Mended")
    status = prompts.refresh()
    assert (status.fresh, status.reason, status.failures, status.changes) == (True, "", 1, 1)
    assert world.words(prompts) == "Mended"


@pytest.mark.parametrize("jump", [10 * 365 * 86400.0, -10 * 365 * 86400.0])
def test_a_clock_that_jumps_changes_no_age_and_stops_no_refresh(
    world: World, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    real = time.time
    with world.open(refresh=0.2) as prompts:
        world.remote.status = 500
        wait_until(lambda: not prompts.status().fresh)
        monkeypatch.setattr(time, "time", lambda: real() + jump)
        failures = prompts.status().failures
        assert 0 <= (prompts.status().age or 0) < 60
        wait_until(lambda: prompts.status().failures > failures)
        assert world.words(prompts) == "Hello"
        age = world.open().status().age
        assert age is not None
        assert age >= 0, "a file's age is only as good as the clock, but never negative"
        world.remote.status = None
        world.approve("Hi")
        wait_until(lambda: world.words(prompts) == "Hi" and prompts.status().fresh)
        assert 0 <= (prompts.status().age or 0) < 60


def test_the_log_says_once_that_something_is_wrong_and_once_that_it_is_right_again(
    world: World, opened: Prompts, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "promptops")
    _deleted(world)
    for _ in range(3):
        opened.refresh()
    world.approve("Hi")
    for _ in range(2):
        opened.refresh()
    said = [record.message for record in caplog.records if record.name == "promptops"]
    first, second = said
    assert first.startswith("not all prompts of ")
    assert "are up to date: there is no environments/prod.yml" in first
    assert second == "the prompts that are served are up to date again"
