"""An environment moves forward with its branch, and back only by a new commit."""

from __future__ import annotations

import pytest

from promptops import Change, Prompts
from promptops.errors import PinError
from tests.runtime.world import World


def test_a_rollback_by_a_new_commit_is_followed(world: World, opened: Prompts) -> None:
    world.approve("Hi")
    assert opened.refresh().fresh
    assert world.words(opened) == "Hi"
    world.pin(world.scene.first)
    assert opened.refresh().fresh
    assert world.words(opened) == "Hello"


def test_a_branch_that_is_moved_back_is_not_followed(world: World, opened: Prompts) -> None:
    newer = world.approve("Hi")
    opened.refresh()
    world.reset(world.pinned)
    for _ in range(2):
        status = opened.refresh()
        assert not status.fresh
        assert "the default branch was moved back or its history rewritten" in status.reason
        assert status.commit == newer
        assert world.words(opened) == "Hi"
    world.reset(newer)
    assert opened.refresh().fresh
    world.approve("Hey")
    assert opened.refresh().fresh
    assert world.words(opened) == "Hey"


def test_a_branch_that_is_moved_back_is_not_followed_by_a_new_start_either(world: World) -> None:
    world.approve("Hi")
    world.open()
    world.reset(world.pinned)
    prompts = world.open()
    assert "moved back" in prompts.status().reason
    assert world.words(prompts) == "Hi"
    accepted = world.open(allow_rewind=True)
    assert accepted.status().fresh
    assert world.words(accepted) == "Hello"
    assert world.words(world.open()) == "Hello", "what was accepted is what later starts lead on from"


def test_history_that_is_rewritten_with_the_same_pins_changes_nothing(world: World, opened: Prompts) -> None:
    served = opened.status().commit
    world.git("commit", "--quiet", "--amend", "--message", "in other words")
    status = opened.refresh()
    assert (status.fresh, status.changes, status.commit) == (True, 0, served)
    world.approve("Hi")
    assert "history rewritten" in opened.refresh().reason, "what leads on from a rewritten state does not lead on"
    assert "allow_rewind=True" in opened.status().hint
    assert world.words(opened) == "Hello"
    assert world.words(world.open(allow_rewind=True)) == "Hi"


def test_nobody_goes_back_in_two_steps(world: World, opened: Prompts) -> None:
    """A server that replays old states: first one that pins just the same, then one that followed it."""
    good = world.git("rev-parse", "HEAD")
    bad = world.approve("Bad")
    world.git("revert", "--no-edit", "HEAD")
    assert opened.refresh().fresh
    assert world.words(opened) == "Hello"
    world.reset(good)
    assert opened.refresh().fresh
    world.reset(bad)
    assert "moved back" in opened.refresh().reason
    assert world.words(opened) == "Hello"


def test_history_that_is_rewritten_with_other_pins_is_refused_until_it_is_allowed(
    world: World, opened: Prompts
) -> None:
    before = world.scene.edit("Hi")
    world.approved.add("Hi")
    world.pin(before)
    assert opened.refresh().fresh
    world.reset(before)
    world.write_environment("pins: {}\n")
    world.pin(world.scene.first)
    status = opened.refresh()
    assert "moved back or its history rewritten" in status.reason
    assert world.words(opened) == "Hi"
    assert world.words(world.open(allow_rewind=True)) == "Hello"


def test_a_pin_whose_commit_is_no_more_on_the_branch_keeps_what_was_served(world: World, opened: Prompts) -> None:
    """The pinned commit is amended away and the remote forgets it, while the environment still names it."""
    base = world.git("rev-parse", "HEAD")
    lost = world.scene.edit("Hi")
    world.approved.add("Hi")
    pinned = world.pin(lost)
    assert opened.refresh().fresh
    text = (world.scene.root / "environments/prod.yml").read_text()
    world.reset(base)
    world.scene.edit("Hi there")
    world.write_environment(text)
    world.git("reflog", "expire", "--expire=now", "--all")
    world.git("gc", "--quiet", "--prune=now")
    assert world.git("rev-list", "--all", "--count") == "4"
    status = opened.refresh()
    assert not status.fresh
    assert lost in status.reason
    assert status.commit == pinned
    assert world.words(opened) == "Hi"
    assert world.words(world.open()) == "Hi", "so it is after a new start"
    assert lost in str(world.refused())


@pytest.mark.parametrize("ref", ["release", "refs/heads/release"])
def test_a_branch_that_is_deleted_and_comes_back(world: World, ref: str) -> None:
    world.git("branch", "release")
    prompts = world.open(ref=ref)
    world.git("branch", "--delete", "release")
    status = prompts.refresh()
    assert "there is no such branch or tag" in status.reason
    assert world.words(prompts) == "Hello"
    world.approve("Hi")
    world.git("branch", "release")
    assert prompts.refresh().fresh
    assert world.words(prompts) == "Hi"


def test_a_pin_that_is_removed_is_gone(world: World, opened: Prompts) -> None:
    seen: list[Change] = []
    opened.on_change(seen.append)
    held = opened.get("greet")
    world.scene.environment({"part": world.scene.first})
    assert opened.refresh().fresh
    with pytest.raises(PinError, match="no prompt called 'greet' is served") as caught:
        opened.get("greet")
    assert caught.value.hint == "there are: part"
    assert seen == [Change((), (), ("greet",), world.git("rev-parse", "HEAD"))]
    assert held.render(name="Ada").messages()[-1]["content"] == "Hello, Ada (warm)", "what is in hand stays"
