"""Remotes that are down, slow, broken off or wrong: a start says so, and what is served goes on being served."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

from promptops import Prompts
from promptops.errors import SourceError
from promptops.pins.bundle import write_bundle
from tests.remotes import Daemon, HttpRemote
from tests.runtime.scene import said
from tests.runtime.world import NAME, World

STATUSES = [
    pytest.param(401, "the server refuses to let you read this", id="401"),
    pytest.param(404, "there is no such repository, or it is hidden from you", id="404"),
    pytest.param(500, "the server has a problem of its own", id="500"),
]


def _bundle(world: World) -> Path:
    """What `promptops bundle` would have put into the container."""
    prompts = world.open(cache=world.cache.with_name("builder"))
    path = world.cache.with_name("prompts.bundle")
    path.write_bytes(write_bundle(prompts._refresher.current.bundle))
    return path


# 33: at a cold start


def test_33_a_remote_that_is_down_at_a_cold_start_is_told(world: World) -> None:
    world.remote.close()
    error = world.refused()
    assert isinstance(error, SourceError)
    assert "the server cannot be reached" in str(error)


def test_33_a_bundle_is_served_until_the_remote_is_there(world: World) -> None:
    bundle = _bundle(world)
    world.approve("Hi")
    world.remote.close()
    prompts = world.open(bundle=bundle)
    status = prompts.status()
    assert (status.fresh, status.age, status.commit) == (False, None, world.pinned)
    assert "the server cannot be reached" in status.reason
    assert world.words(prompts) == "Hello"
    world.remote.start()
    status = prompts.refresh()
    assert status.fresh
    assert status.age is not None
    assert world.words(prompts) == "Hi"


def test_33_a_bundle_of_something_else_is_not_served(world: World) -> None:
    bundle = _bundle(world)
    world.remote.close()
    assert "of the environment 'prod', not of 'staging'" in str(world.refused(env="staging", bundle=bundle))
    assert "not of commit" in str(world.refused(commit=world.pinned, bundle=bundle))
    bundle.write_bytes(bundle.read_bytes().replace(b"Hello", b"Howdy"))
    assert "changed or cut" in str(world.refused(bundle=bundle))


def test_33_what_was_kept_is_served_before_the_bundle(world: World) -> None:
    bundle = _bundle(world)
    world.approve("Hi")
    world.open()
    world.remote.close()
    prompts = world.open(bundle=bundle)
    status = prompts.status()
    assert not status.fresh
    assert status.age is not None
    assert world.words(prompts) == "Hi"
    world.remote.start()
    assert prompts.refresh().fresh


def test_33_a_pinned_commit_that_was_kept_needs_no_remote(world: World) -> None:
    world.open(commit=world.scene.first)
    world.remote.close()
    prompts = world.open(commit=world.scene.first)
    assert prompts.status().fresh, "a commit cannot change"
    assert world.words(prompts) == "Hello"


def test_33_what_was_kept_under_other_demands_is_not_served(world: World) -> None:
    world.open(any_commit=True)
    world.remote.close()
    world.refused(cache=world.cache)


@pytest.mark.parametrize(("status", "reason"), STATUSES)
def test_what_the_server_answers_instead_is_told_and_changes_nothing(world: World, status: int, reason: str) -> None:
    prompts = world.open()
    world.approve("Hi")
    world.remote.status = status
    assert reason in prompts.refresh().reason
    assert world.words(prompts) == "Hello"
    assert reason in str(world.refused())
    world.remote.status = None
    assert prompts.refresh().fresh
    assert world.words(prompts) == "Hi"


# Between two looks and in the middle of one


def test_a_remote_that_dies_and_comes_back(world: World) -> None:
    prompts = world.open()
    world.approve("Hi")
    world.remote.close()
    for failures in (1, 2):
        status = prompts.refresh()
        assert (status.fresh, status.failures, status.commit) == (False, failures, world.pinned)
        assert world.words(prompts) == "Hello"
    world.remote.start()
    assert prompts.refresh().fresh
    assert world.words(prompts) == "Hi"


def test_a_daemon_that_dies_and_comes_back(world: World) -> None:
    with Daemon(world.scene.root.parent) as daemon:
        prompts = Prompts.from_git(daemon.url(NAME), env="prod", refresh=None, cache=world.cache, timeout=20)
        world.approve("Hi")
        daemon.close()
        assert "the server cannot be reached" in prompts.refresh().reason
        assert world.words(prompts) == "Hello"
        daemon.start()
        assert prompts.refresh().fresh
        assert world.words(prompts) == "Hi"


@pytest.mark.parametrize("cut", [0, 40, 150])
def test_a_remote_that_breaks_off_in_the_middle(world: World, cut: int) -> None:
    prompts = world.open()
    world.approve("Hi")
    world.remote.cut = cut
    assert "the server broke off in the middle" in prompts.refresh().reason
    assert world.words(prompts) == "Hello"
    assert "the server broke off in the middle" in str(world.refused())
    world.remote.cut = None
    assert prompts.refresh().fresh
    assert world.words(prompts) == "Hi"


class _Breaking(list[str]):
    """The requests of a remote that breaks off in the middle of every answer with objects but the first ones."""

    def __init__(self, remote: HttpRemote, answers: int) -> None:
        self._remote = remote
        self.answers = answers

    def append(self, request: str) -> None:
        super().append(request)
        self._remote.cut = 30 if self.count("objects") > self.answers else None


@pytest.mark.parametrize("answers", [1, 2, 3])
def test_a_remote_that_breaks_off_after_some_answers(world: World, answers: int) -> None:
    """History came, and then the files did not: nothing of it is served."""
    prompts = world.open()
    world.approve("Hi")
    world.remote.requests = requests = _Breaking(world.remote, answers)
    status = prompts.refresh()
    assert status.fresh == (answers == 3)
    assert world.words(prompts) == ("Hi" if status.fresh else "Hello")
    requests.answers = 100
    assert prompts.refresh().fresh
    assert world.words(prompts) == "Hi"


@pytest.mark.parametrize("answers", [0, 1, 2])
def test_a_remote_that_breaks_off_before_all_files_of_a_commit_are_there_is_no_start(
    world: World, answers: int
) -> None:
    """That the files did not come is no fault of theirs: a prompt would be missing until the next start."""
    world.remote.requests = _Breaking(world.remote, answers)
    assert "the server broke off in the middle" in str(world.refused(commit=world.scene.first))


def test_a_remote_that_falls_silent_keeps_nobody_waiting(world: World) -> None:
    prompts = world.open()
    world.approve("Hi")
    world.remote.cut, world.remote.stalled = 20, True
    looking = threading.Thread(target=prompts.refresh)
    looking.start()
    try:
        assert world.remote.has_stalled.wait(20)
        before = prompts.status()
        for _ in range(1000):
            assert said(prompts) == "Hello, Ada (warm)"
        prompts.close()
        assert prompts.status().commit == before.commit == world.pinned
        assert looking.is_alive(), "it still waits for the remote, and nobody waits for it"
    finally:
        world.remote.go_on.set()
        looking.join(20)
    assert not prompts.status().fresh
    assert world.words(prompts) == "Hello"


def test_a_remote_that_falls_silent_is_given_up_at_the_deadline(world: World) -> None:
    world.open()
    world.approve("Hi")
    world.remote.cut, world.remote.stalled = 20, True
    prompts = world.open(timeout=0.7)
    for status in (prompts.status(), prompts.refresh()):
        assert "it took longer than 0.7 seconds" in status.reason
        assert world.words(prompts) == "Hello"
    assert "it took longer than 0.7 seconds" in str(world.refused(timeout=0.7))


def test_closing_does_not_wait_for_a_remote_that_is_silent(world: World) -> None:
    with world.open(refresh=0.01) as prompts:
        world.remote.cut, world.remote.stalled = 20, True
        world.approve("Hi")
        assert world.remote.has_stalled.wait(20)
    assert world.words(prompts) == "Hello"
    world.remote.go_on.set()


# Secrets

TOKEN = "s3cr3t-t0ken"


def test_a_token_in_the_address_shows_up_nowhere(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    world.remote.password = f"ada:{TOKEN}"
    url = world.url(f"ada:{TOKEN}")
    shown = []

    def look() -> Prompts:
        prompts = Prompts.from_git(url, env="prod", refresh=None, cache=world.cache, timeout=20)
        shown.extend([repr(prompts), repr(prompts.status()), repr(prompts.get("greet"))])
        return prompts

    prompts = look()
    assert prompts.status().fresh
    world.approve("Hi")
    for status, cut in [(401, None), (404, None), (500, None), (None, 20)]:
        world.remote.status, world.remote.cut = status, cut
        found = prompts.refresh()
        assert not found.fresh
        shown.append(repr(found))
        with pytest.raises(SourceError) as caught:
            Prompts.from_git(url, env="prod", cache=world.cache.with_name("empty"), timeout=20)
        shown += [repr(caught.value), str(caught.value), caught.value.hint, caught.value.where]
        look()
    world.remote.close()
    shown.append(repr(prompts.refresh()))
    shown += [record.getMessage() for record in caplog.records]
    files = [path for path in world.cache.parent.rglob("*") if path.is_file() and "served/prompts" not in str(path)]
    assert len(files) > 10
    assert not [text for text in shown if TOKEN in text]
    assert not [path for path in files if TOKEN in str(path) or TOKEN.encode() in path.read_bytes()]
