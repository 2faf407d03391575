"""`eval --record`: a run's replies become the suite's cassette."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from promptops.errors import StoreError
from promptops.evals.plan import Plan
from promptops.model.exchange import Reply
from promptops.providers.recorded import dump, entry_of
from promptops.workflows.files import write_whole


def write_replies(plan: Plan, replies: Mapping[str, Reply], path: Path) -> int:
    """Write the cases' replies (by reply key), whole or not at all; returns how many. Judges are never recorded."""
    entries = {
        unit.key: entry_of(unit.case.id, unit.request, replies[unit.key])
        for unit in plan.units
        if unit.request is not None and unit.key in replies
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, dump(entries.values(), "recorded by `promptops eval --record`").encode())
    except OSError as exc:
        raise StoreError(f"the replies cannot be written: {exc.strerror or exc}", where=str(path)) from exc
    return len(entries)
