"""What git left out of the work tree on purpose is there, and what git changes on the way is read as it is stored."""

from __future__ import annotations

from pathlib import Path
from pathlib import PurePosixPath as P

import pytest

from promptops.errors import SourceError
from promptops.source.checkout import Checkout
from promptops.source.files.worktree import Worktree
from promptops.source.git.commit import Commit
from promptops.source.git.repository import Repository
from promptops.source.git.work_tree.index import has_hidden_changes
from tests.conftest import GitRepository, RepositoryBuilder, write_files

FILES = {"top.yml": "top", "prompts/a.yml": "a", "prompts/legal/b.yml": "b", "evals/c.yml": "c", "src/d.yml": "d"}
SPARSE = {
    "cone": (("sparse-checkout", "set", "--cone", "prompts/legal"),),
    "no cone": (("sparse-checkout", "set", "--no-cone", "/top.yml", "/prompts/legal/"),),
    "sparse index": (("sparse-checkout", "set", "--cone", "--sparse-index", "prompts/legal"),),
    "split index": (("update-index", "--split-index"), ("sparse-checkout", "set", "--cone", "prompts/legal")),
    "newest index": (("update-index", "--index-version=4"), ("sparse-checkout", "set", "--cone", "prompts/legal")),
}


@pytest.fixture(params=SPARSE)
def sparse(request: pytest.FixtureRequest, repository: RepositoryBuilder) -> GitRepository:
    repo = repository("we$HOME")
    repo.commit(FILES)
    for command in SPARSE[request.param]:
        repo.git(*command)
    assert not (repo.root / "evals").exists()
    return repo


def test_what_a_sparse_checkout_leaves_out_is_there(sparse: GitRepository) -> None:
    tree = Checkout(sparse.root)
    assert [str(path) for path in tree.list("**/*.yml")] == sorted(FILES)
    for name, text in FILES.items():
        assert tree.exists(P(name))
        assert tree.read(P(name)) == text.encode()
    assert not tree.exists(P("evals/none.yml"))
    with pytest.raises(SourceError, match="no such file"):
        tree.read(P("evals/none.yml"))
    assert Checkout(sparse.root / "prompts").list("**") == [P("a.yml"), P("legal/b.yml")]
    assert not Worktree(sparse.root).exists(P("evals/c.yml"))


def test_a_file_that_lies_there_all_the_same_is_read_as_it_is(sparse: GitRepository) -> None:
    (sparse.root / "evals").mkdir()
    (sparse.root / "evals/c.yml").write_text("mine")
    assert Checkout(sparse.root).read(P("evals/c.yml")) == b"mine"


def test_a_file_that_somebody_deleted_is_gone(sparse: GitRepository) -> None:
    tree = Checkout(sparse.root)
    (sparse.root / "prompts/legal/b.yml").unlink()
    assert not tree.exists(P("prompts/legal/b.yml"))
    sparse.git("sparse-checkout", "disable")
    (sparse.root / "evals/c.yml").unlink()
    assert not tree.exists(P("evals/c.yml")), "the index was written again"


def test_the_index_of_a_linked_work_tree_and_of_a_submodule_is_its_own(
    repository: RepositoryBuilder, tmp_path: Path
) -> None:
    repo = repository()
    repo.commit(FILES)
    repo.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "-b", "linked")
    outer = repository("outer")
    outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(repo.root), "inner")
    for folder in (tmp_path / "linked", outer.root / "inner"):
        GitRepository(folder).git("sparse-checkout", "set", "--cone", "prompts")
        assert not (folder / "evals").exists()
        assert Checkout(folder).read(P("evals/c.yml")) == b"c"
    assert Checkout(repo.root).exists(P("evals/c.yml"))


def test_without_marks_no_git_is_started(repository: RepositoryBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = repository()
    repo.commit({**FILES, ".gitattributes": "* text=auto eol=crlf\n"})
    monkeypatch.setenv("PATH", "")
    tree = Checkout(repo.root)
    assert [str(path) for path in tree.list("**/*.yml")] == sorted(FILES)
    assert tree.read(P("prompts/a.yml")) == b"a"
    assert not tree.exists(P("evals/none.yml"))


def test_outside_of_git_it_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("a")
    assert Checkout(tmp_path).read(P("a.yml")) == b"a"
    assert Checkout(tmp_path).list("*.yml") == [P("a.yml")]


def _stored(repo: GitRepository, name: str) -> tuple[bytes, bytes]:
    """The file as the work tree gives it, and as the commit does."""
    found = Repository(repo.root)
    return Checkout(repo.root).read(P(name)), Commit(found, found.resolve("HEAD")).read(P(name))


def test_a_filtered_file_is_read_as_git_stores_it(repository: RepositoryBuilder) -> None:
    repo = repository()
    repo.git("config", "filter.loud.clean", "tr A-Z a-z")
    repo.git("config", "filter.loud.smudge", "tr a-z A-Z")
    repo.commit({".gitattributes": "prompts/*.yml filter=loud\n", **FILES, "prompts/é b.yml": "Text ☕\r\n"})
    (repo.root / "prompts/a.yml").unlink()
    repo.git("checkout", "--", "prompts/a.yml")
    assert (repo.root / "prompts/a.yml").read_text() == "A"
    assert _stored(repo, "prompts/a.yml") == (b"a", b"a")
    here, there = _stored(repo, "prompts/é b.yml")
    assert here == there == "text ☕\r\n".encode()
    assert _stored(repo, "evals/c.yml") == (b"c", b"c")
    objects = sorted(repo.root.glob(".git/objects/*/*"))
    (repo.root / "prompts/a.yml").write_text("NEW")
    assert Checkout(repo.root).read(P("prompts/a.yml")) == b"new"
    assert sorted(repo.root.glob(".git/objects/*/*")) == objects, "nothing is written for it"


@pytest.mark.parametrize("attribute", ["ident", "working-tree-encoding=UTF-16LE", "text eol=crlf", "text=auto"])
def test_other_attributes_make_no_difference(repository: RepositoryBuilder, attribute: str) -> None:
    repo = repository()
    text = "id: $Id$\nwords: é\n"
    shown = text.encode("utf-16-le") if "UTF-16" in attribute else text.encode()
    repo.commit({".gitattributes": f"*.yml {attribute}\n", "a.yml": shown})
    (repo.root / "a.yml").unlink()
    repo.git("checkout", "--", "a.yml")
    assert (repo.root / "a.yml").read_bytes() != text.encode() or attribute == "text=auto"
    here, there = _stored(repo, "a.yml")
    assert here.replace(b"\r\n", b"\n") == there == text.encode()


def test_attributes_of_the_repository_alone_and_of_folders_count(repository: RepositoryBuilder) -> None:
    repo = repository()
    repo.git("config", "filter.loud.clean", "tr A-Z a-z")
    repo.commit({"prompts/deep/.gitattributes": "*.yml filter=loud\n", "prompts/deep/a.yml": "A", "b.yml": "B"})
    (repo.root / ".git/info").mkdir(exist_ok=True)
    (repo.root / ".git/info/attributes").write_text("b.yml filter=loud\n")
    assert Checkout(repo.root / "prompts").read(P("deep/a.yml")) == b"a"
    assert Checkout(repo.root).read(P("b.yml")) == b"b"


@pytest.mark.parametrize("attribute", ["filter=loud", "ident", "working-tree-encoding=UTF-16LE"])
def test_attributes_that_a_sparse_checkout_leaves_out_count(repository: RepositoryBuilder, attribute: str) -> None:
    repo = repository()
    repo.git("config", "filter.loud.clean", "tr A-Z a-z")
    repo.git("config", "filter.loud.smudge", "tr a-z A-Z")
    text = "$Id$ é\n".encode("utf-16-le" if "UTF-16" in attribute else "utf-8")
    repo.commit({".gitattributes": f"*.yml {attribute}\n", "src/a.py": "", "prompts/a.yml": text})
    (repo.root / "prompts/a.yml").unlink()
    repo.git("checkout", "--", "prompts/a.yml")
    repo.git("sparse-checkout", "set", "--no-cone", "/prompts/")
    assert not (repo.root / ".gitattributes").exists()
    here, there = _stored(repo, "prompts/a.yml")
    assert here == there != (repo.root / "prompts/a.yml").read_bytes()


def test_what_was_never_checked_out_is_not_deleted(repository: RepositoryBuilder, tmp_path: Path) -> None:
    repo = repository()
    repo.commit(FILES)
    clone, linked = tmp_path / "clone", tmp_path / "linked"
    repo.git("clone", "--quiet", "--no-checkout", str(repo.root), str(clone))
    repo.git("worktree", "add", "--quiet", "--no-checkout", str(linked), "-b", "linked")
    for folder in (clone, linked):
        tree = Checkout(folder)
        assert [str(path) for path in tree.list("**/*.yml")] == sorted(FILES)
        assert tree.read(P("prompts/legal/b.yml")) == b"b"
        assert Checkout(folder / "prompts").exists(P("a.yml")), "the folder itself is not there"
        (folder / "top.yml").write_text("mine")
        assert tree.read(P("top.yml")) == b"mine"
        GitRepository(folder).git("checkout", "--force", "HEAD", "--")
        (folder / "evals/c.yml").unlink()
        assert not tree.exists(P("evals/c.yml")), "it was checked out, and deleted since"


def test_before_the_first_commit_it_is_a_folder(repository: RepositoryBuilder) -> None:
    repo = repository()
    (repo.root / "a.yml").write_text("a")
    assert Checkout(repo.root).list("*.yml") == [P("a.yml")]
    assert not Checkout(repo.root).exists(P("b.yml"))


def test_a_linked_work_tree_whose_repository_is_on_another_machine_is_a_folder(tmp_path: Path) -> None:
    write_files(tmp_path, {".git": "gitdir: /none/.git/worktrees/here\n", "a.yml": "a"})
    assert Checkout(tmp_path).list("*.yml") == [P("a.yml")]
    assert not Checkout(tmp_path).exists(P("b.yml"))


def test_a_repository_that_the_environment_names_is_known(
    repository: RepositoryBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = repository()
    repo.commit(FILES)
    repo.git("sparse-checkout", "set", "--cone", "src")
    (repo.root / ".git").rename(tmp_path / "apart.git")
    assert not Checkout(repo.root).exists(P("evals/c.yml")), "nobody knows of a repository"
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "apart.git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(repo.root))
    assert Checkout(repo.root).read(P("evals/c.yml")) == b"c"
    (repo.root / ".gitattributes").write_text("*.yml filter=lfs\n")
    (repo.root / "top.yml").write_text("words")
    with pytest.raises(SourceError, match="LFS"):
        Checkout(repo.root).read(P("top.yml"))
    other = repository("other")
    other.commit({"a.yml": "a"})
    assert not Checkout(other.root).exists(P("evals/c.yml"))
    assert not Checkout(tmp_path).exists(P("evals/c.yml")), "it lies outside of that work tree"


def test_git_is_asked_once_for_all_files_of_a_folder(
    repository: RepositoryBuilder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    repo = repository()
    names = [f"prompts/{number}.yml" for number in range(20)]
    repo.commit({".gitattributes": "*.png filter=lfs\n", **dict.fromkeys(names, "x")})
    log = tmp_path / "git.log"
    monkeypatch.setenv("GIT_TRACE", str(log))
    tree = Checkout(repo.root)
    assert {tree.read(P(name)) for name in names} == {b"x"}
    assert log.read_text().count("built-in: git") == 2, "where the repository is, and the attributes"


def test_a_filter_that_fails_is_told(repository: RepositoryBuilder) -> None:
    repo = repository()
    repo.commit({"a.yml": "a"})
    repo.git("config", "filter.broken.clean", "false")
    repo.git("config", "filter.broken.required", "true")
    (repo.root / ".gitattributes").write_text("a.yml filter=broken\n")
    with pytest.raises(SourceError, match=r"filter=broken in \.gitattributes") as caught:
        Checkout(repo.root).read(P("a.yml"))
    assert caught.value.where == "a.yml"


def test_a_change_that_git_was_told_not_to_look_for_is_one(repository: RepositoryBuilder) -> None:
    repo = repository()
    repo.commit(FILES)
    found = Repository(repo.root)
    assert not has_hidden_changes(found, P())
    for option in ("--assume-unchanged", "--skip-worktree"):
        repo.git("update-index", option, "prompts/a.yml")
        assert not has_hidden_changes(found, P("prompts"))
        (repo.root / "prompts/a.yml").write_text("mine")
        assert has_hidden_changes(found, P("prompts"))
        assert not has_hidden_changes(found, P("evals"))
        (repo.root / "prompts/a.yml").write_text("a")
        repo.git("update-index", option.replace("--", "--no-"), "prompts/a.yml")
