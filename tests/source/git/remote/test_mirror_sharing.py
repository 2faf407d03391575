from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from promptops.errors import SourceError
from promptops.source.git.remote.mirror import Mirror
from tests.conftest import GitRepository
from tests.remotes import HttpRemote, processes_with

NAME = "prompts/.git"


# Secrets


@pytest.mark.parametrize("user", ["ada:topsecret", "topsecret"])
def test_a_password_reaches_the_server_and_nothing_else(
    served: GitRepository, remote: HttpRemote, cache: Path, user: str
) -> None:
    remote.password = user if ":" in user else f"{user}:"
    mirror = Mirror(remote.url(NAME, user), cache)
    assert mirror.update(None).head == served.git("rev-parse", "HEAD")
    mirror.fetch_blobs([served.git("rev-parse", "HEAD:a.txt")])
    for path in cache.rglob("*"):
        assert "topsecret" not in path.name
        assert not path.is_file() or b"topsecret" not in path.read_bytes()

    remote.cut, remote.stalled = 0, True
    remote.has_stalled.clear()
    served.commit({"a.txt": "three"})
    with ThreadPoolExecutor() as pool:
        running = pool.submit(Mirror(remote.url(NAME, user), cache).update, None)
        assert remote.has_stalled.wait(20)
        commands = processes_with(str(cache))
        remote.go_on.set()
        with pytest.raises(SourceError) as broken:
            running.result()
    assert any("remote-http" in command for command in commands)
    assert "topsecret" not in "".join(commands) + str(broken.value) + broken.value.hint
    remote.password = "ada:changed"
    with pytest.raises(SourceError, match="refuses to let you read") as refused:
        mirror.update(None)
    assert "topsecret" not in str(refused.value) + refused.value.hint


def test_a_password_is_not_handed_to_what_keeps_passwords(
    remote: HttpRemote, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "settings"
    settings.write_text(f'[credential]\n\thelper = "store --file={tmp_path}/kept"\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    remote.password = "ada:topsecret"
    assert Mirror(remote.url(NAME, "ada:topsecret"), cache).update(None).head
    assert not (tmp_path / "kept").exists()
    (tmp_path / "kept").write_text(f"http://ada:topsecret@127.0.0.1%3a{remote.port}\n")
    assert Mirror(remote.url(NAME), cache).update(None).head, "a password git knows of is used"
    assert Mirror(remote.url(NAME, "ada"), cache).update(None).head


def test_settings_of_the_caller_do_not_lead_git_elsewhere(
    served: GitRepository, remote: HttpRemote, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = tmp_path / "hooks" / "reference-transaction"
    hook.parent.mkdir()
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    settings = tmp_path / "settings"
    settings.write_text(
        f"[core]\n\thooksPath = {hook.parent}\n[fetch]\n\tprune = true\n\trecurseSubmodules = true\n"
        '[protocol]\n\tversion = 0\n[remote "origin"]\n\turl = file:///nowhere\n'
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    mirror = Mirror(remote.url(NAME), cache)
    head = mirror.update(None).head
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.delenv(name)
    assert head == served.git("rev-parse", "HEAD")
    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "elsewhere").exists()


# Many at once


def test_a_hundred_threads_fetch_once(served: GitRepository, remote: HttpRemote, cache: Path) -> None:
    remote.delay = 0.3  # so that all come while the first is still fetching
    head, ready = served.git("rev-parse", "HEAD"), threading.Barrier(100)
    shared = Mirror(remote.url(NAME), cache)

    def fetch(index: int) -> str | None:
        mirror = shared if index % 2 else Mirror(remote.url(NAME), cache)
        ready.wait(20)
        return mirror.update("main", [head]).head

    with ThreadPoolExecutor(100) as pool:
        assert set(pool.map(fetch, range(100))) == {head}
    assert (remote.fetches, remote.packs) == (1, 1)


FETCH = """
import sys
from pathlib import Path
from promptops.source.git.remote.mirror import Mirror
mirror = Mirror(sys.argv[1], Path(sys.argv[2]), timeout=float(sys.argv[3]))
print("ready", flush=True)
sys.stdin.readline()
print(mirror.update(None).head)
"""


def _program(remote: HttpRemote, cache: Path, timeout: float = 30) -> subprocess.Popen[str]:
    program = subprocess.Popen(
        [sys.executable, "-c", FETCH, remote.url(NAME), str(cache), str(timeout)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[4],
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "ready\n"
    return program


def test_processes_with_a_cold_cache_fetch_once(served: GitRepository, remote: HttpRemote, cache: Path) -> None:
    remote.delay = 0.5
    programs = [_program(remote, cache) for _ in range(3)]
    try:
        for program in programs:
            assert program.stdin is not None
            program.stdin.write("\n")
            program.stdin.flush()
        heads = {program.communicate(timeout=30)[0].strip() for program in programs}
    finally:
        for program in programs:
            program.kill()
            program.communicate()
    assert heads == {served.git("rev-parse", "HEAD")}
    assert (remote.fetches, remote.packs) == (1, 1)


def test_a_process_killed_while_it_fetches_leaves_nothing_that_breaks_the_next(
    served: GitRepository, remote: HttpRemote, cache: Path
) -> None:
    remote.cut, remote.stalled = 100, True
    program = _program(remote, cache, timeout=1)
    try:
        assert program.stdin is not None
        program.stdin.write("\n")
        program.stdin.flush()
        assert remote.has_stalled.wait(20)
    finally:
        program.kill()
        program.communicate()
    remote.cut, remote.stalled = None, False
    assert Mirror(remote.url(NAME), cache).update(None).head == served.git("rev-parse", "HEAD")
    remote.go_on.set()
    until = time.monotonic() + 20
    while processes_with(str(cache)) and time.monotonic() < until:
        time.sleep(0.05)
    assert processes_with(str(cache)) == [], "the git it left ends by itself"


def test_somebody_who_holds_the_copy_too_long_is_not_waited_for(remote: HttpRemote, cache: Path) -> None:
    remote.cut, remote.stalled = 0, True
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(Mirror(remote.url(NAME), cache, timeout=20).update, None)
        assert remote.has_stalled.wait(20)
        with pytest.raises(SourceError, match="another process has been fetching the same repo"):
            Mirror(remote.url(NAME), cache, timeout=0.2).update(None)
        remote.go_on.set()
        with pytest.raises(SourceError):
            slow.result()
