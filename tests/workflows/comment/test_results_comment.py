"""What the pull request's comment says, whatever is in the folders."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from promptops.forge.sticky_comment import MAX_COMMENT
from promptops.model.outcomes.check import UnreadResults
from promptops.report.comment.comment_markers import ANSWERS_MARKER, MARKER, marker_for
from promptops.report.comment.compose import progress_comment, results_comment
from promptops.store.results_file import serialize_results
from promptops.workflows.comment.step_summary import LIMIT, append_summary
from promptops.workflows.eval.collect_results import find_results
from tests.conftest import write_files
from tests.report import factory


def test_several_suites_are_in_one_comment(tmp_path: Path) -> None:
    other = replace(
        factory.first_run(), suite="lesson-feedback", suite_path="evals/b.eval.yml", title="Lesson feedback"
    )
    files: dict[str, str | bytes] = {
        "a/results.json": serialize_results(factory.comparison()),
        "b/results.json": serialize_results(other),
        "c/report.html": "<p>",
    }
    write_files(tmp_path, files)
    found = find_results([tmp_path])
    assert not found.unread
    text = results_comment(found.results, found.unread)
    assert text.startswith(MARKER)
    assert "2 suites" in text
    assert ": Meeting summary\n" in text
    assert ": Lesson feedback</summary>\n" in text


def test_a_run_its_file_and_a_folder_of_runs_are_all_found(tmp_path: Path) -> None:
    write_files(tmp_path, {"a/results.json": serialize_results(factory.comparison())})
    for place in (tmp_path, tmp_path / "a", tmp_path / "a/results.json"):
        assert find_results([place]).results == (factory.comparison(),)


def test_of_two_runs_of_one_suite_the_newer_is_shown(tmp_path: Path) -> None:
    old, new = (replace(factory.comparison(), started=f"2026-11-2{day}T00:00:00Z") for day in (1, 2))
    write_files(tmp_path, {"a/results.json": serialize_results(new), "b/results.json": serialize_results(old)})
    assert find_results([tmp_path]).results == (new,)


def test_results_of_another_version_are_told_and_hide_no_other(tmp_path: Path) -> None:
    future = json.loads(serialize_results(factory.comparison())) | {"format": "promptops-results/9", "version": "9.1"}
    write_files(
        tmp_path, {"a/results.json": json.dumps(future), "b/results.json": serialize_results(factory.comparison())}
    )
    text = results_comment(*find_results([tmp_path])[:2])
    assert text.startswith(f"{MARKER}\n\n**⚠ Not all results can be shown:**")
    assert "written by promptops 9.1 as 'promptops-results/9'" in text
    assert "upgrade promptops" in text
    assert ": Meeting summary\n" in text


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 100_000])
def test_what_is_no_result_is_told(tmp_path: Path, content: bytes) -> None:
    write_files(tmp_path, {"a/results.json": content})
    found = find_results([tmp_path])
    assert [one.name for one in found.unread] == ["a"]
    assert "Nothing was evaluated" not in results_comment(found.results, found.unread)


def test_a_folder_without_results_says_that_the_evaluation_did_not_finish(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "gone"):
        assert "did not finish" in results_comment(*find_results([place])[:2])


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    write_files(tmp_path, {"a/results.json": serialize_results(factory.comparison())})
    found = find_results([Path("x" * 5_000), tmp_path])
    assert len(found.results) == 1
    assert "cannot be read" in found.unread[0].why


def test_hostile_names_are_inert_and_the_comment_is_never_too_long() -> None:
    evil = "::error::@acme/all </details> <!-- promptops --> ![x](http://evil)\n"
    unread = tuple(UnreadResults(evil * 50, evil * 500, evil * 500) for _ in range(200))
    text = results_comment((factory.hostile(), factory.many_criteria()), unread)
    assert len(text) <= MAX_COMMENT
    assert text.count(MARKER) == 1
    assert "@acme" not in text
    assert "and 190 more" in text
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())


def test_progress_is_inert() -> None:
    text = progress_comment(MARKER, "40 of 120\n::error:: @acme/all <b>")
    assert "40 of 120" in text
    assert "@acme" not in text
    assert "<b>" not in text


def test_every_project_has_a_marker_of_its_own_that_nothing_can_end() -> None:
    assert marker_for("") == marker_for(".") == marker_for("./") == MARKER
    assert marker_for("", ANSWERS_MARKER) == marker_for(".", ANSWERS_MARKER) == ANSWERS_MARKER
    assert marker_for("./legal/eu/") == marker_for("legal/eu")
    names = ["legal", "legal/eu", "a b", "--> <script>", "é"]
    markers = [marker_for(name, marker) for name in names for marker in (MARKER, ANSWERS_MARKER)]
    assert markers[0] == "<!-- promptops:legal -->"
    assert len(set(markers)) == 2 * len(names)
    assert all(marker[4:-3].count("--") == 0 and "<" not in marker[1:] for marker in markers)


def test_the_summary_is_appended_to_and_never_grows_too_long(tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n", "utf-8")
    assert append_summary(summary, "one") == ""
    assert summary.read_text("utf-8") == "before\none\n\n"
    append_summary(summary, "é" * LIMIT)
    append_summary(summary, "more")
    assert summary.stat().st_size <= LIMIT
    assert summary.read_text("utf-8").endswith("a step's summary holds 1 MiB.\n")
