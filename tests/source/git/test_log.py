"""A branch's past, asked of real repositories."""

from __future__ import annotations

import subprocess
from pathlib import Path, PurePosixPath

import pytest

from promptops.errors import SourceError
from promptops.model.outcomes.history import CommitSummary
from promptops.source.git.log import commit_summaries, commits_that_changed, last_change, parents, pull_request_titles
from promptops.source.git.repository import Repository
from tests.conftest import GitRepository, RepositoryBuilder

FILE = PurePosixPath("environments/prod.yml")


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
    found = Repository(repo.root)
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
    assert commits_that_changed(Repository(repo.root), [PurePosixPath("a")], one) == [one]


@pytest.mark.parametrize("name", ["main", "--all", "HEAD", ""])
def test_only_full_ids_reach_git(repo: GitRepository, name: str) -> None:
    one = repo.commit({"a": "1"})
    with pytest.raises(SourceError, match="not a full object id"):
        commits_that_changed(Repository(repo.root), [], name)
    with pytest.raises(SourceError, match="not a full object id"):
        commits_that_changed(Repository(repo.root), [], one, [name])


def test_who_when_and_what(repo: GitRepository) -> None:
    tree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
    head = f"tree {tree}\nauthor Änne <a@b> 1700000000 +0200\ncommitter Bot <c@d> 1800000000 +0000\n"
    commit = raw(repo, f"{head}\n\nShorter (#12)\n\nand more\n".encode())
    told = pull_request_titles(Repository(repo.root), [commit])[commit]
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
    found = pull_request_titles(Repository(repo.root), [*commits])
    for commit, wanted in commits.items():
        if wanted is None:
            assert len(found[commit].title) <= 16 * 1024
        else:
            assert found[commit] == wanted


def test_a_commit_that_is_not_here(repo: GitRepository) -> None:
    repo.commit({"a": "1"})
    with pytest.raises(SourceError, match="no such version"):
        pull_request_titles(Repository(repo.root), ["1" * 40])


def test_notes_tell_who_when_and_what(repo: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Änne \x1b[2J")
    monkeypatch.setenv("GIT_AUTHOR_DATE", "1700000000 +0200")
    one = repo.commit({"a": "1"}, "Shorter\n\nand more")
    two = repo.commit({"a": "2"}, "Ü" * 3)
    found = commit_summaries(Repository(repo.root), [two, one, two])
    assert list(found) == [two, one]
    assert found[one] == CommitSummary("Änne \x1b[2J", 1700000000, "Shorter")
    assert found[two].title == "ÜÜÜ"


def test_a_commit_that_is_not_here_is_left_out(repo: GitRepository) -> None:
    one = repo.commit({"a": "1"})
    assert list(commit_summaries(Repository(repo.root), ["0" * 40, one])) == [one]
    assert commit_summaries(Repository(repo.root), []) == {}


@pytest.mark.parametrize("name", ["main", "--all", "abc1234", ""])
def test_only_full_ids_are_asked_for(repo: GitRepository, name: str) -> None:
    repo.commit({"a": "1"})
    with pytest.raises(SourceError, match="not a full object id"):
        commit_summaries(Repository(repo.root), [name])
    with pytest.raises(SourceError, match="not a full object id"):
        commits_that_changed(Repository(repo.root), [FILE], name, most=10)


def test_the_commits_that_changed_a_file_newest_first(repo: GitRepository) -> None:
    one = repo.commit({str(FILE): "1"})
    repo.commit({"other": "1"})
    two = repo.commit({str(FILE): "2", "other": "2"})
    head = repo.commit({"other": "3"})
    assert commits_that_changed(Repository(repo.root), [FILE], head, most=10) == [two, one]
    assert commits_that_changed(Repository(repo.root), [FILE], head, most=1) == [two]
    assert commits_that_changed(Repository(repo.root), [FILE], one, most=10) == [one]
    assert commits_that_changed(Repository(repo.root), [PurePosixPath("environments/*")], head, most=10) == []


def test_the_last_change_of_any_of_some_files(repo: GitRepository) -> None:
    one = repo.commit({"a": "1", "b": "1", "*": "1"})
    two = repo.commit({"b": "2"})
    head = repo.commit({"c": "1"})
    found = Repository(repo.root)
    assert last_change(found, [PurePosixPath("a")], head) == one
    assert last_change(found, [PurePosixPath("a"), PurePosixPath("b")], head) == two
    assert last_change(found, [PurePosixPath("a"), PurePosixPath("b")], one) == one
    assert last_change(found, [PurePosixPath("*")], head) == one  # a file, not a pattern
    assert last_change(found, [PurePosixPath("nothing")], head) is None


def test_a_shallow_clone_cannot_tell_the_last_change(repo: GitRepository, tmp_path: Path) -> None:
    repo.commit({"a": "1"})
    head = repo.commit({"b": "1"})
    repo.git("clone", "--quiet", "--depth=1", f"file://{repo.root}", str(tmp_path / "shallow"))
    assert last_change(Repository(tmp_path / "shallow"), [PurePosixPath("a")], head) is None


def test_a_merge_counts_as_one_change_of_the_branch_it_went_into(repo: GitRepository) -> None:
    one = repo.commit({str(FILE): "1"})
    repo.git("switch", "--quiet", "--create", "work")
    repo.commit({str(FILE): "2"})
    repo.commit({str(FILE): "3"})
    repo.git("switch", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-ff", "--no-edit", "work")
    merge = repo.git("rev-parse", "HEAD")
    assert commits_that_changed(Repository(repo.root), [FILE], merge, most=10) == [merge, one]


def test_settings_of_a_user_change_nothing(repo: GitRepository, tmp_path: Path) -> None:
    one = repo.commit({str(FILE): "1"}, "first")
    for setting in ("log.showSignature=true", "log.follow=true", "color.ui=always", "i18n.logOutputEncoding=latin1"):
        repo.git("config", *setting.split("="))
    assert commit_summaries(Repository(repo.root), [one])[one].title == "first"
    assert commits_that_changed(Repository(repo.root), [FILE], one, most=10) == [one]
