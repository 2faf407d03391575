"""Pins are read by id, belong to what was approved, and are fetched once however many ask."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from promptops import PromptopsError, Prompts
from promptops.errors import PinError, SourceError
from promptops.source.git.repository import Repository
from tests.conftest import GitRepository
from tests.runtime.scene import said
from tests.runtime.world import World

# 29: the branch moves while it is read


class _Flipping:
    """Two environments, each with two prompts of its own; `flip` moves main from one to the other."""

    def __init__(self, world: World) -> None:
        scene = world.scene
        scene.edit("Hi")
        later = scene.edit("Bye", "part")
        self.heads = [world.pinned, scene.environment({"greet": later, "part": later})]
        self.texts = dict(zip(self.heads, [("Hello", "Goodbye"), ("Hi", "Bye")], strict=True))
        self.times = 0
        self._file = scene.root / ".git/refs/heads/main"

    def flip(self) -> None:
        self.times += 1
        beside = self._file.with_name(f"{threading.get_ident()}.new")
        beside.write_text(self.heads[self.times % 2] + "\n")
        beside.replace(self._file)

    def check(self, prompts: Prompts) -> None:
        """All that is served belongs to the environment's commit."""
        commit = prompts.status().commit
        assert commit is not None
        greet, part = self.texts[commit]
        assert said(prompts) == f"{greet}, Ada (warm)"
        assert said(prompts, "part") == f"{part}, Ada (warm)"


def test_29_a_branch_that_moves_between_two_requests_gives_one_version(world: World, tmp_path: Path) -> None:
    flipping = _Flipping(world)

    class Requests(list[str]):
        def append(self, request: str) -> None:
            super().append(request)
            flipping.flip()

    world.remote.requests = Requests()
    seen = set()
    for turn in range(3):
        flipping.times = turn
        prompts = world.open(allow_rewind=True, cache=tmp_path / f"cache {turn}")
        for _ in range(2):
            flipping.check(prompts)
            seen.add(prompts.status().commit)
            prompts.refresh()
        flipping.check(prompts)
    assert len(seen) == 2
    assert flipping.times > 10


def test_29_a_branch_that_moves_between_two_reads_gives_one_version(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    flipping = _Flipping(world)
    ask = Repository.lookup

    def moving(self: Repository, names: Any) -> Any:
        flipping.flip()
        return ask(self, names)

    monkeypatch.setattr(Repository, "lookup", moving)
    world.is_remote = False
    prompts = world.open(allow_rewind=True)
    seen = set()
    for _ in range(8):
        flipping.check(prompts)
        seen.add(prompts.status().commit)
        assert prompts.refresh().fresh
    assert len(seen) == 2
    assert flipping.times > 16


# 31: what was never merged


@pytest.fixture
def fork(world: World) -> str:
    """A commit that the remote holds, as it holds those of pull requests, and that no branch has."""
    base = world.git("rev-parse", "HEAD")
    commit = world.scene.edit("Evil")
    world.git("update-ref", "refs/pull/7/head", commit)
    world.reset(base)
    return commit


@pytest.mark.parametrize("kind", ["http", "folder"])
def test_31_a_commit_that_is_only_in_a_fork_is_refused(world: World, fork: str, kind: str) -> None:
    world.is_remote = kind == "http"
    prompts = world.open()
    world.pin(fork)
    every: list[dict[str, str]] = [{}, {"ref": "main"}, {"protected": "main"}, {"commit": fork, "protected": "main"}]
    for options in every:
        error = world.refused(**options)
        assert isinstance(error, PinError)
        assert f"commit {fork}: it is not part of" in str(error)
    assert f"commit {fork}: it is not part of the default branch" in prompts.refresh().reason
    assert world.words(prompts) == "Hello"
    world.approved.add("Evil")  # only from here on
    assert world.words(world.open(any_commit=True)) == "Evil"
    assert world.words(world.open(commit=fork)) == "Evil", "a full id in the application's own code"
    with pytest.raises(PinError, match="contradict each other"):
        world.open(commit=fork, protected="main", any_commit=True)


@pytest.mark.parametrize("kind", ["http", "folder"])
def test_a_pin_must_be_part_of_the_protected_branch_and_not_only_of_the_one_that_is_followed(
    world: World, kind: str
) -> None:
    world.is_remote = kind == "http"
    world.git("checkout", "--quiet", "-b", "deploy")
    prompts = world.open(ref="deploy", protected="main")
    world.pin(world.scene.edit("Evil"))
    assert "it is not part of main" in prompts.refresh().reason
    assert world.words(prompts) == "Hello"
    world.git("checkout", "--quiet", "main")
    merged = world.scene.edit("Hi")
    world.approved.add("Hi")
    world.git("checkout", "--quiet", "deploy")
    world.pin(merged)
    assert prompts.refresh().fresh
    assert world.words(prompts) == "Hi"


# 34: many at once


def test_34_a_hundred_threads_fetch_what_one_would(world: World, tmp_path: Path) -> None:
    world.open(cache=tmp_path / "alone")
    alone = world.remote.packs
    world.remote.requests.clear()
    world.remote.delay = 0.3  # so that all come while the first is still fetching
    ready = threading.Barrier(100)

    def start(_: int) -> str:
        ready.wait(20)
        return world.words(world.open(timeout=50))

    with ThreadPoolExecutor(100) as pool:
        assert set(pool.map(start, range(100))) == {"Hello"}
    assert world.remote.packs == alone
    assert len(world.mirrors()) == len(world.kept()) == 1


PROGRAM = """
import sys
from promptops import Prompts
from promptops.source.git.remote import mirror
print("ready", flush=True)
sys.stdin.readline()
prompts = Prompts.from_git(sys.argv[1], env="prod", cache=sys.argv[2], timeout=50)
print(prompts.status().fresh, prompts.render("greet", name="Ada").messages()[-1]["content"])
"""


def test_34_processes_that_open_the_same_cold_cache_fetch_what_one_would(world: World, tmp_path: Path) -> None:
    world.open(cache=tmp_path / "alone")
    alone = world.remote.packs
    world.remote.requests.clear()
    world.remote.delay = 0.5
    programs = [_program(world) for _ in range(3)]
    try:
        for program in programs:
            assert program.stdin is not None
            program.stdin.write("\n")
            program.stdin.flush()
        said = {program.communicate(timeout=60)[0].strip() for program in programs}
    finally:
        for program in programs:
            program.kill()
            program.communicate()
    assert said == {"True Hello, Ada (warm)"}
    assert world.remote.packs == alone


def _program(world: World) -> subprocess.Popen[str]:
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, world.url(), str(world.cache)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "ready\n"
    return program


# 35: a clone with its history cut off


@pytest.fixture
def shallow(world: World, tmp_path: Path) -> GitRepository:
    """A clone of the last commit alone: the environment is in it, what it pins is not."""
    clone = GitRepository(tmp_path / "clone")
    clone.git("remote", "add", "origin", f"file://{world.scene.root}")
    clone.git("fetch", "--quiet", "--depth=1", "origin", "main")
    clone.git("reset", "--quiet", "--hard", "FETCH_HEAD")
    return clone


def _open(clone: GitRepository, cache: Path, **options: str) -> Prompts:
    return Prompts.from_git(clone.root, refresh=None, cache=cache, **options)  # type: ignore[arg-type]


def test_35_a_shallow_clone_without_the_pinned_commit_says_how_to_get_it(
    world: World, shallow: GitRepository, tmp_path: Path
) -> None:
    first = world.scene.first
    for options in ({"env": "prod"}, {"commit": first}):
        with pytest.raises(SourceError, match=f"{first}: no such version in this shallow clone") as caught:
            _open(shallow, tmp_path / "cache", **options)
        assert "git fetch --unshallow" in caught.value.hint
    assert f"git fetch origin {first}" in caught.value.hint
    shallow.git("fetch", "--quiet", "--depth=1", "origin", first)
    assert world.words(_open(shallow, tmp_path / "cache", commit=first)) == "Hello"
    with pytest.raises(PromptopsError, match="not part of the default branch") as refused:
        _open(shallow, tmp_path / "cache", env="prod")
    assert "git fetch --unshallow" in refused.value.hint, "its history is not known here"
    shallow.git("fetch", "--quiet", "--unshallow", "origin")
    assert world.words(_open(shallow, tmp_path / "cache", env="prod")) == "Hello"
