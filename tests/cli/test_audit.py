"""`promptops audit`: text, CSV and JSON, 1 where something does not hold, and nothing that acts on whoever reads it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from promptops.report.audit_csv import HEADER
from tests.conftest import GitRepository
from tests.workflows.auditing import ANA, FORGE, TOM, Audited
from tests.workflows.pinning import NOWHERE, WRONG, environment

Run = Callable[..., Result]


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Audited:
    made = Audited(GitRepository(tmp_path / "prompts of ours"))
    monkeypatch.chdir(made.root)
    return made


@pytest.fixture
def run(made: Audited) -> Run:
    """`promptops audit …` in the project."""
    return lambda *args: CliRunner().invoke(cli, ["audit", *args])


def rows(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(result.stdout)))


def test_a_version_is_told_from_who_wrote_it_to_how_it_did(run: Run, made: Audited) -> None:
    tip = made.branch(({"prompts/tone.j2": "Be brief.\n"}, "brief\n\nReviewed-by: Bo <bo@example.org>", ANA))
    merged = made.merge(tip, "Merge pull request #214 from ana/brief\n\nShorter", TOM)
    pinned = made.pin(merged, comment="  # forced: the launch", message="Serve it (#215)", author=ANA, committer=FORGE)
    result = run("--env", "prod")
    assert (result.exit_code, result.stderr) == (0, "")
    day = made.repository.git("log", "-1", "--format=%cd", "--date=format-local:%Y-%m-%d")
    assert result.stdout.splitlines() == [
        "prod (environments/prod.yml)",
        "",
        f"  greet at {merged[:7]}",
        "    holds          yes",
        f"    written by     Ana Petit <ana@example.org>, {day} ({merged[:7]} Shorter)",
        "                   approval: pull request #214, merged by Tom Reyes <tom@example.org>, "
        "Reviewed-by: Bo <bo@example.org>",
        "    signature      none",
        f"    pinned by      Ana Petit <ana@example.org>, {day} ({pinned[:7]} Serve it)",
        "                   approval: pull request #215",
        "    forced         although a gate failed: the launch",
        "    results        none known here",
        "",
        "1 version holds; of one something is not known",
    ]


def test_nothing_to_see_is_no_approval(run: Run, made: Audited) -> None:
    made.pin(made.first)
    assert run().stdout.count("approval: unknown; the commit says nothing of it") == 2
    [row] = rows(run("--format", "csv"))
    for column in ("written_pull_request", "written_merged_by", "written_reviewed_by", "pinned_merged_by", "results"):
        assert row[column] == "unknown"
    assert "it names no pull request, no merge and no review" in row["not_known"]
    [version] = json.loads(run("--format", "json").stdout)["versions"]
    assert version["written"]["pullRequest"] is None
    assert (version["results"], version["acceptedGates"]) == ([], [])


def test_what_does_not_hold_is_1_in_every_format(run: Run, made: Audited) -> None:
    made.commit(environment("prod", f"  greet:\n    commit: {NOWHERE}\n    digest: {WRONG}\n"))
    results = [run("--format", form) for form in ("text", "csv", "json")]
    assert [result.exit_code for result in results] == [1, 1, 1]
    assert "DOES NOT HOLD  'greet' is pinned at commit 1111111: there is no such commit" in results[0].stdout
    assert results[0].stdout.endswith("one of 1 version does not hold; of one something is not known\n")
    assert rows(results[1])[0]["holds"] == "no"
    data = json.loads(results[2].stdout)
    assert (data["holds"], data["versions"][0]["holds"]) == (False, False)
    assert "unknown" in data["versions"][0]["written"]


@pytest.mark.parametrize("name", ["=cmd|'/c calc'!A1", "+1", "-1", "@SUM(A1)", "\t=1", "\u200b=1"])
def test_no_cell_is_a_formula(run: Run, made: Audited, name: str) -> None:
    commit = made.commit({"prompts/tone.j2": "Be brief.\n"}, f"{name} (#1)", (name, "a@x"))
    made.pin(commit)
    result = run("--format", "csv")
    assert tuple(next(csv.reader(io.StringIO(result.stdout)))) == HEADER
    [row] = rows(result)
    for column in ("written_by", "written_title"):
        assert not row[column].lstrip().startswith(("=", "+", "-", "@", "\t", "\r"))
        assert name.strip()[1:] in row[column]


def test_names_and_titles_are_one_line_and_move_no_cursor(run: Run, made: Audited) -> None:
    made.pin(made.commit({"prompts/tone.j2": "x\n"}, "\x1b[2J::error::\u202e (#1)", ("An\x1ba\u2028b", "a@x")))
    shown = run().stdout
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "⟨U+001B⟩[2J::error::⟨U+202E⟩" in shown
    assert not any(line.startswith("::") for line in shown.splitlines())
    assert run("--format", "json").stdout.isascii()
    assert "\x1b" not in run("--format", "csv").stdout


def test_without_environments_nothing_is_pinned_and_a_wrong_name_is_2(run: Run) -> None:
    assert (run().exit_code, run().stdout) == (0, "nothing is pinned\n")
    assert run("--env", "prod").exit_code == 2


def test_at_an_earlier_revision(run: Run, made: Audited) -> None:
    made.pin(made.first)
    made.pin(made.commit({"prompts/tone.j2": "x\n"}))
    assert f"greet at {made.first[:7]}" in run("--at", "HEAD~2").stdout
    assert run("--at", "nowhere").exit_code == 2
