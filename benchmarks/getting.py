"""How long `get` takes while the background loads one changed environment after the other.

    python -m benchmarks.getting --repository DIR --commits ID… --how WAY        WAY is a name in the table

The refresh is the real one: its thread looks at the repository without a pause, and each change that it brought moves
the branch on to the next commit, until all were served. The main thread calls `get` meanwhile, one call after the other
without a pause, or one every 200 µs as a busy application would. Printed as JSON: quantiles of `get` in seconds, and of
how much later than asked for the pause ended: the interpreter runs one thread at a time, and this wait is not `get`'s.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.pinned import name_of
from benchmarks.process import environment, run
from benchmarks.rows import Sample

PACED, TIGHT, QUIET = "a get every 200 µs", "get after get", "a get every 200 µs, no refresh"
PAUSE, DEADLINE, QUIET_SECONDS = 200e-6, 120.0, 5.0
_FINE, _BUCKETS = 100, 20_000
"""Durations are counted in buckets of 100 ns up to 2 ms; longer ones are kept each."""


class Durations:
    """Nanoseconds, many of them, in little memory."""

    def __init__(self) -> None:
        self._counts = [0] * _BUCKETS
        self._long: list[int] = []

    def add(self, nanoseconds: int) -> None:
        """Count one."""
        if nanoseconds < _FINE * _BUCKETS:
            self._counts[nanoseconds // _FINE] += 1
        else:
            self._long.append(nanoseconds)

    def quantiles(self) -> dict[str, float]:
        """`count`, and `p50`, `p99`, `p999` and `max` in seconds."""
        total = sum(self._counts) + len(self._long)
        found = {"count": float(total)}
        for name, share in (("p50", 0.5), ("p99", 0.99), ("p999", 0.999), ("max", 1.0)):
            found[name] = self._at(max(1, round(total * share))) / 1e9
        return found

    def _at(self, place: int) -> int:
        for bucket, count in enumerate(self._counts):
            place -= count
            if place <= 0:
                return (bucket + 1) * _FINE
        return sorted(self._long)[place - 1]


def measure(repository: Path, commits: list[str], prompts: int, way: str, kept: list[dict[str, Any]]) -> Sample:
    """One run; seconds are the p99 of `get`, and all that was seen is added to `kept`."""
    root = Path(__file__).parent.parent
    command = [sys.executable, "-m", "benchmarks.getting", "--repository", str(repository), "--how", way]
    command += ["--prompts", str(prompts), "--commits", *commits]
    ran = run(command, cwd=root, env=environment(repository.parent))
    if ran.code:
        return Sample(problem=f"failed with exit code {ran.code}: {ran.tail()}")
    found = json.loads(ran.output)
    kept.append(found)
    if found["changes"] != (0 if way == QUIET else len(commits) - 1):
        return Sample(problem=f"{found['changes']} changes were served, not {len(commits) - 1}")
    return Sample(found["get"]["p99"], ran.megabytes)


def _main(repository: Path, commits: list[str], prompts: int, way: str, cache: Path) -> dict[str, Any]:
    from promptops import Prompts

    ref = repository / "refs" / "heads" / "main"
    left = iter(commits)
    done = threading.Event()

    def move_on(_: object = None) -> None:
        commit = next(left, None)
        if commit is None:
            done.set()
            return
        beside = ref.with_suffix(".new")
        beside.write_text(f"{commit}\n", encoding="ascii")
        os.replace(beside, ref)

    move_on()
    # An interval of nothing: the thread looks again at once.
    refresh = None if way == QUIET else 1e-6
    with Prompts.from_git(repository, env="prod", cache=cache, refresh=refresh, on_change=move_on) as served:
        dice = random.Random(1)
        names = [name_of(dice.randrange(prompts)) for _ in range(4096)]
        gets, late = Durations(), Durations()
        if way == QUIET:
            threading.Timer(QUIET_SECONDS, done.set).start()
        else:
            move_on()
        began = time.monotonic()
        _get(served, names, done, began + DEADLINE, None if way == TIGHT else PAUSE, gets, late)
        seconds = time.monotonic() - began
        return {
            "way": way,
            "prompts": prompts,
            "changes": served.status().changes,
            "seconds": seconds,
            "get": gets.quantiles(),
            "late": late.quantiles() if way != TIGHT else {},
        }


def _get(
    served: Any,
    names: list[str],
    done: threading.Event,
    end: float,
    pause: float | None,
    gets: Durations,
    late: Durations,
) -> None:
    clock, get, turn = time.perf_counter_ns, served.get, 0
    while not done.is_set() and time.monotonic() < end:
        for name in names[turn : turn + 64]:
            if pause is not None:
                before = clock()
                time.sleep(pause)
                late.add(max(0, clock() - before - int(pause * 1e9)))
            start = clock()
            get(name)
            gets.add(clock() - start)
        turn = (turn + 64) % len(names)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="times `get` while the environment is loaded again and again")
    parser.add_argument("--repository", required=True)
    parser.add_argument("--commits", nargs="+", required=True)
    parser.add_argument("--prompts", type=int, required=True)
    parser.add_argument("--how", required=True)
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        print(json.dumps(_main(Path(asked.repository), asked.commits, asked.prompts, asked.how, Path(folder))))
