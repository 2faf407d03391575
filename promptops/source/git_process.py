"""A git process with a deadline: its own group of processes, which ends as a whole."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, cast

from promptops.errors import SourceError

_GRACE = 1.0  # seconds in which git may remove its lock files
_running: dict[int, tuple[int, subprocess.Popen[bytes]]] = {}  # by id: who started it, and the process


class Done(NamedTuple):
    """How a command of git ended: its exit code and what it wrote."""

    code: int
    out: str
    err: str


class GitLateError(Exception):
    """Not done at the deadline; every process of the command has been ended."""


def run_git(
    folder: Path,
    arguments: Sequence[str],
    *,
    deadline: float,
    text: str = "",
    environment: Mapping[str, str] | None = None,
) -> Done:
    """Run `git …` on the bare repository `folder`, with `text` as its standard input.

    `deadline` is a point of `time.monotonic()`, in seconds. GitLateError when it passes; SourceError where no git is.
    """
    try:
        import git  # 60 ms, and it fails where no git is installed
    except ImportError as exc:
        raise SourceError("git is not installed", hint="install git, or serve from a bundle") from exc
    # What a hook or a caller's shell may have set would lead git to another repository.
    own = {"GIT_DIR": str(folder), "GIT_OBJECT_DIRECTORY": str(folder / "objects"), "GIT_COMMON_DIR": str(folder)}
    try:
        handle = git.Git(folder).execute(
            [git.Git.GIT_PYTHON_GIT_EXECUTABLE, *arguments],
            istream=subprocess.PIPE if text else None,  # without, it is at its end
            as_process=True,
            start_new_session=True,  # no terminal to ask questions on, and one group to end
            env={**own, **(environment or {})},
        )
    except git.exc.GitError as exc:
        raise SourceError("git cannot be started", hint="is git installed?") from exc
    process = cast("subprocess.Popen[bytes]", handle.proc)
    _running[process.pid] = os.getpid(), process
    try:
        out, err = process.communicate(text.encode() or None, timeout=max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired as exc:
        raise GitLateError from exc
    finally:
        if process.returncode is None:
            _end(process)
        _running.pop(process.pid, None)
    return Done(process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and all it started: politely, then by force."""
    # As long as `communicate` has not returned, the process is not waited for: its id cannot belong to another group.
    for force in (False, True):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            _signal(process, force)
        with contextlib.suppress(subprocess.TimeoutExpired, OSError, ValueError):
            process.communicate(timeout=_GRACE)
            return


def _signal(process: subprocess.Popen[bytes], force: bool) -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL if force else signal.SIGTERM)


@atexit.register
def _end_all() -> None:
    """A program that ends while a thread of it still fetches leaves no git behind."""
    for started_by, process in list(_running.values()):
        if started_by == os.getpid() and process.returncode is None:
            _end(process)
