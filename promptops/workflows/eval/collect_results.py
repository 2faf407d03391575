"""Results of several runs, out of folders: what cannot be read hides no other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from promptops.errors import EvalError, PromptopsError
from promptops.model.outcomes.check import UnreadResults
from promptops.model.results import Results
from promptops.store.results_file import MAX_BYTES, parse_results
from promptops.workflows.eval.run_paths import RESULTS
from promptops.workflows.state_folder import require_own_results

MOST_FOLDERS = 1_000
_HEAD = 64 * 1024
_AFTER_ARMS = b'"criteria":'
"""A run's digests stand before its criteria, so of most files the beginning says that they are of other versions."""


class CollectedResults(NamedTuple):
    """The results that could be read, the newest of each suite, each with its folder's name, and what could not."""

    results: tuple[Results, ...]
    unread: tuple[UnreadResults, ...] = ()
    folders: tuple[str, ...] = ()


def find_results(folders: Sequence[Path]) -> CollectedResults:
    """What the folders hold: each is a run's folder, a folder of those, or a results.json itself."""
    unread: list[UnreadResults] = []
    newest: dict[tuple[str, str], tuple[Results, str]] = {}
    for file in _files(folders, unread):
        try:
            found = read_results(file)
        except EvalError as exc:
            unread.append(UnreadResults(file.parent.name, str(exc), exc.hint))
        except OSError as exc:
            unread.append(UnreadResults(file.parent.name, f"the results cannot be read: {exc.strerror or exc}"))
        else:
            key = found.suite_path or found.suite, found.shard
            if key not in newest or newest[key][0].started <= found.started:
                newest[key] = found, file.parent.name
    kept = newest.values()
    return CollectedResults(tuple(one for one, _ in kept), tuple(unread), tuple(name for _, name in kept))


def _files(folders: Sequence[Path], unread: list[UnreadResults]) -> Iterator[Path]:
    for folder in folders:
        try:
            require_own_results(folder)
            files = list(_within(folder))
        except PromptopsError as exc:
            unread.append(UnreadResults(folder.name, str(exc), exc.hint))
            continue
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


def read_results(file: Path) -> Results:
    """The results in a results.json. EvalError where it holds none, OSError where it cannot be read."""
    with file.open("rb") as opened:
        return parse_results(opened.read(MAX_BYTES + 1))


def runs_with_digests(folder: Path, digests: Collection[str]) -> Iterator[Results]:
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
                yield parse_results(data)
            except PromptopsError:
                continue
