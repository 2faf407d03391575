"""Where a run's results go, and which run was interrupted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from promptops.workflows.project import Workspace

JOURNAL, RESULTS = "journal.jsonl", "results.json"
_TIME = "%Y%m%d-%H%M%S"
_TIME_LENGTH = len("20260101-000000-")


def folder_name(suite: str) -> str:
    """The suite's identifier as a folder's name."""
    return "".join(char if char.isalnum() or char in "-_." else "-" for char in suite)


def results_folder(workspace: Workspace, suite: str, now: datetime) -> Path:
    """A new folder for one run: `.promptops/results/TIME-SUITE/`."""
    return workspace.state / "results" / f"{now:{_TIME}}-{folder_name(suite)}"


def unfinished(workspace: Workspace, suites: Sequence[str]) -> dict[str, Path]:
    """Suite → the folder of its last run, where that run was interrupted or stopped."""
    folder = workspace.state / "results"
    runs = sorted((path for path in folder.iterdir() if path.is_dir()), reverse=True) if folder.is_dir() else []
    found: dict[str, Path] = {}
    for suite in suites:
        name = folder_name(suite)
        last = next((run for run in runs if run.name[_TIME_LENGTH:] == name and (run / JOURNAL).exists()), None)
        if last is not None and is_unfinished(last):
            found[suite] = last
    return found


def is_unfinished(folder: Path) -> bool:
    """Whether the run in this folder wrote no results, or results that say why it stopped."""
    try:
        results = json.loads((folder / RESULTS).read_bytes())
    except (OSError, ValueError):
        return True
    return isinstance(results, dict) and bool(results.get("stopped"))
