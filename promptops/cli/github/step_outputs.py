"""What a step tells the steps after it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from secrets import token_hex

from promptops.model.outcomes.check import CheckResult
from promptops.report.comment.check_json import WHERE, CheckSummary
from promptops.report.comment.headline import headline
from promptops.source.files.plain_file import open_plain


def check_outputs(checked: CheckResult, results: Path, workspace: Path | None, *, said: bool = False) -> dict[str, str]:
    """The verdict and why, counts and cost of a check, and where its results lie, from the workspace (or empty).

    `said`: what the check says beside its results lies there too. What lies there without a run is not this check's,
    and no later step may take it for that.
    """
    found = _shown(results, workspace)
    return {
        "verdict": checked.verdict,
        "reason": headline(checked),
        **{name: str(count) for name, count in checked.counts().items()},
        "called": _called(checked),
        "cost": "unknown" if checked.cost is None else f"{checked.cost:.6f}",
        "results": found.as_posix() if checked.results else "",
        "said": (found / WHERE).as_posix() if said else "",
    }


def _called(checked: CheckResult) -> str:
    """How many model calls were made; with 0 the cache holds nothing new. What broke off may have made some."""
    count = sum(one.calls.called for one in checked.results)
    return str(count) if count or not checked.problems else "unknown"


def repeated_outputs(said: CheckSummary, results: Path, workspace: Path | None, *, saved: bool) -> dict[str, str]:
    """What a run says that only repeats an earlier one. `saved`: check.json lies in the folder for results."""
    found = (_shown(results, workspace) / WHERE).as_posix() if saved else ""
    return {"verdict": said.verdict, "called": "0", "results": "", "said": found}


def _shown(results: Path, workspace: Path | None) -> Path:
    """The folder as it is named from the workspace, where it lies in there."""
    base = workspace.resolve() if workspace is not None else Path.cwd()
    folder = results.resolve()
    return folder.relative_to(base) if folder.is_relative_to(base) else folder


def write_outputs(path: Path, values: Mapping[str, str]) -> str:
    """Add the values to GitHub's file of outputs. Returns why that failed, or nothing.

    No value can pose as another one: what ends it is drawn at random.
    """
    ending = f"ending-{token_hex(16)}"
    text = "".join(f"{name}<<{ending}\n{value}\n{ending}\n" for name, value in values.items())
    try:
        with open(open_plain(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), "ab") as file:
            file.write(text.encode("utf-8", "replace"))
    except OSError as exc:
        return f"the outputs of this step cannot be written: {exc.strerror or os.strerror(exc.errno or 0)}"
    return ""
