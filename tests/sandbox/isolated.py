"""A process with a key in its environment that asks a command in a sandbox what it sees.

`python -m tests.sandbox.isolated ASKED`, ASKED being JSON: `isolation` (its fields, or null for none), `refused`
(whether the system refuses namespaces) and `questions`, Python expressions. Answers with JSON.
"""

from __future__ import annotations

import ctypes
import json
import os
import struct
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from promptops.sandbox.isolation import ProcessIsolation
from promptops.sandbox.limits import SandboxLimits
from promptops.sandbox.sandbox import Sandbox, SandboxError

KEY = "sk-live-9aF3kQ7zXw21LmNo"
SEES = """
import glob, json, os, signal, socket, stat, subprocess, sys, time
def read(path):
    with open(path, 'rb') as file:
        return file.read(10_000_000).decode('latin-1')
def attempt(function):
    try:
        return function()
    except OSError as exc:
        return type(exc).__name__
def everywhere(what):
    return [attempt(lambda: read(path)) for path in glob.glob('/proc/[0-9]*/' + what)]
for line in sys.stdin:
    try:
        answer = eval(json.loads(line)['asked'])
    except Exception as exc:
        answer = f'{type(exc).__name__}: {exc}'
    print(json.dumps({'answer': answer}), flush=True)
"""


def ask(
    questions: Sequence[str],
    isolation: dict[str, Any] | None,
    *,
    refused: bool = False,
    cwd: Path | None = None,
    **variables: str,
) -> dict[str, Any]:
    """`answers`, `exposure`, `error` and `pid`: what the command sees, why it is not isolated, why it did not run."""
    asked = json.dumps({"questions": list(questions), "isolation": isolation, "refused": refused})
    environment = {"PATH": os.environ["PATH"], "OPENAI_API_KEY": KEY, "PYTHONPATH": os.getcwd(), **variables}
    command = [sys.executable, "-m", "tests.sandbox.isolated", asked]
    done = subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@cache
def is_possible() -> bool:
    """Whether this system gives us namespaces."""
    return sys.platform == "linux" and not ask(["1"], {})["exposure"]


def refuse_namespaces() -> None:
    """Make this system one that gives none, as far as this process is concerned."""
    from promptops.sandbox import linux_calls

    with suppress(OSError):  # where it is one already
        linux_calls.unshare_as_same_user(0)
        Path("/proc/sys/user/max_user_namespaces").write_text("0", "ascii")
    linux_calls.drop_capabilities()
    linux_calls.forbid_new_privileges()


def refuse_landlock() -> None:
    """Have the launcher find an older kernel: a filter of system calls knows none of Landlock's."""
    from promptops.sandbox import linux_calls as linux

    linux.forbid_new_privileges()
    number, no_such_call = 444, 0x0005_0000 | 38
    steps = [(0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, no_such_call), (0x06, 0, 0, 0x7FFF_0000)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = struct.pack("HxxxxxxQ", len(steps), ctypes.addressof(code))
    assert ctypes.CDLL(None).prctl(22, ctypes.c_ulong(2), program) == 0


def main() -> None:
    asked = json.loads(sys.argv[1])
    if "NO_LANDLOCK" in os.environ:
        refuse_landlock()
    if asked["refused"]:
        refuse_namespaces()
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "sees.py")
        program.write_text(SEES, "utf-8")
        isolation = None if asked["isolation"] is None else ProcessIsolation(**asked["isolation"])
        command = [str(program)] if isolation else [sys.executable, str(program)]
        sandbox = Sandbox(
            command, SandboxLimits(seconds=60, processes=16, file_size=2**20, answer=2**26), isolation=isolation
        )
        said: dict[str, Any] = {"answers": [], "error": "", "pid": os.getpid()}
        try:
            sandbox.start()
            said["answers"] = [sandbox.ask({"asked": each})["answer"] for each in asked["questions"]]
        except SandboxError as exc:
            said["error"] = str(exc)
        said["exposure"] = sandbox.exposure
        sandbox.close()
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main()
