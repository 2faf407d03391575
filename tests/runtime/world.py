"""A served repository, a real remote before it and an application behind it: for tests of all that can go wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from promptops import PromptopsError, Prompts
from tests.remotes import HttpRemote
from tests.runtime.scene import Scene, said

NAME = "prompts/.git"


class World:
    """`scene` is what the remote serves; `approved` are the words `greet` may say: what was merged and pinned."""

    def __init__(self, scene: Scene, remote: HttpRemote, cache: Path) -> None:
        self.scene = scene
        self.git = scene.repository.git
        self.remote = remote
        self.cache = cache
        self.is_remote = True
        self.approved = {"Hello"}
        self.pinned = scene.environment({"greet": scene.first, "part": scene.first})

    def open(self, **options: Any) -> Prompts:
        """The environment `prod` (or what else is given), without a thread of its own."""
        given = {"env": None if "commit" in options else "prod", "refresh": None, "cache": self.cache, "timeout": 20.0}
        return Prompts.from_git(self.url() if self.is_remote else self.scene.root, **{**given, **options})

    def refused(self, **options: Any) -> PromptopsError:
        """Why a start with an empty cache fails; the error has a hint."""
        with pytest.raises(PromptopsError) as caught:
            self.open(**{"cache": self.cache.with_name("empty"), **options})
        assert caught.value.hint
        return caught.value

    def url(self, user: str = "") -> str:
        return self.remote.url(NAME, user)

    def approve(self, words: str) -> str:
        """Merge another text of `greet` and pin it; the environment's new commit."""
        commit = self.scene.edit(words)
        self.approved.add(words)
        return self.pin(commit)

    def pin(self, commit: str) -> str:
        """Pin `greet` at this commit; the environment's new commit."""
        return self.scene.environment({"greet": commit, "part": self.scene.first})

    def write_environment(self, text: str) -> str:
        """Commit this as the environment's file."""
        return self.scene.repository.commit({"environments/prod.yml": text}, "by hand")

    def words(self, prompts: Prompts) -> str:
        """What `greet` says now; it must have been approved, and `part` must be there too."""
        assert said(prompts, "part") == "Goodbye, Ada (warm)"
        words, _, rest = said(prompts).partition(",")
        assert rest == " Ada (warm)"
        assert words in self.approved
        return words

    def mirrors(self) -> list[Path]:
        """The copies of the remote in the cache."""
        return [path for path in self.cache.glob("mirrors/*.git") if path.is_dir()]

    def kept(self) -> list[Path]:
        """What was last served, on disk."""
        return [*self.cache.glob("served/*.bundle")]

    def reset(self, commit: str) -> None:
        """Move main, as a forced push does."""
        self.git("reset", "--quiet", "--hard", commit)


def wait_until(done: Callable[[], bool], seconds: float = 20) -> None:
    """Until it is so; an AssertionError when it never is."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.005)
