"""What `pin` or `rollback` does to an environment, prompt by prompt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal, NamedTuple

from promptops.model.environment import Pin, Rollout
from promptops.model.outcomes.diff import PromptDiff
from promptops.model.outcomes.history import CommitSummary
from promptops.model.results import GateResult

Kind = Literal["same", "first", "pinned", "rollout", "share", "whole", "ended", "moved", "back", "removed", "unpinned"]
"""`rollout` begins one, `share` changes its percent, `whole` makes it the pin, `ended` takes it away.

`moved`: the same digest at another commit. `back` and `removed`: as it was before; `unpinned`: not pinned any more.
"""


class PinnedVersion(NamedTuple):
    """One version: a commit (40 hex) and the digest the prompt has there."""

    commit: str
    digest: str


def version_named_by(pin: Pin | Rollout) -> PinnedVersion:
    """The version that a pin or a rollout names."""
    return PinnedVersion(pin.commit, pin.digest)


class Evaluation(NamedTuple):
    """How a version did in the last run of one suite that says something.

    `started` is ISO 8601 UTC; `stopped` says why the run ended early. `later` says of an older run why it counts: a
    later one had no answers at all, or left these gates not measured. `noted`: it ran elsewhere, and a git note tells.
    `unmeasured` says in short what the run was to measure and did not; a note does not know.
    """

    suite: str
    started: str
    gates: tuple[GateResult, ...] = ()
    stopped: str = ""
    later: Literal["", "no answers", "not measured"] = ""
    noted: bool = False
    unmeasured: str = ""


@dataclass(frozen=True, slots=True)
class PinChange:
    """One prompt's pin before and after; None where it has none.

    `old` and `new` are the versions that are compared, `diff` what changes between them (None where nothing can be
    compared). `evaluations` are those of `new`, `suites` could evaluate it. `refused` says which gates it failed;
    `forced`: it is pinned all the same. `moved` says where the same text is pinned now, and why.
    """

    prompt: str
    kind: Kind
    before: Pin | None
    after: Pin | None
    old: PinnedVersion | None = None
    new: PinnedVersion | None = None
    diff: PromptDiff | None = None
    evaluations: tuple[Evaluation, ...] = ()
    suites: tuple[str, ...] = ()
    refused: str = ""
    forced: bool = False
    notes: tuple[str, ...] = ()
    moved: str = ""


@dataclass(frozen=True, slots=True)
class PinReport:
    """All of it. `written`: the file was changed; `is_new`: it was not there before. `commits` are told by full id.

    `changed`: by prompt and commit, the commit that last changed the prompt's files there. `unmerged`: what is written
    names a commit that is not part of the default branch. `uncommitted`: the file says something else than at HEAD.
    `reason`: why failed gates were overruled. `unread_notes`: why results noted elsewhere are not known here.
    """

    environment: str
    path: PurePosixPath
    prompts: tuple[PinChange, ...]
    written: bool = False
    is_new: bool = False
    commits: Mapping[str, CommitSummary] = field(default_factory=dict)
    changed: Mapping[tuple[str, str], str] = field(default_factory=dict)
    unmerged: bool = False
    uncommitted: bool = False
    reason: str = ""
    unread_notes: str = ""

    @property
    def refused(self) -> bool:
        """Whether a gate kept all of it from being written."""
        return any(one.refused and not one.forced for one in self.prompts)
