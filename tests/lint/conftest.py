"""A project of a few files, and lint over it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

import pytest

from promptops.evals.registry import KINDS
from promptops.lint.engine.project_files import open_project
from promptops.lint.engine.runner import Report, Scope, lint
from promptops.source.files.worktree import Worktree
from tests.lint.corpus import Link

Linter = Callable[..., Report]


@pytest.fixture
def lint_files(tmp_path: Path) -> Linter:
    """Write files (text or bytes, by path) below a fresh folder and lint them, or only `paths`."""

    def run(files: Mapping[str, str | bytes] | None = None, *paths: str, scope: Scope = "files") -> Report:
        for name, content in (files or {}).items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Link):
                path.symlink_to(content)
                continue
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return lint(open_project(Worktree(tmp_path), KINDS), [PurePosixPath(name) for name in paths] or None, scope)

    return run
