"""Results that were noted elsewhere, fetched before anybody is told how a version did."""

from __future__ import annotations

from promptops.errors import PromptopsError
from promptops.source.git.notes import fetch_notes
from promptops.source.git.repository import Repository
from promptops.source.git.writer import GitSettings

REMOTE = "origin"


def fetch_noted_results(repository: Repository, settings: GitSettings | None = None) -> str:
    """Bring the remote's notes here. Returns why that failed; empty where they came, or there is no remote.

    A fresh clone has none of them, and without them a version whose gate failed looks as if nobody had evaluated it.
    """
    try:
        remotes = repository.run("remote").out.split()
        remote = REMOTE if REMOTE in remotes else next(iter(remotes), "") if len(remotes) == 1 else ""
        if remote:
            fetch_notes(repository, remote, settings)
    except PromptopsError as exc:
        return f"the results that others noted could not be fetched: {exc}"
    return ""
