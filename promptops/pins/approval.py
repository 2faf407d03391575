"""Whether a branch approved what a pin names: the one place that decides it, for every command and the runtime.

A pin is approved where its commit is part of the branch (forges serve a fork's commits under the parent's name), and
the branch itself had that text: one of its own states, by first parents, has the same digest for that prompt. What a
pull request tried on its way, and changed again before it was merged, nobody approved.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection
from functools import cached_property
from typing import NamedTuple

from promptops.errors import DamagedError, PromptopsError
from promptops.model.environment import Pin
from promptops.pins.approved_text import ApprovedText
from promptops.pins.commit_sealing import CommitSealer
from promptops.source.formats.settings import CONFIG_FILE
from promptops.source.git.first_parents import FirstParentLine
from promptops.source.git.merge_history import MergeHistory


class Approval(NamedTuple):
    """What a branch says of a pinned version.

    `is_merged`: its commit is part of the branch. `own`: the same text as the branch itself had it, at the pinned
    commit if that is one of its own (the prompt may have another name there); None where it never did.
    """

    is_merged: bool
    own: Pin | None

    @property
    def holds(self) -> bool:
        """Whether it may be served."""
        return self.is_merged and self.own is not None


class ProtectedBranch:
    """A branch called `name`, whose last commit is `tip` (a full id), asked what it approved.

    SourceError and DamagedError where its history cannot be read. In a shallow clone nothing beyond the cut is known.
    """

    def __init__(self, sealer: CommitSealer, tip: str, name: str) -> None:
        self.tip, self.name = tip, name
        self._sealer = sealer
        self._line = FirstParentLine(sealer.repository, tip)
        self._known: dict[Pin, Approval] = {}

    def outside(self, commits: Collection[str]) -> list[str]:
        """Those of these commits (full ids) that are no part of the branch, in order."""
        own = self._line.holding(commits)
        rest = [commit for commit in commits if commit not in own]
        return self._sealer.repository.unreachable(rest, self.tip) if rest else []

    def approval(self, pin: Pin) -> Approval:
        """What is to be said of a pin whose digest its commit was found to have."""
        return self.approvals([pin])[0]

    def approvals(self, pins: Collection[Pin]) -> list[Approval]:
        """The same of many, in order, with fewer reads."""
        versions = [_version(pin) for pin in pins]
        asked = {pin: None for pin in versions if pin not in self._known}
        commits = {pin.commit: None for pin in asked}
        own, outside = self._line.holding(commits), set(self.outside(commits))
        elsewhere = [pin for pin in asked if pin.commit not in own]
        found = ApprovedText(self._sealer, self._line).find(elsewhere) if elsewhere else {}
        for pin in asked:
            self._known[pin] = Approval(pin.commit not in outside, pin if pin.commit in own else found.get(pin))
        return [self._known[pin] for pin in versions]

    def reason(self, approval: Approval) -> str:
        """Why a pin is refused, to be said of its commit: `is not part of main`."""
        if not approval.is_merged:
            return f"is not part of {self.name}"
        return f"has a text that {self.name} itself never had"

    def better(self, pin: Pin, approval: Approval) -> Pin | None:
        """What to pin in the place of one that is refused: its text where the branch has it, else what was merged.

        None where there is neither.
        """
        if approval.own is not None or not approval.is_merged:
            return approval.own
        merge = self._merges.introduced_by(pin.commit)
        return self._at(pin.prompt, merge) if merge else None

    def advice(self, pin: Pin, approval: Approval, command: Callable[[Pin], str]) -> str:
        """What to do about a pin that is refused; `command` says how to take another version."""
        better = self.better(pin, approval)
        if better is not None and approval.is_merged:
            return f"it was changed again before it was merged; take what was merged: {command(better)}"
        if better is not None:
            same = f"{self.name} has the same text at commit {better.commit[:7]}, as after a squash or a rebase"
            return f"{same}: {command(better)}"
        told = "merge it there first; a commit that is only in a fork or on another branch was not approved"
        told = "merge this text first" if approval.is_merged else told
        newest = self._at(pin.prompt, self.tip)
        return f"{told}\nor take what {self.name} has now: {command(newest)}" if newest else told

    def _at(self, name: str, commit: str) -> Pin | None:
        """The prompt at one of the branch's own commits; None where it is not there, or cannot be served."""
        try:
            return Pin(name, commit, self._sealer.seal(name, commit))
        except DamagedError:
            raise
        except PromptopsError:
            return None

    @cached_property
    def _merges(self) -> MergeHistory:
        place = self._sealer.prefix / CONFIG_FILE  # some file: only who merged what is asked
        return MergeHistory(self._sealer.repository, self.tip, (), [place])


def _version(pin: Pin) -> Pin:
    """Only what names the version: equal for equal ones, wherever they are written and whomever they are served."""
    return Pin(*pin[:3])


def pin_command(better: Pin, environment: str, percent: float | None = None) -> str:
    """The command that puts this version into an environment."""
    share = "" if percent is None else f" --percent {percent:g}"
    version = shlex.quote(f"{better.prompt}@{better.commit}")
    return f"promptops pin {version} --env {shlex.quote(environment or 'NAME')}{share}"
