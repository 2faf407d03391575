"""What stands behind all that environments serve: for each version who wrote, approved and pinned it, how it did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from promptops.model.outcomes.audit import Audit, AuditedPin, Signature, Unavailable
from promptops.model.pin import Environment, Pin, served_versions
from promptops.pins.commit_sealing import CommitSealer
from promptops.source.files.worktree import Worktree
from promptops.source.formats.environments import environment_paths
from promptops.source.git.commit import Commit
from promptops.source.git.repository import Repository
from promptops.source.source import Source
from promptops.workflows.audit.forced_pins import forced_pins
from promptops.workflows.audit.provenance import Provenance, trace_provenance
from promptops.workflows.audit.result_index import Known
from promptops.workflows.project import Workspace
from promptops.workflows.verify.pin_check import PinCheck, find_environment, find_signers
from promptops.workflows.verify.pin_signatures import Signatures
from promptops.workflows.versions.prompt_log import require_head


class AuditChoice(NamedTuple):
    """Which `environments` (empty: all), as they are in the files or were `at` a revision."""

    environments: tuple[str, ...] = ()
    at: str | None = None


def audit(workspace: Workspace, choice: AuditChoice) -> Audit:
    """Everything that is known of every pin and every rollout; what is not known is an Unknown that says why.

    PromptopsError when an environment is not there or cannot be read, or git cannot read the history.
    """
    repository = Repository(workspace.root)
    head = require_head(repository, choice.at)
    prefix = repository.prefix(workspace.root)
    source: Source = Commit(repository, head, prefix) if choice.at else Worktree(workspace.root)
    signatures = Signatures(repository, find_signers(workspace, None))
    names = choice.environments or tuple(environment_paths(source))
    environments = [find_environment(source, name) for name in dict.fromkeys(names)]
    pins = {each.name: served_versions(each.pins.values()) for each in environments}
    every = [pin for found in pins.values() for pin in found]
    sealer = CommitSealer(repository, prefix)
    branch = _main_branch(repository)
    compared = PinCheck(sealer, every, None if isinstance(branch, Unavailable) else branch)
    here = [pin for pin in every if pin.commit not in compared.missing]
    paths = [prefix / each.path for each in environments]
    desk = _Auditor(
        compared=compared,
        branch=branch,
        origins=trace_provenance(workspace, repository, sealer, head, here, paths),
        signatures=signatures,
        known=Known(workspace, repository, source, {pin.digest for pin in every}),
    )
    found: list[AuditedPin] = []
    notes: list[str] = []
    for each in environments:
        refused, note = signatures.of_file(source, Commit(repository, head, prefix), each, prefix)
        told = [*([note] if note else []), *compared.notes(pins[each.name])]
        notes += [f"{each.path}: {one}" for one in told]
        found += desk.environment(each, prefix / each.path, pins[each.name], forced_pins(source, each), refused)
    return Audit(tuple(found), head, str(signatures.path or ""), (*notes, *desk.known.notes))


def _main_branch(repository: Repository) -> str | Unavailable:
    """The branch that versions must be part of, as applications demand it."""
    if repository.is_shallow():
        return Unavailable("the history is cut off here (a shallow clone): git fetch --unshallow")
    return repository.default_branch() or Unavailable(
        "there is no main branch here, nor one of origin, to compare with"
    )


class _Auditor(NamedTuple):
    compared: PinCheck
    branch: str | Unavailable
    origins: Provenance
    signatures: Signatures
    known: Known

    def environment(
        self,
        environment: Environment,
        path: PurePosixPath,
        pins: Sequence[Pin],
        forced: Mapping[str, str],
        refused: str,
    ) -> Iterator[AuditedPin]:
        """Its pins and rollouts, in the order of the file; `path` is its file from the repository's top.

        `refused`: why nothing in it counts.
        """
        pinned = self.origins.pins(path, pins)
        for pin in pins:
            problems = [one.message for one in self.compared.problems(pin, environment.name)]
            signature, unsigned = Signature("unknown", "the commit is not here"), ""
            if pin.commit not in self.compared.missing:
                signature, unsigned = self.signatures.of(pin.commit)
            problems += [f"'{pin.prompt[:80]}' is pinned at {unsigned}"] if unsigned else []
            problems += [refused] if refused else []
            is_away = pin.commit in self.compared.missing or self.compared.is_outside(pin)
            last = environment.pins[pin.prompt].rollout is None or pin.rollout is not None
            yield AuditedPin(
                environment=environment.name,
                file=str(environment.path),
                prompt=pin.prompt,
                arm="rollout" if pin.rollout else "pin",
                percent=pin.rollout.percent if pin.rollout else None,
                commit=pin.commit,
                digest=pin.digest,
                problems=tuple(problems),
                merged="" if is_away else self.branch,
                written=self.origins.version(pin),
                pinned=pinned[pin],
                signature=signature,
                forced=forced.get(pin.prompt, "") if last else "",
                results=self.known.results(pin.digest),
                waivers=self.known.waivers(pin.digest),
            )
