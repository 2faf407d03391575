"""One name means one version, whichever command is given it."""

from __future__ import annotations

import pytest

from promptops.errors import SourceError
from promptops.source.git.repository import Repository
from tests.conftest import GitRepository, RepositoryBuilder


@pytest.fixture
def repo(repository: RepositoryBuilder) -> GitRepository:
    """Two commits: the branch main is on the second, the tag main on the first, and the remote's main on the first."""
    repo = repository()
    first = repo.commit({"a": "first"})
    repo.commit({"a": "second"})
    repo.git("tag", "main", first)
    repo.git("update-ref", "refs/remotes/origin/main", first)
    return repo


def test_a_branch_comes_before_a_tag_of_its_name(repo: GitRepository, caplog: pytest.LogCaptureFixture) -> None:
    head, first = repo.git("rev-parse", "HEAD"), repo.git("rev-parse", "HEAD~1")
    found = Repository(repo.root)
    assert found.resolve("main") == head
    assert found.resolve_branch("main") == (head, "main")
    assert found.resolve("main~1") == first
    assert found.merge_base("main", head) == head
    assert found.resolve("refs/tags/main") == first
    assert found.resolve("tags/main") == first
    assert found.default_branch() == "origin/main"
    assert [each.message for each in caplog.records] == [
        "'main' is the name of a branch and of a tag; the branch is meant (refs/heads/main). "
        "For the other write refs/tags/main",
        "'main~1' is the name of a branch and of a tag; the branch is meant (refs/heads/main). "
        "For the other write refs/tags/main",
    ]


def test_an_annotated_tag_of_the_same_commit_is_no_other(repo: GitRepository, caplog: pytest.LogCaptureFixture) -> None:
    repo.git("tag", "--delete", "main")
    repo.git("tag", "--annotate", "--message", "same", "main", "HEAD")
    assert Repository(repo.root).resolve("main") == repo.git("rev-parse", "HEAD")
    assert not caplog.records


def test_the_default_branch_is_the_remotes_whatever_is_called_so_here(repo: GitRepository) -> None:
    head, first = repo.git("rev-parse", "HEAD"), repo.git("rev-parse", "HEAD~1")
    repo.git("update-ref", "refs/heads/origin/main", head)
    repo.git("tag", "origin/main", head)
    found = Repository(repo.root)
    name = found.default_branch()
    assert name == "refs/remotes/origin/main"
    assert found.resolve(name) == first
    repo.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    assert found.resolve(found.default_branch() or "") == first


def test_a_default_branch_here_is_no_tag(repository: RepositoryBuilder) -> None:
    repo = repository()
    first = repo.commit({"a": "first"})
    head = repo.commit({"a": "second"})
    repo.git("tag", "main", first)
    found = Repository(repo.root)
    assert found.resolve(found.default_branch() or "") == head


@pytest.mark.parametrize("name", ["HEAD", "main", "1" * 40, "refs/heads/main"])
def test_a_branch_with_an_odd_name_hides_nothing(repo: GitRepository, name: str) -> None:
    head, first = repo.git("rev-parse", "HEAD"), repo.git("rev-parse", "HEAD~1")
    repo.git("update-ref", f"refs/heads/refs/heads/{name}", first)
    repo.git("update-ref", f"refs/heads/{name}" if name != "main" else "refs/heads/x", first)
    repo.git("update-ref", f"refs/tags/{name}", first)
    found = Repository(repo.root)
    assert found.resolve("HEAD") == head
    assert found.resolve("main") == head
    assert found.resolve("refs/heads/main") == head
    with pytest.raises(SourceError):
        found.resolve("1" * 40)


def test_a_branch_called_like_a_full_name_does_not_stand_in_for_it(repo: GitRepository) -> None:
    repo.git("checkout", "--quiet", "--detach")
    repo.git("branch", "--delete", "--force", "main")
    repo.git("update-ref", "refs/heads/refs/heads/main", "HEAD")
    found = Repository(repo.root)
    with pytest.raises(SourceError, match="no such version"):
        found.resolve("refs/heads/main")
    repo.git("tag", "--delete", "main")
    assert found.resolve_branch("main") == (repo.git("rev-parse", "HEAD~1"), "origin/main")


def test_a_remote_named_like_the_branch_is_another_thing(repo: GitRepository) -> None:
    head, first = repo.git("rev-parse", "HEAD"), repo.git("rev-parse", "HEAD~1")
    repo.git("update-ref", "refs/remotes/main/HEAD", first)
    repo.git("update-ref", "refs/remotes/main/main", first)
    assert Repository(repo.root).resolve("main") == head
    assert Repository(repo.root).resolve("main/main") == first


@pytest.mark.parametrize("kind", ["refs/heads/", "refs/remotes/origin/", "refs/tags/"])
@pytest.mark.parametrize("digits", [7, 12, 39])
def test_what_begins_a_commits_id_is_that_commit_whatever_is_called_so(
    repo: GitRepository, caplog: pytest.LogCaptureFixture, kind: str, digits: int
) -> None:
    head, first = repo.git("rev-parse", "HEAD"), repo.git("rev-parse", "HEAD~1")
    short = head[:digits]
    repo.git("update-ref", f"{kind}{short}", first)
    found = Repository(repo.root)
    assert found.resolve_branch(short) == (head, short)
    assert found.resolve(f"{short}~1") == first
    assert f"'{short}' is a commit's id and the name of a" in caplog.records[0].message
    assert f"the commit is meant ({head}). For the other write {kind}{short}" in caplog.records[0].message
    assert found.resolve(f"{kind}{short}") == first


def test_a_branch_whose_name_looks_like_an_id_is_one_all_the_same(repo: GitRepository) -> None:
    first = repo.git("rev-parse", "HEAD~1")
    blob = repo.git("rev-parse", "HEAD:a")[:10]
    for name in ("2026112", "deadbeef", blob):
        repo.git("update-ref", f"refs/heads/{name}", first)
        assert Repository(repo.root).resolve(name) == first
