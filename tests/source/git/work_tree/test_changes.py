"""Which files differ from a commit: new, changed, gone; from the project's folder on."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from promptops.source.git.repository import Repository
from promptops.source.git.work_tree.changes import changed_since
from tests.conftest import GitRepository, write_files


def found(repo: GitRepository, base: str, prefix: str = ".") -> set[str] | None:
    changed = changed_since(Repository(repo.root), base, PurePosixPath(prefix))
    return None if changed is None else {path.as_posix() for path in changed}


def test_new_changed_and_deleted_files_of_a_folder(tmp_path: Path) -> None:
    repo = GitRepository(tmp_path / "work")
    names = ("a/same", "a/other", "a/gone", "a/moved", "a/sp ace\n", "b/other")
    base = repo.commit({**dict.fromkeys(names, "1"), ".gitignore": "ignored\n"})
    assert found(repo, base) == set()
    repo.git("mv", "a/moved", "a/there")
    repo.commit({"a/other": "2", "b/other": "2"})
    (repo.root / "a/gone").unlink()
    write_files(repo.root, {"a/new": "1", "a/ignored": "1", "a/sp ace\n": "2"})
    inside = {"other", "gone", "moved", "there", "new", "sp ace\n"}
    assert found(repo, base, "a") == inside
    assert found(repo, base) == {f"a/{name}" for name in inside} | {"b/other"}


def test_changes_that_git_was_told_not_to_look_for_make_it_unknown(tmp_path: Path) -> None:
    repo = GitRepository(tmp_path / "work")
    base = repo.commit({"a": "1"})
    repo.git("update-index", "--assume-unchanged", "a")
    write_files(repo.root, {"a": "2"})
    assert found(repo, base) is None
