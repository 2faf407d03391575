"""An environment as one file that an application serves without git."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from promptops.errors import PinError, StoreError
from promptops.model.environment import Environment, Pin, served_versions
from promptops.pins.bundle import Bundle, read_bundle, write_bundle
from promptops.pins.commit_sealing import CommitSealer
from promptops.source.checkout import Checkout
from promptops.source.files.atomic_write import write_atomically
from promptops.source.git.commit import Commit
from promptops.source.git.repository import Repository
from promptops.source.source import Source
from promptops.workflows.verify.pin_check import PinCheck, commit_with, find_environment, find_signers
from promptops.workflows.workspace import Workspace


class BuiltBundle(NamedTuple):
    """The bundle as it can be read back from its bytes, these, and what people should know of it.

    `protected` (a branch) and `signers` (a file) are what was demanded of its commits; empty: nothing.
    """

    bundle: Bundle
    data: bytes
    notes: tuple[str, ...] = ()
    protected: str = ""
    signers: str = ""


def build_bundle(
    workspace: Workspace,
    name: str,
    at: str | None = None,
    *,
    protected: str | None = None,
    signers: Path | None = None,
    where: str = "",
) -> BuiltBundle:
    """The bundle of an environment, as the work tree has it or as it was at a revision.

    Every version is sealed anew at its commit. `protected` and `signers` demand what `VerifyChoice` says; with
    `signers`, the environment must be committed as it is. PinError that tells all that do not hold. `where`: what
    errors call the bundle.
    """
    signers = find_signers(workspace, signers)
    repository = Repository(workspace.root)
    prefix = repository.prefix(workspace.root)
    sha = repository.resolve(at) if at else repository.head()
    committed = Commit(repository, sha, prefix) if sha else None
    source: Source = committed if at and committed else Checkout(workspace.root)
    environment = find_environment(source, name)
    sealer = CommitSealer(repository, prefix)
    wanted = served_versions(environment.pins.values())
    check = PinCheck(sealer, wanted, protected, signers)
    _require_all(check, wanted, environment)
    commit = commit_with(environment, source, committed)
    _require_signature(check, environment, commit)
    data = write_bundle(Bundle(name, commit, environment.pins, sealer.contents, sealer.texts))
    notes = tuple(check.notes(wanted))
    return BuiltBundle(read_bundle(data, where), data, notes, check.protected, str(signers or ""))


def save_bundle(
    workspace: Workspace,
    name: str,
    out: Path,
    at: str | None = None,
    *,
    protected: str | None = None,
    signers: Path | None = None,
) -> BuiltBundle:
    """Write the bundle, whole or not at all. PinError as above, StoreError when the file cannot be written."""
    built = build_bundle(workspace, name, at, protected=protected, signers=signers, where=str(out))
    try:
        write_atomically(out, built.data, root=workspace.root)
    except OSError as exc:
        hint = "name a file in a folder that is there and may be written, or - for standard output"
        raise StoreError(f"the bundle cannot be written: {exc.strerror or exc}", where=str(out), hint=hint) from exc
    return built


def _require_signature(check: PinCheck, environment: Environment, commit: str | None) -> None:
    """PinError where signatures are demanded and nobody who may has signed what the environment says."""
    if commit is not None:
        if unsigned := check.unsigned_file(environment.path, commit):
            raise unsigned
    elif check.demands_signatures:
        hint = "commit it and sign the commit (`git commit -S`), then build the bundle"
        message = "this file is not committed as it is, so nobody has signed what it pins"
        raise PinError(message, where=str(environment.path), hint=hint)


def _require_all(check: PinCheck, wanted: Sequence[Pin], environment: Environment) -> None:
    lines = []
    for pin in wanted:
        for problem in check.problems(pin, environment.name):
            place = problem.span.place(environment.path)
            lines += [f"{place}: {problem.message}", *(f"  {line}" for line in problem.hint.splitlines())]
    if lines:
        message = "not every pin holds, so no bundle is written"
        raise PinError(message, where=str(environment.path), hint="\n".join(lines))
