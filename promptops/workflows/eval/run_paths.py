"""Where runs lie: a folder for each, made new, found again, and never over what is not a run's."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime, timedelta
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

from promptops.errors import StoreError
from promptops.model.suite import folder_name
from promptops.source.files.plain_file import UnwritableError, make_folder, require_plain
from promptops.store.journal import is_cut_header, read_journal
from promptops.workflows.workspace import Workspace

JOURNAL, RESULTS, LATEST = "journal.jsonl", "results.json", "latest"
_ANOTHER = "name another folder: --out DIR"
_TIME = "%Y%m%d-%H%M%S"
TIME_LENGTH = len("20260101-000000-")


def results_folder(workspace: Workspace, suite: str, now: datetime) -> Path:
    """A new folder for one run, made now: `.promptops/results/TIME-SUITE/`; a second later where another run began."""
    while True:
        folder = workspace.state / "results" / f"{now:{_TIME}}-{folder_name(suite)}"
        try:
            make_folder(folder.parent, workspace.root)
            folder.mkdir()
        except FileExistsError:
            now += timedelta(seconds=1)
        except OSError as exc:
            raise StoreError(f"the results cannot be written: {exc.strerror or exc}", where=str(folder)) from exc
        else:
            return folder


def require_run_folder(workspace: Workspace, folder: Path) -> None:
    """Refuse a folder in which a run would overwrite what is not a run's: nothing of anybody's may be lost.

    Before anything is asked: what was paid for must have a place.
    """
    from promptops.report.results.html import PAGE  # whoever only looks for a run's folder needs no page

    journal, results = folder / JOURNAL, folder / RESULTS
    for file in (journal, results, folder / PAGE):
        try:
            require_plain(file, workspace.root)
        except UnwritableError as exc:
            why = f"this is not a file that a run can write: {exc.strerror}"
            raise StoreError(why, where=str(file), hint=_ANOTHER) from exc
    if journal.is_file() and not is_cut_header(journal):
        read_journal(journal)
    if results.is_file() and not _is_of_a_run(results):
        raise StoreError("this is not a file that a run wrote", where=str(results), hint=_ANOTHER)


def _is_of_a_run(file: Path) -> bool:
    """Whether it is JSON of ours, as far as can be told without reading it whole: it may be larger than memory."""
    with file.open("rb") as opened:
        if opened.read(1) != b"{":
            return False
        with mmap(opened.fileno(), 0, access=ACCESS_READ) as content:
            return any(content.find(mark) > 0 for mark in (b'"format":"promptops', b'"format": "promptops'))


def runs_by_name(workspace: Workspace) -> dict[str, Path]:
    """The folders of all runs, each under its own name and the newest of a suite under the suite's (`folder_name`)."""
    return {name: run for run in run_folders(workspace) for name in (run.name, run.name[TIME_LENGTH:])}


def latest_folder(workspace: Workspace) -> Path | None:
    """Where the last run of all left its results; the newest folder where what says so is lost or damaged."""
    with suppress(OSError, ValueError):
        named = (workspace.state / "results" / LATEST).read_text("utf-8")
        if named and "\0" not in named:
            return Path(named)
    return next((run for run in reversed(run_folders(workspace)) if (run / RESULTS).is_file()), None)


def run_folders(workspace: Workspace) -> list[Path]:
    """Oldest first: a folder's name begins with its time."""
    folder = workspace.state / "results"
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def read_object(file: Path) -> dict[str, Any] | None:
    """The JSON object in a file; None where it cannot be read, empty for any other JSON."""
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else {}
