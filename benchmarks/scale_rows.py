"""The row on growth: every command that looks at all there is, in a repository and in one three times as large.

Why: an incident is no time for a command that takes nine times as long in three times as many prompts. Seconds are
those of the processor, of the command and of the git that it started, so that a busy machine tells the same.
"""

from __future__ import annotations

import shutil
import sys
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
    call = f"from_git({root.as_uri()!r}, env='prod', cache={str(cache)!r}, refresh=None)"
    return _python(root, ("-c", _OPEN.format(call, prompts)))


def _python(root: Path, arguments: tuple[str, ...]) -> Sample:
    ran = run([sys.executable, *arguments], cwd=root, env=environment(root.parent, BENCH_KEY="bench"))
    problem = "" if ran.code in (0, 1) and "Traceback" not in ran.errors else f"exit code {ran.code}: {ran.tail()}"
    return Sample(ran.processor_seconds, ran.megabytes, problem)
