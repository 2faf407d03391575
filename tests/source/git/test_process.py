from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from promptops.source.git import process as git_process
from promptops.source.git.process import GitOutput, GitTimeoutError, run_git_in
from tests.conftest import RepositoryBuilder
from tests.remotes import processes_with

SLEEP = "alias.sleep=!trap '' TERM; sleep 77 & sleep 77"  # a command that will not end when asked


def _run(folder: Path, arguments: Sequence[str], *, deadline: float, text: str = "") -> GitOutput:
    return run_git_in(folder, arguments, deadline=deadline, text=text, environment={"GIT_DIR": str(folder)})


def test_a_command_gets_its_input_and_gives_its_output(repository: RepositoryBuilder) -> None:
    folder = repository("bare", "--bare").root
    deadline = time.monotonic() + 30
    done = _run(folder, ["hash-object", "--stdin"], deadline=deadline, text="one\n")
    assert done == (0, "5626abf0f72e58d7a153368ba57db4c673c0e171\n", "")
    assert _run(folder, ["cat-file", "-e", "0" * 40], deadline=deadline).code == 1
    assert _run(folder, ["cat-file", "--batch"], deadline=deadline).out == "", "no input is an empty input"


def test_at_the_deadline_all_that_was_started_is_ended_even_what_will_not_listen(repository: RepositoryBuilder) -> None:
    folder = repository("bare", "--bare").root
    with pytest.raises(GitTimeoutError):
        _run(folder, ["-c", SLEEP, "sleep"], deadline=time.monotonic() + 0.3)
    assert processes_with(str(folder)) == []
    with pytest.raises(GitTimeoutError):
        _run(folder, ["-c", SLEEP, "sleep"], deadline=time.monotonic() - 1)
    assert processes_with(str(folder)) == []


def test_a_program_that_ends_while_a_thread_waits_for_git_leaves_none_behind(repository: RepositoryBuilder) -> None:
    folder = repository("bare", "--bare").root
    program = f"""
import threading, time
from pathlib import Path
from promptops.source.git import process as git_process
arguments = {["-c", "alias.sleep=!sleep 77", "sleep"]!r}
wait = lambda: git_process.run_git_in(
    Path({str(folder)!r}), arguments, deadline=time.monotonic() + 60, environment={{"GIT_DIR": {str(folder)!r}}}
)
threading.Thread(target=wait, daemon=True).start()
while not git_process._running:
    time.sleep(0.01)
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[3], timeout=30)
    assert processes_with(str(folder)) == []


# Forks of the caller

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")


@pytest.fixture
def children() -> Iterator[list[int]]:
    """Ids of children, which are ended after the test."""
    found: list[int] = []
    yield found
    for child in found:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _fork() -> int:
    """A worker that lives on and does nothing; after 60 s the system ends it."""
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(60)
        while True:
            signal.pause()
    return child


def _hashed(folder: Path) -> str:
    return _run(folder, ["hash-object", "--stdin"], deadline=time.monotonic() + 15, text="one\n").out


@needs_fork
def test_a_worker_forked_while_git_runs_does_not_hold_it_up(
    repository: RepositoryBuilder, monkeypatch: pytest.MonkeyPatch, children: list[int]
) -> None:
    """Git waits for the end of its input, which the worker would keep open as long as it lives."""
    folder = repository("bare", "--bare").root
    communicate: Any = subprocess.Popen.communicate

    def forking(self: Any, *arguments: Any, **more: Any) -> Any:
        children.append(_fork())
        return communicate(self, *arguments, **more)

    monkeypatch.setattr(subprocess.Popen, "communicate", forking)
    assert _hashed(folder).startswith("5626abf")
    assert len(children) == 1


@needs_fork
def test_no_fork_falls_between_a_start_of_git_and_the_moment_when_it_is_known(
    repository: RepositoryBuilder, monkeypatch: pytest.MonkeyPatch, children: list[int]
) -> None:
    folder = repository("bare", "--bare").root
    start, started = git_process.start_git, threading.Event()

    def slowly(*arguments: Any, **more: Any) -> Any:
        process = start(*arguments, **more)
        started.set()
        time.sleep(0.3)  # here another thread forks, if nothing keeps it from that
        return process

    monkeypatch.setattr(git_process, "start_git", slowly)
    said: list[str] = []
    thread = threading.Thread(target=lambda: said.append(_hashed(folder)))
    thread.start()
    assert started.wait(15)
    children.append(_fork())
    thread.join(30)
    assert [each[:7] for each in said] == ["5626abf"]


@needs_fork
def test_a_forked_child_may_run_git_itself(repository: RepositoryBuilder) -> None:
    folder = repository("bare", "--bare").root
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(30)
        os._exit(0 if _hashed(folder).startswith("5626abf") else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert _hashed(folder).startswith("5626abf")


@pytest.mark.parametrize("module", ["git", "gitdb"])
def test_a_missing_package_is_not_a_missing_git(module: str, tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; sys.modules[sys.argv[1]] = None\n"
        "from promptops.errors import NoRepositoryError, SourceError\n"
        "from promptops.source.git.process import object_reader\n"
        "try: object_reader(pathlib.Path('.'), {}, '--batch')\n"
        "except SourceError as exc: print(exc, exc.hint, isinstance(exc, NoRepositoryError), sep=chr(10))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, module], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        f"GitPython, the Python package that asks git, is not installed (there is no module '{module}')",
        "pip install git-promptops",
        "False",
    ]


def test_git_is_started_without_importing_gitpython(repository: RepositoryBuilder) -> None:
    """That import takes as long as linting a file; only who reads many objects has it."""
    code = (
        "import sys, pathlib\n"
        "from promptops.source.git.discovery import discover_git\n"
        "discover_git(pathlib.Path('.')); print('git' in sys.modules)\n"
    )
    folder = repository("bare").root
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_missing_git_is_told_as_that(tmp_path: Path) -> None:
    code = (
        "from promptops.errors import NoRepositoryError\n"
        "from promptops.source.git.process import object_reader, start_git\n"
        "import pathlib\n"
        "here = pathlib.Path('.')\n"
        "for start in (lambda: start_git(here, [], {}), lambda: object_reader(here, {}, '')):\n"
        "    try: start()\n"
        "    except NoRepositoryError as exc: print(exc, '-', exc.hint)\n"
    )
    environment = {"PATH": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["git is not installed - install git, or serve from a bundle"] * 2
