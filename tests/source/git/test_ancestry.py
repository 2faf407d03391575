"""Who lies behind whom is proven by what commits say themselves, not by what git's files say of them."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import pairwise

import pytest

from promptops.errors import DamagedError
from promptops.source.git import repository as module
from promptops.source.git.ancestry import Ancestry, ReadCommits
from promptops.source.git.repository import Repository
from tests.conftest import GitRepository, RepositoryBuilder

TREE = "4" * 40


def _read(parents: dict[str, list[str]], seen: list[str]) -> ReadCommits:
    def read(ids: Sequence[str]) -> list[bytes]:
        seen.extend(ids)
        told = ["".join(f"parent {parent}\n" for parent in parents[each]) for each in ids]
        return [f"tree {TREE}\n{lines}author A\n".encode() for lines in told]

    return read


@pytest.fixture
def forked(repository: RepositoryBuilder) -> tuple[GitRepository, list[str], str]:
    """Six commits on main, the last first, and one of a fork."""
    repo = repository()
    commits = [repo.commit({"a": str(number)}) for number in range(6)]
    repo.git("checkout", "--quiet", "-b", "fork", commits[0])
    fork = repo.commit({"a": "forked"})
    repo.git("checkout", "--quiet", "main")
    return repo, commits[::-1], fork


def forge(repo: GitRepository, commit: str, old: str, new: str) -> None:
    """Let the loose object of this commit say something else."""
    data = repo.git("cat-file", "commit", commit).encode() + b"\n"
    changed = data.replace(old.encode(), new.encode(), 1)
    assert changed != data
    path = repo.root / ".git/objects" / commit[:2] / commit[2:]
    path.chmod(0o600)
    path.write_bytes(zlib.compress(b"commit %d\0" % len(changed) + changed))


def test_a_commit_on_the_way_that_was_forged_makes_no_ancestor(
    forked: tuple[GitRepository, list[str], str],
) -> None:
    repo, commits, fork = forked
    forge(repo, commits[3], commits[4], fork)
    assert fork in repo.git("rev-list", "main"), "git itself is taken in"
    with pytest.raises(DamagedError) as caught:
        Repository(repo.root).unreachable([fork], commits[0])
    assert caught.value.where == commits[3]


def test_a_second_parent_that_was_forged_makes_no_ancestor(forked: tuple[GitRepository, list[str], str]) -> None:
    repo, commits, fork = forked
    forge(repo, commits[2], "\nauthor", f"\nparent {fork}\nauthor")
    with pytest.raises(DamagedError):
        Repository(repo.root).unreachable([fork], commits[0])


def test_ancestors_are_found_by_merges_and_however_far_back(
    forked: tuple[GitRepository, list[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    repo, commits, fork = forked
    repo.git("merge", "--quiet", "-s", "ours", "--no-edit", "fork")
    head = repo.git("rev-parse", "HEAD")
    for steps in ((1, 2, 3, 100), (100,)):
        monkeypatch.setattr(module, "_STEPS", steps)
        opened = Repository(repo.root)
        assert opened.unreachable([*commits, fork, head], head) == []
        assert opened.unreachable([*commits, fork], commits[0]) == [fork]


def test_a_commit_is_read_once_for_all_questions_and_no_more_than_is_needed() -> None:
    ids = [f"{number:040x}" for number in range(5000)]
    parents = {each: [older] for each, older in pairwise(ids)} | {ids[-1]: []}
    seen: list[str] = []
    ancestry, read = Ancestry(), _read(parents, seen)
    assert ancestry.unproven([ids[10], ids[20]], ids[0], ids, read) == set()
    assert len(seen) <= 1000
    assert ancestry.unproven([ids[-1], ids[3], ids[0]], ids[0], ids, read) == set()
    assert ancestry.unproven(["f" * 40], ids[0], ids, read) == {"f" * 40}
    assert len(seen) == len(set(seen)) == 5000


def test_what_is_proposed_is_not_believed() -> None:
    one, two, other = ("1" * 40, "2" * 40, "3" * 40)
    parents = {one: [two], two: [], other: []}
    seen: list[str] = []
    read = _read(parents, seen)
    assert Ancestry().unproven([other], one, [other, two, one], read) == {other}
    assert Ancestry().unproven([two], one, [two, one], read) == set()
    assert Ancestry().unproven([two], one, [other], read) == {two}
    assert Ancestry().unproven([one], one, [], read) == set()


def test_only_the_lines_that_git_reads_as_parents_are_parents() -> None:
    tip, other = "1" * 40, "2" * 40
    for text in (f"author A\nparent {other}\n", f"\nparent {other}\n", f"gpgsig x\n parent {other}\n"):
        data = f"tree {TREE}\n{text}".encode()
        assert Ancestry().unproven([other], tip, [tip], lambda _, data=data: [data]) == {other}  # type: ignore[misc]
    assert Ancestry().unproven([other], tip, [tip], lambda _: [b"no commit"]) == {other}
