"""Whether environments and bundles hold: every pin and every rollout beside git's own objects."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from promptops.errors import PinError, SourceError
from promptops.model.environment import Environment, served_versions
from promptops.model.outcomes.verification import VerificationProblem, VerificationReport, VerifiedPins
from promptops.pins.bundle import Bundle, load_bundle
from promptops.pins.commit_sealing import CommitSealer
from promptops.source.checkout import Checkout
from promptops.source.formats.environments import FOLDER, environment_paths, load_environment
from promptops.source.git.commit import Commit
from promptops.source.git.repository import Repository
from promptops.source.source import Source
from promptops.text.suggestions import did_you_mean
from promptops.workflows.verify.environment_check import Demands, EnvironmentCheck, EnvironmentVerdict
from promptops.workflows.verify.pin_check import find_signers, place_of
from promptops.workflows.verify.verify_bundle import missing_environment, verify_bundle
from promptops.workflows.workspace import Workspace


class VerifyChoice(NamedTuple):
    """What to look at and what to demand.

    `names` are environments (or their files) and files of bundles; empty means every environment. `at` reads the
    environments as they were at a revision. Every pin must be approved by `protected` (the remote's branch of this name
    where there is no other; see `pins.approval`; by default the main branch, where there is one and the clone is not
    shallow), and its commit be signed as `signers` (by default the file that the work tree's settings name) says, and
    so must the commit that wrote the environment as it is; without a list, signatures are not asked for.
    """

    names: tuple[str, ...] = ()
    at: str | None = None
    protected: str | None = None
    signers: Path | None = None


def verify(workspace: Workspace, choice: VerifyChoice) -> VerificationReport:
    """Check every pin, and tell all that do not hold.

    PromptopsError when something cannot be looked at: an environment that is none, a file that is not there.
    """
    signers = find_signers(workspace, choice.signers)
    repository = _repository_if_any(workspace, choice, signers)
    source: Source = Checkout(workspace.root)
    committed: Commit | None = None
    if repository is not None and (sha := repository.resolve(choice.at) if choice.at else repository.head()):
        committed = Commit(repository, sha, repository.prefix(workspace.root))
        source = committed if choice.at else source
    environments, files = _chosen(workspace, source, choice.names)
    if environments and repository is None:
        repository = _open_repository(workspace)  # says why there is none
    bundles = [(file, _load_or_error(file)) for file in files]
    if repository is None:
        return VerificationReport(tuple(verify_bundle(str(file), bundle) for file, bundle in bundles))
    prefix = repository.prefix(workspace.root)
    sealer = CommitSealer(repository, prefix)
    bundled = [each for _, each in bundles if isinstance(each, Bundle)]
    others = (version for each in bundled for version in served_versions(each.pins.values()))
    demands = Demands(choice.protected, signers)
    check = EnvironmentCheck(workspace, sealer, environments, source, committed, demands, others)
    verified = [_verified(check.verdict(each)) for each in environments]
    for file, bundle in bundles:
        lacks = missing_environment(bundle, check.pins, source, prefix) if isinstance(bundle, Bundle) else ""
        demanding = bool(choice.protected or signers)
        verified.append(verify_bundle(str(file), bundle, check.pins, lacks, all_here=demanding))
    protected = check.pins.protected if choice.protected else ""
    return VerificationReport(tuple(verified), protected, str(signers or ""))


def _repository_if_any(workspace: Workspace, choice: VerifyChoice, signers: Path | None) -> Repository | None:
    """None where nothing needs one: a bundle can be looked at anywhere."""
    try:
        return _open_repository(workspace)
    except SourceError:
        if choice.at or choice.protected or signers:
            raise
        return None


def _open_repository(workspace: Workspace) -> Repository:
    """The repository, once git has read something of it: else every commit would look as if it were not there."""
    repository = Repository(workspace.root)
    repository.head()
    return repository


def _chosen(workspace: Workspace, source: Source, names: Iterable[str]) -> tuple[list[Environment], list[Path]]:
    """The environments and the bundles' files; each once, as it was asked for."""
    paths = environment_paths(source)
    by_file = {path: name for name, path in paths.items()}
    if not names:
        if not paths:
            hint = "promptops pin PROMPT --env NAME makes one; a bundle is named by its file"
            raise SourceError("there is no environment here", where=str(workspace.root / FOLDER), hint=hint)
        names = paths
    environments: dict[str, Environment] = {}
    bundles: dict[Path, None] = {}
    for name in names:
        full = Path(os.path.realpath(name))
        below = full.relative_to(workspace.root).as_posix() if full.is_relative_to(workspace.root) else ""
        environment = name if name in paths else by_file.get(PurePosixPath(below), "")
        if environment:
            environments[environment] = load_environment(source, paths[environment])
        elif full.is_file() or full.suffix == ".bundle":
            bundles[Path(name)] = None
        else:
            hint = f"{did_you_mean(name, paths, 'there is none yet')}\na bundle is named by its file"
            raise SourceError(f"there is no environment '{name}' {place_of(source)}", hint=hint)
    return list(environments.values()), list(bundles)


def _load_or_error(file: Path) -> Bundle | PinError:
    try:
        return load_bundle(file)
    except PinError as exc:
        return exc


def _verified(verdict: EnvironmentVerdict) -> VerifiedPins:
    environment, unsigned = verdict.environment, verdict.unsigned
    path = environment.path.as_posix()
    told = [VerificationProblem(path, None, "", verdict.commit, str(unsigned), unsigned.hint)] if unsigned else []
    told += [
        VerificationProblem(path, found.span, pin.prompt, pin.commit, found.message, found.hint)
        for pin, problems in zip(verdict.pins, verdict.problems, strict=True)
        for found in problems
    ]
    return VerifiedPins(
        kind="environment",
        name=environment.name,
        path=path,
        pins=len(environment.pins),
        rollouts=len(verdict.pins) - len(environment.pins),
        failing=sum(map(bool, verdict.problems)),
        problems=tuple(told),
        notes=verdict.notes,
    )
