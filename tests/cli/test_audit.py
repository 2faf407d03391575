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
from promptops.model.outcomes.audit import LatestResult
from promptops.model.outcomes.history import Scorecard
from promptops.model.results import FOR_PEOPLE, NO_BASE, GateResult
from promptops.report.audit.csv import HEADER
from promptops.report.audit.wording import result
from promptops.source.git.notes import add_note_lines
from promptops.source.git.repository import Repository
from promptops.workflows.notes.note_format import dump_line
from tests.conftest import GitRepository
from tests.workflows.auditing import ANA, FORGE, TOM, Audited
from tests.workflows.pinning import NOWHERE, WRONG, digest, environment

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
        "                   pull request: #214, as the title says",
        "                   approval: merged by Tom Reyes <tom@example.org>, Reviewed-by: Bo <bo@example.org>",
        "    signature      none",
        f"    pinned by      Ana Petit <ana@example.org>, {day} ({pinned[:7]} Serve it)",
        "                   pull request: #215, as the title says",
        "                   merged on GitHub",
        f"                   approval: unknown; {pinned[:7]} came in on GitHub, and does not say who let it in",
        "    forced         although a rule failed: the launch",
        "    results        none known here",
        "",
        "1 version holds; of one something is not known",
    ]


def test_nothing_to_see_is_no_approval(run: Run, made: Audited) -> None:
    made.pin(made.first)
    assert run().stdout.count("names no other person who merged or reviewed it") == 2
    [row] = rows(run("--format", "csv"))
    for column in ("written_pull_request", "written_merged_by", "written_approved_by", "pinned_merged_by", "results"):
        assert row[column] == "unknown"
    assert f"who approved it: {made.first[:7]} names no other person" in row["not_known"]
    [version] = json.loads(run("--format", "json").stdout)["versions"]
    assert (version["written"]["pullRequest"], version["written"]["approvedBy"]) == (None, [])
    assert version["notKnown"] == row["not_known"].split("; ")
    assert (version["results"], version["acceptedGates"]) == ([], [])


def test_what_does_not_hold_is_1_in_every_format(run: Run, made: Audited) -> None:
    made.commit(environment("prod", f"  greet:\n    commit: {NOWHERE}\n    digest: {WRONG}\n"))
    results = [run("--format", form) for form in ("text", "csv", "json")]
    assert [result.exit_code for result in results] == [1, 1, 1]
    assert "DOES NOT HOLD  'greet' is pinned at commit 1111111: there is no such commit" in results[0].stdout
    assert results[0].stdout.endswith("\n1 version does not hold; of one something is not known\n")
    assert rows(results[1])[0]["holds"] == "no"
    data = json.loads(results[2].stdout)
    assert (data["holds"], data["versions"][0]["holds"]) == (False, False)
    assert "unknown" in data["versions"][0]["written"]


def test_a_number_in_a_title_is_no_approval_in_any_format(run: Run, made: Audited) -> None:
    made.pin(made.commit({"prompts/tone.j2": "Be brief.\n"}, "Shorter (#9)", ANA))
    shown = run().stdout
    assert "pull request: #9, as the title says" in shown
    assert "approval: unknown;" in shown
    assert "approval: pull request" not in shown
    [row] = rows(run("--format", "csv"))
    assert (row["written_pull_request"], row["written_approved_by"]) == ("#9", "unknown")
    assert "who approved it: " in row["not_known"]
    [version] = json.loads(run("--format", "json").stdout)["versions"]
    assert version["written"]["approvedBy"] == []
    assert any("who approved it: " in text for text in version["notKnown"])


def test_authors_who_merge_their_own_work_approve_nothing_and_that_is_told(run: Run, made: Audited) -> None:
    tip = made.branch(({"prompts/tone.j2": "Be brief.\n"}, "brief\n\nReviewed-by: Ana Petit", ANA))
    made.pin(made.merge(tip, "Merge pull request #1 from ana/brief", ANA))
    shown = run().stdout
    assert "   merged by Ana Petit <ana@example.org> (who wrote it too)\n" in shown
    assert "   Reviewed-by: Ana Petit (who wrote it too)\n" in shown
    assert "approval: merged" not in shown
    assert rows(run("--format", "csv"))[0]["written_approved_by"] == "unknown"


def test_columns_of_people_hold_names_and_no_sentences(run: Run, made: Audited) -> None:
    tip = made.branch(({"prompts/tone.j2": "Be brief.\n"}, "brief", ANA))
    made.pin(made.merge(tip, "Merge pull request #1 from ana/brief", TOM), author=ANA, committer=TOM)
    [row] = rows(run("--format", "csv"))
    assert (row["written_merged_by"], row["written_committed_by"]) == ("Tom Reyes <tom@example.org>", "")
    assert row["written_approved_by"] == "Tom Reyes <tom@example.org>"
    assert (row["pinned_merged_by"], row["pinned_committed_by"]) == ("unknown", "Tom Reyes <tom@example.org>")
    assert row["pinned_approved_by"] == "unknown"
    assert "committed by Tom Reyes <tom@example.org>" in run().stdout


def test_a_commit_outside_the_main_branch_does_not_hold_in_any_format(run: Run, made: Audited) -> None:
    tip = made.branch(({"prompts/tone.j2": "Be brief.\n"}, "brief", ANA))
    made.pin(tip)
    results = [run("--format", form) for form in ("text", "csv", "json")]
    assert [result.exit_code for result in results] == [1, 1, 1]
    told = f"'greet' is pinned at commit {tip[:7]}, which is not part of main"
    assert f"DOES NOT HOLD  {told}\n" in results[0].stdout
    assert (rows(results[1])[0]["holds"], rows(results[1])[0]["problems"]) == ("no", told)
    [version] = json.loads(results[2].stdout)["versions"]
    assert (version["holds"], version["problems"], version["merged"]) == (False, [told], None)


def test_without_a_main_branch_that_is_said(run: Run, made: Audited) -> None:
    made.pin(made.first)
    assert json.loads(run("--format", "json").stdout)["versions"][0]["merged"] == "main"
    made.repository.git("branch", "--quiet", "--move", "main", "work")
    why = "there is no main branch here, nor one of origin, to compare with"
    assert f"    merged         unknown: {why}\n" in run().stdout
    assert f"whether it was merged: {why}" in rows(run("--format", "csv"))[0]["not_known"]
    assert json.loads(run("--format", "json").stdout)["versions"][0]["merged"] == {"unknown": why}


def test_results_of_another_prompt_with_the_same_text_say_whose_they_are(run: Run, made: Audited) -> None:
    made.pin(made.first)
    same = digest(made.root, made.first)
    own = Scorecard("greet", "greet", "small", "local/m", same, "e", "s", when="2026-11-20T05:00:00+00:00")
    other = own._replace(suite="bakery-order", prompt="bakery-order", when="2026-11-21T05:00:00+00:00")
    add_note_lines(Repository(made.root), {made.first: [dump_line(own), dump_line(other)]})
    found = [
        "suite bakery-order, model small, 2026-11-21 (of bakery-order, whose text is the same): no rules",
        "suite greet, model small, 2026-11-20: no rules",
    ]
    shown = run().stdout
    assert f"    results        {found[0]}\n                   {found[1]}\n" in shown
    assert rows(run("--format", "csv"))[0]["results"] == "; ".join(found)
    [version] = json.loads(run("--format", "json").stdout)["versions"]
    assert [one["prompt"] for one in version["results"]] == ["bakery-order", "greet"]


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


def test_a_gate_that_waits_for_a_version_or_for_people_is_told_apart_from_those_not_measured() -> None:
    def told(*gates: GateResult) -> str:
        card = Scorecard("greet", "greet", "small", "local/m", "d", "e", "s", gates=gates, when="2026-11-20T05:00:00")
        return result(LatestResult(card, 0), "greet").partition("2026-11-20: ")[2]

    first = GateResult("is kind", "no worse", "not measured", NO_BASE)
    silent = GateResult("no date", "at least 50%", "not measured", "no case was answered")
    assert told() == "no rules"
    assert told(first) == "nothing to compare with yet: is kind: no worse"
    people = GateResult("a friend would say it", "at least 50%", "not measured", FOR_PEOPLE)
    assert told(first, silent, people) == (
        "0 of 1 rules hold; not measured: no date ≥ 50%; nothing to compare with yet: is kind: no worse; "
        "waiting for people: a friend would say it ≥ 50%"
    )
