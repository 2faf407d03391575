"""A fresh clone knows what was evaluated elsewhere, or says why it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptops.model.outcomes.history import Scorecard
from promptops.model.results import GateResult
from promptops.report.pins.json import pins_json
from promptops.report.pins.text import pins_text
from promptops.source.git.notes import REF, add_note_lines
from promptops.source.git.repository import Repository
from promptops.workflows.notes.note_format import dump_line
from promptops.workflows.verify.verify import VerifyChoice, verify
from tests.conftest import GitRepository
from tests.workflows.pin.test_evaluated_before_pin import DEMANDED
from tests.workflows.pins import FAILED, FILES, PASSED, only, pinned, rolled_back, tone
from tests.workflows.scene import workspace_at

WHEN = "2026-11-24T05:00:00Z"


def noted(repo: GitRepository, commit: str, *gates: GateResult, prompt: str = "greet") -> None:
    """The results of a run elsewhere, as a note on the commit."""
    change = only(pinned(repo, f"{prompt}@{commit}", environment="only_to_ask", dry_run=True))
    assert change.new is not None
    card = Scorecard(prompt, prompt, "small", "openai/m", change.new.digest, "e", "s", (), gates, when=WHEN)
    add_note_lines(Repository(repo.root), {commit: [dump_line(card)]})


class Shared:
    """A remote with the project, somebody's clone `work`, and a fresh clone of another's without any notes."""

    def __init__(self, folder: Path, *gates: GateResult, demanded: bool = False) -> None:
        self.bare = GitRepository(folder / "remote.git", "--bare")
        self.work = GitRepository(folder / "work")
        self.work.git("remote", "add", "origin", f"file://{self.bare.root}")
        self.commit = self.work.commit({**FILES, "promptops.yml": DEMANDED} if demanded else FILES)
        self.work.git("push", "--quiet", "origin", "HEAD:main")
        self.bare.git("symbolic-ref", "HEAD", "refs/heads/main")
        noted(self.work, self.commit, *gates)
        self.work.git("push", "--quiet", "origin", f"{REF}:{REF}")
        self.clone = GitRepository(folder / "clone")
        self.clone.git("remote", "add", "origin", f"file://{self.bare.root}")
        self.clone.git("fetch", "--quiet", "origin")
        self.clone.git("reset", "--quiet", "--hard", "origin/main")


def test_a_fresh_clone_knows_the_gate_that_failed_elsewhere(tmp_path: Path) -> None:
    clone = Shared(tmp_path, FAILED).clone
    report = pinned(clone, "greet")
    assert (report.refused, report.written) == (True, False)
    told = pins_text(report, 0)
    assert "as a git note says" in told
    assert "not evaluated here yet" not in told
    assert pinned(clone, "greet", force="agreed").written


def test_what_policy_demands_is_satisfied_by_what_others_noted_for_pin_and_for_verify(tmp_path: Path) -> None:
    shared = Shared(tmp_path, PASSED, demanded=True)
    assert pinned(shared.clone, "greet").written
    shared.clone.git("update-ref", "-d", REF)
    [found] = verify(workspace_at(shared.clone.root), VerifyChoice()).checked
    assert found.problems == ()


def test_rollback_shows_what_was_noted_elsewhere(tmp_path: Path) -> None:
    shared = Shared(tmp_path, PASSED)
    pinned(shared.clone, "greet")
    shared.clone.commit(tone("Be brief."))
    pinned(shared.clone, "greet")
    shared.clone.commit()
    shared.clone.git("update-ref", "-d", REF)
    assert [run.noted for run in only(rolled_back(shared.clone, "greet", dry_run=True)).evaluations] == [True]


@pytest.mark.parametrize("form", ["text", "json"])
def test_notes_that_cannot_be_fetched_are_told_and_keep_nobody_from_pinning(tmp_path: Path, form: str) -> None:
    clone = Shared(tmp_path, PASSED).clone
    clone.git("remote", "set-url", "origin", f"file://{tmp_path}/gone.git")
    report = pinned(clone, "greet")
    assert report.written
    told = pins_text(report, 0) if form == "text" else pins_json(report)
    assert "the results that others noted could not be fetched" in told


def test_without_a_remote_there_is_nobody_to_ask(tmp_path: Path) -> None:
    repo = GitRepository(tmp_path / "alone")
    repo.commit(FILES)
    assert pinned(repo, "greet").unread_notes == ""


def test_the_one_remote_counts_whatever_it_is_called(tmp_path: Path) -> None:
    clone = Shared(tmp_path, FAILED).clone
    clone.git("remote", "rename", "origin", "upstream")
    assert pinned(clone, "greet").refused
