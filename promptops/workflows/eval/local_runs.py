"""The runs that this machine keeps, read as far as they are needed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from promptops.errors import PromptopsError
from promptops.model.results import Results
from promptops.store.results_file import parse_results
from promptops.workflows.eval.run_paths import RESULTS

_HEAD = 64 * 1024
_AFTER_ARMS = b'"criteria":'
"""A run's digests stand before its criteria, so of most files the beginning says that they are of other versions."""


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
