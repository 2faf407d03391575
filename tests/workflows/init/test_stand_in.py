"""`@you` in the example is nobody yet, although somebody on GitHub is called so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from promptops.evals.registry import KINDS
from promptops.forge.github.client import GitHub
from promptops.source.project import Project
from promptops.workflows.comment_commands.permissions import Permissions
from promptops.workflows.comment_commands.targets import Refusal
from promptops.workflows.init.scaffold import scaffold
from promptops.workflows.owners.codeowners import owners
from promptops.workflows.workspace import Workspace
from tests.conftest import GitRepository, write_files
from tests.workflows.comment_commands.labelling import results


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """A repository as `init` leaves it."""
    GitRepository(tmp_path)
    scaffold(tmp_path, "1.2.3")
    return tmp_path


def test_whoever_is_called_so_may_not_label(begun: Path) -> None:
    run = replace(results(), suite="order-note", prompt="order-note")
    permissions = Permissions(GitHub("acme/prompts", "t"), Project.worktree(begun, KINDS))
    with pytest.raises(Refusal, match="nobody is named as owner of 'order-note'"):
        permissions.require_owner("you", run)


def test_code_owners_never_name_it(begun: Path) -> None:
    write_files(begun, {"promptops.yml": (begun / "promptops.yml").read_text() + "policy: {owners: ['@You']}\n"})
    report = owners(Workspace(begun, begun))
    assert report.rows == ()
    assert "nobody is asked when prompts/order-note.prompt.yml changes: name owners there" in report.notes
