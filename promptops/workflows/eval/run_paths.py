"""Where a run's results go, and which run was interrupted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from promptops.errors import StoreError
from promptops.store.journal import read_journal
from promptops.workflows.project import Workspace

JOURNAL, RESULTS = "journal.jsonl", "results.json"
_ANOTHER = "name another folder: --out DIR"
_TIME = "%Y%m%d-%H%M%S"
_TIME_LENGTH = len("20260101-000000-")


def folder_name(suite: str) -> str:
    """The suite's identifier as a folder's name; different suites have different names."""
    signs = {"/": "+", ":": "=", "-": "-", "_": "_", ".": "."}
    return "".join(char if char.isalnum() else signs.get(char) or f"%{ord(char):x}" for char in suite)


def results_folder(workspace: Workspace, suite: str, now: datetime) -> Path:
    """A new folder for one run, made now: `.promptops/results/TIME-SUITE/`; a second later where another run began."""
    while True:
        folder = workspace.state / "results" / f"{now:{_TIME}}-{folder_name(suite)}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            now += timedelta(seconds=1)
        except OSError as exc:
            raise StoreError(f"the results cannot be written: {exc.strerror or exc}", where=str(folder)) from exc
        else:
            return folder


def require_run_folder(folder: Path) -> None:
    """Refuse a folder in which a run would overwrite what is not a run's: nothing of anybody's may be lost."""
    journal, results = folder / JOURNAL, folder / RESULTS
    for file in (journal, results):
        if file.exists() and not file.is_file():
            raise StoreError("this is not a file that a run can write", where=str(file), hint=_ANOTHER)
    if journal.is_file() and journal.stat().st_size:
        read_journal(journal)
    if results.is_file() and not _is_ours(results):
        raise StoreError("this is not a file that a run wrote", where=str(results), hint=_ANOTHER)


def _is_ours(results: Path) -> bool:
    try:
        found = json.loads(results.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(found, dict) and str(found.get("format", "")).startswith("promptops")


def runs_by_name(workspace: Workspace) -> dict[str, Path]:
    """The folders of all runs, each under its own name and the newest of a suite under the suite's (`folder_name`)."""
    folder = workspace.state / "results"
    runs = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    return {name: run for run in runs for name in (run.name, run.name[_TIME_LENGTH:])}


def unfinished_runs(workspace: Workspace, suites: Sequence[str]) -> dict[str, Path]:
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
    except (OSError, ValueError, RecursionError):
        return True
    return isinstance(results, dict) and bool(results.get("stopped"))
