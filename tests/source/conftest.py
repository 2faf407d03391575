"""A repository with a little history, and the remotes that serve it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import GitRepository
from tests.remotes import Daemon, HttpRemote


@pytest.fixture
def served(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> GitRepository:
    """A repository with two commits on main, the first tagged v1."""
    made = tmp_path_factory.getbasetemp() / "served"
    if not made.exists():  # once for all tests; each gets a copy
        repo = GitRepository(made)
        repo.commit({"a.txt": "one", "b.txt": "same"}, "first")
        repo.git("tag", "--annotate", "--message", "first", "v1")
        repo.commit({"a.txt": "two"}, "second")
    shutil.copytree(made, tmp_path / "served" / "prompts")
    return GitRepository(tmp_path / "served" / "prompts")


@pytest.fixture
def remote(served: GitRepository) -> Iterator[HttpRemote]:
    """It serves `prompts/.git` by http."""
    with HttpRemote(served.root.parent) as http:
        yield http


@pytest.fixture
def daemon(served: GitRepository) -> Iterator[Daemon]:
    """It serves `prompts/.git` by git's own protocol."""
    with Daemon(served.root.parent) as running:
        yield running


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A folder for mirrors, not made yet."""
    return tmp_path / "cache"
