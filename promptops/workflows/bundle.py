"""An environment as one file that an application serves without git."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from promptops.errors import PinError, PromptopsError, StoreError
from promptops.model.pin import Environment
from promptops.pins.bundle import Bundle, read_bundle, write_bundle
from promptops.runtime.sealing import Sealer
from promptops.source.base import Source, read_text
from promptops.source.commit import Commit
from promptops.source.files import write_whole
from promptops.source.repository import Repository
from promptops.source.worktree import Worktree
from promptops.workflows.pinned import Compared, find_environment, versions
from promptops.workflows.project import Workspace


class Bundled(NamedTuple):
    """The bundle as it can be read back from its file, and the file's size in bytes."""

    bundle: Bundle
    size: int


def bundle_environment(workspace: Workspace, name: str, at: str | None = None) -> bytes:
    """The bundle of an environment, as the work tree has it or as it was at a revision.

    Every version is sealed anew at its commit. PinError that tells all that do not hold.
    """
    repository = Repository.at(workspace.root)
    prefix = repository.prefix(workspace.root)
    sha = repository.resolve(at) if at else repository.head()
    committed = Commit(repository, sha, prefix) if sha else None
    source: Source = committed if at and committed else Worktree(workspace.root)
    environment = find_environment(source, name)
    sealer = Sealer(repository, prefix)
    _demand_all(sealer, environment)
    same = committed is not None and _same(source, committed, environment)
    return write_bundle(Bundle(name, sha if same else None, environment.pins, sealer.contents, sealer.texts))


def write_environment(workspace: Workspace, name: str, out: Path, at: str | None = None) -> Bundled:
    """Write the bundle, whole or not at all. PinError as above, StoreError when the file cannot be written."""
    data = bundle_environment(workspace, name, at)
    built = read_bundle(data, str(out))
    try:
        write_whole(out, data)
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or exc
        hint = "name a file in a folder that is there and may be written"
        raise StoreError(f"the bundle cannot be written: {reason}", where=str(out), hint=hint) from exc
    return Bundled(built, len(data))


def _demand_all(sealer: Sealer, environment: Environment) -> None:
    wanted = versions(environment.pins.values())
    compared = Compared(sealer, wanted)
    lines = []
    for pin in wanted:
        for trouble in compared.troubles(pin):
            place = f"{environment.path}:{trouble.span.line}:{trouble.span.column}"
            lines += [f"{place}: {trouble.message}", *(f"  {line}" for line in trouble.hint.splitlines())]
    if lines:
        message = "not every pin holds, so no bundle is written"
        raise PinError(message, where=str(environment.path), hint="\n".join(lines))


def _same(source: Source, committed: Commit, environment: Environment) -> bool:
    """Whether the commit has the environment's file exactly as it was read."""
    if source is committed:
        return True
    try:
        return read_text(source, environment.path) == read_text(committed, environment.path)
    except PromptopsError:
        return False
