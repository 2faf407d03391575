from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from promptops.source.git_process import GitLateError, run_git
from tests.conftest import RepositoryBuilder
from tests.remotes import processes_with

SLEEP = "alias.sleep=!trap '' TERM; sleep 77 & sleep 77"  # a command that will not end when asked


def test_a_command_gets_its_input_and_gives_its_output(repository: RepositoryBuilder) -> None:
    folder = repository("bare", "--bare").root
    deadline = time.monotonic() + 30
    done = run_git(folder, ["hash-object", "--stdin"], deadline=deadline, text="one\n")
    assert done == (0, "5626abf0f72e58d7a153368ba57db4c673c0e171\n", "")
    assert run_git(folder, ["cat-file", "-e", "0" * 40], deadline=deadline).code == 1
    assert run_git(folder, ["cat-file", "--batch"], deadline=deadline).out == "", "no input is an empty input"


def test_at_the_deadline_all_that_was_started_is_ended_even_what_will_not_listen(repository: RepositoryBuilder) -> None:
    folder = repository("bare", "--bare").root
    with pytest.raises(GitLateError):
        run_git(folder, ["-c", SLEEP, "sleep"], deadline=time.monotonic() + 0.3)
    assert processes_with(str(folder)) == []
    with pytest.raises(GitLateError):
        run_git(folder, ["-c", SLEEP, "sleep"], deadline=time.monotonic() - 1)
    assert processes_with(str(folder)) == []


def test_a_program_that_ends_while_a_thread_waits_for_git_leaves_none_behind(repository: RepositoryBuilder) -> None:
    folder = repository("bare", "--bare").root
    program = f"""
import threading, time
from pathlib import Path
from promptops.source import git_process
arguments = {["-c", "alias.sleep=!sleep 77", "sleep"]!r}
wait = lambda: git_process.run_git(Path({str(folder)!r}), arguments, deadline=time.monotonic() + 60)
threading.Thread(target=wait, daemon=True).start()
while not git_process._running:
    time.sleep(0.01)
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[2], timeout=30)
    assert processes_with(str(folder)) == []
