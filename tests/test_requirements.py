"""A run that lacks something says so, and on CI fails: a skipped test must not pass for a passed one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[1]
_NEEDS_THE_MODEL = "tests/providers/test_local.py::test_a_reply_is_no_longer_than_was_asked_for"


def _run(cache: Path, *options: str, ci: str = "") -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PROMPTOPS_TEST_MODEL_CACHE": str(cache), "CI": ci}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, _NEEDS_THE_MODEL]
    return subprocess.run(command, cwd=_ROOT, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("workers", ["0", "1"])
def test_what_is_missing_is_listed_with_its_cost_and_the_command_that_brings_it(tmp_path: Path, workers: str) -> None:
    done = _run(tmp_path, "-n", workers)

    assert done.returncode == 0
    assert "NOT TESTED: something is missing here" in done.stdout
    assert "the embedded model: 1 test skipped. To get it: make model" in done.stdout


def test_on_ci_what_is_missing_is_an_error(tmp_path: Path) -> None:
    done = _run(tmp_path, "-n", "0", ci="true")

    assert done.returncode == 1
    assert "missing: the embedded model; make model" in done.stdout
    assert "skipped" not in done.stdout
