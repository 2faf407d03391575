"""Which runs were interrupted: what `--resume` goes on with, and what the cache gets of them in any case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from promptops.errors import StoreBusyError
from promptops.store.journal import save_to_cache, unsaved_keys
from promptops.store.reply_cache import ReplyCache
from promptops.workflows.eval.run_paths import JOURNAL, RESULTS, TIME_LENGTH, folder_name, read_object, run_folders
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


def save_unsaved_replies(workspace: Workspace, cache: ReplyCache) -> None:
    """Bring into the cache what runs wrote down that were killed since, so that nobody pays for it twice.

    A cache that had to be begun anew gets the replies of all runs that are still here.
    """
    with suppress(StoreBusyError):  # then a later run does it
        for journal in _journals(workspace):
            save_to_cache(journal, cache, again=cache.is_new)


def unsaved_reply_keys(workspace: Workspace) -> set[str]:
    """The reply keys that the next run finds in the cache because `save_unsaved_replies` brings them there."""
    return {key for journal in _journals(workspace) for key in unsaved_keys(journal)}


def _journals(workspace: Workspace) -> Iterator[Path]:
    """Those of results, checks and bisections."""
    return workspace.state.glob(f"*/*/{JOURNAL}")
