"""The states that a branch itself had are told by the commits' own bytes, however git proposes them."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from promptops.errors import DamagedError, SourceError
from promptops.source.git import first_parents as module
from promptops.source.git.first_parents import BlobChange, FirstParentLine, commit_time
from promptops.source.git.repository import Repository
from tests.conftest import GitRepository, RepositoryBuilder


@pytest.fixture
def merged(repository: RepositoryBuilder) -> tuple[GitRepository, list[str], list[str]]:
    """Three commits of main, the last a merge of a branch with two; newest first."""
    repo = repository()
    main = [repo.commit({"p/a": "1", "p/b": "1"})]
    repo.git("checkout", "--quiet", "-b", "work")
    work = [repo.commit({"p/a": text}) for text in ("wip", "final")]
    repo.git("checkout", "--quiet", "main")
    main.append(repo.commit({"other": "x", "p/ü b": "1"}))
    repo.git("merge", "--quiet", "--no-edit", "work")
    main.append(repo.git("rev-parse", "HEAD"))
    return repo, main[::-1], work


def line(repo: GitRepository) -> FirstParentLine:
    return FirstParentLine(Repository(repo.root), repo.git("rev-parse", "main"))


def test_it_holds_what_main_stood_on_and_not_what_was_merged(
    merged: tuple[GitRepository, list[str], list[str]],
) -> None:
    repo, main, work = merged
    found = line(repo)
    assert found.holding([*main, *work, "0" * 40]) == set(main)
    assert [found.depth(commit) for commit in main] == [0, 1, 2]
    assert found.time(main[0]) == int(repo.git("log", "-1", "--format=%ct", "main"))


@pytest.mark.parametrize("steps", [(1, 2, 100), (2, 100), (100,)])
def test_it_is_read_only_as_far_as_somebody_asks(
    merged: tuple[GitRepository, list[str], list[str]], monkeypatch: pytest.MonkeyPatch, steps: tuple[int, ...]
) -> None:
    repo, main, work = merged
    monkeypatch.setattr(module, "_STEPS", steps)
    monkeypatch.setattr(module, "_AT_ONCE", 1)
    repository = Repository(repo.root)
    read: list[str] = []
    read_objects = repository.read_objects

    def noted(ids: Sequence[str], kind: str = "") -> list[bytes]:
        read.extend(ids)
        return read_objects(ids, kind)

    monkeypatch.setattr(repository, "read_objects", noted)
    found = FirstParentLine(repository, main[0])
    assert found.holding([]) == set()
    assert read == []
    assert found.holding([main[1]]) == {main[1]}
    assert read == main[:2]
    assert found.holding([main[2], *work]) == {main[2]}
    assert found.holding(main) == set(main)
    assert read == main


def test_changes_are_those_of_merges_against_what_main_had(merged: tuple[GitRepository, list[str], list[str]]) -> None:
    repo, main, _ = merged
    found = line(repo)
    found.holding(["0" * 40])
    one, final = repo.git("rev-parse", f"{main[2]}:p/a", f"{main[0]}:p/a").split()
    assert found.changes(["p"]) == {
        "p/a": [BlobChange(main[0], one, final), BlobChange(main[2], "", one)],
        "p/b": [BlobChange(main[2], "", one)],
        "p/ü b": [BlobChange(main[1], "", one)],
    }
    assert found.changes(["other", "nowhere", "a\nb"]).keys() == {"other"}
    assert line(repo).changes(["p"]) == {}, "nothing of it was read, so nothing is proven"


def test_a_link_or_folder_in_the_place_of_a_file_is_none(repository: RepositoryBuilder) -> None:
    repo = repository()
    repo.commit({"p/a": "1"})
    (repo.root / "p/a").unlink()
    (repo.root / "p/a").symlink_to("b")
    last = repo.commit()
    found = line(repo)
    found.holding(["0" * 40])
    assert found.changes(["p"])["p/a"][0] == BlobChange(last, repo.git("rev-parse", "HEAD~1:p/a"), "")


def test_users_settings_of_git_change_nothing(merged: tuple[GitRepository, list[str], list[str]]) -> None:
    repo, main, _ = merged
    before = line(repo)
    before.holding(["0" * 40])
    settings = {
        "log.showRoot": "false", "log.diffMerges": "off", "diff.renames": "copies", "core.quotePath": "true",
        "log.showSignature": "true", "diff.noprefix": "true", "core.abbrev": "4", "log.decorate": "full",
    }  # fmt: skip
    for name, value in settings.items():
        repo.git("config", name, value)
    after = line(repo)
    assert after.holding([*main, "0" * 40]) == set(main)
    assert after.changes(["p"]) == before.changes(["p"])


def test_a_forged_first_parent_puts_nothing_on_the_line(merged: tuple[GitRepository, list[str], list[str]]) -> None:
    repo, main, work = merged
    data = repo.git("cat-file", "commit", main[1]).encode() + b"\n"
    changed = data.replace(main[2].encode(), work[0].encode(), 1)
    assert changed != data
    path = repo.root / ".git/objects" / main[1][:2] / main[1][2:]
    path.chmod(0o600)
    path.write_bytes(zlib.compress(b"commit %d\0" % len(changed) + changed))
    assert work[0] in repo.git("rev-list", "--first-parent", "main"), "git itself is taken in"
    with pytest.raises(DamagedError):
        line(repo).holding([work[0]])


def test_what_git_proposes_is_not_believed(
    merged: tuple[GitRepository, list[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    repo, main, work = merged
    monkeypatch.setattr(module, "_first_parents", lambda *_: iter([main[0], *work[::-1], main[2]]))
    with pytest.raises(DamagedError):
        line(repo).holding([work[0]])


def test_a_graph_file_that_lies_is_not_believed(merged: tuple[GitRepository, list[str], list[str]]) -> None:
    repo, main, work = merged
    repo.git("commit-graph", "write", "--reachable")
    repo.git("replace", main[0], work[1])
    assert line(repo).holding([*main, *work]) == set(main)


def test_a_shallow_clones_line_ends_at_the_cut(
    merged: tuple[GitRepository, list[str], list[str]], tmp_path: Path
) -> None:
    repo, main, _ = merged
    repo.git("clone", "--quiet", "--depth=2", f"file://{repo.root}", str(tmp_path / "cut"))
    found = FirstParentLine(Repository(tmp_path / "cut"), main[0])
    assert found.holding(main) == set(main[:2])


def test_a_tip_must_be_a_full_id_of_a_commit(merged: tuple[GitRepository, list[str], list[str]]) -> None:
    repo, main, _ = merged
    with pytest.raises(SourceError, match="not a full object id"):
        FirstParentLine(Repository(repo.root), "main")
    with pytest.raises(SourceError):
        FirstParentLine(Repository(repo.root), "0" * 40).holding(main)


def test_the_time_of_a_commit_is_its_committers() -> None:
    data = b"tree 1\nauthor A <a@x> 5 +0000\ncommitter B <b@x> 1700000000 -0130\n\ncommitter C <c> 9 +0000\n"
    assert commit_time(data) == 1700000000
    assert commit_time(b"tree 1\ncommitter broken\n\n") == 0
