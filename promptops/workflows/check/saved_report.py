"""What lies in a folder of results: one run, or the suites of a whole check."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from promptops.errors import PromptopsError
from promptops.model.outcomes.check import CheckProblem, CheckResult, ComparisonBase, SavedReport
from promptops.model.results import Results
from promptops.source.files.plain_file import read_plain
from promptops.store import check_file
from promptops.workflows.eval.collect_results import find_results, read_results
from promptops.workflows.eval.run_paths import RESULTS
from promptops.workflows.eval.save_results import load_results
from promptops.workflows.workspace import Workspace

_UNKNOWN = ComparisonBase(None, "")


def load_report(workspace: Workspace, folder: Path | None) -> Results | SavedReport:
    """The one run in the folder (or the last run), or what a check, or an evaluation of several suites, left there.

    A suite whose results cannot be read is among the check's problems. StoreError where there is nothing to show.
    """
    if folder is None or not folder.is_dir():
        return load_results(workspace, folder)
    workspace.require_own(folder)
    summary = folder / check_file.WHERE
    if summary.is_file():
        return _saved_check(folder, check_file.parse_summary(read_plain(summary, check_file.MAX_BYTES + 1)))
    if (folder / RESULTS).is_file() or not any(folder.glob(f"*/{RESULTS}")):
        return load_results(workspace, folder)
    found = find_results([folder])
    if len(found.results) == 1 and not found.unread:
        return found.results[0]
    problems = tuple(CheckProblem(one.name, one.why, one.hint) for one in found.unread)
    return SavedReport(CheckResult(_UNKNOWN, results=found.results, problems=problems), found.folders)


def _saved_check(folder: Path, saved: check_file.SavedCheck) -> SavedReport:
    """Only the suites of that check: others may lie there from an earlier one."""
    results, folders, problems = [], [], []
    for name, found in _results(folder, saved.suites):
        if isinstance(found, CheckProblem):
            problems.append(found)
        else:
            results.append(found)
            folders.append(name)
    check = saved.check._replace(results=tuple(results), problems=(*saved.check.problems, *problems))
    return SavedReport(check, tuple(folders))


def _results(folder: Path, names: tuple[str, ...]) -> Iterator[tuple[str, Results | CheckProblem]]:
    for name in names:
        if Path(name).name != name:
            yield name, CheckProblem(name, "this is not a folder of this check")
            continue
        try:
            yield name, read_results(folder / name / RESULTS)
        except PromptopsError as exc:
            yield name, CheckProblem(name, str(exc), exc.hint)
        except OSError as exc:
            yield name, CheckProblem(name, f"the results cannot be read: {exc.strerror or exc}")
