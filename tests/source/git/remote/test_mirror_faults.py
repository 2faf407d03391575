from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from promptops.errors import SourceError
from promptops.source.git.remote.mirror import Mirror
from tests.conftest import GitRepository
from tests.remotes import Daemon, HttpRemote, objects_in, processes_with

NAME = "prompts/.git"


def test_a_remote_that_is_down_is_told_and_comes_back(served: GitRepository, remote: HttpRemote, cache: Path) -> None:
    mirror = Mirror(remote.url(NAME), cache)
    remote.close()
    with pytest.raises(SourceError, match="the server cannot be reached"):
        mirror.update("main")
    remote.start()
    head = mirror.update("main").head
    remote.close()
    with pytest.raises(SourceError, match="the server cannot be reached"):
        mirror.update("main")
    with pytest.raises(SourceError, match="the server cannot be reached"):
        mirror.fetch_blobs([served.git("rev-parse", "HEAD:a.txt")])
    assert not list(cache.glob("*.damaged")), "that is not the fault of the copy"
    remote.start()
    assert mirror.update("main") == (head, False)


def test_the_daemon_that_is_down_is_told(daemon: Daemon, cache: Path) -> None:
    mirror = Mirror(daemon.url(NAME), cache)
    mirror.update(None)
    with pytest.raises(SourceError, match="no such repository, or it is hidden"):
        Mirror(daemon.url("none"), cache).update(None)
    daemon.close()
    with pytest.raises(SourceError, match="the server cannot be reached"):
        mirror.update(None)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (404, "there is no such repository, or it is hidden from you"),
        (403, "the server refuses to let you read this"),
        (500, "the server has a problem of its own"),
    ],
)
def test_what_a_server_answers_instead_is_put_in_plain_words(
    remote: HttpRemote, cache: Path, status: int, message: str
) -> None:
    remote.status = status
    with pytest.raises(SourceError, match=message):
        Mirror(remote.url(NAME), cache).update(None)
    remote.status = None
    assert Mirror(remote.url(NAME), cache).update(None).head


def test_a_folder_that_is_no_repository_is_told(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(SourceError, match="no such repository"):
        Mirror(f"file://{tmp_path}", cache).update(None)


@pytest.mark.parametrize("cut", [0, 60, 300])
def test_a_remote_that_dies_in_the_middle_leaves_nothing_half_read(
    served: GitRepository, remote: HttpRemote, cache: Path, cut: int
) -> None:
    served.commit({"noise.bin": os.urandom(2000), **{f"{index}.txt": str(index) for index in range(50)}})
    remote.cut = cut
    mirror = Mirror(remote.url(NAME), cache)
    with pytest.raises(SourceError, match="the server broke off in the middle"):
        mirror.update(None)
    remote.cut = None
    head = mirror.update(None).head
    blob = served.git("rev-parse", "HEAD:noise.bin")
    remote.cut = cut
    with pytest.raises(SourceError, match="the server broke off in the middle"):
        mirror.fetch_blobs([blob])
    remote.cut = None
    mirror.fetch_blobs([blob])
    assert {head, blob} <= set(objects_in(cache))
    assert not list(cache.glob("**/tmp_*"))


@pytest.mark.parametrize("kind", ["http", "daemon"])
def test_a_remote_that_falls_silent_is_given_up_at_the_deadline_and_no_process_stays(
    served: GitRepository, remote: HttpRemote, daemon: Daemon, cache: Path, kind: str
) -> None:
    url = remote.url(NAME) if kind == "http" else daemon.url(NAME)
    daemon.stall()
    remote.cut, remote.stalled = 100, True
    with pytest.raises(SourceError, match=r"prompts/.git: it took longer than 0.7 seconds"):
        Mirror(url, cache, timeout=0.7).update(None)
    assert processes_with(str(cache)) == []
    remote.cut, remote.stalled = None, False
    daemon.close()
    daemon.start()
    assert Mirror(url, cache).update(None).head == served.git("rev-parse", "HEAD")


def test_a_slow_remote_is_waited_for(served: GitRepository, remote: HttpRemote, cache: Path) -> None:
    remote.delay = 0.1
    assert Mirror(remote.url(NAME), cache, timeout=20).update(None).head == served.git("rev-parse", "HEAD")


def test_objects_that_are_not_what_they_claim_are_not_taken(
    served: GitRepository, remote: HttpRemote, cache: Path
) -> None:
    tree = (
        subprocess.run(
            ["git", "hash-object", "-w", "-t", "tree", "--literally", "--stdin"],
            cwd=served.root,
            input=b"100644 ../../escape\x00" + bytes.fromhex(served.git("rev-parse", "HEAD:a.txt")),
            capture_output=True,
            check=True,
        )
        .stdout.decode()
        .strip()
    )
    commit = served.git("commit-tree", "-m", "harm", "-p", "HEAD", tree)
    served.git("update-ref", "refs/heads/main", commit)
    with pytest.raises(SourceError, match="damaged or meant to do harm"):
        Mirror(remote.url(NAME), cache).update("main")
