"""Git's processes: what they see of the caller's environment, deadlines, and forks of the caller meanwhile."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from promptops.errors import NoRepositoryError, SourceError

START_LOCK = threading.RLock()
"""Held from before a git starts until it is known to whoever closes its pipes after a fork: no fork falls between."""

SAFE_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",  # an id means the object itself, never a local stand-in
    "GIT_GRAFT_FILE": os.devnull,  # nor is there a local stand-in for a commit's parents
    "GIT_NO_LAZY_FETCH": "1",  # reading never goes to the network by itself
    "GIT_LITERAL_PATHSPECS": "1",
    "LC_ALL": "C",
}
"""For a git that reads."""

_DELTA_CACHE = "core.deltaBaseCacheLimit=16m"
"""Of git's 96 MB: what is read here is small and comes in order, and an application is short of memory first."""

_NAMES = "surrogateescape"  # names of files are bytes: what is no UTF-8 comes and goes as it is
_GRACE = 1.0  # seconds in which git may remove its lock files
_running: dict[int, tuple[int, subprocess.Popen[bytes]]] = {}  # by id: who started it, and the process
_REPOSITORY_VARIABLES = frozenset({
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_DIR", "GIT_INDEX_FILE", "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_SHALLOW_FILE", "GIT_WORK_TREE",
})  # fmt: skip
"""What a hook or a caller's shell may have set for its own repository, and what would lead git there from any other."""


class GitOutput(NamedTuple):
    """How a command of git ended: its exit code and what it wrote."""

    code: int
    out: str
    err: str


class GitTimeoutError(Exception):
    """Not done at the deadline; every process of the command has been ended."""


def run_git_in(
    folder: Path, arguments: Sequence[str], *, deadline: float, text: str = "", environment: Mapping[str, str]
) -> GitOutput:
    """Run `git …` in this folder, with `text` as its standard input.

    `deadline` is a point of `time.monotonic()`, in seconds. GitTimeoutError when it passes, NoRepositoryError where
    there is no git.
    """
    with START_LOCK:
        try:
            # No terminal to ask questions on, and one group to end.
            process = start_git(folder, arguments, environment, has_input=bool(text), own_group=True)
        except OSError as exc:
            raise NoRepositoryError("git cannot be started", hint="is git installed?") from exc
        _running[process.pid] = os.getpid(), process
    try:
        out, err = process.communicate(
            text.encode("utf-8", _NAMES) or None, timeout=max(0.0, deadline - time.monotonic())
        )
    except subprocess.TimeoutExpired as exc:
        raise GitTimeoutError from exc
    finally:
        if process.returncode is None:
            _terminate(process)
        _running.pop(process.pid, None)
    return GitOutput(process.returncode, out.decode("utf-8", _NAMES), err.decode("utf-8", "replace"))


def start_git(
    folder: Path,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    *,
    has_input: bool = True,
    own_group: bool = False,
) -> subprocess.Popen[bytes]:
    """Start `git …` in this folder with pipes; without an input, that is at its end.

    `environment` stands above the caller's, of which git does not see what leads to another repository. OSError when
    it cannot be started, NoRepositoryError where no git is.
    """
    callers = {name: value for name, value in os.environ.items() if name not in _REPOSITORY_VARIABLES}
    git = callers.get("GIT_PYTHON_GIT_EXECUTABLE") or "git"
    try:
        return _popen()(
            [git, *arguments],
            env={**callers, "LANGUAGE": "C", "LC_ALL": "C", **environment},
            cwd=folder,
            stdin=subprocess.PIPE if has_input else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=own_group,
        )
    except FileNotFoundError as exc:
        if exc.filename != git:  # it is the folder that is not there
            raise
        raise _no_git_error() from exc


def _popen() -> Callable[..., subprocess.Popen[bytes]]:
    """On Windows a git of the current folder would be started first: GitPython knows how to keep that off.

    Elsewhere its way is this one, and importing it costs half of what linting a file does.
    """
    if os.name != "nt":
        return subprocess.Popen
    found: Callable[..., subprocess.Popen[bytes]] = _git_python().cmd.safer_popen
    return found


def _no_git_error() -> NoRepositoryError:
    return NoRepositoryError("git is not installed", hint="install git, or serve from a bundle")


def object_reader(root: Path, environment: Mapping[str, str], options: str) -> Any:
    """A git that reads objects, and ends when nobody holds it any more. SourceError where GitPython is missing."""
    command = ["-c", _DELTA_CACHE, "cat-file", *options.split()]
    return _git_python().Git.AutoInterrupt(start_git(root, command, environment), command)


def _git_python() -> ModuleType:
    """The module `git`, imported now: 60 ms, and it fails where there is no command `git`."""
    try:
        import git
    except ModuleNotFoundError as exc:  # GitPython, or one of the two packages it is made of
        module = (exc.name or "git").partition(".")[0]
        message = f"GitPython, the Python package that asks git, is not installed (there is no module '{module}')"
        raise SourceError(message, hint="pip install git-promptops") from exc
    except ImportError as exc:
        if exc.__cause__ is None:  # it looked for no command yet: GitPython itself is broken
            raise
        raise _no_git_error() from exc
    return git


def _terminate(process: subprocess.Popen[bytes]) -> None:
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
def _terminate_all() -> None:
    """A program that ends while a thread of it still fetches leaves no git behind."""
    for started_by, process in list(_running.values()):
        if started_by == os.getpid() and process.returncode is None:
            _terminate(process)


def detach_pipes(process: subprocess.Popen[bytes]) -> None:
    """In a forked child: let go of the pipes of the parent's git, which waits for the end of one of them.

    Their numbers stay taken: files that belong to threads which are no more may still be closed, and must not hit
    what has got the same number since. Nor may the files be closed here, for one of those threads may hold their lock.
    """
    process.returncode = 0  # it is not our child, so nothing here ends or awaits it
    nothing = os.open(os.devnull, os.O_RDWR)
    for pipe in (process.stdin, process.stdout, process.stderr):
        with contextlib.suppress(ValueError, OSError):  # closed already
            if pipe is not None:
                os.dup2(nothing, pipe.fileno(), inheritable=False)
    os.close(nothing)


def _after_fork_in_child() -> None:
    START_LOCK.release()
    for _, process in _running.values():
        detach_pipes(process)
    _running.clear()


if hasattr(os, "register_at_fork"):  # there is no fork on Windows
    os.register_at_fork(
        before=START_LOCK.acquire, after_in_parent=START_LOCK.release, after_in_child=_after_fork_in_child
    )
