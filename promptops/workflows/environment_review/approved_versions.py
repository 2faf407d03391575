"""Whether the branch that a change goes to has shown the versions that it pins, and who let them in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from promptops.model.environment import Pin
from promptops.model.outcomes.audit import ChangeRecord, Unavailable
from promptops.model.outcomes.check import ComparisonBase
from promptops.model.outcomes.environment_review import PinObjection
from promptops.pins.approval import ProtectedBranch
from promptops.pins.commit_sealing import CommitSealer
from promptops.workflows.audit.provenance import Provenance, credited
from promptops.workflows.verify.pin_check import PinCheck


class ApprovedVersions:
    """New versions beside the branch: the same answers as `verify --protected` and `audit` give once they are merged.

    SourceError where git cannot read the history.
    """

    def __init__(self, sealer: CommitSealer, pins: Sequence[Pin], base: ComparisonBase) -> None:
        branch = _branch(sealer, base)
        self._check = PinCheck(sealer, pins, branch)
        sound = [pin for pin in pins if self._check.is_sound(pin)]
        self._approvals = dict(zip(sound, branch.approvals(sound), strict=True))
        known = [credited(pin, self._approvals) for pin in sound if self._approvals[pin].holds]
        self._provenance = Provenance(sealer, branch.tip, known, [])

    def objections(self, pin: Pin, environment: str) -> Iterator[PinObjection]:
        """Why no application would serve it: no such commit, another digest, a text that the branch never had."""
        yield from (PinObjection(one.message, one.hint) for one in self._check.problems(pin, environment))

    def written(self, pin: Pin) -> ChangeRecord | Unavailable | None:
        """How the version's text came to the branch; None for one that the branch did not approve."""
        approval = self._approvals.get(pin)
        if approval is None or not approval.holds:
            return None
        return self._provenance.version(credited(pin, self._approvals))


def _branch(sealer: CommitSealer, base: ComparisonBase) -> ProtectedBranch:
    """The branch that the change goes to, as the remote has it; else the default branch; else what it is compared with.

    Names of refs are written in full: a branch here may be called `origin/main` too.
    """
    repository, name = sealer.repository, sealer.repository.default_branch()
    if base.branch:
        [found] = repository.lookup([f"refs/remotes/origin/{base.branch}^{{commit}}"])
        if found is not None:
            return ProtectedBranch(sealer, found.id, base.branch)
    if name is not None and base.branch in ("", name.rpartition("/")[2]):
        return ProtectedBranch(sealer, repository.resolve(name), name)
    assert base.commit is not None
    return ProtectedBranch(sealer, base.commit, base.branch or f"what this is compared with ({base.commit[:7]})")
