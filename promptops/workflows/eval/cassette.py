"""`eval --record`: a run's replies become the suite's cassette."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path, PurePosixPath

from promptops.errors import EvalError, PromptError, StoreError
from promptops.evals.engine.known_replies import KnownReplies
from promptops.evals.plan import Plan
from promptops.providers.cassette import FORMAT, CassetteEntry, CassetteProvider, dump_cassette, make_entry
from promptops.source.files.atomic_write import write_atomically
from promptops.source.files.globs import SKIPPED_FOLDERS
from promptops.source.files.plain_file import UnwritableError, make_folder, require_plain

ENDING = ".jsonl"


def cassette_target(root: Path, path: PurePosixPath, where: str) -> Path:
    """Where replies may be written. EvalError for a file that is no cassette, or is outside of the project."""
    if not path.name.endswith(ENDING) or SKIPPED_FOLDERS & set(path.parts):
        raise EvalError(f"'{path}' is not a replies file", where=where, hint="name it NAME.replies.jsonl")
    target = root / path
    try:
        require_plain(target, root)
    except UnwritableError as exc:
        why = f"'{path}' cannot be written: {exc.strerror}"
        raise EvalError(why, where=where, hint="name a file of the project") from exc
    if target.exists() and not _is_cassette(target):
        raise EvalError(f"'{path}' holds something else and is not overwritten", where=where, hint="name a new file")
    return target


def _is_cassette(path: Path) -> bool:
    with suppress(OSError, ValueError, RecursionError):
        with path.open("rb") as file:
            head = json.loads(file.readline(1 << 20) or b"{}")
        entry = isinstance(head, dict) and {"request", "reply"} <= set(head)
        return entry or head == {} or head.get("format") == FORMAT
    return False


def write_replies(plan: Plan, replies: KnownReplies, path: Path, root: Path) -> None:
    """Write the cases' replies (every one is known), all or none; judges are never recorded.

    Replies to cases that this run did not ask stay as they are.
    """
    entries: dict[str, CassetteEntry] = {}
    for unit in plan.units:
        if unit.request is not None and (reply := replies.find(unit.key)) is not None:
            entry = make_entry(unit.case.id, unit.request, reply)
            entries[entry.request] = entry
    asked = {case.id for case in plan.suite.cases}
    kept = [entry for entry in _recorded(path) if entry.case not in asked]
    try:
        make_folder(path.parent, root)
        write_atomically(
            path, dump_cassette([*kept, *entries.values()], "recorded by `promptops eval --record`").encode(), root=root
        )
    except OSError as exc:
        raise StoreError(f"the replies cannot be written: {exc.strerror or exc}", where=str(path)) from exc


def _recorded(path: Path) -> tuple[CassetteEntry, ...]:
    with suppress(OSError, ValueError, PromptError):
        return CassetteProvider.load(path.read_text("utf-8"), path).entries
    return ()
