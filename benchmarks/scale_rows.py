"""The row on growth: every command that looks at all there is, in a repository and in one three times as large.

Why: an incident is no time for a command that takes nine times as long in three times as many prompts. Seconds are
those of the processor, of the command and of the git that it started, so that a busy machine tells the same. The remote
is `git daemon`, which leaves out files where a client asks so, as forges do; what it takes itself is not ours.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from benchmarks.long_history import OLD, make_long_history
from benchmarks.pinned import name_of
from benchmarks.process import environment, run
from benchmarks.rows import Contender, Hold, Row, Sample

SIZES = {"small": (1_000, 10_000), "large": (3_000, 30_000)}
GROWTH = 3**1.1
"""No command may take more than this many times as long for three times as much."""
_COLD, _WORKTREE = "cold from_git", "from_worktree"
_OPEN = "from promptops import Prompts\nassert len(Prompts.{}) == {}"
_NAME = name_of(OLD)
COMMANDS = {
    "audit": ("audit",),
    "rollback": ("rollback", _NAME, "--env", "prod", "--dry-run"),
    "verify": ("verify", "--protected", "main"),
    "bundle": ("bundle", "--env", "prod", "--out", "../prod.bundle"),
    "lint": ("lint",),
    "eval --plan": ("eval", "--plan", "--base", "HEAD~40", "--changed"),
    "diff": ("diff", "HEAD~40"),
    "history": ("history", _NAME),
    "pin": ("pin", _NAME, "--env", "prod", "--dry-run"),
    "owners": ("owners",),
}
SECONDS = {_COLD: (3, 6), "audit": (3, 8), "rollback": (1, 2)}
MOST_MEGABYTES = 120.0


def scale(name: str, folder: Path) -> Row:
    """One contender for each command and size."""
    contenders: list[Contender] = []
    for size, (prompts, commits) in SIZES.items():
        root = folder / name / size / "repository"
        root.parent.mkdir(parents=True)
        make_long_history(root, prompts, commits)
        for command, words in COMMANDS.items():
            contenders.append(Contender(f"{command}, {size}", partial(_command, root, words)))
        contenders.append(Contender(f"{_COLD}, {size}", partial(_cold, root, prompts)))
        code = _OPEN.format("from_worktree('.')", prompts + 1)  # one of them is pinned nowhere
        contenders.append(Contender(f"{_WORKTREE}, {size}", partial(_python, root, ("-c", code))))
    ways = [*COMMANDS, _COLD, _WORKTREE]
    holds = [Hold(f"{way}, large", f"{way}, small", GROWTH) for way in ways]
    for way, limits in SECONDS.items():
        holds += [Hold(f"{way}, {size}", "", 0, plus=most) for size, most in zip(SIZES, limits, strict=True)]
    holds += [Hold(f"{_COLD}, {size}", "", 0, "megabytes", plus=MOST_MEGABYTES) for size in SIZES]
    return Row(name, "three times as many prompts and commits", contenders, holds)


def _command(root: Path, words: tuple[str, ...]) -> Sample:
    return _python(root, ("-m", "promptops", *words))


def _cold(root: Path, prompts: int) -> Sample:
    cache = root.parent / "cache"
    shutil.rmtree(cache, ignore_errors=True)
    with _served(root) as address:
        call = f"from_git({address!r}, env='prod', cache={str(cache)!r}, refresh=None)"
        return _python(root, ("-c", _OPEN.format(call, prompts)))


@contextmanager
def _served(root: Path) -> Iterator[str]:
    """The address at which a daemon of ours serves this repository. TimeoutError when it does not start."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    command = ["git", "-c", "uploadpack.allowFilter=true", "-c", "uploadpack.allowAnySHA1InWant=true", "daemon"]
    command += ["--export-all", "--listen=127.0.0.1", f"--port={port}", f"--base-path={root.parent}"]
    daemon = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _await_server(port)
        yield f"git://127.0.0.1:{port}/{root.name}"
    finally:
        daemon.terminate()
        daemon.wait(10)


def _await_server(port: int, timeout: float = 10.0) -> None:
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise TimeoutError("git daemon does not answer")


def _python(root: Path, arguments: tuple[str, ...]) -> Sample:
    ran = run([sys.executable, *arguments], cwd=root, env=environment(root.parent, BENCH_KEY="bench"))
    problem = "" if ran.code in (0, 1) and "Traceback" not in ran.errors else f"exit code {ran.code}: {ran.tail()}"
    return Sample(ran.processor_seconds, ran.megabytes, problem)
