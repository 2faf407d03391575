"""What comes from a remote comes whole or is told: from a shallow one, and into a partial clone."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptops.errors import SourceError
from promptops.source.git.repository import Repository
from promptops.source.git.writer import fetch_commit, fetch_ref
from tests.conftest import GitRepository, RepositoryBuilder


def _clone(repo: GitRepository, folder: Path, *options: str) -> GitRepository:
    repo.git("clone", "--quiet", *options, f"file://{repo.root}", str(folder))
    return GitRepository(folder)


def test_a_ref_that_a_shallow_remote_cannot_give_whole_is_told(repository: RepositoryBuilder, tmp_path: Path) -> None:
    source = repository("source")
    for number in range(3):
        source.commit({"a": str(number)})
    ours = _clone(source, tmp_path / "ours")
    source.commit({"a": "more"})
    source.commit({"a": "and more"})
    shallow = _clone(source, tmp_path / "shallow", "--depth=1")
    ours.git("remote", "set-url", "origin", f"file://{shallow.root}")
    with pytest.raises(SourceError, match="itself a shallow copy"):
        fetch_ref(Repository(ours.root), "origin", "refs/heads/main", "refs/promptops/main")


@pytest.mark.parametrize("option", ["--filter=blob:none", "--filter=tree:0", "--depth=1"])
def test_a_commit_comes_with_its_files_into_a_clone_that_lacks_some(
    repository: RepositoryBuilder, tmp_path: Path, option: str
) -> None:
    source = repository("source")
    source.git("config", "uploadpack.allowFilter", "true")
    source.git("config", "uploadpack.allowAnySHA1InWant", "true")
    source.commit({"a": "first", "b": "same"})
    ours = _clone(source, tmp_path / "ours", option)
    later = source.commit({"a": "second"})
    fetch_commit(Repository(ours.root), "origin", later)
    found = Repository(ours.root)
    assert found.read_objects([source.git("rev-parse", "HEAD:a"), source.git("rev-parse", "HEAD:b")]) == [
        b"second",
        b"same",
    ]
