"""A check's summary comes back as it was written; anything else is refused with a reason."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

import pytest

from promptops.errors import StoreError
from promptops.model.finding import START, Finding, Fix
from promptops.model.outcomes.check import CheckProblem, CheckResult, ComparisonBase, PromptChanges
from promptops.store import check_file
from promptops.store.check_file import dump_summary, parse_summary
from tests.report import factory

CHECKED = CheckResult(
    ComparisonBase("a" * 40, "where this work left main"),
    findings=(Finding(PurePosixPath("prompts/ä.prompt.yml"), START, "P201", "m", fix=Fix(START, "x")),),
    looked_at="1 problem in 1 prompt",
    problems=(CheckProblem("s", "no answer", "try again", "KEY"),),
    changes=PromptChanges(("gone",), (("new", "old"),), ("c",)),
    untrusted=True,
    settings=("P6 off",),
    inherited=(Finding(PurePosixPath("prompts/ä.prompt.yml"), START, "P201", "m", fix=Fix(START, "x")),),
    untouched=(CheckProblem("t", "why"),),
)


def test_it_comes_back_as_it_was() -> None:
    saved = parse_summary(dump_summary(CHECKED._replace(results=(factory.comparison(),)), ("s",)))
    assert (saved.check, saved.suites) == (CHECKED, ("s",))


def test_a_file_that_a_version_with_fewer_or_more_fields_wrote_is_read() -> None:
    data = json.loads(dump_summary(CHECKED, ()))
    del data["check"]["settings"]
    assert parse_summary(json.dumps(data).encode()).check == CHECKED._replace(settings=())


def test_half_a_surrogate_pair_becomes_a_sign_that_utf_8_has() -> None:
    odd = CHECKED._replace(problems=(CheckProblem("s", "\ud800"),))
    assert parse_summary(dump_summary(odd, ())).check.problems[0].why == "�"


@pytest.mark.parametrize("data", [b"", b"\xff", b"[]", b"{}", b"[" * 100_000, b'{"format": "other/1"}'])
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(StoreError, match="summary"):
        parse_summary(data)


def test_another_format_and_too_large_a_file_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StoreError, match="promptops-summary/9"):
        parse_summary(dump_summary(CHECKED, ()).replace(b"summary/1", b"summary/9"))
    monkeypatch.setattr(check_file, "MAX_BYTES", 10)
    with pytest.raises(StoreError, match="larger than"):
        parse_summary(dump_summary(CHECKED, ()))
