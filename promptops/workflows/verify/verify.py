"""Whether environments and bundles hold: every pin and every rollout beside git's own objects."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from promptops.errors import PinError, SourceError
from promptops.model.environment import Environment, Pin, served_versions
from promptops.model.outcomes.verification import VerificationProblem, VerificationReport, VerifiedPins
from promptops.pins.bundle import Bundle, load_bundle
from promptops.pins.commit_sealing import CommitSealer
from promptops.pins.forced_reasons import forced_reasons
from promptops.source.checkout import Checkout
from promptops.source.formats.environments import FOLDER, MAX_BYTES, environment_paths, load_environment
from promptops.source.git.commit import Commit
from promptops.source.git.repository import Repository
from promptops.source.source import Source, read_text
from promptops.text.suggestions import did_you_mean
from promptops.workflows.notes.evaluation_policy import KEY, demands_evaluation, unevaluated
from promptops.workflows.notes.fetched_notes import fetch_noted_results
from promptops.workflows.verify.pin_check import PinCheck, commit_with, find_signers, place_of
from promptops.workflows.verify.verify_bundle import missing_environment, verify_bundle
from promptops.workflows.workspace import Workspace


class VerifyChoice(NamedTuple):
    """What to look at and what to demand.

    `names` are environments (or their files) and files of bundles; empty means every environment. `at` reads the
    environments as they were at a revision. Every pin must be approved by `protected` (the remote's branch of this name
    where there is no other; see `pins.approval`), and its commit be signed as `signers` (by default the file that the
    work tree's settings name) says, and so must the commit that wrote the environment as it is; without them, neither
    is asked, but no merged text holds that the default branch never had.
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
    held = [each.pins for each in environments] + [each.pins for _, each in bundles if isinstance(each, Bundle)]
    wanted = (version for pins in held for version in served_versions(pins.values()))
    check = PinCheck(sealer, wanted, choice.protected, signers)
    demanding = bool(choice.protected or signers)
    unknown = _unevaluated(workspace, sealer, environments, choice.protected)
    verified = [
        _verify_environment(each, check, commit_with(each, source, committed), _Demand(source, unknown))
        for each in environments
    ]
    for file, bundle in bundles:
        lacks = missing_environment(bundle, check, source, prefix) if isinstance(bundle, Bundle) else ""
        verified.append(verify_bundle(str(file), bundle, check, lacks, all_here=demanding))
    return VerificationReport(tuple(verified), check.protected, str(signers or ""))


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


class _Demand(NamedTuple):
    """Digests that nobody evaluated although that is demanded, and where the environments are read."""

    source: Source
    unevaluated: frozenset[str]

    def problems(self, environment: Environment, pin: Pin) -> Iterator[VerificationProblem]:
        """One that was pinned by force, with its reason behind it, is people's to judge."""
        if pin.digest not in self.unevaluated or self._is_forced(environment, pin):
            return
        message = f"nobody has evaluated '{pin.prompt[:80]}' as it is at commit {pin.commit[:7]} (policy: {KEY})"
        hint = "evaluate it, or fetch the notes of those who did: git fetch origin 'refs/notes/*:refs/notes/*'"
        yield VerificationProblem(environment.path.as_posix(), pin.digest_span, pin.prompt, pin.commit, message, hint)

    def _is_forced(self, environment: Environment, pin: Pin) -> bool:
        text = read_text(self.source, environment.path, MAX_BYTES)
        return pin.prompt in forced_reasons(text, str(environment.path))


def _unevaluated(
    workspace: Workspace, sealer: CommitSealer, environments: Iterable[Environment], protected: str | None
) -> frozenset[str]:
    """Empty where the policy does not demand it."""
    digests = {pin.digest for each in environments for pin in served_versions(each.pins.values())}
    if not digests or not demands_evaluation(workspace, sealer.repository, protected):
        return frozenset()
    if not (unknown := unevaluated(workspace, sealer, digests)):
        return frozenset()
    fetch_noted_results(sealer.repository)  # where that fails, the hint says how to fetch them by hand
    return frozenset(unevaluated(workspace, sealer, unknown))


def _verify_environment(environment: Environment, check: PinCheck, commit: str | None, demand: _Demand) -> VerifiedPins:
    """`commit` has the environment's file as it was read; None: none has."""
    path = environment.path.as_posix()
    unsigned, notes = check.environment_signature(environment, commit)
    told = [VerificationProblem(path, None, "", commit or "", str(unsigned), unsigned.hint)] if unsigned else []
    pins = served_versions(environment.pins.values())
    problems = [
        [
            VerificationProblem(path, found.span, pin.prompt, pin.commit, found.message, found.hint)
            for found in check.problems(pin, environment.name)
        ]
        + [*demand.problems(environment, pin)]
        for pin in pins
    ]
    return VerifiedPins(
        kind="environment",
        name=environment.name,
        path=path,
        pins=len(environment.pins),
        rollouts=len(pins) - len(environment.pins),
        failing=sum(map(bool, problems)),
        problems=(*told, *(one for found in problems for one in found)),
        notes=(*notes, *check.notes(pins)),
    )
