"""What a repository answers about its objects and commits, with real repositories."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from promptops.errors import DamagedError, NoRepositoryError, SourceError
from promptops.source.git.repository import Repository
from tests.conftest import GitRepository, RepositoryBuilder

NOWHERE = "1" * 40


@pytest.fixture
def history(repository: RepositoryBuilder) -> GitRepository:
    """Three commits on main, one of them by a merge; the tag v1 (annotated) on the first; one commit on `fork`."""
    repo = repository()
    repo.commit({"a": "one", "b": "b"}, "first")
    repo.git("tag", "--annotate", "--message", "first", "v1")
    repo.git("checkout", "--quiet", "-b", "fork")
    repo.commit({"a": "forked"}, "forked")
    repo.git("checkout", "--quiet", "main")
    repo.commit({"a": "two"}, "second")
    repo.commit({"a": "three"}, "third")
    return repo


def _id(repo: GitRepository, name: str) -> str:
    return repo.git("rev-parse", name)


def test_objects_are_read_in_the_order_asked(history: GitRepository) -> None:
    repo = Repository(history.root)
    one, b, commit = _id(history, "v1:a"), _id(history, "v1:b"), _id(history, "main")
    assert repo.read_objects([b, one, b]) == [b"b", b"one", b"b"]
    assert repo.commit_bytes(commit).startswith(b"tree " + repo.tree_id(commit).encode() + b"\nparent ")
    assert repo.read_objects([]) == []
    repo.close()
    assert repo.read_objects([one], "blob")[0] == b"one"


def test_an_object_of_another_kind_is_refused(history: GitRepository) -> None:
    repo = Repository(history.root)
    blob, tree, tag = _id(history, "v1:a"), _id(history, "v1^{tree}"), _id(history, "v1")
    for sha in (blob, tree, tag):
        with pytest.raises(SourceError, match="not a commit") as caught:
            repo.commit_bytes(sha)
        assert caught.value.where == sha
    with pytest.raises(SourceError, match="not a file"):
        repo.read_objects([tree], "blob")[0]


@pytest.mark.parametrize("text", ["abc1234", "--output=x", "HEAD@{1}", ":/first", "main", "HEAD", "", "A" * 40, "a\nb"])
def test_a_pin_is_a_full_id_and_no_name_is_one(history: GitRepository, text: str) -> None:
    before = sorted(history.root.iterdir())
    with pytest.raises(SourceError, match="not a full object id") as caught:
        Repository(history.root).require_commit(text)
    assert caught.value.where in (text, repr(text))
    assert "40 characters" in caught.value.hint
    assert sorted(history.root.iterdir()) == before


def test_a_short_id_of_a_commit_is_no_pin(history: GitRepository) -> None:
    repo, sha = Repository(history.root), _id(history, "main")
    assert repo.require_commit(sha) == sha
    for text in (sha[:39], sha[:7], sha.upper(), f"{sha}\n", f"{sha}^0", f" {sha}"):
        with pytest.raises(SourceError, match="not a full object id"):
            repo.require_commit(text)


@pytest.mark.parametrize("name", ["v1", "v1^{tree}", "v1:a"])
def test_a_tag_a_folder_or_a_file_is_no_pin(history: GitRepository, name: str) -> None:
    sha = _id(history, name)
    with pytest.raises(SourceError, match="not a commit") as caught:
        Repository(history.root).require_commit(sha)
    assert caught.value.where == sha
    assert caught.value.hint


def test_the_commit_wins_over_a_branch_of_its_name(history: GitRepository) -> None:
    head, first = _id(history, "main"), _id(history, "v1^{}")
    for name in (first, NOWHERE):
        history.git("update-ref", f"refs/heads/{name}", head)
        history.git("update-ref", f"refs/tags/{name}", head)
    repo = Repository(history.root)
    assert repo.require_commit(first) == first
    assert repo.tree_id(first) == _id(history, "v1^{tree}")
    with pytest.raises(SourceError, match="no such version") as caught:
        repo.require_commit(NOWHERE)
    assert caught.value.where == NOWHERE


def test_a_shallow_clone_without_the_commit_says_how_to_get_it(history: GitRepository, tmp_path: Path) -> None:
    history.git("clone", "--quiet", "--depth=1", f"file://{history.root}", str(tmp_path / "shallow"))
    repo, first = Repository(tmp_path / "shallow"), _id(history, "v1^{}")
    head = repo.resolve("HEAD")
    for use in (lambda: repo.require_commit(first), lambda: repo.unreachable([first], head)):
        with pytest.raises(SourceError, match="shallow") as caught:
            use()
        assert caught.value.where == first
        assert "git fetch --unshallow" in caught.value.hint
        assert f"git fetch origin {first}" in caught.value.hint


def test_a_stand_in_for_a_commit_is_not_taken(history: GitRepository) -> None:
    head, first, fork = _id(history, "main"), _id(history, "v1^{}"), _id(history, "fork")
    tree = _id(history, "v1^{tree}")
    history.git("replace", first, head)
    history.git("replace", "--graft", head, fork)
    repo = Repository(history.root)
    assert repo.tree_id(first) == tree
    assert repo.unreachable([fork], head) == [fork]


def test_a_graft_makes_no_ancestor(history: GitRepository) -> None:
    head, fork = _id(history, "main"), _id(history, "fork")
    (history.root / ".git/info").mkdir(exist_ok=True)
    (history.root / ".git/info/grafts").write_text(f"{head} {fork}\n")
    assert fork in history.git("-c", "advice.graftFileDeprecated=false", "rev-list", "main"), "git itself is taken in"
    assert Repository(history.root).unreachable([fork], head) == [fork]


def test_commits_outside_a_branch_are_named_in_order(history: GitRepository) -> None:
    repo = Repository(history.root)
    head, second, first, fork = (_id(history, name) for name in ("main", "main~1", "v1^{}", "fork"))
    assert repo.unreachable([first, head, second, first], head) == []
    assert repo.unreachable([head, fork, first, second], second) == [head, fork]
    assert repo.unreachable([first], fork) == []
    assert repo.unreachable([], head) == []
    history.git("merge", "--quiet", "-s", "ours", "--no-edit", "fork")
    assert repo.unreachable([fork, first], _id(history, "main")) == []


def test_a_commit_on_no_branch_is_outside(history: GitRepository) -> None:
    """A fork's commit lies among the objects of the parent, where its id can be read."""
    tree, first = _id(history, "v1^{tree}"), _id(history, "v1^{}")
    loose = history.git("commit-tree", tree, "-p", first, "-m", "not approved")
    assert Repository(history.root).unreachable([loose, first], _id(history, "main")) == [loose]


def test_no_index_of_commits_is_believed(history: GitRepository) -> None:
    history.git("commit-graph", "write", "--reachable")
    [graph] = (history.root / ".git/objects/info").glob("commit-graph")
    graph.chmod(0o600)
    whole = bytearray(graph.read_bytes())
    head, second, fork = (bytes.fromhex(_id(history, name)) for name in ("main", "main~1", "fork"))
    ids = sorted([head, second, fork, bytes.fromhex(_id(history, "v1^{}"))])
    tree = whole.index(bytes.fromhex(_id(history, "main^{tree}")))
    whole[tree + 20 : tree + 24] = ids.index(fork).to_bytes(4, "big")  # main's parent is the fork now
    graph.write_bytes(whole)
    assert fork.hex() in history.git("rev-list", "main"), "git itself is taken in"
    assert Repository(history.root).unreachable([fork.hex()], head.hex()) == [fork.hex()]


def test_what_is_no_commit_is_neither_inside_nor_outside(history: GitRepository) -> None:
    repo, head = Repository(history.root), _id(history, "main")
    for name in ("v1", "v1:a", "v1^{tree}"):
        with pytest.raises(SourceError, match="not a commit"):
            repo.unreachable([_id(history, name)], head)
        with pytest.raises(SourceError, match="not a commit"):
            repo.unreachable([head], _id(history, name))
    for pair in (([NOWHERE], head), ([head], NOWHERE)):
        with pytest.raises(SourceError, match="no such version") as caught:
            repo.unreachable(*pair)
        assert caught.value.where == NOWHERE
    for pair in (([head], "main"), (["--all"], head)):
        with pytest.raises(SourceError, match="not a full object id"):
            repo.unreachable(*pair)


def test_missing_names_what_is_not_here_and_never_fails(history: GitRepository, tmp_path: Path) -> None:
    repo = Repository(history.root)
    here = [_id(history, name) for name in ("main", "v1", "v1:a", "v1^{tree}")]
    other = "2" * 40
    assert repo.missing([*here, other, NOWHERE, "main", other, "a\nb"]) == [other, NOWHERE, "main", "a\nb"]
    assert repo.missing([]) == []
    assert repo.missing(here * 2000) == []
    (history.root / ".git/config").write_text("[core\n")
    assert repo.missing(here) == here


def test_missing_asks_no_server(history: GitRepository, tmp_path: Path) -> None:
    history.git("config", "uploadpack.allowFilter", "true")
    history.git("clone", "--quiet", "--bare", "--filter=blob:none", f"file://{history.root}", str(tmp_path / "partial"))
    repo = Repository(tmp_path / "partial")
    blobs = [_id(history, "v1:a"), _id(history, "v1:b")]
    assert repo.missing([_id(history, "main"), *blobs, _id(history, "v1^{tree}")]) == blobs
    with pytest.raises(SourceError, match="is not in this repository") as caught:
        repo.read_objects([blobs[0]], "blob")[0]
    assert "partial clone" in caught.value.hint
    assert repo.missing(blobs) == blobs


def test_what_is_not_here_is_fetched_once_and_all_at_once(history: GitRepository, tmp_path: Path) -> None:
    history.git("clone", "--quiet", "--bare", "--depth=1", f"file://{history.root}", str(tmp_path / "few"))
    calls: list[Sequence[str]] = []

    def fetch(ids: Sequence[str]) -> None:
        calls.append(ids)
        subprocess.run(["git", "fetch", "--quiet", history.root, *ids], cwd=tmp_path / "few", check=True)

    history.git("config", "uploadpack.allowAnySHA1InWant", "true")
    repo = Repository(tmp_path / "few", fetch)
    here, first, fork = (_id(history, name) for name in ("main:b", "v1:a", "fork:a"))
    assert repo.read_objects([first, here, fork, first]) == [b"one", b"b", b"forked", b"one"]
    assert calls == [[first, fork]]
    assert repo.can_fetch
    repo.fetch_missing([here, first, _id(history, "main~1:a")])
    repo.fetch_missing([here])
    assert calls[1:] == [[_id(history, "main~1:a")]]
    assert not Repository(history.root).can_fetch


def test_what_a_fetch_did_not_bring_counts_as_damaged(history: GitRepository) -> None:
    calls: list[Sequence[str]] = []
    repo = Repository(history.root, calls.append)
    with pytest.raises(DamagedError) as caught:
        repo.read_objects([NOWHERE], "blob")[0]
    assert caught.value.where == NOWHERE
    assert calls == [[NOWHERE]]


@pytest.mark.parametrize("packed", [False, True])
def test_damage_is_told_and_the_next_read_works(history: GitRepository, packed: bool) -> None:
    wanted, other = _id(history, "v1:a"), _id(history, "v1:b")
    if packed:
        history.git("gc", "--quiet")
        [path] = (history.root / ".git/objects/pack").glob("*.pack")
        lines = history.git("verify-pack", "-v", str(path.with_suffix(".idx"))).splitlines()
        place = next(int(line.split()[4]) for line in lines if line.startswith(wanted)) + 4
    else:
        path = history.root / ".git/objects" / wanted[:2] / wanted[2:]
        place = 8
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[place] ^= 0x10
    path.write_bytes(data)
    repo = Repository(history.root)
    for _ in range(2):
        with pytest.raises(SourceError, match="damaged") as caught:
            repo.read_objects([wanted], "blob")[0]
        assert caught.value.where == wanted
        assert "git fsck" in caught.value.hint
        assert repo.read_objects([other], "blob")[0] == b"b"


def test_git_takes_nothing_from_the_callers_input(history: GitRepository) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"HEAD\n")
    os.close(writer)
    kept = os.dup(0)
    os.dup2(reader, 0)
    try:
        repo = Repository(history.root)
        head = repo.resolve("HEAD")
        assert repo.missing([head]) == repo.unreachable([head], head) == []
        assert os.read(0, 10) == b"HEAD\n"
    finally:
        os.dup2(kept, 0)
        os.close(kept)
        os.close(reader)


def test_a_branch_that_is_only_at_the_remote_is_found_there_and_said(history: GitRepository, tmp_path: Path) -> None:
    history.git("clone", "--quiet", str(history.root), str(tmp_path / "clone"))
    clone = GitRepository(tmp_path / "clone")
    clone.git("checkout", "--quiet", "--detach")
    clone.git("branch", "--delete", "--force", "main")
    repo = Repository(clone.root)
    assert repo.resolve_branch("main") == (_id(history, "main"), "origin/main")
    assert repo.resolve_branch("fork") == (_id(history, "fork"), "origin/fork")
    assert repo.resolve_branch("v1") == (_id(history, "v1^{commit}"), "v1")
    clone.git("branch", "fork", "v1^{commit}")
    assert repo.resolve_branch("fork") == (_id(history, "v1^{commit}"), "fork"), "what is here comes first"
    with pytest.raises(SourceError, match=r"^nowhere: no such version"):
        repo.resolve_branch("nowhere")
    for name in ("--output=x", "", "a b", "a\nb"):
        with pytest.raises(SourceError, match="not a revision"):
            repo.resolve_branch(name)


def test_a_tag_does_not_stand_in_for_a_branch(history: GitRepository) -> None:
    history.git("tag", "main", "v1^{commit}")
    repo = Repository(history.root)
    assert repo.resolve_branch("main") == (_id(history, "refs/heads/main"), "main")
    history.git("update-ref", "refs/heads/HEAD", _id(history, "v1^{commit}"))
    assert repo.resolve_branch("HEAD")[0] == _id(history, "refs/heads/main")


def test_a_local_branch_called_like_a_remotes_is_not_taken_for_it(history: GitRepository) -> None:
    history.git("branch", "origin/live", "v1^{commit}")
    with pytest.raises(SourceError, match="no such version"):
        Repository(history.root).resolve_branch("live")


def test_what_git_refuses_to_read_is_not_taken_for_empty(
    history: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # git's own way to try this without another user
    with pytest.raises(SourceError, match="belongs to another user") as caught:
        Repository(history.root)
    assert not isinstance(caught.value, NoRepositoryError)
    assert f"safe.directory {history.root}`" in caught.value.hint


def test_there_is_no_head_before_the_first_commit(repository: RepositoryBuilder) -> None:
    repo = Repository(repository("empty").root)
    assert (repo.head(), repo.default_branch()) == (None, None)


def test_a_bare_repository_is_read_where_git_opens_none_by_itself(history: GitRepository, tmp_path: Path) -> None:
    history.git("clone", "--quiet", "--bare", str(history.root), str(tmp_path / "bare.git"))
    Path(os.environ["GIT_CONFIG_GLOBAL"]).write_text("[safe]\n\tbareRepository = explicit\n")
    repo, head, first = Repository(tmp_path / "bare.git"), _id(history, "main"), _id(history, "v1^{}")
    assert repo.resolve("main") == head
    assert repo.unreachable([first], head) == []


def test_a_git_that_does_not_end_is_told_and_not_waited_for(history: GitRepository) -> None:
    head, first = _id(history, "main"), _id(history, "v1^{}")
    repo = Repository(history.root, timeout=0.3)
    with pytest.raises(SourceError, match=r"git gave no answer within 0\.3 seconds") as caught:
        repo.run("-c", "alias.sleep=!sleep 77", "sleep")
    assert caught.value.hint
    assert repo.missing([head]) in ([], [head]), "in doubt it is named, and nothing is raised"
    assert Repository(history.root).unreachable([first], head) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_a_git_that_reads_and_says_nothing_is_told_with_the_repository(history: GitRepository) -> None:
    repo = Repository(history.root, timeout=0.3)
    head = _id(history, "main")
    assert repo.require_commit(head) == head
    repo._objects._process.proc.send_signal(signal.SIGSTOP)
    with pytest.raises(SourceError, match="git gave no answer") as caught:
        repo.require_commit(head)
    assert caught.value.where == str(history.root / ".git")
