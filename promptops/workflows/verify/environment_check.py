"""Whether environments hold: the one place that decides it, for `verify` and for `audit`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from promptops.errors import PinError
from promptops.model.environment import Environment, Pin, served_versions
from promptops.model.outcomes.audit import Unavailable
from promptops.pins.commit_sealing import CommitSealer
from promptops.pins.forced_reasons import forced_reasons
from promptops.source.formats.environments import MAX_BYTES
from promptops.source.git.commit import Commit
from promptops.source.git.repository import Repository
from promptops.source.source import Source, read_text
from promptops.workflows.notes.evaluation_policy import KEY, demands_evaluation, unevaluated
from promptops.workflows.notes.fetched_notes import fetch_noted_results
from promptops.workflows.verify.pin_check import PinCheck, PinProblem, commit_with
from promptops.workflows.workspace import Workspace


class Demands(NamedTuple):
    """What is asked of every pin. `protected`: the branch that must have approved it, by default the main branch, as
    applications demand it; `signers`: the list of those who may sign."""

    protected: str | None = None
    signers: Path | None = None


class EnvironmentVerdict(NamedTuple):
    """One environment: its versions in the order of the file, and for each why it does not hold (empty: it does).

    `commit` (full id, empty where there is none) has its file as it was read. `unsigned`: why nothing that it says
    counts. `notes` are for people.
    """

    environment: Environment
    pins: tuple[Pin, ...]
    problems: tuple[tuple[PinProblem, ...], ...]
    commit: str = ""
    unsigned: PinError | None = None
    notes: tuple[str, ...] = ()


class EnvironmentCheck:
    """Environments as `source` has them, beside the repository and what is demanded.

    `committed` is the project at the commit that they are compared with for signatures, None where there is none.
    `others` are versions of bundles, which are sealed in the same round. SourceError when the demanded branch is none.
    """

    def __init__(
        self,
        workspace: Workspace,
        sealer: CommitSealer,
        environments: Sequence[Environment],
        source: Source,
        committed: Commit | None,
        demands: Demands,
        others: Iterable[Pin] = (),
    ) -> None:
        self._source, self._committed = source, committed
        own = [pin for each in environments for pin in served_versions(each.pins.values())]
        branch = demands.protected or main_branch(sealer.repository)
        protected = None if isinstance(branch, Unavailable) else branch
        self.pins = PinCheck(sealer, [*own, *others], protected, demands.signers)
        self._unevaluated = _unevaluated(workspace, sealer, {pin.digest for pin in own}, demands.protected)

    def verdict(self, environment: Environment) -> EnvironmentVerdict:
        """Whether one of these environments holds."""
        commit = commit_with(environment, self._source, self._committed)
        unsigned, told = self.pins.environment_signature(environment, commit)
        pins = tuple(served_versions(environment.pins.values()))
        problems = tuple(
            (*self.pins.problems(pin, environment.name), *self._not_evaluated(environment, pin)) for pin in pins
        )
        return EnvironmentVerdict(environment, pins, problems, commit or "", unsigned, (*told, *self.pins.notes(pins)))

    def _not_evaluated(self, environment: Environment, pin: Pin) -> Iterator[PinProblem]:
        """One that was pinned by force, with its reason behind it, is people's to judge."""
        if pin.digest not in self._unevaluated or pin.prompt in self.forced(environment):
            return
        message = f"nobody has evaluated '{pin.prompt[:80]}' as it is at commit {pin.commit[:7]} (policy: {KEY})"
        hint = "evaluate it, or fetch the notes of those who did: git fetch origin 'refs/notes/*:refs/notes/*'"
        yield PinProblem(pin.digest_span, message, hint)

    def forced(self, environment: Environment) -> dict[str, str]:
        """The prompts that were pinned by force, with the reasons."""
        return forced_reasons(read_text(self._source, environment.path, MAX_BYTES), str(environment.path))


def main_branch(repository: Repository) -> str | Unavailable:
    """The branch that versions must be part of, as applications demand it."""
    if repository.is_shallow():
        return Unavailable("the history is cut off here (a shallow clone): git fetch --unshallow")
    return repository.default_branch() or Unavailable(
        "there is no main branch here, nor one of origin, to compare with"
    )


def _unevaluated(
    workspace: Workspace, sealer: CommitSealer, digests: set[str], protected: str | None
) -> frozenset[str]:
    """Digests that nobody evaluated; empty where the policy does not demand it."""
    if not digests or not demands_evaluation(workspace, sealer.repository, protected):
        return frozenset()
    if not (unknown := unevaluated(workspace, sealer, digests)):
        return frozenset()
    fetch_noted_results(sealer.repository)  # where that fails, the hint says how to fetch them by hand
    return frozenset(unevaluated(workspace, sealer, unknown))
