"""What each commit changed, and which commit of the branch brought it, in histories with merges of all kinds."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from promptops.errors import SourceError
from promptops.source.git.merge_history import MergeHistory
from promptops.source.git.repository import Repository
from tests.conftest import GitRepository, RepositoryBuilder


@pytest.fixture
def repo(repository: RepositoryBuilder) -> GitRepository:
    made: GitRepository = repository()
    return made


def merge_history(repo: GitRepository, *places: str, head: str = "HEAD", more: tuple[str, ...] = ()) -> MergeHistory:
    repository = Repository(repo.root)
    return MergeHistory(repository, repository.resolve(head), more, map(PurePosixPath, places))


def merge(repo: GitRepository, *branches: str) -> str:
    repo.git("merge", "--quiet", "--no-ff", "-m", "merge", *branches)
    return repo.git("rev-parse", "HEAD")


def test_changes_are_found_from_any_commit_of_the_branch_newest_first(repo: GitRepository) -> None:
    one = repo.commit({"p/a": "1", "p/b": "1", "q/c": "1"})
    two = repo.commit({"p/a": "2", "q/c": "2"})
    three = repo.commit({"p/b": "3", "p/a": "3"})
    four = repo.commit({"q/c": "4"})
    found = merge_history(repo, "p")
    assert list(found.changes(four, ["p/a"])) == [three, two, one]
    assert list(found.changes(two, ["p/a", "p/b"])) == [two, one]
    assert list(found.changes(four, ["p/a", "p/b"])) == [three, two, one]
    assert list(found.changes(four, ["q/c"])) == []  # not below the places that were asked for
    assert (sorted(found.files(three)), found.files(four)) == (["p/a", "p/b"], [])


def test_a_merge_changes_what_its_branch_changed_and_brings_its_commits(repo: GitRepository) -> None:
    one = repo.commit({"p/a": "1"})
    repo.git("checkout", "--quiet", "-b", "work")
    two = repo.commit({"p/a": "2"})
    repo.git("checkout", "--quiet", "main")
    three = repo.commit({"p/b": "3"})
    merged = merge(repo, "work")
    found = merge_history(repo, "p")
    assert list(found.changes(merged, ["p/a"])) == [merged, one]
    assert found.files(merged) == ["p/a"]
    assert [found.introduced_by(each) for each in (one, two, three, merged)] == [one, merged, three, merged]
    assert set(found.introduced_together(merged, merged)) == {merged, two}
    assert found.introduced_together(merged, two) == [two]


def test_what_came_earlier_was_not_brought_again(repo: GitRepository) -> None:
    repo.commit({"p/a": "1"})
    repo.git("checkout", "--quiet", "-b", "work")
    two = repo.commit({"p/a": "2"})
    repo.git("checkout", "--quiet", "main")
    first = merge(repo, "work")
    repo.git("checkout", "--quiet", "work")
    three = repo.commit({"p/a": "3"})
    repo.git("checkout", "--quiet", "main")
    second = merge(repo, "work")
    found = merge_history(repo, "p")
    assert [found.introduced_by(two), found.introduced_by(three)] == [first, second]
    assert set(found.introduced_together(second, second)) == {second, three}


def test_a_commit_of_another_branch_was_brought_by_none(repo: GitRepository) -> None:
    one = repo.commit({"p/a": "1"})
    repo.git("checkout", "--quiet", "-b", "work")
    two = repo.commit({"p/a": "2"})
    found = merge_history(repo, "p", head="main", more=(two,))
    assert found.introduced_by(two) is None
    assert list(found.changes(two, ["p/a"])) == [two, one]


def test_names_of_any_kind_are_read_as_they_are(repo: GitRepository) -> None:
    names = ["p/a b", "p/ü☕", "p/x\ny", 'p/"q"', "p/*", "p/\x02"]
    one = repo.commit(dict.fromkeys(names, "1"))
    repo.commit({"p/a b": "2"})
    found = merge_history(repo, "p")
    assert sorted(found.files(one)) == sorted(names)
    assert [list(found.changes(one, [name])) for name in names] == [[one]] * len(names)


def test_settings_of_the_user_change_nothing(repo: GitRepository) -> None:
    one = repo.commit({"p/a": "1"})
    for name, value in (
        ("log.showSignature", "true"),
        ("log.showRoot", "false"),
        ("diff.renames", "copies"),
        ("diff.external", "false"),
        ("color.ui", "always"),
        ("log.decorate", "full"),
        ("format.pretty", "fuller"),
    ):
        repo.git("config", name, value)
    repo.git("mv", "p/a", "p/b")
    two = repo.commit()
    found = merge_history(repo, "p")
    assert (found.files(one), sorted(found.files(two))) == (["p/a"], ["p/a", "p/b"])


def test_nothing_but_full_ids_reaches_git(repo: GitRepository, tmp_path: Path) -> None:
    repo.commit({"p/a": "1"})
    with pytest.raises(SourceError, match="not a full object id"):
        merge_history(repo, "p", more=(f"--output={tmp_path}/x",))
    assert not (tmp_path / "x").exists()


def test_a_commit_that_is_not_here_is_told(repo: GitRepository) -> None:
    repo.commit({"p/a": "1"})
    with pytest.raises(SourceError, match="cannot read the history"):
        merge_history(repo, "p", more=("1" * 40,))


def test_another_repository_that_a_hook_names_is_not_looked_at(
    repo: GitRepository, repository: RepositoryBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = repo.commit({"p/a": "1"})
    monkeypatch.setenv("GIT_DIR", str(repository("other").root / ".git"))
    assert merge_history(repo, "p", head=one).files(one) == ["p/a"]


def test_a_name_that_is_no_text_is_read_as_python_names_it(repo: GitRepository) -> None:
    name = "p/\udcff"
    one = repo.commit({name: "1"})
    assert merge_history(repo, name).files(one) == [name]
