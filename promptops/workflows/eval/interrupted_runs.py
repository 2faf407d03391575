"""Which runs were interrupted: what `--resume` goes on with, and what the cache gets of them in any case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from functools import cached_property
from pathlib import Path

from promptops.errors import EvalError, StoreBusyError, StoreError
from promptops.evals.plan import Plan
from promptops.model.model_call import Reply
from promptops.model.suite import folder_name
from promptops.store.journal import read_journal, save_to_cache, unsaved_keys
from promptops.store.reply_cache import FILE, ReplyCache, open_reply_cache
from promptops.workflows.eval.run_paths import (
    JOURNAL,
    RESULTS,
    TIME_LENGTH,
    read_object,
    run_folders,
)
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


def make_room(workspace: Workspace, journal: Path) -> None:
    """Another run's journal may go: the cache has its replies, so that none is paid for twice."""
    if journal.exists():
        with closing(open_cache(workspace)) as cache:
            save_to_cache(journal, cache)


def resume_journal(journal: Path, plan: Plan) -> dict[str, Reply]:
    """The replies of the run that was interrupted. EvalError when it was another."""
    content = read_journal(journal)
    if content.plan != plan.digest and content.plan != plan.former_digest:
        raise EvalError(
            "the prompt, the cases, the models or the options are not those of the run that was interrupted",
            where=str(journal.parent),
            hint="repeat that command with --resume, or start anew: replies that still fit come from the cache",
        )
    return content.replies


def open_cache(workspace: Workspace) -> ReplyCache:
    """The project's reply cache; where `.promptops/` cannot be made, it says what that means.

    One that is damaged, however late that turns out, gets the replies of all runs that are still here.
    """
    with suppress(StoreError):
        workspace.ready_state()
    cache = open_reply_cache(workspace.state)
    cache.on_new = lambda cache: save_unsaved_replies(workspace, cache, again=True)
    if cache.is_new:
        cache.on_new(cache)
    return cache


def save_unsaved_replies(workspace: Workspace, cache: ReplyCache, *, again: bool = False) -> None:
    """Bring into the cache what runs wrote down that were killed since, so that nobody pays for it twice.

    `again`: also what runs brought there that ended in order.
    """
    with suppress(StoreBusyError):  # then a later run does it
        for journal in _journals(workspace):
            save_to_cache(journal, cache, again=again)


class KnownKeys:
    """What runs before asked already. The journals are read once, however many suites want to know."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def of(self, keys: Sequence[str]) -> tuple[set[str], Sequence[str]]:
        """Those of the reply keys that a run need not ask for, and what people should know of the cache."""
        unsaved = self._unsaved.intersection(keys)
        if not (self._workspace.state / FILE).exists():
            return unsaved, ()
        with closing(open_cache(self._workspace)) as cache:
            return cache.known(keys) | unsaved, cache.notes

    @cached_property
    def _unsaved(self) -> set[str]:
        return {key for journal in _journals(self._workspace) for key in unsaved_keys(journal)}


def _journals(workspace: Workspace) -> Iterator[Path]:
    """Those of results, checks and bisections."""
    return workspace.state.glob(f"*/*/{JOURNAL}")
