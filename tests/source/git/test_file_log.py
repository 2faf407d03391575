"""What git knows about commits, asked of real repositories."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from promptops.errors import SourceError
from promptops.source.git.file_log import commits_of, describe, last_change
from promptops.source.git.repository import Repository
from tests.conftest import GitRepository, RepositoryBuilder

FILE = PurePosixPath("environments/prod.yml")


@pytest.fixture
def repo(repository: RepositoryBuilder) -> GitRepository:
    return repository()


def test_who_when_and_what(repo: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Änne \x1b[2J")
    monkeypatch.setenv("GIT_AUTHOR_DATE", "1700000000 +0200")
    one = repo.commit({"a": "1"}, "Shorter\n\nand more")
    two = repo.commit({"a": "2"}, "Ü" * 3)
    found = describe(Repository.at(repo.root), [two, one, two])
    assert list(found) == [two, one]
    assert found[one] == ("Änne \x1b[2J", 1700000000, "Shorter")
    assert found[two].subject == "ÜÜÜ"


def test_a_commit_that_is_not_here_is_left_out(repo: GitRepository) -> None:
    one = repo.commit({"a": "1"})
    assert list(describe(Repository.at(repo.root), ["0" * 40, one])) == [one]
    assert describe(Repository.at(repo.root), []) == {}


@pytest.mark.parametrize("name", ["main", "--all", "abc1234", ""])
def test_only_full_ids_reach_git(repo: GitRepository, name: str) -> None:
    repo.commit({"a": "1"})
    with pytest.raises(SourceError, match="not a full object id"):
        describe(Repository.at(repo.root), [name])
    with pytest.raises(SourceError, match="not a full object id"):
        commits_of(Repository.at(repo.root), FILE, name, 10)


def test_the_commits_that_changed_a_file_newest_first(repo: GitRepository) -> None:
    one = repo.commit({str(FILE): "1"})
    repo.commit({"other": "1"})
    two = repo.commit({str(FILE): "2", "other": "2"})
    head = repo.commit({"other": "3"})
    assert commits_of(Repository.at(repo.root), FILE, head, 10) == [two, one]
    assert commits_of(Repository.at(repo.root), FILE, head, 1) == [two]
    assert commits_of(Repository.at(repo.root), FILE, one, 10) == [one]
    assert commits_of(Repository.at(repo.root), PurePosixPath("environments/*"), head, 10) == []


def test_the_last_change_of_any_of_some_files(repo: GitRepository) -> None:
    one = repo.commit({"a": "1", "b": "1", "*": "1"})
    two = repo.commit({"b": "2"})
    head = repo.commit({"c": "1"})
    found = Repository.at(repo.root)
    assert last_change(found, [PurePosixPath("a")], head) == one
    assert last_change(found, [PurePosixPath("a"), PurePosixPath("b")], head) == two
    assert last_change(found, [PurePosixPath("a"), PurePosixPath("b")], one) == one
    assert last_change(found, [PurePosixPath("*")], head) == one  # a file, not a pattern
    assert last_change(found, [PurePosixPath("nothing")], head) is None


def test_a_shallow_clone_cannot_tell_the_last_change(repo: GitRepository, tmp_path: Path) -> None:
    repo.commit({"a": "1"})
    head = repo.commit({"b": "1"})
    repo.git("clone", "--quiet", "--depth=1", f"file://{repo.root}", str(tmp_path / "shallow"))
    assert last_change(Repository.at(tmp_path / "shallow"), [PurePosixPath("a")], head) is None


def test_a_merge_counts_as_one_change_of_the_branch_it_went_into(repo: GitRepository) -> None:
    one = repo.commit({str(FILE): "1"})
    repo.git("switch", "--quiet", "--create", "work")
    repo.commit({str(FILE): "2"})
    repo.commit({str(FILE): "3"})
    repo.git("switch", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-ff", "--no-edit", "work")
    merge = repo.git("rev-parse", "HEAD")
    assert commits_of(Repository.at(repo.root), FILE, merge, 10) == [merge, one]


def test_settings_of_a_user_change_nothing(repo: GitRepository, tmp_path: Path) -> None:
    one = repo.commit({str(FILE): "1"}, "first")
    for setting in ("log.showSignature=true", "log.follow=true", "color.ui=always", "i18n.logOutputEncoding=latin1"):
        repo.git("config", *setting.split("="))
    assert describe(Repository.at(repo.root), [one])[one].subject == "first"
    assert commits_of(Repository.at(repo.root), FILE, one, 10) == [one]
