from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from promptops.errors import SourceError
from promptops.source.git.remote.mirror import Mirror
from tests.conftest import GitRepository
from tests.remotes import Daemon, HttpRemote, objects_in

NAME = "prompts/.git"


NOWHERE = "0" * 39 + "1"


# What is fetched


def test_history_comes_without_blobs_and_blobs_come_when_asked_for(
    served: GitRepository, remote: HttpRemote, cache: Path
) -> None:
    first, second = served.git("rev-parse", "HEAD~1"), served.git("rev-parse", "HEAD")
    mirror = Mirror(remote.url(NAME), cache)
    assert mirror.update("main") == (second, True)
    assert sorted(objects_in(cache).values()) == ["commit", "commit", "tree", "tree"]
    blobs = [served.git("rev-parse", f"{first}:{name}") for name in ("a.txt", "b.txt")]
    mirror.fetch_blobs(blobs)
    mirror.fetch_blobs(blobs)
    assert sum(kind == "blob" for kind in objects_in(cache).values()) == 2, "the blob of the other commit did not come"
    assert remote.packs == 2
    assert mirror.update("main", [first]) == (second, False)
    assert remote.packs == 2, "what is here is not fetched again"


def test_the_repository_fetches_missing_blobs_all_at_once(
    served: GitRepository, remote: HttpRemote, cache: Path
) -> None:
    head = served.git("rev-parse", "HEAD")
    mirror = Mirror(remote.url(NAME), cache)
    mirror.update(None)
    repository = mirror.repository()
    ids = [served.git("rev-parse", f"{head}:{name}") for name in ("a.txt", "b.txt")]
    assert repository.read_objects(ids, "blob") == [b"two", b"same"]
    assert repository.read_objects(ids, "blob") == [b"two", b"same"]
    assert remote.packs == 2
    repository.close()


def test_a_git_that_only_reads_the_mirror_never_fetches_by_itself(
    served: GitRepository, remote: HttpRemote, cache: Path
) -> None:
    Mirror(remote.url(NAME), cache).update(None)
    (folder,) = cache.glob("*.git")
    before = remote.fetches
    blob = served.git("rev-parse", "HEAD:a.txt")
    done = subprocess.run(["git", f"--git-dir={folder}", "cat-file", "-t", blob], capture_output=True, check=False)
    assert done.returncode != 0
    assert remote.fetches == before


@pytest.mark.parametrize("kind", ["http", "daemon", "file"])
def test_single_commits_come_by_id_even_on_no_branch(
    served: GitRepository, remote: HttpRemote, daemon: Daemon, cache: Path, kind: str
) -> None:
    url = {"http": remote.url(NAME), "daemon": daemon.url(NAME), "file": f"file://{served.root}"}[kind]
    main = served.git("rev-parse", "HEAD")
    served.git("checkout", "--quiet", "--detach")
    served.commit({"a.txt": "between"})
    alone = served.commit({"a.txt": "nowhere"})
    served.git("checkout", "--quiet", "main")

    mirror = Mirror(url, cache)
    assert mirror.update(None, [alone], history=False) == (None, False)
    tree = served.git("rev-parse", f"{alone}^{{tree}}")
    kinds = objects_in(cache, cut=True)
    assert {alone: kinds[alone], tree: kinds[tree]} == {alone: "commit", tree: "tree"}
    assert list(kinds.values()).count("commit") == 1
    assert not kind.startswith(("http", "daemon")) or "blob" not in kinds.values()
    repository = mirror.repository()
    assert repository.read_objects([served.git("rev-parse", f"{alone}:a.txt")], "blob")[0] == b"nowhere"
    repository.close()

    served.git("update-ref", "refs/heads/main", main)
    assert mirror.update("main", [alone]).head == main
    whole = objects_in(cache)
    assert list(whole.values()).count("commit") == 4, "the cut history did not spoil the whole one"


def test_single_commits_that_are_here_need_no_remote(served: GitRepository, remote: HttpRemote, cache: Path) -> None:
    head = served.git("rev-parse", "HEAD")
    Mirror(remote.url(NAME), cache).update(None, [head], history=False)
    remote.close()
    assert Mirror(remote.url(NAME), cache).update(None, [head], history=False) == (None, False)


def test_a_server_that_cannot_leave_out_blobs_sends_all(served: GitRepository, cache: Path) -> None:
    with HttpRemote(served.root.parent, filters=False) as remote:
        assert Mirror(remote.url(NAME), cache).update("v1").head == served.git("rev-parse", "v1^{commit}")
        assert "blob" in objects_in(cache).values()


def test_a_server_of_the_old_protocol_hands_out_what_its_branches_and_tags_hold(
    served: GitRepository, remote: HttpRemote, cache: Path
) -> None:
    remote.old_protocol = True
    served.git("checkout", "--quiet", "-b", "side")
    side = served.commit({"a.txt": "side"})
    mirror = Mirror(remote.url(NAME), cache)
    mirror.update("main", [side])
    repository = mirror.repository()
    assert repository.read_objects([served.git("rev-parse", f"{side}:a.txt")], "blob")[0] == b"side"
    repository.close()
    with pytest.raises(SourceError, match=f"{NOWHERE}: the server does not hand out this version by its id"):
        mirror.update("main", [NOWHERE])


def test_an_unknown_commit_is_named(served: GitRepository, remote: HttpRemote, cache: Path) -> None:
    head = served.git("rev-parse", "HEAD")
    for history in (True, False):
        with pytest.raises(SourceError, match=f"{NOWHERE}: the server has no such version"):
            Mirror(remote.url(NAME), cache).update("main", [head, NOWHERE], history=history)
    for wrong in ("main", head[:12], head.upper(), "--all"):
        with pytest.raises(SourceError, match="not a full commit id"):
            Mirror(remote.url(NAME), cache).update("main", [wrong])


# What a ref points to


def test_a_branch_is_followed_wherever_it_goes(served: GitRepository, remote: HttpRemote, cache: Path) -> None:
    mirror = Mirror(remote.url(NAME), cache)
    first, second = served.git("rev-parse", "HEAD~1"), served.git("rev-parse", "HEAD")
    assert mirror.update("main") == (second, True)
    assert mirror.update("main") == (second, False)
    third = served.commit({"a.txt": "three"})
    assert mirror.update("main") == (third, True)
    served.git("reset", "--quiet", "--hard", first)
    forced = served.commit({"a.txt": "another history"})
    assert mirror.update("main") == (forced, True)
    served.git("checkout", "--quiet", "-b", "other")
    served.git("branch", "--quiet", "-D", "main")
    with pytest.raises(SourceError, match=r"prompts/\.git refs/heads/main: there is no such branch or tag"):
        mirror.update("main")
    served.git("branch", "main/below")
    assert mirror.update("main/below").head == forced, "a branch may take the place of another as a folder"
    assert mirror.update(None).head == forced


def test_a_tag_is_followed_to_its_commit_and_a_branch_wins_over_a_tag(
    served: GitRepository, remote: HttpRemote, cache: Path
) -> None:
    first, second = served.git("rev-parse", "HEAD~1"), served.git("rev-parse", "HEAD")
    mirror = Mirror(remote.url(NAME), cache)
    assert mirror.update("v1").head == mirror.update("refs/tags/v1").head == first
    served.git("tag", "main", first)
    assert mirror.update("main").head == second
    served.git("branch", first, second)
    assert mirror.update(first).head == second, "a ref is a name, even where it looks like an id"


@pytest.mark.parametrize(
    "ref", ["", "--upload-pack=x", "a:b", "+main", "^main", "main~1", "HEAD@{1}", "a b", "*", "/a"]
)
def test_what_is_no_name_of_a_branch_or_tag_is_refused(tmp_path: Path, ref: str) -> None:
    with pytest.raises(SourceError, match="not the name of a branch or tag"):
        Mirror("file:///nowhere", tmp_path).update(ref)


def test_an_empty_repository_has_no_head(served: GitRepository, remote: HttpRemote, cache: Path) -> None:
    GitRepository(served.root.parent / "empty")
    with pytest.raises(SourceError, match="HEAD: there is no such branch or tag"):
        Mirror(remote.url("empty/.git"), cache).update(None)


def test_a_repository_of_another_user_is_said_to_be_one(
    served: GitRepository, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = Mirror(f"file://{served.root}", cache)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # git's own way to try this without another user
    with pytest.raises(SourceError, match="git refuses this folder because it belongs to another user") as caught:
        mirror.update("main")
    assert "safe.directory" in caught.value.hint
