"""Pins to write, and what an application reads from a file."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from promptops.model.environment import Pin, Rollout
from promptops.source.files.worktree import Worktree
from promptops.source.formats.environments import load_environment
from tests.conftest import write_files

OLD, NEW, LAST = "4f2a91c0" * 5, "9be03d7f" * 5, "77ac0de1" * 5
OLD_DIGEST, NEW_DIGEST = f"sha256:{'0a' * 32}", f"sha256:{'f9' * 32}"
V1, V2 = f"{{commit: {OLD}, digest: {OLD_DIGEST}}}", f"{{commit: {NEW}, digest: {NEW_DIGEST}}}"
TENTH = Rollout(NEW, NEW_DIGEST, 10.0)
ROLLING = f"rollout: {{commit: {NEW}, digest: {NEW_DIGEST}, percent: 10}}"


def v1(name: str, rollout: Rollout | None = None) -> Pin:
    return Pin(name, OLD, OLD_DIGEST, rollout)


def v2(name: str, rollout: Rollout | None = None) -> Pin:
    return Pin(name, NEW, NEW_DIGEST, rollout)


def meaning(text: str, folder: Path) -> dict[str, Pin]:
    """What an application would read from the file."""
    write_files(folder, {"environments/prod.yml": text})
    pins = load_environment(Worktree(folder), PurePosixPath("environments/prod.yml")).pins
    return {name: bare(pin) for name, pin in pins.items()}


def bare(pin: Pin) -> Pin:
    rollout = pin.rollout and Rollout(*pin.rollout[:3])
    return Pin(pin.prompt, pin.commit, pin.digest, rollout)
