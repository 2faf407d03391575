"""JUnit beside each suite's results: what a forge shows of single tests reads a file of its own for each of them."""

from __future__ import annotations

from pathlib import Path

from promptops.model.outcomes.check import CheckResult
from promptops.model.suite import folder_name
from promptops.report.results.junit import junit
from promptops.source.files.atomic_write import write_atomically
from promptops.source.files.plain_file import make_folder
from promptops.workflows.workspace import Workspace

WHERE = "junit.xml"


def write_junit(workspace: Workspace, folder: Path, checked: CheckResult) -> str:
    """Write SUITE/junit.xml below the folder for each suite that has results. Returns why that failed, or nothing."""
    try:
        for results in checked.results:
            place = folder / folder_name(results.suite)
            make_folder(place, workspace.root)
            write_atomically(place / WHERE, junit(results).encode("utf-8", "replace"), root=workspace.root)
    except OSError as exc:
        return f"{WHERE} is not written: {exc.strerror or exc}"
    return ""
