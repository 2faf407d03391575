"""Results of runs become notes on the commits that were evaluated, shared with everybody."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from promptops.errors import PromptopsError, StoreError
from promptops.model.outcomes.history import Scorecard
from promptops.source.git.notes import add_note_lines, sync_notes
from promptops.source.git.repository import Repository
from promptops.source.git.writer import GitSettings
from promptops.workflows.eval.confirmed_words import MergedLines
from promptops.workflows.eval.run_paths import RESULTS
from promptops.workflows.eval.save_results import load_results
from promptops.workflows.notes.drift import Drift, OpenGate, find_drifts, find_open_gates
from promptops.workflows.notes.note_format import dump_line
from promptops.workflows.notes.run_scorecards import base_scorecards, scorecards
from promptops.workflows.workspace import Workspace, relative


class NotedResults(NamedTuple):
    """What was written: how many scorecards, those of versions that were compared with not counted, on which commits
    (full ids). `passed_over` says which runs were not, and
    why; `pushed` whether the remote has it all now. `drifts` and `gates` are empty where nobody asked for them.
    """

    cards: int
    commits: tuple[str, ...]
    passed_over: tuple[str, ...] = ()
    pushed: bool = False
    drifts: tuple[Drift, ...] = ()
    gates: tuple[OpenGate, ...] = ()

    @property
    def got_worse(self) -> bool:
        """Whether anything answers worse than it did; a gate that was as it is, or was accepted, does not."""
        return bool(self.drifts) or any(gate.got_worse for gate in self.gates)


def note_results(
    workspace: Workspace,
    folders: Sequence[Path] = (),
    *,
    run: str = "",
    remote: str = "",
    settings: GitSettings | None = None,
    drift: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> NotedResults:
    """Note the runs in these folders (by default all in `.promptops/results/`), and share the notes with `remote`.

    A folder holds one run, or one run in each folder below it. `run` is the address of the CI run. Nothing is pushed
    where no remote is named. With `drift` they are compared with the first notes of the very same, the remote's too.
    PromptopsError when there is no run, a commit brought `.promptops/` along, or git cannot write or push.
    """
    files = _results_files(workspace, folders)
    with closing(Repository(workspace.root)) as repository:
        cards, passed_over = _collect_scorecards(workspace, repository, files, run)
        if cards:
            add_note_lines(repository, {commit: [*map(dump_line, found)] for commit, found in cards.items()})
        if cards and remote:
            sync_notes(repository, remote, settings, sleep=sleep)
        every = [card for found in cards.values() for card in found if not card.base_of]
        fallen = tuple(find_drifts(repository, every)) if drift else ()
        gates = tuple(find_open_gates(repository, every, MergedLines(workspace).waivers)) if drift else ()
    return NotedResults(len(every), tuple(cards), tuple(passed_over), bool(cards and remote), fallen, gates)


def _results_files(workspace: Workspace, folders: Sequence[Path]) -> list[Path]:
    found = []
    for folder in folders or (workspace.state / "results",):
        workspace.require_own(folder)
        inside = sorted(folder.glob(f"*/{RESULTS}"))
        own = folder / RESULTS if folder.is_dir() else folder
        if not own.is_file() and not inside:
            hint = "evaluate first (promptops eval), or name a folder that it wrote"
            raise StoreError("there are no results here", where=str(folder), hint=hint)
        found += [own] if own.is_file() else inside
    return found


def _collect_scorecards(
    workspace: Workspace, repository: Repository, files: Sequence[Path], run: str
) -> tuple[Mapping[str, list[Scorecard]], list[str]]:
    cards: dict[str, list[Scorecard]] = {}
    passed_over: list[str] = []
    for file in files:
        try:
            results = load_results(workspace, file)
        except PromptopsError as exc:
            passed_over.append(f"{relative(file, workspace.root)}: {exc}")
            continue
        heads = [arm for arm in results.arms if arm.side == "head"]
        commit = heads[0].commit if heads and not any(arm.dirty for arm in heads) else None
        found = scorecards(results, run)
        if commit is None:
            why = "the files were not committed as they were evaluated"
        elif repository.missing([commit]):
            why = f"the commit {commit[:7]} is not in this repository"
        elif not found:
            why = "no model answered, or nothing had changed"
        else:
            cards.setdefault(commit, []).extend((*found, *base_scorecards(results, run)))
            continue
        passed_over.append(f"{relative(file.parent, workspace.root)} ({results.suite}): {why}")
    return cards, passed_over
