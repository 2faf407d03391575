"""Environments that a change touches, in a terminal."""

from __future__ import annotations

from pathlib import PurePosixPath

from promptops.model.environment import Pin
from promptops.model.outcomes.audit import ChangeRecord, Person
from promptops.model.outcomes.check import CheckResult, ComparisonBase
from promptops.model.outcomes.environment_review import EnvironmentReview, PinObjection, ReviewedPin
from promptops.model.outcomes.pin_change import Evaluation, PinChange, version_named_by
from promptops.report.check.text import check_text
from tests.workflows.pins import FAILED

OLD, NEW = Pin("note", "a" * 40, "sha256:" + "a" * 64), Pin("note", "b" * 40, "sha256:" + "b" * 64)
RUN = Evaluation("greet", "2026-11-24T05:00:00Z", (FAILED,), noted=True)


def lines(*reviews: EnvironmentReview) -> list[str]:
    """The check's own lines."""
    return check_text(CheckResult(ComparisonBase("a" * 40, "main"), environments=reviews)).splitlines()


def test_a_version_its_evidence_and_what_speaks_against_it() -> None:
    change = PinChange("note", "pinned", OLD, NEW, version_named_by(OLD), version_named_by(NEW), evaluations=(RUN,))
    written = ChangeRecord("b" * 40, 0, "Shorter", (Person("Ana"),), merged_by=Person("Tom"), is_merge=True)
    one = ReviewedPin(change, (PinObjection("the rule does not hold", "mend it"),), written=written)
    told = lines(EnvironmentReview("prod", PurePosixPath("environments/prod.yml"), "changed", (one,)))
    assert told[:6] == [
        "prod: note aaaaaaa → bbbbbbb: a new version, for all calls",
        "  ❌ the rule does not hold",
        "    mend it",
        "  rule of greet, 2026-11-24: ⛔ says the name (small) ≥ 75%: fails (33% of 3 cases)",
        "  written by Ana; approval: merged by Tom",
        "",
    ]
    assert told[-1] == "verdict: blocked"


def test_files_that_come_go_or_cannot_be_read() -> None:
    path = PurePosixPath("environments/x.yml")
    told = lines(
        EnvironmentReview("broken", path, "unreadable", error="x.yml:1:1: ::error::no", hint="mend it"),
        EnvironmentReview("new", path, "new"),
        EnvironmentReview("old", path, "removed"),
    )
    assert told[0].startswith("❌ broken: x.yml:1:1:")
    assert told[2:4] == ["new: a new environment", "old: taken out, no application can load it"]
