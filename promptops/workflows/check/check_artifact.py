"""What a check said is kept beside its results: for a fork's comment, and for all pages that are made of it later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from promptops.errors import PromptopsError, StoreError
from promptops.model.outcomes.check import CheckProblem, CheckResult, ComparisonBase, SavedReport
from promptops.model.suite import folder_name
from promptops.report.check.html import INDEX, check_html
from promptops.report.comment.check_json import WHERE, CheckSummary, dump_check, dump_repeated
from promptops.source.files.atomic_write import write_atomically
from promptops.source.files.plain_file import make_folder
from promptops.store import check_file
from promptops.workflows.workspace import Workspace

_CUT_OFF = CheckProblem("", "the check did not run to its end", "run it again: replies that came are kept")


def begin_check(workspace: Workspace, folder: Path, base: ComparisonBase) -> None:
    """Say in the folder that the check is not done, so that nobody takes what a killed one leaves there for a whole.

    StoreError where nothing can be written there: what is paid for must have a place.
    """
    if trouble := save_check(workspace, folder, CheckResult(base, problems=(_CUT_OFF,))):
        raise StoreError(trouble, where=str(folder), hint="name another folder: --out DIR")


def save_check(workspace: Workspace, folder: Path, checked: CheckResult) -> str:
    """Write check.json, summary.json and index.html into the folder with the results; why that failed, or nothing."""
    return _write(workspace, folder, _files(checked))


def save_repeated_check(workspace: Workspace, folder: Path, said: CheckSummary, run: int) -> str:
    """Write check.json with what the workflow run with this id said. Returns why that failed, or nothing."""
    return _write(workspace, folder, [(WHERE, dump_repeated(said, run))])


def _write(workspace: Workspace, folder: Path, files: Iterable[tuple[str, bytes]]) -> str:
    try:
        workspace.require_own(folder)
        make_folder(folder, workspace.root)
        for name, data in files:
            write_atomically(folder / name, data, root=workspace.root)
    except PromptopsError as exc:
        return f"{WHERE} is not written: {exc}"
    except OSError as exc:
        return f"{WHERE} is not written: {exc.strerror or exc}"
    return ""


def _files(checked: CheckResult) -> Iterator[tuple[str, bytes]]:
    folders = tuple(folder_name(one.suite) for one in checked.results)
    yield WHERE, dump_check(checked)
    yield check_file.WHERE, check_file.dump_summary(checked, folders)
    yield INDEX, check_html(SavedReport(checked, folders)).encode()
