"""Notes on real repositories: what is there stays there, whoever writes at the same time."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from promptops.errors import SourceError
from promptops.source.git import notes
from promptops.source.git.cat_file import GitObject
from promptops.source.git.repository import Repository
from promptops.source.source import MAX_FILE_BYTES
from tests.conftest import GitRepository, RepositoryBuilder


@pytest.fixture
def repo(repository: RepositoryBuilder) -> GitRepository:
    return repository()


def opened(repo: GitRepository) -> Repository:
    return Repository(repo.root)


def read(repo: GitRepository) -> dict[str, list[str]]:
    return {commit: data.decode().split() for commit, data in notes.read_notes(opened(repo))}


def clone(repo: GitRepository, name: str, *options: str) -> GitRepository:
    """A clone beside the bare repository."""
    folder = repo.root.parent / name
    repo.git("clone", "--quiet", *options, f"file://{repo.root}", str(folder))
    return GitRepository(folder)


def test_no_notes_yet(repo: GitRepository) -> None:
    repo.commit({"a": "1"})
    assert notes.notes_tip(opened(repo)) is None
    assert read(repo) == {}


def test_lines_are_sorted_and_each_stands_once(repo: GitRepository) -> None:
    one, two = repo.commit({"a": "1"}), repo.commit({"a": "2"})
    assert notes.add_note_lines(opened(repo), {one: ["b", "a"], two: ["c"]})
    assert notes.add_note_lines(opened(repo), {one: ["b", "d"]})
    assert not notes.add_note_lines(opened(repo), {one: ["d"], two: ["c"]})
    assert read(repo) == {one: ["a", "b", "d"], two: ["c"]}
    assert repo.git("notes", "--ref=promptops", "show", one) == "a\nb\nd"  # git itself reads them
    assert repo.git("rev-list", "--count", notes.REF) == "2"


def test_nothing_of_the_users_is_touched(repo: GitRepository) -> None:
    one = repo.commit({"a": "1"})
    (repo.root / "a").write_text("edited")
    (repo.root / "b").write_text("new")
    repo.git("add", "b")
    before = [repo.git(*words) for words in (("status", "--porcelain"), ("branch", "-a", "-v"), ("stash", "list"))]
    for name in ("reference-transaction", "post-commit"):
        hook = repo.root / ".git/hooks" / name
        hook.write_text("#!/bin/sh\ntouch ran\n")
        hook.chmod(0o755)
    notes.add_note_lines(opened(repo), {one: ["line"]})
    for path in (repo.root / ".git/hooks").iterdir():
        path.unlink()
    assert not [*repo.root.rglob("ran")]
    after = [repo.git(*words) for words in (("status", "--porcelain"), ("branch", "-a", "-v"), ("stash", "list"))]
    assert before == after
    assert repo.git("rev-parse", "HEAD") == one


def test_notes_that_git_wrote_are_added_to_in_their_place(repo: GitRepository) -> None:
    commits = [repo.commit({"a": str(number)}) for number in range(4)]
    for commit in commits[:3]:
        repo.git("notes", "--ref=promptops", "add", "-m", f"git-{commit[:4]}", commit)
    notes.add_note_lines(opened(repo), {commit: ["ours"] for commit in commits})
    assert read(repo) == {commit: [f"git-{commit[:4]}", "ours"] for commit in commits[:3]} | {commits[3]: ["ours"]}
    repo.git("notes", "--ref=promptops", "append", "-m", "later", commits[3])
    assert "later" in read(repo)[commits[3]]


def test_a_commit_that_is_not_here_gets_no_note(repo: GitRepository) -> None:
    repo.commit({"a": "1"})
    with pytest.raises(SourceError, match="no such version"):
        notes.add_note_lines(opened(repo), {"1" * 40: ["line"]})


def test_what_is_no_note_is_passed_over_and_kept(repo: GitRepository) -> None:
    one = repo.commit({"a": "1"})
    blob = repo.git("hash-object", "-w", "a")
    top = _mktree(repo, f"100644 blob {blob}\tREADME\n100644 blob {blob}\t{'z' * 40}\n")
    commit = repo.git("commit-tree", "-m", "strange", top)
    repo.git("update-ref", notes.REF, commit)
    assert read(repo) == {}
    notes.add_note_lines(opened(repo), {one: ["line"]})
    assert read(repo) == {one: ["line"]}
    assert "README" in repo.git("ls-tree", "-r", "--name-only", notes.REF)


def _mktree(repo: GitRepository, text: str) -> str:
    done = subprocess.run(["git", "mktree"], cwd=repo.root, input=text, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_writers_on_one_machine_lose_nothing(repo: GitRepository) -> None:
    commits = [repo.commit({"a": str(number)}) for number in range(3)]

    def write(name: str) -> None:
        for number in range(4):
            notes.add_note_lines(opened(repo), {commits[number % 3]: [f"{name}-{number}"]})

    threads = [threading.Thread(target=write, args=(name,)) for name in ("one", "two", "three")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(line for lines in read(repo).values() for line in lines) == sorted(
        f"{name}-{number}" for name in ("one", "two", "three") for number in range(4)
    )


def test_two_clones_that_push_at_the_same_time_lose_nothing(repository: RepositoryBuilder) -> None:
    bare = repository("remote", "--bare")
    first = clone(bare, "first")
    commits = [first.commit({"a": str(number)}) for number in range(3)]
    first.git("push", "--quiet", "origin", "HEAD:main")
    clones = [first, clone(bare, "second", "--branch=main"), clone(bare, "third", "--branch=main", "--depth=1")]

    def work(repo: GitRepository, name: str) -> None:
        for number in range(3):
            notes.add_note_lines(opened(repo), {commits[2]: [f"{name}-{number}"]})
            notes.sync_notes(opened(repo), sleep=lambda seconds: None)

    threads = [threading.Thread(target=work, args=(one, one.root.name)) for one in clones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    wanted = sorted(f"{one.root.name}-{number}" for one in clones for number in range(3))
    assert bare.git("notes", "--ref=promptops", "show", commits[2]).split() == wanted


def test_a_shallow_clone_merges_notes_of_commits_it_does_not_have(repository: RepositoryBuilder) -> None:
    bare = repository("remote", "--bare")
    full = clone(bare, "full")
    old, new = full.commit({"a": "1"}), full.commit({"a": "2"})
    full.git("push", "--quiet", "origin", "HEAD:main")
    shallow = clone(bare, "shallow", "--branch=main", "--depth=1")
    notes.add_note_lines(opened(full), {old: ["old"], new: ["full"]})
    notes.sync_notes(opened(full))
    notes.add_note_lines(opened(shallow), {new: ["shallow"]})
    assert notes.sync_notes(opened(shallow)) == 1
    assert read(shallow) == {old: ["old"], new: ["full", "shallow"]}
    assert shallow.git("rev-parse", notes.REF) == bare.git("rev-parse", notes.REF)


def test_somebody_pushes_in_between(repository: RepositoryBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = repository("remote", "--bare")
    one = clone(bare, "one")
    commit = one.commit({"a": "1"})
    one.git("push", "--quiet", "origin", "HEAD:main")
    other = clone(bare, "other", "--branch=main")
    notes.add_note_lines(opened(one), {commit: ["one"]})
    merge = notes.merge_notes
    rivals = iter(["other-1", "other-2"])

    def merged_then_overtaken(repository: Repository, ref: str) -> None:
        merge(repository, ref)
        if rival := next(rivals, ""):
            monkeypatch.setattr(notes, "merge_notes", merge)
            notes.add_note_lines(opened(other), {commit: [rival]})
            notes.sync_notes(opened(other))
            monkeypatch.setattr(notes, "merge_notes", merged_then_overtaken)

    notes.add_note_lines(opened(other), {commit: ["other-0"]})
    notes.sync_notes(opened(other))
    monkeypatch.setattr(notes, "merge_notes", merged_then_overtaken)
    assert notes.sync_notes(opened(one), sleep=lambda seconds: None) == 3
    assert bare.git("notes", "--ref=promptops", "show", commit).split() == ["one", "other-0", "other-1", "other-2"]


def test_a_remote_that_refuses_is_told_with_what_to_do(repository: RepositoryBuilder) -> None:
    bare = repository("remote", "--bare")
    one = clone(bare, "one")
    notes.add_note_lines(opened(one), {one.commit({"a": "1"}): ["line"]})
    hook = bare.root / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(SourceError, match="does not take refs/notes/promptops") as caught:
        notes.sync_notes(opened(one))
    assert "contents: write" in caught.value.hint


@pytest.mark.parametrize("remote", ["nowhere", "--upload-pack=touch x", "ext::sh -c true"])
def test_a_remote_that_is_none(repo: GitRepository, remote: str) -> None:
    notes.add_note_lines(opened(repo), {repo.commit({"a": "1"}): ["line"]})
    with pytest.raises(SourceError):
        notes.sync_notes(opened(repo), remote)


def test_settings_reach_git_and_no_command_line(repository: RepositoryBuilder, tmp_path: Path) -> None:
    bare = repository("remote", "--bare")
    one = clone(bare, "one")
    notes.add_note_lines(opened(one), {one.commit({"a": "1"}): ["line"]})
    elsewhere = tmp_path / "elsewhere.git"
    one.git("clone", "--quiet", "--bare", f"file://{bare.root}", str(elsewhere))
    moved = {f"url.file://{elsewhere}.insteadOf": [f"file://{bare.root}"]}
    notes.sync_notes(opened(one), settings=moved)
    assert one.git(f"--git-dir={elsewhere}", "rev-parse", notes.REF) == one.git("rev-parse", notes.REF)
    assert not any(name.startswith("GIT_CONFIG_KEY") for name in os.environ)


def test_a_note_that_would_grow_without_end_is_refused(repo: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    one = repo.commit({"a": "1"})
    monkeypatch.setattr(notes, "MOST_BYTES", 30)
    with pytest.raises(SourceError, match="a note may have 30 bytes"):
        notes.add_note_lines(opened(repo), {one: ["x" * 31]})


def test_a_note_that_is_too_long_is_passed_over(repo: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    one = repo.commit({"a": "1"})
    notes.add_note_lines(opened(repo), {one: ["x" * 31]})
    monkeypatch.setattr(notes, "MOST_BYTES", 30)
    assert read(repo) == {one: []}


def test_huge_notes_are_not_held_all_at_once(repo: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    commits = [repo.commit({"a": str(number)}) for number in range(40)]
    notes.add_note_lines(opened(repo), {one: ["line"] for one in commits})
    found, rounds = opened(repo), []
    ask, blob = found.lookup, repo.git("rev-parse", f"{notes.REF}:{commits[0][:2]}/{commits[0][2:]}")

    def count(names: Sequence[str]) -> list[GitObject | None]:
        rounds.append(names.count(blob))
        return ask(names)

    monkeypatch.setattr(found, "lookup", count)
    assert dict(notes.read_notes(found)) == dict.fromkeys(commits, b"line\n")
    assert max(rounds) * MAX_FILE_BYTES <= 2**30


def test_a_linked_work_tree_writes_the_same_notes(repo: GitRepository, tmp_path: Path) -> None:
    one = repo.commit({"a": "1"})
    repo.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    notes.add_note_lines(Repository(tmp_path / "linked"), {one: ["line"]})
    assert read(repo) == {one: ["line"]}


def test_notes_that_the_remote_lost_are_pushed_again(repository: RepositoryBuilder) -> None:
    bare = repository("remote", "--bare")
    one = clone(bare, "one")
    notes.add_note_lines(opened(one), {one.commit({"a": "1"}): ["line"]})
    notes.sync_notes(opened(one))
    notes.sync_notes(opened(one))  # from now on the clone remembers what the remote had
    bare.git("update-ref", "-d", notes.REF)
    notes.sync_notes(opened(one))
    assert bare.git("rev-parse", notes.REF) == one.git("rev-parse", notes.REF)


def test_what_keeps_git_from_writing_is_told_and_is_not_taken_for_another_writer(repository: RepositoryBuilder) -> None:
    repo = repository()
    commit = repo.commit()
    (repo.root / ".git/refs/notes").write_text("in the way")
    opened = Repository(repo.root)
    with pytest.raises(SourceError, match="git cannot write here") as caught:
        notes.add_note_lines(opened, {commit: ["{}"]})
    assert "git says: " in caught.value.hint
    opened.close()
