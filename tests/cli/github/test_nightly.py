"""Every night: only what got worse is red. What an owner accepted is told, and may be pinned."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from promptops.forge.comment_commands import AcceptCommand
from promptops.source.formats.waivers import waiver_line, waiver_path
from promptops.store.results_file import parse_results
from promptops.workflows.comment_commands.entries import CommentAuthor, make_waivers
from promptops.workflows.comment_commands.targets import find_accept_target
from tests.conftest import GitRepository
from tests.providers.loopback import answer
from tests.workflows.scene import POLITE, answering, echo, files_for, many_cases

GATE = "gates: {says the name: {atLeast: 0.8}}\n"


@dataclass
class Nights:
    """A repository whose polite prompt was merged; `days` before today's run the last one was."""

    repo: GitRepository
    share: float = 0.5
    days: int = 9

    def answer(self, text: str, count: int) -> str:
        number = int(text.rpartition("Nr")[2].rstrip("x"))
        return echo(text, count) if number < 40 * self.share else "No."

    def run(self, event: str, *words: str, **payload: object) -> Result:
        """A step of a workflow on the default branch."""
        file = self.repo.root.parent / "event.json"
        default = {"full_name": "acme/prompts", "default_branch": "main"}
        file.write_text(json.dumps({"repository": default, **payload}), "utf-8")
        environment = {"GITHUB_EVENT_NAME": event, "GITHUB_EVENT_PATH": str(file), "GITHUB_REPOSITORY": "acme/prompts"}
        return CliRunner().invoke(cli, ["github", *words], env=environment)

    def evaluate(self, event: str, *words: str, **payload: object) -> int:
        """The check's exit code; its results are dated some days back, so that nobody waits."""
        (self.repo.root / ".promptops/cache.db").unlink(missing_ok=True)
        done = self.run(event, "check", "--no-comment", "--out", ".promptops/check", *words, **payload)
        file = self.repo.root / ".promptops/check/greet/results.json"
        made = parse_results(file.read_bytes())
        self.days -= 1
        when = (datetime.now(UTC) - timedelta(days=self.days)).isoformat(timespec="seconds")
        file.write_text(file.read_text("utf-8").replace(made.started, when), "utf-8")
        return done.exit_code

    def merged(self) -> int:
        """What the push to the main branch starts: the check's exit code; the results are noted."""
        after, before = self.repo.git("rev-parse", "HEAD", "HEAD~").split()
        code = self.evaluate("push", before=before, after=after, ref="refs/heads/main")
        assert self.run("push", "notes", "--no-push", ".promptops/check").exit_code == 0
        return code

    def night(self) -> tuple[int, int, str]:
        """What the nightly workflow does: both exit codes, and what the second step says."""
        code = self.evaluate("schedule", "--base", "none", "--measure-only")
        noted = self.run("schedule", "notes", "--drift", "--no-push", ".promptops/check")
        return code, noted.exit_code, noted.stdout

    def accept(self) -> None:
        """The owner's acceptance of the last results, merged."""
        said = AcceptCommand("", "says the name", "we know")
        made = parse_results((self.repo.root / ".promptops/check/greet/results.json").read_bytes())
        by = CommentAuthor("ana", 7, "u", "2026-11-24T10:00:00+00:00")
        [waiver] = make_waivers(said, find_accept_target(said, [made]), by)
        self.repo.commit({str(waiver_path("evals", waiver)): waiver_line(waiver)})
        self.repo.git("update-ref", "refs/remotes/origin/main", "HEAD")


@pytest.fixture
def nights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nights]:
    found = Nights(GitRepository(tmp_path / "work"))
    with answering(lambda text, count: found.answer(text, count)) as endpoint:
        files = files_for(endpoint.url) | {"evals/greet.eval.yml": many_cases(40) + GATE}
        found.repo.commit({**files, "prompts/greet.prompt.yml": POLITE.replace("politely", "gladly")})
        found.repo.commit({"prompts/greet.prompt.yml": POLITE})
        found.repo.git("update-ref", "refs/remotes/origin/main", "HEAD")
        monkeypatch.chdir(found.repo.root)
        yield found


def pin(nights: Nights) -> Result:
    return CliRunner().invoke(cli, ["pin", "greet", "--env", "prod"])


def test_an_accepted_gate_is_green_every_night_and_may_be_pinned(nights: Nights) -> None:
    assert nights.merged() == 1
    nights.accept()
    code, drift, told = nights.night()
    assert (code, drift) == (0, 0), told
    assert "greet, model small: the rule 'says the name ≥ 80%' does not hold" in told
    assert "accepted by @ana: we know" in told
    assert pin(nights).exit_code == 0


def test_a_gate_that_failed_from_the_first_is_told_and_keeps_the_pin_back(nights: Nights) -> None:
    assert nights.merged() == 1
    code, drift, told = nights.night()
    assert (code, drift) == (0, 0), told
    assert "fails, and failed when the same was first evaluated" in told
    assert pin(nights).exit_code == 1


def test_a_gate_that_held_and_fails_is_red_until_somebody_acts(nights: Nights) -> None:
    nights.share = 1.0
    assert nights.merged() == 0
    nights.share = 0.5
    for _ in range(2):
        code, drift, told = nights.night()
        assert (code, drift) == (0, 1)
        assert "fails now, and held when the same was first evaluated" in told


def test_what_fell_further_than_was_accepted_is_drift(nights: Nights) -> None:
    assert nights.merged() == 1
    nights.accept()
    nights.share = 0.1
    code, drift, told = nights.night()
    assert (code, drift) == (0, 1)
    assert "'says the name' fell from 50% of 40 cases" in told


def test_what_cannot_be_measured_is_red(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    nights.merged()
    monkeypatch.setattr(nights, "answer", lambda text, count: answer({}, 401))
    assert nights.night()[0] == 2
