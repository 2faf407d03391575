"""Whether a bundle holds: by itself, and beside the repository that has its commits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from promptops.errors import PinError, PromptopsError
from promptops.model.environment import Pin, served_versions
from promptops.model.outcomes.verification import VerificationProblem, VerifiedPins
from promptops.pins.bundle import Bundle
from promptops.pins.unsealing import unseal
from promptops.source.formats.environments import FOLDER, environment_names
from promptops.source.git.commit import Commit
from promptops.source.source import Source
from promptops.workflows.verify.pin_check import PinCheck

_AGAIN = "build it again: promptops bundle --env NAME --out FILE"


def verify_bundle(
    path: str, bundle: Bundle | PinError, check: PinCheck | None = None, lacks: str = "", *, all_here: bool = False
) -> VerifiedPins:
    """Verify a bundle that was read, or tell why it could not be.

    `check` has sealed its versions as the repository has them; those whose commits are not there are left out and
    noted, unless `all_here` demands every commit. `lacks`: what `missing_environment` found.
    """
    if isinstance(bundle, PinError):
        problem = VerificationProblem(path, None, "", "", bundle.args[0], bundle.hint)
        return VerifiedPins("bundle", "", path, 0, 0, 0, (problem,))
    pins = served_versions(bundle.pins.values())
    problems = [list(_unserved(bundle, pin)) for pin in pins]
    told: list[tuple[str, str]] = []
    if check is None:
        notes = ["it was not compared with a repository, because git can read none here"]
    elif lacks:
        message, hint = f"this folder has no {lacks}, so it was not compared", "run this in the project's folder"
        told = [(message, hint)] if all_here else []
        whole = "" if any(problems) else "the bundle itself is whole, but "
        notes = [] if all_here else [f"{whole}{message}: {hint}"]
    else:
        away = [] if all_here else [pin for pin in pins if pin.commit in check.missing]
        those = f"{len(away)} of its {len(pins)} versions"
        notes = [f"{those} were not compared: this repository lacks their commits"] if away else []
        notes += check.notes(pins)
        for pin, found in zip(pins, problems, strict=True):
            if all_here or pin.commit not in check.missing:
                found += [(one.message, one.hint) for one in check.problems(pin)]
        told = [*_origin_problems(bundle, check)]
    every = [(pin.prompt, pin.commit, found) for pin, found in zip(pins, problems, strict=True)]
    return VerifiedPins(
        kind="bundle",
        name=bundle.environment,
        path=path,
        pins=len(bundle.pins),
        rollouts=len(pins) - len(bundle.pins),
        failing=sum(map(bool, problems)),
        problems=tuple(
            VerificationProblem(path, None, prompt, commit, *one)
            for prompt, commit, found in [("", bundle.commit or "", told), *every]
            for one in found
        ),
        notes=tuple(notes),
    )


def missing_environment(bundle: Bundle, check: PinCheck, source: Source, prefix: PurePosixPath) -> str:
    """The environment's file, where the project neither has it nor had it at the commit the bundle names.

    Then the bundle is another folder's, and nothing of it can be compared. Empty where it can be.
    """
    name, commit, repository = bundle.environment, bundle.commit, check.sealer.repository
    if not name or name in environment_names(source):
        return ""
    file = f"{FOLDER}/{name[:80]}.yml"
    if commit is None:  # where its versions are not here either, that is what is told
        return file if any(pin.commit not in check.missing for pin in served_versions(bundle.pins.values())) else ""
    if repository.missing([commit]):
        return ""
    try:
        return "" if name in environment_names(Commit(repository, commit, prefix)) else f"{file} at commit {commit[:7]}"
    except PromptopsError:  # told where the environment is read
        return ""


def _unserved(bundle: Bundle, pin: Pin) -> Iterator[tuple[str, str]]:
    """Message and hint where an application cannot be served the bundle's content for this pin."""
    try:
        unseal(bundle.sealed(pin.digest), pin.prompt)
    except PromptopsError as exc:
        yield f"'{pin.prompt[:80]}' cannot be served: {exc.args[0]}", exc.hint


def _origin_problems(bundle: Bundle, check: PinCheck) -> Iterator[tuple[str, str]]:
    """Message and hint where its environment, at the commit it names, pins something else or is not signed."""
    commit, sealer = bundle.commit, check.sealer
    if not bundle.environment:
        return
    if commit is None:
        if check.demands_signatures:
            message = "it does not say which commit its environment is from, so nobody can tell who chose its versions"
            yield message, f"commit the environment, then {_AGAIN}"
        return
    from_commit = f"it says that it was made from commit {commit[:7]}"
    if sealer.repository.missing([commit]):
        if check.demands_signatures:
            yield f"{from_commit}, which is not in this repository", "`git fetch` first"
        return
    try:
        environment = sealer.environment(commit, bundle.environment)
    except PromptopsError as exc:
        yield f"{from_commit}, where its environment cannot be read: {exc}", _AGAIN
        return
    there, here = environment.pins_without_spans(), bundle.pins
    other = sorted(name for name in there.keys() | here.keys() if there.get(name) != here.get(name))
    if other:
        message = f"{environment.path} at commit {commit[:7]}, which it says it was made from, pins '{other[0][:80]}'"
        yield f"{message} differently", _AGAIN
    if unsigned := check.unsigned_file(environment.path, commit):
        yield str(unsigned), unsigned.hint
