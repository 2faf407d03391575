"""A remote that is itself a copy without its past, or without its files: told at once, by one fetch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from promptops.errors import SourceError
from promptops.source.git.remote import bare_repository
from promptops.source.git.remote.mirror import Mirror
from tests.conftest import GitRepository
from tests.remotes import Daemon, HttpRemote

MESSAGE = "this repository is itself a shallow copy"
NAME = "copy/.git"


def copy_of(served: GitRepository, *options: str) -> GitRepository:
    """A clone beside it, which the same server hands out."""
    folder = served.root.parent / "copy"
    source = f"file://{served.root}"
    served.git("-c", "protocol.file.allow=always", "clone", "--quiet", *options, source, str(folder))
    return GitRepository(folder)


@pytest.fixture(params=["http", "git", "file"])
def url(request: pytest.FixtureRequest, served: GitRepository) -> Iterator[str]:
    """The address of the copy, by three of git's protocols."""
    if request.param == "file":
        yield f"file://{served.root.parent}/{NAME}"
        return
    with (HttpRemote if request.param == "http" else Daemon)(served.root.parent) as server:
        yield server.url(NAME)


@pytest.fixture
def git_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where every git that is started writes what it was started for."""
    log = tmp_path / "git.log"
    monkeypatch.setenv("GIT_TRACE", str(log))
    return log


def fetches(log: Path) -> int:
    return log.read_text().count("built-in: git fetch")


def test_a_shallow_remote_is_told_at_once(served: GitRepository, url: str, cache: Path, git_log: Path) -> None:
    copy_of(served, "--depth=1")
    mirror = Mirror(url, cache, timeout=10.0)
    for _ in range(2):
        git_log.write_text("")
        with pytest.raises(SourceError, match=MESSAGE) as caught:
            mirror.update("main")
        assert "name its source" in caught.value.hint
        assert fetches(git_log) <= 2, "one of ours, and one that git starts and that ends at once"


def test_a_remote_that_became_shallow_is_told_and_may_become_whole_again(
    served: GitRepository, url: str, cache: Path, git_log: Path
) -> None:
    copy = copy_of(served)
    mirror = Mirror(url, cache, timeout=10.0)
    before = mirror.update("main").head
    served.commit({"a.txt": "three"})
    after = served.commit({"a.txt": "four"})
    copy.git("fetch", "--quiet", "--depth=1", f"file://{served.root}", "main")
    copy.git("reset", "--quiet", "--hard", after)
    for _ in range(2):
        git_log.write_text("")
        with pytest.raises(SourceError, match=MESSAGE):
            mirror.update("main")
        assert fetches(git_log) <= 2
    copy.git("fetch", "--quiet", "--unshallow", f"file://{served.root}")
    assert mirror.update("main").head == after
    assert mirror.repository().unreachable([before or ""], after) == []


def test_one_commit_of_a_shallow_remote_can_be_had(served: GitRepository, url: str, cache: Path) -> None:
    head = copy_of(served, "--depth=1").git("rev-parse", "HEAD")
    mirror = Mirror(url, cache, timeout=10.0)
    mirror.update(None, [head], history=False)
    repository = mirror.repository()
    assert repository.read_objects([served.git("rev-parse", "HEAD:a.txt")]) == [b"two"]
    repository.close()


@pytest.mark.parametrize("option", ["--filter=blob:none", "--filter=tree:0"])
def test_a_partial_remote_that_cannot_get_what_it_left_out_is_told_at_once(
    served: GitRepository, url: str, cache: Path, git_log: Path, option: str
) -> None:
    served.git("config", "uploadpack.allowFilter", "true")
    copy_of(served, "--no-checkout", option).git("remote", "set-url", "origin", str(served.root / "gone"))
    mirror, wanted = Mirror(url, cache, timeout=10.0), served.git("rev-parse", "HEAD:a.txt")

    def update_and_read() -> None:
        mirror.update("main")
        mirror.repository().read_objects([wanted])

    with pytest.raises(SourceError) as caught:
        update_and_read()
    assert "name its source" in caught.value.hint
    assert fetches(git_log) <= 3


def test_an_older_git_starts_no_fetch_within_a_fetch_that_reaches_the_server(
    served: GitRepository, cache: Path, remote: HttpRemote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(bare_repository._ENVIRONMENT, "GIT_NO_LAZY_FETCH")  # it does not know what that means
    copy_of(served, "--depth=1")
    with pytest.raises(SourceError, match=MESSAGE):
        Mirror(remote.url(NAME), cache, timeout=10.0).update("main")
    assert remote.fetches == 1
