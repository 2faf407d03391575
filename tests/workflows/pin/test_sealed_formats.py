"""What was pinned in the older sealed format goes on as it was: in a real repository, through every command."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

import pytest

from promptops import Prompts
from promptops.evals.registry import KINDS
from promptops.lint.engine.runner import lint
from promptops.model.outcomes.history import Scorecard
from promptops.pins.sealing import digests_of, seal_prompt
from promptops.source.git.notes import add_note_lines
from promptops.source.git.repository import Repository
from promptops.source.project import Project
from promptops.workflows.audit.audit import AuditChoice, audit
from promptops.workflows.bundle import save_bundle
from promptops.workflows.history import history
from promptops.workflows.notes.note_format import dump_line
from promptops.workflows.verify.verify import VerifyChoice, verify
from tests.conftest import GitRepository, RepositoryBuilder, write_files
from tests.workflows.pinning import environment
from tests.workflows.pins import FAILED, only, pinned, pins, rolled_back
from tests.workflows.scene import workspace_at

PROMPT = "prompts/note.prompt.yml"
TEXT = """\
model: small
inputs: {note: {type: [string, "null"]}}
messages: [{role: user, content: 'Note: {{ note | upper }}.'}]
"""
FILES = {
    "promptops.yml": "models: {small: {provider: openai, model: gpt-x}}\n",
    PROMPT: TEXT,
    "evals/note.eval.yml": (
        "prompt: note\ntestData: [{id: none, note: null}]\nevaluators: [{name: a, string: {contains: a}}]\n"
    ),
    ".gitignore": ".promptops/\n",
}
BY_PYTHON, BY_ONE_RULE = "Note: NONE.", "Note: ."


class Upgraded:
    """`prod` pins `note` as an older version of promptops did; `older` is that digest, `newer` the one of a new pin."""

    def __init__(self, repository: GitRepository) -> None:
        self.repository, self.root = repository, repository.root
        self.commit = repository.commit(FILES)
        self.newer, self.older = digests_of(seal_prompt(Project.commit(self.root, self.commit, KINDS), "note"))
        self.pin("prod", self.older)

    def pin(self, name: str, digest: str) -> None:
        """Commit an environment that pins the first commit with this digest."""
        row = f"  note: {{commit: {self.commit}, digest: {digest}}}\n"
        self.repository.commit({**environment(name, row)})

    def served(self, name: str = "prod", key: str = "") -> str:
        """What an application gets for a null."""
        with Prompts.from_git(self.root, env=name, refresh=None, cache=self.root.parent / "cache") as prompts:
            return str(prompts.get("note", key=key).render(note=None).messages()[0]["content"])


@pytest.fixture
def upgraded(repository: RepositoryBuilder) -> Upgraded:
    return Upgraded(repository())


def test_the_older_pin_renders_as_it_did_and_a_new_one_by_the_one_rule(upgraded: Upgraded) -> None:
    upgraded.pin("staging", upgraded.newer)
    assert (upgraded.served("prod"), upgraded.served("staging")) == (BY_PYTHON, BY_ONE_RULE)


def test_both_formats_hold_for_verify_audit_and_lint(upgraded: Upgraded) -> None:
    upgraded.pin("staging", upgraded.newer)
    workspace = workspace_at(upgraded.root)
    assert verify(workspace, VerifyChoice(protected="main")).holds
    assert [pin.problems for pin in audit(workspace, AuditChoice()).pins] == [(), ()]
    assert [pin.written.commit for pin in audit(workspace, AuditChoice()).pins] == [upgraded.commit] * 2  # type: ignore[union-attr]
    files = [PurePosixPath(f"environments/{name}.yml") for name in ("prod", "staging")]
    at = Project.commit
    found = lint(workspace.project(), files, "files", lambda commit: at(upgraded.root, commit, KINDS)).findings
    assert [one for one in found if one.code == "P503"] == []


@pytest.mark.parametrize("which", ["older", "newer"])
def test_a_bundle_has_what_is_pinned(upgraded: Upgraded, which: str, tmp_path: Path) -> None:
    upgraded.pin("staging", getattr(upgraded, which))
    save_bundle(workspace_at(upgraded.root), "staging", tmp_path / "b.bundle")
    text = Prompts.from_bundle(tmp_path / "b.bundle").get("note").render(note=None).messages()[0]["content"]
    assert text == {"older": BY_PYTHON, "newer": BY_ONE_RULE}[which]


def test_the_work_tree_renders_as_a_new_pin_would(upgraded: Upgraded) -> None:
    with Prompts.from_worktree(upgraded.root) as prompts:
        call = prompts.get("note").render(note=None)
    assert (call.messages()[0]["content"], call.version.digest) == (BY_ONE_RULE, upgraded.newer)


def test_pinning_the_same_text_again_changes_nothing(upgraded: Upgraded) -> None:
    upgraded.repository.commit({"README.md": "more"})
    change = only(pinned(upgraded.repository, "note"))
    assert change.kind == "same"
    assert pins(upgraded.repository)["note"].digest == upgraded.older


def test_an_edited_text_is_pinned_in_the_newer_format_and_the_report_shows_all_that_changes(upgraded: Upgraded) -> None:
    upgraded.repository.commit({PROMPT: TEXT.replace("Note:", "Remark:")})
    change = only(pinned(upgraded.repository, "note"))
    assert change.diff is not None
    (case,) = change.diff.cases
    assert (case.base, case.head) == ((("user", BY_PYTHON),), (("user", "Remark: ."),))


def test_a_rollback_goes_to_the_older_pin_again(upgraded: Upgraded) -> None:
    upgraded.repository.commit({PROMPT: TEXT.replace("Note:", "Remark:")})
    pinned(upgraded.repository, "note")
    upgraded.repository.commit({"README.md": "pinned"})
    rolled_back(upgraded.repository, "note")
    assert pins(upgraded.repository)["note"].digest == upgraded.older


def test_an_older_pin_goes_on_in_a_rollout(upgraded: Upgraded) -> None:
    upgraded.repository.commit({PROMPT: TEXT.replace("Note:", "Remark:")})
    pinned(upgraded.repository, "note", percent=50)
    upgraded.repository.commit({"README.md": "pinned"})
    assert pins(upgraded.repository)["note"].digest == upgraded.older
    assert {upgraded.served(key=str(number)) for number in range(20)} == {BY_PYTHON, "Remark: ."}


def test_history_knows_one_version_with_the_results_and_pins_of_both_formats(upgraded: Upgraded) -> None:
    upgraded.pin("staging", upgraded.newer)
    cards = [
        Scorecard("note", "note", "small", "openai/gpt-x", digest, "e", "s", (), when=f"2026-11-2{day}T05:00:00+00:00")
        for day, digest in enumerate((upgraded.older, upgraded.newer))
    ]
    add_note_lines(Repository(upgraded.root), {upgraded.commit: [dump_line(card) for card in cards]})
    (version,) = history(workspace_at(upgraded.root), "note").versions
    assert [card.digest for card in version.scorecards] == [upgraded.newer, upgraded.older]
    assert {one.environment for one in version.served} == {"prod", "staging"}
    found = audit(workspace_at(upgraded.root), AuditChoice()).pins
    assert [len(pin.results) for pin in found] == [1, 1]
    assert [pin.results[0].older for pin in found] == [1, 1]


def test_a_gate_that_failed_under_the_older_digest_still_keeps_a_pin_back(upgraded: Upgraded) -> None:
    card = Scorecard(
        "note", "note", "small", "openai/m", upgraded.older, "e", "s", (), (FAILED,), when="2026-11-23T05:00"
    )
    add_note_lines(Repository(upgraded.root), {upgraded.commit: [dump_line(card)]})
    report = pinned(upgraded.repository, "note", environment="staging")
    assert report.refused


def test_a_wrong_digest_holds_in_no_format(upgraded: Upgraded) -> None:
    other = upgraded.repository.commit({PROMPT: TEXT.replace("Note:", "Remark:")})
    row = f"  note: {{commit: {other}, digest: {upgraded.older}}}\n"
    upgraded.repository.commit({**environment("wrong", row)})
    report = verify(workspace_at(upgraded.root), VerifyChoice(("wrong",)))
    assert ["is not what was pinned" in one.message for each in report.checked for one in each.problems] == [True]


def test_a_prompt_whose_inputs_are_text_seals_to_the_same_bytes_as_ever(upgraded: Upgraded) -> None:
    text = TEXT.replace('[string, "null"]', "string")
    write_files(upgraded.root, {PROMPT: text})
    sealed = seal_prompt(Project.worktree(upgraded.root, KINDS), "note")
    assert json.loads(sealed.content)["format"] == 2
