"""Which known replies a run asks for once more: all (`--fresh`), or those that led to an error (`--retry-errors`)."""

from __future__ import annotations

from collections.abc import Container, Iterator
from contextlib import suppress
from pathlib import Path

from promptops.errors import EvalError
from promptops.evals.registry import KINDS
from promptops.model.results import Results, Sample
from promptops.model.suite import folder_name
from promptops.store.results_file import parse_results
from promptops.workflows.eval.run_paths import RESULTS, latest_folder, runs_by_name
from promptops.workflows.workspace import Workspace


class EveryKey:
    """Holds every reply key there is."""

    def __contains__(self, key: object) -> bool:
        return True


def keys_asked_again(workspace: Workspace, suite: str, *, fresh: bool, retry_errors: bool) -> Container[str]:
    """The reply keys that the cache is not to answer."""
    if fresh:
        return EveryKey()
    last = last_results(workspace, suite) if retry_errors else None
    return failed_keys(last) if last is not None else ()


def failed_keys(results: Results) -> frozenset[str]:
    """The keys of replies that never came, or that a criterion could make nothing of.

    A judge's error is not the reply's: the judge is asked again in any case, as what it said is not kept.
    """
    judged = {info.name for info in results.criteria if info.kind in KINDS and KINDS[info.kind].asks_model}
    return frozenset(sample.reply_key for sample in results.samples if _failed(sample, judged))


def _failed(sample: Sample, judged: Container[str]) -> bool:
    errors = (name for name, score in sample.scores.items() if score.status == "error")
    return bool(sample.error) or any(name not in judged for name in errors)


def last_results(workspace: Workspace, suite: str) -> Results | None:
    """What the suite's last run found, wherever it was kept; None where there is none that can be read."""
    found = [results for folder in _folders(workspace, suite) if (results := _read(folder)) and results.suite == suite]
    return max(found, key=lambda results: results.started, default=None)


def _folders(workspace: Workspace, suite: str) -> Iterator[Path]:
    name = folder_name(suite)
    if (run := runs_by_name(workspace).get(name)) is not None:
        yield run
    yield workspace.state / "check" / name
    if (latest := latest_folder(workspace)) is not None:
        yield latest


def _read(folder: Path) -> Results | None:
    with suppress(OSError, EvalError):
        return parse_results((folder / RESULTS).read_bytes())
    return None
