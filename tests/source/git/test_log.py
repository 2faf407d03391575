"""A branch's past, asked of real repositories."""

from __future__ import annotations

import subprocess
from pathlib import PurePosixPath

import pytest

from promptops.errors import SourceError
from promptops.source.git.log import about, commits_that_changed, parents
from promptops.source.git.repository import Repository
from tests.conftest import GitRepository, RepositoryBuilder


@pytest.fixture
def repo(repository: RepositoryBuilder) -> GitRepository:
    return repository()


def raw(repo: GitRepository, content: bytes) -> str:
    """A commit of exactly these bytes."""
    words = ["git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally"]
    done = subprocess.run(words, cwd=repo.root, input=content, capture_output=True, check=True)
    return done.stdout.decode().strip()


def test_only_first_parents_and_only_these_files(repo: GitRepository) -> None:
    one = repo.commit({"a": "1", "*": "1"})
    repo.git("switch", "--quiet", "--create", "work")
    repo.commit({"a": "2"})
    inner = repo.commit({"a": "3"})
    repo.git("switch", "--quiet", "main")
    repo.commit({"b": "1"})
    repo.git("merge", "--quiet", "--no-ff", "work")
    merge = repo.git("rev-parse", "HEAD")
    found = Repository.at(repo.root)
    assert commits_that_changed(found, [PurePosixPath("a")], merge) == [merge, one]
    assert commits_that_changed(found, [PurePosixPath("*")], merge) == [one]
    assert commits_that_changed(found, [PurePosixPath("a")], merge, [one]) == [merge]
    assert commits_that_changed(found, [PurePosixPath("a")], inner)[0] == inner
    assert commits_that_changed(found, [], merge, [inner]) == [merge, repo.git("rev-parse", "HEAD^1")]
    assert parents(found, merge) == [repo.git("rev-parse", "HEAD^1"), inner]
    assert parents(found, one) == []


def test_what_a_callers_environment_says_of_another_repository_counts_for_nothing(
    repo: GitRepository, repository: RepositoryBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = repo.commit({"a": "1"})
    other = repository("other")
    other.commit({"a": "2"})
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    assert commits_that_changed(Repository.at(repo.root), [PurePosixPath("a")], one) == [one]


@pytest.mark.parametrize("name", ["main", "--all", "HEAD", ""])
def test_only_full_ids_reach_git(repo: GitRepository, name: str) -> None:
    one = repo.commit({"a": "1"})
    with pytest.raises(SourceError, match="not a full object id"):
        commits_that_changed(Repository.at(repo.root), [], name)
    with pytest.raises(SourceError, match="not a full object id"):
        commits_that_changed(Repository.at(repo.root), [], one, [name])


def test_who_when_and_what(repo: GitRepository) -> None:
    tree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
    head = f"tree {tree}\nauthor Änne <a@b> 1700000000 +0200\ncommitter Bot <c@d> 1800000000 +0000\n"
    commit = raw(repo, f"{head}\n\nShorter (#12)\n\nand more\n".encode())
    told = about(Repository.at(repo.root), [commit])[commit]
    assert told == ("Änne", 1_800_000_000, "Shorter", 12)


def test_another_encoding_and_whatever_a_commit_may_hold(repo: GitRepository) -> None:
    head = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
    people = "author Änne <a@b> 1 +0000\ncommitter x <y> 2 +0000\n"
    commits = {
        raw(repo, f"{head}{people}encoding ISO-8859-1\n\nKürzer".encode("latin-1")): ("Änne", 2, "Kürzer", None),
        raw(repo, f"{head}{people}encoding zip\n\nKürzer".encode()): ("Änne", 2, "Kürzer", None),
        raw(repo, f"{head}\n".encode()): ("", 0, "", None),
        raw(repo, f"{head}author <> x\ncommitter <<<< 1 >\n\n\n \n".encode()): ("", 0, "", None),
        raw(repo, f"{head}{people}\n{'x' * 3_000_000}".encode()): None,
    }
    found = about(Repository.at(repo.root), [*commits])
    for commit, wanted in commits.items():
        if wanted is None:
            assert len(found[commit].title) <= 16 * 1024
        else:
            assert found[commit] == wanted


def test_a_commit_that_is_not_here(repo: GitRepository) -> None:
    repo.commit({"a": "1"})
    with pytest.raises(SourceError, match="no such version"):
        about(Repository.at(repo.root), ["1" * 40])
