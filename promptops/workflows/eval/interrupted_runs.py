"""Which runs were interrupted: what `--resume` goes on with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from promptops.workflows.eval.run_paths import JOURNAL, RESULTS, TIME_LENGTH, folder_name, read_object, run_folders
from promptops.workflows.workspace import Workspace


def unfinished_runs(workspace: Workspace, suites: Sequence[str]) -> dict[str, Path]:
    """Suite → the folder of its last run, where that run was interrupted or stopped."""
    last = {run.name[TIME_LENGTH:]: run for run in run_folders(workspace) if (run / JOURNAL).exists()}
    found = {suite: last.get(folder_name(suite)) for suite in suites}
    return {suite: run for suite, run in found.items() if run is not None and is_unfinished(run)}


def is_unfinished(folder: Path) -> bool:
    """Whether the run in this folder wrote no results, or results that say why it stopped."""
    results = read_object(folder / RESULTS)
    return results is None or bool(results.get("stopped"))
