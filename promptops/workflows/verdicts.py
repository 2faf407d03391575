"""How a version did when it was last evaluated on this machine."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from promptops.errors import PromptopsError
from promptops.model.pin_change import Evaluation
from promptops.model.results import Results
from promptops.report.results_json import load
from promptops.workflows.folders import RESULTS
from promptops.workflows.project import Workspace

_HEAD = 64 * 1024
_AFTER_ARMS = b'"criteria":'
"""A run's digests stand before its criteria, so of most files the beginning says that they are of other versions."""


def last_evaluations(workspace: Workspace, digests: Collection[str]) -> dict[str, tuple[Evaluation, ...]]:
    """Digest → the last run of each suite that evaluated this version, newest first.

    Only what was the new side of a run counts, and only the gates of the models it was asked with. Results that cannot
    be read are passed over.
    """
    found: dict[str, dict[str, Evaluation]] = {digest: {} for digest in digests}
    for results in _runs(workspace.state / "results", digests):
        for digest, runs in found.items():
            models = {arm.model for arm in results.arms if arm.side == "head" and arm.prompt_digest == digest}
            if models and results.suite not in runs:
                gates = tuple(gate for gate in results.gates if not gate.model or gate.model in models)
                runs[results.suite] = Evaluation(results.suite, results.started, gates, results.stopped)
    return {digest: tuple(runs.values()) for digest, runs in found.items()}


def _runs(folder: Path, digests: Collection[str]) -> Iterator[Results]:
    """The runs that name one of the digests, newest first: a folder's name begins with its time."""
    signs = [digest.encode() for digest in digests]
    names = sorted((path.name for path in folder.iterdir()), reverse=True) if folder.is_dir() else []
    for name in names:
        try:
            with (folder / name / RESULTS).open("rb") as file:
                data = file.read(_HEAD)
                if _AFTER_ARMS not in data or any(sign in data for sign in signs):
                    data += file.read()
        except OSError:
            continue
        if any(sign in data for sign in signs):
            try:
                yield load(data)
            except PromptopsError:
                continue
