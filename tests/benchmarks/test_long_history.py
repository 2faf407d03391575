"""What has to hold in a repository with a long history: nothing is too old to be found, nothing is read twice."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.long_history import OLD, write_long_history
from benchmarks.pinned import name_of
from promptops.model.outcomes.audit import ChangeRecord
from promptops.runtime.prompts import Prompts
from promptops.source.git.repository import Repository
from promptops.workflows.audit.audit import AuditChoice, audit
from promptops.workflows.pin.rollback import roll_back
from tests.workflows.scene import workspace_at


def _git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(scope="module")
def long_history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty prompts, 1,300 commits, of which 260 change the environment."""
    folder = tmp_path_factory.mktemp("long") / "repository"
    write_long_history(folder, 30, 1300)
    return folder


def test_rollback_goes_back_as_far_as_the_pin_does(long_history: Path) -> None:
    """Its last change lies 259 changes of the file back."""
    [change] = roll_back(workspace_at(long_history), "prod", [name_of(OLD)], dry_run=True).prompts
    first = _git(long_history, "rev-list", "--max-parents=0", "HEAD")
    assert change.after is not None
    assert change.after.commit == first


def test_rollback_of_the_whole_file_takes_back_its_last_change(long_history: Path) -> None:
    report = roll_back(workspace_at(long_history), "prod", dry_run=True)
    said = _git(long_history, "log", "-1", "--format=%s")
    assert [f"Pin {change.prompt}" for change in report.prompts] == [said]


def test_audit_knows_who_pinned_and_who_wrote_everything(long_history: Path) -> None:
    found = audit(workspace_at(long_history), AuditChoice()).pins
    assert len(found) == 30
    assert [pin.prompt for pin in found if not isinstance(pin.pinned, ChangeRecord)] == []
    assert [pin.prompt for pin in found if not isinstance(pin.written, ChangeRecord)] == []
    [old] = [pin for pin in found if pin.prompt == name_of(OLD)]
    assert isinstance(old.pinned, ChangeRecord)
    assert old.pinned.title == f"Pin {name_of(OLD)}"


def _asked(monkeypatch: pytest.MonkeyPatch, folder: Path, prompts: int, commits: int, cache: Path) -> Counter[str]:
    """How often each object was asked for while everything was opened for the first time."""
    write_long_history(folder, prompts, commits)
    asked: Counter[str] = Counter()
    real = Repository.lookup

    def counting(self: Repository, names: Sequence[str]) -> object:
        found = real(self, names)
        asked.update(f"{one.kind} {one.id}" for one in found if one is not None and one.kind in ("tree", "blob"))
        asked["rounds"] += 1
        return found

    with monkeypatch.context() as patched:
        patched.setattr(Repository, "lookup", counting)
        opened = Prompts.from_git(folder, env="prod", cache=cache, refresh=None)
    assert len(opened) == prompts
    return asked


def test_a_cold_start_asks_for_what_it_needs_and_in_few_rounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice as many prompts and commits: twice as many objects, and no more rounds."""
    small, large = (
        _asked(monkeypatch, tmp_path / f"{prompts}", prompts, prompts * 10, tmp_path / f"cache-{prompts}")
        for prompts in (40, 80)
    )
    assert large.total() - large["rounds"] <= 2.2 * (small.total() - small["rounds"])
    assert large["rounds"] <= small["rounds"] + 10
    again = [one for one, times in large.items() if one.startswith("tree ") and times > 3]
    assert not again, "a folder that commits share is read once (and those of the head for the environment)"
