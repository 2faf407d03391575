"""Results on disk, and found again."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from promptops.errors import StoreError
from promptops.evals.unmeasured import with_unmeasured
from promptops.model.results import Results
from promptops.report.results.html import FOLDER, PAGE, html_files
from promptops.source.files.atomic_write import write_atomically
from promptops.source.files.plain_file import make_folder
from promptops.store.results_file import parse_results, serialize_in_pieces
from promptops.text.suggestions import closest
from promptops.workflows.eval.run_paths import LATEST, RESULTS, latest_folder, runs_by_name
from promptops.workflows.workspace import Workspace, relative


def save_results(workspace: Workspace, folder: Path, results: Results) -> str:
    """Write results.json and report.html into the folder and remember it as the latest; returns a word on where."""
    written = write_results(workspace, folder, results)
    remember_as_latest(workspace, folder)
    return written


def write_results(workspace: Workspace, folder: Path, results: Results) -> str:
    """Write results.json and report.html into the folder; returns a word on where."""
    try:
        make_folder(folder, workspace.root)
        write_atomically(folder / RESULTS, serialize_in_pieces(results), root=workspace.root)
        _write_page(folder, results, workspace.root)
    except OSError as exc:
        raise StoreError(f"the results cannot be written: {exc.strerror or exc}", where=str(folder)) from exc
    return f"{relative(folder.resolve(), workspace.root)}/{PAGE} written"


def remember_as_latest(workspace: Workspace, folder: Path) -> None:
    """This is the last run's folder. Where the project cannot be written, what is kept elsewhere is still kept."""
    with suppress(OSError, StoreError):
        latest = workspace.ready_state() / "results" / LATEST
        make_folder(latest.parent, workspace.root)
        write_atomically(latest, str(folder.resolve()).encode(), root=workspace.root, durable=False)


def _write_page(folder: Path, results: Results, root: Path) -> None:
    """The page and the scripts beside it; those of an earlier page are gone."""
    written = set()
    for path, content in html_files(results):
        file = folder / path
        make_folder(file.parent, root)
        write_atomically(file, content.encode(), root=root, durable=False)
        written.add(file)
    for file in (folder / FOLDER).glob("[0-9]*.js"):
        if file not in written:
            file.unlink()


def load_results(workspace: Workspace, folder: Path | None) -> Results:
    """The results in a folder (or a results.json itself), by default those of the last run."""
    if folder is None or (folder.name == LATEST and folder.is_file()):  # which names the last run's folder
        folder = latest_folder(workspace)
        if folder is None:
            raise StoreError("there are no results yet", where=str(workspace.root), hint="run `promptops eval` first")
    workspace.require_own(folder)
    path = folder / RESULTS if folder.is_dir() else folder
    try:
        data = path.read_bytes()
    except OSError as exc:
        runs = runs_by_name(workspace)
        close = closest(folder.name, runs)
        hint = f"did you mean {runs[close]}?" if close else "name a folder that `promptops eval` wrote"
        raise StoreError(f"no results here: {exc.strerror or exc}", where=str(path), hint=hint) from exc
    return with_unmeasured(parse_results(data))
