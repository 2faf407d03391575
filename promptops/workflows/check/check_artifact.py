"""What a check said is kept beside its results, so that a fork's comment can say it too."""

from __future__ import annotations

from pathlib import Path

from promptops.errors import PromptopsError
from promptops.model.outcomes.check import CheckResult
from promptops.report.comment.check_json import WHERE, dump_check
from promptops.source.files.atomic_write import write_atomically
from promptops.source.files.plain_file import make_folder
from promptops.workflows.workspace import Workspace


def save_check(workspace: Workspace, folder: Path, checked: CheckResult) -> str:
    """Write check.json into the folder with the results. Returns why that failed, or nothing."""
    try:
        workspace.require_own(folder)
        make_folder(folder, workspace.root)
        write_atomically(folder / WHERE, dump_check(checked), root=workspace.root)
    except PromptopsError as exc:
        return f"{WHERE} is not written: {exc}"
    except OSError as exc:
        return f"{WHERE} is not written: {exc.strerror or exc}"
    return ""
