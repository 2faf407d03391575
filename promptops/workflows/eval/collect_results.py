"""Results of several suites, out of folders: what cannot be read is told and hides no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from promptops.errors import EvalError
from promptops.model.outcomes.check import UnreadResults
from promptops.model.results import Results
from promptops.store.results_file import MAX_BYTES, parse_results
from promptops.workflows.eval.run_paths import RESULTS

MOST_FOLDERS = 1_000


class CollectedResults(NamedTuple):
    """The results that could be read, the newest of each suite, and what could not."""

    results: tuple[Results, ...]
    unread: tuple[UnreadResults, ...] = ()


def find_results(folders: Sequence[Path]) -> CollectedResults:
    """What the folders hold: each is a run's folder, a folder of those, or a results.json itself."""
    unread: list[UnreadResults] = []
    newest: dict[tuple[str, str], Results] = {}
    for file in _files(folders, unread):
        try:
            found = parse_results(_read(file))
        except EvalError as exc:
            unread.append(UnreadResults(file.parent.name, str(exc), exc.hint))
        except OSError as exc:
            unread.append(UnreadResults(file.parent.name, f"the results cannot be read: {exc.strerror or exc}"))
        else:
            known = newest.get((found.suite_path or found.suite, found.shard))
            if known is None or known.started <= found.started:
                newest[found.suite_path or found.suite, found.shard] = found
    return CollectedResults(tuple(newest.values()), tuple(unread))


def _files(folders: Sequence[Path], unread: list[UnreadResults]) -> Iterator[Path]:
    for folder in folders:
        try:
            files = list(_within(folder))
        except OSError as exc:
            unread.append(UnreadResults(folder.name, f"this folder cannot be read: {exc.strerror or exc}"))
            continue
        if not files:
            why = "there are no results here: the evaluation did not finish"
            unread.append(
                UnreadResults(folder.name, why, "the job's log says why; `promptops eval --out DIR` writes results")
            )
        yield from files


def _within(folder: Path) -> Iterator[Path]:
    if folder.is_file():
        yield folder
    elif (folder / RESULTS).is_file():
        yield folder / RESULTS
    elif folder.is_dir():
        runs = sorted(folder.iterdir())[:MOST_FOLDERS]
        yield from (run / RESULTS for run in runs if (run / RESULTS).is_file())


def _read(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(MAX_BYTES + 1)
