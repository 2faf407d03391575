"""Whether a bundle holds: by itself, and beside the repository that has its commits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from promptops.errors import PinError, PromptopsError
from promptops.model.outcomes.verification import VerificationProblem, VerifiedPins
from promptops.model.pin import Pin, served_versions
from promptops.pins.bundle import Bundle
from promptops.pins.commit_sealing import CommitSealer
from promptops.pins.unsealing import unseal
from promptops.source.formats.environments import FOLDER, SUFFIXES
from promptops.source.git.commit import Commit
from promptops.source.source import Source
from promptops.workflows.verify.pin_check import PinCheck

_AGAIN = "build it again: promptops bundle --env NAME --out FILE"


def verify_bundle(
    path: str, opened: Bundle | PinError, compared: PinCheck | None = None, lacks: str = "", *, all_here: bool = False
) -> VerifiedPins:
    """Look at a bundle that was read, or at why it could not be.

    `compared` holds its versions as the repository has them; those whose commits are not there are left out and noted,
    unless `all_here` demands every commit. `lacks`: what `lacking` found.
    """
    if isinstance(opened, PinError):
        return VerifiedPins(
            "bundle", "", path, 0, 0, 0, (VerificationProblem(path, None, "", "", opened.args[0], opened.hint),)
        )
    pins = served_versions(opened.pins.values())
    problems = [list(_opens(path, opened, pin)) for pin in pins]
    told: list[VerificationProblem] = []
    if compared is None:
        notes = ["it was not compared with a repository, because git can read none here"]
    elif lacks:
        message, hint = f"this folder has no {lacks}, so it was not compared", "run this in the project's folder"
        told = [VerificationProblem(path, None, "", opened.commit or "", message, hint)] if all_here else []
        whole = "" if any(problems) else "the bundle itself is whole, but "
        notes = [] if all_here else [f"{whole}{message}: {hint}"]
    else:
        away = [] if all_here else [pin for pin in pins if pin.commit in compared.missing]
        those = f"{len(away)} of its {len(pins)} versions"
        notes = [f"{those} were not compared: this repository lacks their commits"] if away else []
        notes += compared.notes(pins)
        for pin, found in zip(pins, problems, strict=True):
            if all_here or pin.commit not in compared.missing:
                found += [
                    VerificationProblem(path, None, pin.prompt, pin.commit, *each[1:])
                    for each in compared.problems(pin)
                ]
        told = [*_told(path, opened, compared.sealer), *_unsigned(path, opened, compared)]
    return VerifiedPins(
        kind="bundle",
        name=opened.environment,
        path=path,
        pins=len(opened.pins),
        rollouts=len(pins) - len(opened.pins),
        failing=sum(map(bool, problems)),
        problems=(*told, *(one for found in problems for one in found)),
        notes=tuple(notes),
    )


def lacking(bundle: Bundle, compared: PinCheck, here: Source, prefix: PurePosixPath) -> str:
    """The environment's file, where the project neither has it (`here`) nor had it at the commit the bundle names.

    Then the bundle is another folder's, and nothing of it can be compared. Empty where it can be.
    """
    name, commit, repository = bundle.environment, bundle.commit, compared.sealer.repository
    if not name or name in _names(here):
        return ""
    file = f"{FOLDER}/{name[:80]}.yml"
    if commit is None:  # where its versions are not here either, that is what is told
        return file if any(pin.commit not in compared.missing for pin in served_versions(bundle.pins.values())) else ""
    if repository.missing([commit]):
        return ""
    try:
        return "" if name in _names(Commit(repository, commit, prefix)) else f"{file} at commit {commit[:7]}"
    except PromptopsError:  # told where the environment is read
        return ""


def _names(source: Source) -> set[str]:
    return {path.stem for path in source.list(f"{FOLDER}/*") if path.suffix in SUFFIXES}


def _opens(path: str, bundle: Bundle, pin: Pin) -> Iterator[VerificationProblem]:
    """That its content is a prompt, in a form that is known here."""
    try:
        unseal(bundle.sealed(pin.digest), pin.prompt)
    except PromptopsError as exc:
        yield VerificationProblem(
            path, None, pin.prompt, pin.commit, f"'{pin.prompt[:80]}' cannot be served: {exc.args[0]}", exc.hint
        )


def _told(path: str, bundle: Bundle, sealer: CommitSealer) -> Iterator[VerificationProblem]:
    """That it pins what its environment pinned at the commit it names."""
    commit = bundle.commit
    if commit is None or not bundle.environment or sealer.repository.missing([commit]):
        return
    try:
        environment = sealer.environment(commit, bundle.environment)
    except PromptopsError as exc:
        message = f"it says that it was made from commit {commit[:7]}, where its environment cannot be read: {exc}"
        yield VerificationProblem(path, None, "", commit, message, _AGAIN)
        return
    there, here = environment.pins_without_spans(), bundle.pins
    other = sorted(name for name in there.keys() | here.keys() if there.get(name) != here.get(name))
    if other:
        message = f"{environment.path} at commit {commit[:7]}, which it says it was made from, pins '{other[0][:80]}'"
        yield VerificationProblem(path, None, "", commit, f"{message} differently", _AGAIN)


def _unsigned(path: str, bundle: Bundle, compared: PinCheck) -> Iterator[VerificationProblem]:
    """That somebody who may has signed its environment, where that is demanded."""
    commit, sealer = bundle.commit, compared.sealer
    if not compared.demands_signatures or not bundle.environment:
        return
    if commit is None:
        message = "it does not say which commit its environment is from, so nobody can tell who chose its versions"
        yield VerificationProblem(path, None, "", "", message, f"commit the environment, then {_AGAIN}")
    elif sealer.repository.missing([commit]):
        message = f"it says that it was made from commit {commit[:7]}, which is not in this repository"
        yield VerificationProblem(path, None, "", commit, message, "`git fetch` first")
    else:
        try:
            environment = sealer.environment(commit, bundle.environment)
        except PromptopsError:  # told already
            return
        if refused := compared.unsigned(environment.path, commit):
            yield VerificationProblem(path, None, "", commit, str(refused), refused.hint)
