"""The repository that the caller's environment names. Imports nothing of git: every command asks this at its start."""

from __future__ import annotations

import os


def callers_repository() -> dict[str, str]:
    """Absolute `GIT_DIR` and `GIT_WORK_TREE`, as for files in one's home; empty where not both are named."""
    named = {name: os.environ.get(name, "") for name in ("GIT_DIR", "GIT_WORK_TREE")}
    return {name: os.path.abspath(value) for name, value in named.items()} if all(named.values()) else {}
