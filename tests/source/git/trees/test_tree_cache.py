"""Folders are read once for all commits that have them, and what is remembered has a bound."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

import pytest

from promptops.source.git.cat_file import GitObject
from promptops.source.git.commit import Commit
from promptops.source.git.repository import Repository
from promptops.source.git.trees import tree_cache
from promptops.source.git.trees.tree_cache import TreeCache
from tests.conftest import RepositoryBuilder


def listening(opened: Repository, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """All that git is asked from now on."""
    asked: list[str] = []
    ask = opened.lookup

    def ask_too(names: Sequence[str]) -> list[GitObject | None]:
        asked.extend(names)
        return ask(names)

    monkeypatch.setattr(opened, "lookup", ask_too)
    return asked


def test_another_commit_reads_only_the_folders_it_changed(
    repository: RepositoryBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = repository()
    first = repo.commit({"a/x/one.txt": "1", "b/y/two.txt": "2"})
    second = repo.commit({"a/x/one.txt": "3"})
    opened = Repository(repo.root)
    for path in ("a/x/one.txt", "b/y/two.txt"):
        Commit(opened, first).read(PurePosixPath(path))
    asked = listening(opened, monkeypatch)
    later = Commit(opened, second)
    assert later.read(PurePosixPath("a/x/one.txt")) == b"3"
    asked.clear()
    assert later.read(PurePosixPath("b/y/two.txt")) == b"2"
    assert asked == [repo.git("rev-parse", f"{second}:b/y/two.txt")]
    opened.close()


def test_the_same_commit_anew_reads_the_file_alone(
    repository: RepositoryBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = repository()
    commit = repo.commit({"a/x/one.txt": "1"})
    opened = Repository(repo.root)
    Commit(opened, commit).read(PurePosixPath("a/x/one.txt"))
    asked = listening(opened, monkeypatch)
    assert Commit(opened, commit).read(PurePosixPath("a/x/one.txt")) == b"1"
    assert len(asked) == 1
    opened.close()


def test_what_came_first_makes_room_and_a_giant_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree_cache, "MOST_ENTRIES", 10)
    kept = TreeCache()
    for number in range(4):
        kept.add_tree(str(number), {f"{number}-{each}": (0, "") for each in range(3)})
    assert [kept.tree(str(number)) is not None for number in range(4)] == [False, False, True, True]
    kept.add_tree("giant", {str(each): (0, "") for each in range(10)})
    assert kept.tree("giant") is None
    for number in range(11):
        kept.add_top(str(number), "t")
    assert (kept.top("0"), kept.top("10")) == (None, "t")


def test_a_commit_keeps_what_it_has_met_though_others_push_it_out(
    repository: RepositoryBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree_cache, "MOST_ENTRIES", 3)
    repo = repository()
    commit = repo.commit({f"folder-{number}/file.txt": str(number) for number in range(6)})
    opened = Repository(repo.root)
    source = Commit(opened, commit)
    assert len(source.list("**/*.txt")) == 6
    assert source.read(PurePosixPath("folder-0/file.txt")) == b"0"
    opened.close()
