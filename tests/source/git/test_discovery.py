"""A repository is the one that holds the folder, whatever a hook or a shell has set for another one."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path, PurePosixPath

import pytest

from promptops.errors import NoRepositoryError, SourceError
from promptops.source.git.log import commits_that_changed
from promptops.source.git.repository import Repository
from tests.conftest import GitRepository, RepositoryBuilder

ROOT = Path(__file__).parents[3]


@pytest.fixture
def mine(repository: RepositoryBuilder) -> GitRepository:
    repo = repository("mine")
    repo.commit({"a": "mine"})
    repo.commit({"a": "mine, later"})
    return repo


@pytest.fixture
def other(repository: RepositoryBuilder) -> GitRepository:
    repo = repository("other")
    repo.commit({"b": "of the other"})
    return repo


def check(repo: Repository, holds: GitRepository) -> None:
    """Every kind of question is answered by this repository."""
    head = holds.git("rev-parse", "HEAD")
    assert repo.head() == head
    assert repo.read_objects([holds.git("rev-parse", "HEAD:a")])[0] == b"mine, later"
    assert repo.unreachable([holds.git("rev-parse", "HEAD~1")], head) == []
    assert repo.missing([head, "1" * 40]) == ["1" * 40]
    assert repo.merge_base(head, "HEAD~1") == holds.git("rev-parse", "HEAD~1")
    assert commits_that_changed(repo, [PurePosixPath("a")], head, most=5) == holds.git("rev-list", "HEAD").split()
    assert not repo.is_shallow()


VARIABLES = {
    "GIT_DIR": ".git",
    "GIT_COMMON_DIR": ".git",
    "GIT_OBJECT_DIRECTORY": ".git/objects",
    "GIT_INDEX_FILE": ".git/index",
    "GIT_WORK_TREE": ".",
    "GIT_SHALLOW_FILE": "b",
    "GIT_NAMESPACE": "namespace",
}


@pytest.mark.parametrize("kind", ["work tree", "folder below", "bare"])
@pytest.mark.parametrize("name", [*VARIABLES, "all"])
def test_what_is_set_for_another_repository_misleads_nobody(
    mine: GitRepository, other: GitRepository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str, name: str
) -> None:
    root = mine.root
    (root / "below").mkdir()
    mine.git("clone", "--quiet", "--bare", str(root), str(tmp_path / "bare.git"))
    folder = {"work tree": root, "folder below": root / "below", "bare": tmp_path / "bare.git"}[kind]
    with monkeypatch.context() as patch:
        for each, value in VARIABLES.items():
            if name in (each, "all"):
                patch.setenv(each, value if each == "GIT_NAMESPACE" else str(other.root / value))
        repo = Repository(folder)
        found = repo.root, repo.head()
        is_dirty = kind != "bare" and repo.is_dirty(repo.prefix(folder))
        where = repo.resolve("HEAD~1")
    assert found == ((tmp_path / "bare.git" if kind == "bare" else root), mine.git("rev-parse", "HEAD"))
    assert where == mine.git("rev-parse", "HEAD~1")
    assert not is_dirty


@pytest.mark.parametrize("name", ["GIT_DIR", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"])
def test_every_question_goes_to_the_repository_that_holds_the_folder(
    mine: GitRepository, other: GitRepository, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    class Plain(GitRepository):
        def git(self, *arguments: str) -> str:
            with monkeypatch.context() as patch:
                patch.delenv(name)
                return super().git(*arguments)

    monkeypatch.setenv(name, str(other.root / VARIABLES[name]))
    plain = Plain.__new__(Plain)
    plain.root = mine.root
    check(Repository(mine.root), plain)


def test_a_linked_work_tree_is_read_with_what_it_shares(mine: GitRepository, tmp_path: Path) -> None:
    mine.git("branch", "fork", "HEAD~1")
    mine.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "-b", "linked")
    linked = Repository(tmp_path / "linked")
    assert linked.root == tmp_path / "linked"
    check(linked, mine)
    assert linked.resolve("fork") == mine.git("rev-parse", "HEAD~1")
    (tmp_path / "linked/a").write_text("changed")
    assert linked.is_dirty(linked.prefix(tmp_path / "linked"))
    assert not Repository(mine.root).is_dirty(linked.prefix(tmp_path / "linked"))


def test_a_submodule_is_a_repository_of_its_own(mine: GitRepository, other: GitRepository) -> None:
    other.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(mine.root), "texts")
    inner = Repository(other.root / "texts")
    assert inner.root == other.root / "texts"
    check(inner, mine)


# In a real hook

PROGRAM = """
import sys
from pathlib import Path, PurePosixPath
from promptops.source.git.repository import Repository
here, there, out = map(Path, sys.argv[1:4])
lines = [str(Repository(here).head()), str(Repository(there).head())]
lines += [str(Repository(here).is_dirty(PurePosixPath("."))), str(Repository(there).is_dirty(PurePosixPath(".")))]
out.write_text("\\n".join(lines))
"""


def _hook(path: Path, program: Path, *arguments: Path | str) -> None:
    command = shlex.join(map(str, [sys.executable, program, *arguments]))
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {command}\n")
    path.chmod(0o755)


@pytest.mark.parametrize("place", ["main", "linked"])
def test_in_a_hook_before_a_commit_both_its_own_and_other_repositories_are_read(
    mine: GitRepository, other: GitRepository, tmp_path: Path, place: str
) -> None:
    folder = mine.root
    if place == "linked":
        folder = tmp_path / "linked"
        mine.git("worktree", "add", "--quiet", str(folder), "-b", "linked")
    (tmp_path / "program.py").write_text(PROGRAM)
    _hook(mine.root / ".git/hooks/pre-commit", tmp_path / "program.py", folder, other.root, tmp_path / "out")
    before = mine.git("rev-parse", "HEAD")
    hooked = GitRepository.__new__(GitRepository)
    hooked.root = folder
    assert hooked.commit({"a": "changed"}) != before
    assert (tmp_path / "out").read_text().split() == [before, other.git("rev-parse", "HEAD"), "True", "False"]


RECEIVED = """
import sys
from pathlib import Path, PurePosixPath
from promptops.source.git.repository import Repository
here, there, out = map(Path, sys.argv[1:4])
old, new, _ = sys.stdin.read().split()
repo = Repository(here)
lines = [repo.read_objects([repo.lookup([f"{new}:a"])[0].id])[0].decode(), str(repo.unreachable([old], new))]
lines += [str(Repository(there).missing([new]) == [new])]
out.write_text("\\n".join(lines))
"""


def test_in_a_hook_that_decides_over_a_push_what_was_pushed_is_read(
    mine: GitRepository, other: GitRepository, tmp_path: Path
) -> None:
    mine.git("clone", "--quiet", "--bare", str(mine.root), str(tmp_path / "server.git"))
    (tmp_path / "program.py").write_text(RECEIVED)
    hook = tmp_path / "server.git/hooks/pre-receive"
    _hook(hook, tmp_path / "program.py", tmp_path / "server.git", other.root, tmp_path / "out")
    mine.commit({"a": "pushed"})
    mine.git("push", "--quiet", str(tmp_path / "server.git"), "main")
    assert (tmp_path / "out").read_text().splitlines() == ["pushed", "[]", "True"]


# Repositories as people have them


@pytest.mark.parametrize(
    "name", ["we$HOME", "we${HOME}", "~", "-dash", "--upload-pack=x", "sp ace", "new\nline", "dots..", "caf\udce9", "é"]
)
def test_a_folder_may_be_called_anything(
    repository: RepositoryBuilder, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = repository(name)
    (repo.root / name).mkdir()
    repo.commit({"a": "mine", f"{name}/b": "below"})
    repo.commit({"a": "mine, later"})
    found = Repository(repo.root)
    assert found.root == repo.root
    check(found, repo)
    assert found.prefix(repo.root / name) == PurePosixPath(name)
    assert commits_that_changed(found, [PurePosixPath(name) / "b"], found.head() or "") == [
        repo.git("rev-parse", "HEAD~1")
    ]
    monkeypatch.chdir(repo.root.parent)
    assert Repository(Path(name)).root == repo.root


def test_the_git_folder_itself_is_read_as_a_repository_without_files(mine: GitRepository, tmp_path: Path) -> None:
    mine.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "-b", "linked")
    for folder in (mine.root / ".git", mine.root / ".git/worktrees/linked"):
        found = Repository(folder)
        check(found, mine)
        assert found.prefix(folder) == PurePosixPath()
        with pytest.raises(SourceError, match="without files of its own"):
            found.is_dirty(found.prefix(folder))


def test_a_git_folder_apart_and_settings_of_one_work_tree_are_obeyed(
    repository: RepositoryBuilder, tmp_path: Path
) -> None:
    apart = repository("apart", f"--separate-git-dir={tmp_path / 'apart.git'}")
    apart.git("config", "extensions.worktreeConfig", "true")
    apart.git("config", "--worktree", "core.quotePath", "true")
    apart.commit({"a": "mine"})
    apart.commit({"a": "mine, later"})
    check(Repository(apart.root), apart)
    assert Repository(apart.root).root == apart.root
    assert Repository(tmp_path / "apart.git").root == tmp_path / "apart.git"


def test_a_work_tree_that_the_settings_name_is_the_repositorys(repository: RepositoryBuilder, tmp_path: Path) -> None:
    away = repository("away")
    (tmp_path / "files").mkdir()
    away.git("config", "core.worktree", str(tmp_path / "files"))
    found = Repository(away.root / ".git")
    assert found.root == away.root / ".git"
    with pytest.raises(SourceError, match="not in the repository"):
        Repository(away.root).prefix(away.root)


def test_a_work_tree_that_the_environment_names_with_its_repository_is_read(
    mine: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = tmp_path / "files"
    files.mkdir()
    (files / "a").write_text("changed")
    with pytest.raises(NoRepositoryError):
        Repository(files)
    before = mine.git("rev-parse", "HEAD")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_DIR", "mine/.git" if (tmp_path / "mine").exists() else str(mine.root / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", "files")
    found = Repository(files)
    assert (found.root, found.head()) == (files, before)
    assert found.is_dirty(found.prefix(files))
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(NoRepositoryError):
        Repository(tmp_path / "elsewhere")


def test_objects_that_lie_in_another_repository_are_read(mine: GitRepository, tmp_path: Path) -> None:
    mine.git("clone", "--quiet", "--shared", str(mine.root), str(tmp_path / "shared"))
    check(Repository(tmp_path / "shared"), mine)


def test_a_repository_that_cannot_be_read_is_not_one_that_is_not_there(mine: GitRepository, tmp_path: Path) -> None:
    (tmp_path / "lost").mkdir()
    (tmp_path / "lost/.git").write_text(f"gitdir: {tmp_path}/nowhere\n")
    (mine.root / ".git/config").write_text("[core\n")
    for folder in (tmp_path / "lost", mine.root):
        with pytest.raises(SourceError, match="git cannot read this repository") as caught:
            Repository(folder)
        assert not isinstance(caught.value, NoRepositoryError)


def test_stand_ins_for_objects_and_parents_change_nothing(mine: GitRepository) -> None:
    head, first = mine.git("rev-parse", "HEAD"), mine.git("rev-parse", "HEAD~1")
    mine.git("replace", head, first)
    (mine.root / ".git/info/grafts").write_text(f"{head}\n")
    found = Repository(mine.root)
    assert found.head() == head
    assert found.read_objects([found.lookup([f"{head}:a"])[0].id]) == [b"mine, later"]  # type: ignore[union-attr]
    assert found.unreachable([first], head) == []
    assert commits_that_changed(found, [PurePosixPath("a")], head) == [head, first]
