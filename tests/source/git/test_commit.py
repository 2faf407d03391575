from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import pytest

from promptops.errors import SourceError
from promptops.source.git import repository as repository_module
from promptops.source.git.cat_file import GitObject
from promptops.source.git.commit import Commit
from promptops.source.git.repository import Repository
from tests.conftest import GitRepository, RepositoryBuilder

P = PurePosixPath


@pytest.fixture
def history(repository: RepositoryBuilder) -> GitRepository:
    """Two commits on main; the tag v1 (annotated) on the first, the branch `side` from it."""
    repo = repository()
    repo.commit(
        {"a.yml": "one\r\n", "prompts/b c.yml": "b", "prompts/😀é.yml": "e", "prompts/deep/er/d.yml": "d"}, "first"
    )
    repo.git("tag", "--annotate", "--message", "first", "v1")
    repo.git("branch", "side")
    repo.commit({"a.yml": "two"}, "second")
    return repo


def test_a_commit_is_read_without_a_checkout(history: GitRepository) -> None:
    first = history.git("rev-parse", "HEAD~1")
    (history.root / "a.yml").write_text("edited")
    commit = Commit(Repository(history.root), first)
    assert commit.read(P("a.yml")) == b"one\r\n"
    assert commit.read(P("prompts/../prompts/b c.yml")) == b"b"
    assert commit.read(P("prompts/😀é.yml")) == b"e"
    assert commit.revision.label == first[:7]
    assert Commit(Repository(history.root), history.git("rev-parse", "HEAD")).read(P("a.yml")) == b"two"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The questions of each round to git."""
    rounds: list[list[str]] = []
    ask = Repository.lookup

    def note(self: Repository, names: Sequence[str]) -> list[GitObject | None]:
        rounds.append([*names])
        return ask(self, names)

    monkeypatch.setattr(Repository, "lookup", note)
    return rounds


def test_a_first_read_is_one_round_and_a_later_one_asks_for_the_file_alone(
    history: GitRepository, asked: list[list[str]]
) -> None:
    head = history.git("rev-parse", "HEAD")
    commit = Commit(Repository(history.root), head)
    assert asked == [], "nothing is asked before the first read"
    assert commit.read(P("prompts/deep/er/d.yml")) == b"d"
    [names] = asked
    folders = [f"{head}:", f"{head}:prompts", f"{head}:prompts/deep", f"{head}:prompts/deep/er"]
    assert sorted(names) == sorted([head, *folders, f"{head}:prompts/deep/er/d.yml"])
    assert commit.read(P("a.yml")) == b"two"
    assert commit.read(P("prompts/b c.yml")) == b"b"
    assert asked[1:] == [[history.git("rev-parse", f"HEAD:{path}")] for path in ("a.yml", "prompts/b c.yml")]
    assert not commit.exists(P("prompts/none.yml"))
    assert not commit.exists(P("a.yml/below/it"))
    assert len(asked) == 3


def test_many_files_are_read_in_two_rounds(history: GitRepository, asked: list[list[str]]) -> None:
    commit = Commit(Repository(history.root), history.git("rev-parse", "HEAD"))
    paths = [P("prompts/😀é.yml"), P("prompts/deep/er/d.yml"), P("a.yml"), P("prompts/../a.yml")]
    found = commit.read_many(paths)
    assert list(found.items()) == [*zip(paths, [b"e", b"d", b"two", b"two"], strict=True)]
    assert len(asked) == 2
    assert commit.read_many([]) == {}


@pytest.mark.parametrize(
    ("path", "message"), [("none.yml", "no such file"), ("prompts", "a folder"), ("../x", "outside")]
)
def test_of_many_files_none_is_skipped_in_silence(history: GitRepository, path: str, message: str) -> None:
    commit = Commit(Repository(history.root), history.git("rev-parse", "HEAD"))
    with pytest.raises(SourceError, match=message) as caught:
        commit.read_many([P("a.yml"), P(path)])
    assert path in caught.value.where


def test_of_many_files_the_damaged_one_is_named(history: GitRepository) -> None:
    wanted = history.git("rev-parse", "HEAD:prompts/b c.yml")
    path = history.root / ".git/objects" / wanted[:2] / wanted[2:]
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-3])
    commit = Commit(Repository(history.root), history.git("rev-parse", "HEAD"))
    with pytest.raises(SourceError, match="damaged") as caught:
        commit.read_many([P("a.yml"), P("prompts/b c.yml")])
    assert "prompts/b c.yml at" in caught.value.where
    with pytest.raises(SourceError, match="damaged"):
        commit.read(P("prompts/b c.yml"))
    assert commit.read(P("a.yml")) == b"two"


def test_entries_are_ids_and_no_file_is_read(history: GitRepository, asked: list[list[str]]) -> None:
    commit = Commit(Repository(history.root), history.git("rev-parse", "HEAD"))
    found = commit.entries("**/*.yml")
    assert list(found) == commit.list("**/*.yml")
    assert found[P("prompts/b c.yml")] == history.git("rev-parse", "HEAD:prompts/b c.yml")
    assert not set(found.values()) & {name for names in asked for name in names}
    assert commit.entries("none/*") == {}


def test_a_name_is_a_guess_that_is_never_believed(history: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a name brings is used only where the folders lead to its id."""
    head, first = history.git("rev-parse", "HEAD"), history.git("rev-parse", "HEAD~1")
    ask = Repository.lookup
    monkeypatch.setattr(
        Repository, "lookup", lambda self, names: ask(self, [name.replace(head, first) for name in names])
    )
    with pytest.raises(SourceError, match="damaged") as caught:
        Commit(Repository(history.root), head).read(P("a.yml"))
    assert caught.value.where == head
    monkeypatch.setattr(
        Repository,
        "lookup",
        lambda self, names: ask(self, [name.replace(f"{head}:", f"{first}:") for name in names]),
    )
    assert Commit(Repository(history.root), head).read(P("a.yml")) == b"two", "a wrong guess costs rounds, nothing else"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_names_that_no_question_can_hold_are_found_by_their_folders(repository: RepositoryBuilder) -> None:
    repo = repository()
    names = ["a\nb/c\nd.yml", "x/\r.yml", "x/ y .yml", "x/^{tree}", "x/ab:c", "x/@{1}"]
    for name in names:
        path = repo.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(repr(name))
    (repo.root / os.fsdecode(b"x/\xff.yml")).write_text("not UTF-8")
    commit = Commit(Repository(repo.root), repo.commit())
    unusable = [names[0], names[1], os.fsdecode(b"x/\xff.yml")]
    assert set(commit.list("**")) == {P(name) for name in (*names, *unusable)}
    for name in set(names) - set(unusable):
        assert commit.read(P(name)) == repr(name).encode()
    for name in unusable:
        assert commit.exists(P(name))
        with pytest.raises(SourceError, match="the name holds a line break"):
            commit.read(P(name))


def test_a_link_on_the_way_is_told(history: GitRepository) -> None:
    (history.root / "link").symlink_to("prompts")
    (history.root / "deeper").mkdir()
    (history.root / "deeper/link").symlink_to("../prompts/deep")
    commit = Commit(Repository(history.root), history.commit({"z": "z"}))
    with pytest.raises(SourceError, match="symbolic link"):
        commit.read(P("link/b c.yml"))
    assert commit.exists(P("link/b c.yml"))
    there = commit.list("prompts/**")
    assert there
    assert commit.list("link/**") == [P("link") / path.relative_to("prompts") for path in there]
    deep = [P("link") / path.relative_to("prompts") for path in commit.list("prompts/deep/**")]
    assert commit.list("link/deep/**") == deep
    assert commit.list("deeper/**") == [P("deeper/link") / path.relative_to("link/deep") for path in deep]
    inside = Commit(Repository(history.root), history.git("rev-parse", "HEAD"), P("deeper"))
    assert inside.list("**") == [path.relative_to("deeper") for path in commit.list("deeper/**")]


def _hash(repo: GitRepository, kind: str, data: bytes) -> str:
    command = ["git", "hash-object", "-w", "--literally", "-t", kind, "--stdin"]
    done = subprocess.run(command, cwd=repo.root, input=data, capture_output=True, check=True)
    return done.stdout.decode().strip()


@pytest.mark.parametrize("broken", [b"100644 a", b"100644 a\0short", b"rw a\0" + b"x" * 20, b" a\0" + b"x" * 20, b"\n"])
def test_a_folder_that_cannot_be_read_is_an_error_and_not_an_empty_one(history: GitRepository, broken: bytes) -> None:
    tree = _hash(history, "tree", broken)
    sha = _hash(history, "commit", f"tree {tree}\nauthor a <a> 0 +0000\ncommitter a <a> 0 +0000\n\nx\n".encode())
    commit = Commit(Repository(history.root), sha)
    for use in (lambda: commit.read(P("a")), lambda: commit.exists(P("a")), lambda: commit.list("**")):
        with pytest.raises(SourceError) as caught:
            use()
        assert caught.value.where == tree


def test_a_folder_called_a_file_is_no_file(history: GitRepository) -> None:
    folder = history.git("rev-parse", "HEAD:prompts")
    tree = _hash(history, "tree", b"100644 a.yml\0" + bytes.fromhex(folder))
    sha = _hash(history, "commit", f"tree {tree}\nauthor a <a> 0 +0000\ncommitter a <a> 0 +0000\n\nx\n".encode())
    with pytest.raises(SourceError, match="not a file"):
        Commit(Repository(history.root), sha).read(P("a.yml"))


def test_a_damaged_folder_is_told_and_not_taken_for_an_empty_one(history: GitRepository) -> None:
    folder = history.git("rev-parse", "HEAD:prompts")
    path = history.root / ".git/objects" / folder[:2] / folder[2:]
    path.chmod(0o600)
    path.write_bytes(b"")
    commit = Commit(Repository(history.root), history.git("rev-parse", "HEAD"))
    reads = (
        lambda: commit.exists(P("prompts/b c.yml")),
        lambda: commit.list("**"),
        lambda: commit.read(P("prompts/b")),
    )
    for use in reads:
        with pytest.raises(SourceError, match="damaged") as caught:
            use()
        assert caught.value.where == folder
    assert commit.read(P("a.yml")) == b"two"


def test_lists_are_sorted_and_follow_the_glob(history: GitRepository) -> None:
    commit = Commit(Repository(history.root), history.git("rev-parse", "HEAD"))
    assert commit.list("**") == [P("a.yml"), P("prompts/b c.yml"), P("prompts/deep/er/d.yml"), P("prompts/😀é.yml")]
    assert commit.list("prompts/*.yml") == [P("prompts/b c.yml"), P("prompts/😀é.yml")]
    assert commit.list("prompts/**/d.yml") == [P("prompts/deep/er/d.yml")]
    for nothing in ("none/**", "a.yml/**", "../**"):
        assert commit.list(nothing) == []


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("none.yml", "no such file"),
        ("a.yml/below", "no such file"),
        ("prompts", "it is a folder"),
        ("../a.yml", "outside the project"),
        ("/a.yml", "outside the project"),
    ],
)
def test_what_is_not_there_is_said_with_the_version(history: GitRepository, path: str, message: str) -> None:
    head = history.git("rev-parse", "HEAD")
    commit = Commit(Repository(history.root), head)
    with pytest.raises(SourceError, match=message) as caught:
        commit.read(P(path))
    assert path in caught.value.where
    if "outside" not in message:
        assert head[:7] in caught.value.where
    assert not commit.exists(P(path))


def test_links_and_submodules_are_refused(repository: RepositoryBuilder) -> None:
    other = repository("other")
    sub = other.commit({"x.yml": "x"})
    repo = repository()
    (repo.root / "link.yml").symlink_to("/etc/passwd")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{sub},sub.yml")
    (repo.root / "a.yml").write_text("a")
    repo.git("add", "a.yml", "link.yml")
    repo.git("commit", "--quiet", "--message", "x")
    commit = Commit(Repository(repo.root), repo.git("rev-parse", "HEAD"))
    assert commit.list("**") == [P("a.yml"), P("link.yml")]
    assert [*commit.entries("**")] == [P("a.yml")]
    for path, message in (("link.yml", "symbolic link"), ("sub.yml", "submodule")):
        assert commit.exists(P(path))
        with pytest.raises(SourceError, match=message):
            commit.read(P(path))


def test_an_empty_commit_has_no_files(repository: RepositoryBuilder) -> None:
    commit = Commit(Repository(repository().root), repository().commit())
    assert commit.list("**") == []
    assert not commit.exists(P("a"))


def test_a_project_in_a_folder_of_the_repository(history: GitRepository) -> None:
    repo = Repository(history.root / "prompts" / "deep")
    assert repo.root == history.root.resolve()
    prefix = repo.prefix(history.root / "prompts")
    commit = Commit(repo, repo.resolve("HEAD"), prefix)
    assert commit.list("**/d.yml") == [P("deep/er/d.yml")]
    assert commit.read(P("b c.yml")) == b"b"
    with pytest.raises(SourceError, match="outside"):
        commit.read(P("../a.yml"))
    with pytest.raises(SourceError, match="not in the repository"):
        repo.prefix(history.root.parent)


def test_revisions_as_people_write_them(history: GitRepository) -> None:
    repo = Repository(history.root)
    head, first = history.git("rev-parse", "HEAD"), history.git("rev-parse", "HEAD~1")
    for name in ("HEAD", "main", "refs/heads/main", head, head.upper(), head[:8]):
        assert repo.resolve(name) == head
    for name in ("HEAD~1", "v1", "side", "main^", first[:7]):
        assert repo.resolve(name) == first
    history.git("branch", "größe/😀", first)
    assert repo.resolve("größe/😀") == first
    assert repo.head() == head


@pytest.mark.parametrize(
    "name",
    [
        "",
        "--output=x",
        "-x",
        "HEAD\n",
        "HEAD\nmain",
        "a b",
        "a\0",
        "a\tb",
        "HEAD\x7f",
        "none",
        "0" * 40,
        "HEAD:a.yml",
        "HEAD~9",
    ],
)
def test_what_is_no_commit_is_refused_and_writes_nothing(history: GitRepository, name: str) -> None:
    repo = Repository(history.root)
    before = sorted(history.root.iterdir())
    with pytest.raises(SourceError) as caught:
        repo.resolve(name)
    assert caught.value.hint or caught.value.where
    assert sorted(history.root.iterdir()) == before
    assert repo.resolve("HEAD") == history.git("rev-parse", "HEAD"), "the next answer belongs to the next question"


def test_a_branch_named_like_a_commit_does_not_shadow_it(history: GitRepository) -> None:
    head, first = history.git("rev-parse", "HEAD"), history.git("rev-parse", "HEAD~1")
    history.git("update-ref", f"refs/heads/{first}", head)
    repo = Repository(history.root)
    assert repo.resolve(first) == first
    assert Commit(repo, first).read(P("a.yml")) == b"one\r\n"
    missing = "1" * 40
    history.git("update-ref", f"refs/heads/{missing}", head)
    with pytest.raises(SourceError):
        repo.resolve(missing)


def test_a_stand_in_for_an_object_is_not_read(history: GitRepository) -> None:
    blobs = [history.git("rev-parse", f"{revision}:a.yml") for revision in ("HEAD", "HEAD~1")]
    history.git("replace", *blobs)
    assert Commit(Repository(history.root), history.git("rev-parse", "HEAD")).read(P("a.yml")) == b"two"


@pytest.mark.parametrize("sha", ["HEAD", "abc1234", "-x", "", "g" * 40])
def test_only_a_full_id_is_a_commit(history: GitRepository, sha: str) -> None:
    with pytest.raises(SourceError, match="not a full object id"):
        Commit(Repository(history.root), sha)


def test_other_objects_are_no_commits(history: GitRepository) -> None:
    repo = Repository(history.root)
    fake = subprocess.run(
        ["git", "hash-object", "-w", "--stdin"], cwd=history.root, capture_output=True, check=True, text=True,
        input="tree " + history.git("rev-parse", "HEAD^{tree}") + "\n",
    ).stdout.strip()  # fmt: skip
    for sha in (fake, history.git("rev-parse", "HEAD^{tree}"), history.git("rev-parse", "v1")):
        with pytest.raises(SourceError, match="not a commit") as caught:
            Commit(repo, sha).list("**")
        assert caught.value.where == sha


def test_new_commits_are_seen_by_a_running_process(history: GitRepository) -> None:
    repo = Repository(history.root)
    old = repo.resolve("main")
    new = history.commit({"a.yml": "three"})
    assert repo.resolve("main") == new != old
    assert Commit(repo, new).read(P("a.yml")) == b"three"


def test_blobs_come_from_one_process(history: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = Repository(history.root)
    commit = Commit(repo, repo.resolve("HEAD"))
    commit.read(P("a.yml"))

    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("another process was started")

    monkeypatch.setattr(subprocess.Popen, "__init__", refuse)
    for path in commit.list("**"):
        commit.read(path)


def test_a_huge_blob_is_refused_and_the_next_answer_is_right(
    history: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    history.commit({"huge.jsonl": "x" * 50_000})
    monkeypatch.setattr(repository_module, "MAX_FILE_BYTES", 10_000)
    commit = Commit(Repository(history.root), history.git("rev-parse", "HEAD"))
    with pytest.raises(SourceError, match=r"too large \(50,000 bytes\)") as caught:
        commit.read(P("huge.jsonl"))
    assert "huge.jsonl" in caught.value.where
    assert commit.read(P("a.yml")) == b"two"


def test_a_shallow_clone_says_how_to_get_the_rest(history: GitRepository, tmp_path: Path) -> None:
    history.git("clone", "--quiet", "--depth=1", f"file://{history.root}", str(tmp_path / "shallow"))
    repo = Repository(tmp_path / "shallow")
    assert repo.is_shallow()
    assert not Repository(history.root).is_shallow()
    first = history.git("rev-parse", "HEAD~1")
    with pytest.raises(SourceError, match="shallow clone") as caught:
        repo.resolve(first)
    assert "git fetch --unshallow" in caught.value.hint
    assert f"git fetch origin {first}" in caught.value.hint
    for use in (lambda: Commit(repo, first).read(P("a.yml")), lambda: Commit(repo, first).exists(P("a.yml"))):
        with pytest.raises(SourceError, match="shallow clone") as caught:
            use()
        assert caught.value.where == first


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root can give a folder away")
def test_another_owners_repository_is_said_to_be_one(history: GitRepository) -> None:
    for path in (history.root, history.root / ".git"):
        os.chown(path, 54321, 54321)
    with pytest.raises(SourceError, match="belongs to another user") as caught:
        Repository(history.root)
    assert "safe.directory" in caught.value.hint
    assert "*" not in caught.value.hint
    for path in (history.root, history.root / ".git"):
        os.chown(path, 0, 0)


def test_a_broken_repository_is_said_to_be_one(history: GitRepository) -> None:
    repo = Repository(history.root)
    (history.root / ".git" / "config").write_text("[core\n")
    with pytest.raises(SourceError, match="git cannot read this repository"):
        repo.resolve("HEAD")


def test_no_repository_no_folder_no_commit(tmp_path: Path, repository: RepositoryBuilder) -> None:
    with pytest.raises(SourceError, match="not in a git repository") as caught:
        Repository(tmp_path)
    assert "git init" in caught.value.hint
    with pytest.raises(SourceError, match="no such folder"):
        Repository(tmp_path / "none")
    assert Repository(repository().root).head() is None


def test_merge_base(history: GitRepository) -> None:
    first = history.git("rev-parse", "HEAD~1")
    history.git("checkout", "--quiet", "side")
    history.commit({"s.yml": "s"})
    repo = Repository(history.root)
    assert repo.merge_base("main", "side") == first
    history.git("checkout", "--quiet", "--orphan", "alone")
    history.commit({"t.yml": "t"})
    with pytest.raises(SourceError, match="no common ancestor") as caught:
        repo.merge_base("main", "alone")
    assert caught.value.where == "main alone"
    with pytest.raises(SourceError, match="no such version"):
        repo.merge_base("main", "none")


def test_the_default_branch(history: GitRepository, tmp_path: Path) -> None:
    assert Repository(history.root).default_branch() == "main"
    history.git("clone", "--quiet", str(history.root), str(tmp_path / "clone"))
    clone = Repository(tmp_path / "clone")
    assert clone.default_branch() == "origin/main"
    history.git("branch", "--move", "main", "trunk")
    history.git("clone", "--quiet", str(history.root), str(tmp_path / "other"))
    assert Repository(tmp_path / "other").default_branch() == "origin/trunk"
    assert Repository(history.root).default_branch() is None


def test_dirty_counts_edits_and_new_files_below_the_folder(history: GitRepository) -> None:
    repo = Repository(history.root)
    assert not repo.is_dirty(P())
    (history.root / "new.txt").write_text("n")
    assert repo.is_dirty(P())
    assert not repo.is_dirty(P("prompts"))
    (history.root / "prompts" / "b c.yml").write_text("edited")
    assert repo.is_dirty(P("prompts"))
    history.commit({".gitignore": "*.log\n", "[x]/a": "", "x/b": ""})
    (history.root / "x.log").write_text("")
    assert not repo.is_dirty(P())
    (history.root / "x" / "b").write_text("edited")
    assert repo.is_dirty(P("x"))
    assert not repo.is_dirty(P("[x]")), "a folder's name is no pattern"


def test_dirty_has_no_meaning_without_a_work_tree(tmp_path: Path, repository: RepositoryBuilder) -> None:
    bare = repository("bare.git", "--bare")
    with pytest.raises(SourceError):
        Repository(bare.root).is_dirty(P())


def test_a_nest_of_the_same_folder_is_not_listed_for_ever(repository: RepositoryBuilder) -> None:
    made = repository()
    tree = made.git("rev-parse", made.commit({"a": "x"}) + "^{tree}")
    for _ in range(12):
        rows = "".join(f"040000 tree {tree}\t{name}\n" for name in "abcdefghij")
        done = subprocess.run(["git", "mktree"], cwd=made.root, input=rows, capture_output=True, text=True, check=True)
        tree = done.stdout.strip()
    bomb = made.git("commit-tree", tree, "-m", "nest")
    with pytest.raises(SourceError, match="more than 500,000 files and folders"):
        Commit(Repository(made.root), bomb).list("**")
