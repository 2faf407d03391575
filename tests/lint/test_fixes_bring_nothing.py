"""Whoever follows a fix gets no other finding for it: over every small project of the corpus."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath

import pytest

from promptops.lint.engine.fixes import apply
from promptops.lint.engine.runner import Report
from promptops.model.finding import Finding
from tests.lint.corpus import CorpusCase, Link, corpus

MENDED = [case for case in corpus() if any("fix" in key for key in case.given) and not case.given.get("paths")]


UNCOVERED = {"cases/P306: misspelt words": "P201"}
"""`untrusted` written right lets lint see at last what is pasted without marks: no fault of the fix."""


def _said(report: Report) -> set[tuple[PurePosixPath, str, str]]:
    return {(one.path, one.code, one.message) for one in report.findings if one.severity != "note"}


@pytest.mark.parametrize("case", MENDED, ids=lambda case: f"{case.file}: {case.name}")
def test_a_fix_leads_to_no_other_finding(case: CorpusCase, lint_files: Callable[..., Report]) -> None:
    before = lint_files(case.files, scope="all")
    by_path: dict[str, list[Finding]] = {}
    for one in before.findings:
        if one.fix is not None:
            by_path.setdefault(one.path.as_posix(), []).append(one)
    mended = {path: text for path, text in case.files.items() if not isinstance(text, Link)}
    for path, found in by_path.items():
        fixes = [one.fix for one in found if one.fix is not None]
        mended[path] = apply(mended[path].encode(), fixes).decode()
    after = lint_files(mended, scope="all")
    brought = [
        one for one in sorted(_said(after) - _said(before)) if one[1] != UNCOVERED.get(f"{case.file}: {case.name}")
    ]
    assert not brought
