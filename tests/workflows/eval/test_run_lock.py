"""A run's own folder, held by real processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from promptops.errors import StoreError
from promptops.workflows.eval.run_lock import locked_folder

HOLD = """
import sys
from pathlib import Path
from promptops.workflows.eval.run_lock import locked_folder
with locked_folder(Path(sys.argv[1])) as folder:
    print(folder.name, flush=True)
    sys.stdin.read()
"""


def test_two_at_once_have_two_folders_and_the_first_is_free_again(tmp_path: Path) -> None:
    with locked_folder(tmp_path / "runs") as one, locked_folder(tmp_path / "runs") as other:
        assert [one.name, other.name] == ["1", "2"]
    with locked_folder(tmp_path / "runs") as again:
        assert again == one


def test_another_process_holds_its_folder_until_it_is_killed(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"1\n"
        with locked_folder(tmp_path) as mine:
            assert mine.name == "2"
    finally:
        process.kill()
        process.communicate()
    with locked_folder(tmp_path) as mine:
        assert mine.name == "1"


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(StoreError, match="cannot keep its replies here"), locked_folder(tmp_path / "runs"):
        pass
