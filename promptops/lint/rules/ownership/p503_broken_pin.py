"""A pin does not hold: its commit is not there, or the prompt at that commit is not the one that was approved.

What is served is exactly what the pin says, and what was not approved is never served: the application keeps the
version it had. Also told is a pin for a prompt that is gone from the work tree.

Bad:   summary: {commit: 4f2a91c…, digest: the one of another commit}
Good:  summary: {commit: 4f2a91c…, digest: what the prompt has at this commit}
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from promptops.errors import AbsentObjectError, PromptopsError, SourceError
from promptops.lint.engine.limits import MOST
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding

if TYPE_CHECKING:
    from promptops.model.environment import Pin, Rollout
    from promptops.source.project import Project

_MOST_COMMITS = 100
"""Commits that one file may name before the rest is left to `promptops verify`: opening one takes a few ms."""
_SHORT = 7

CODE = "P503"
PREFILTER = Prefilter(("environment",), ("pins",))


def check(target: Target) -> Iterator[Finding]:
    """Each pin and each rollout, at its commit or its digest."""
    environment = target.environment
    if environment is not None:
        versions = _Versions(target.files.versions)
        found = (one for pin in environment.pins.values() for one in _pin(target, pin, versions))
        yield from islice(found, MOST)


def _pin(target: Target, pin: Pin, versions: _Versions) -> Iterator[Finding]:
    if target.files.models_known and not target.project.has_prompt(pin.prompt):
        message = f"no prompt is called '{pin.prompt[:80]}' any more"
        hint = "take the pin out when nothing serves it, or pin the prompt under its new name"
        detail = "it was deleted or renamed"
        yield Finding(target.path, pin.span, CODE, message, hint, "warning", detail=detail)
    for arm in (pin, pin.rollout):
        if arm is not None:
            yield from _arm(target, pin.prompt, arm, versions)


def _arm(target: Target, name: str, arm: Pin | Rollout, versions: _Versions) -> Iterator[Finding]:
    try:
        project = versions.at(arm.commit)
    except PromptopsError as exc:
        yield from _no_commit(target, arm, exc)
        return
    if project is None:
        return
    short = arm.commit[:_SHORT]
    if not project.has_prompt(name):
        message = f"commit {short} has no prompt '{name[:80]}'"
        hint = "pin a commit that has it; `git log --oneline -- prompts` shows when it came"
        yield Finding(target.path, arm.commit_span, CODE, message, hint)
        return
    from promptops.pins.sealing import seal_prompt

    try:
        digest = seal_prompt(project, name, pinned=arm.digest).digest
    except AbsentObjectError as exc:
        yield _not_here(target, arm, exc)
        return
    except PromptopsError as exc:
        message = f"'{name[:80]}' cannot be read at commit {short}: {exc.args[0]}"
        hint = "pin a commit where `promptops lint --at COMMIT` finds no error"
        yield Finding(target.path, arm.commit_span, CODE, message, hint)
        return
    if digest != arm.digest:
        message = f"at commit {short} '{name[:80]}' is not what was pinned"
        hint = f"if the commit is the right one, write: {digest}"
        yield Finding(target.path, arm.digest_span, CODE, message, hint, detail="so this version is never served")


def _no_commit(target: Target, arm: Pin | Rollout, exc: PromptopsError) -> Iterator[Finding]:
    if isinstance(exc, AbsentObjectError):
        yield _not_here(target, arm, exc)
    elif not isinstance(exc, SourceError):
        message = f"the project cannot be read at commit {arm.commit[:_SHORT]}: {exc.args[0]}"
        yield Finding(target.path, arm.commit_span, CODE, message, "pin a commit whose promptops.yml is right")
    elif exc.where != arm.commit:
        return  # there is no repository, or git cannot read it: nothing is known about any commit
    elif "shallow" in exc.args[0]:
        message = "this clone does not go back to the commit, so the pin cannot be checked"
        yield Finding(target.path, arm.commit_span, CODE, message, exc.hint, "note")
    else:
        message = "there is no such commit in this repository"
        hint = "write the full id of a commit that is there (`git log --format=%H -1 NAME`), or `git fetch` first"
        yield Finding(target.path, arm.commit_span, CODE, message, hint)


def _not_here(target: Target, arm: Pin | Rollout, exc: AbsentObjectError) -> Finding:
    message = "this clone is partial and lacks files of the commit, so the pin cannot be checked"
    return Finding(target.path, arm.commit_span, CODE, message, exc.hint, "note")


class _Versions:
    """The project at each commit, opened once."""

    def __init__(self, open_at: Callable[[str], Project] | None) -> None:
        self._open = open_at
        self._held: dict[str, Project | PromptopsError] = {}

    def at(self, commit: str) -> Project | None:
        """None where nothing can be said. Raises what keeps the project from being read there."""
        if self._open is None or (commit not in self._held and len(self._held) >= _MOST_COMMITS):
            return None
        if commit not in self._held:
            try:
                self._held[commit] = self._open(commit)
            except PromptopsError as exc:
                self._held[commit] = exc
        held = self._held[commit]
        if isinstance(held, PromptopsError):
            raise held
        return held
