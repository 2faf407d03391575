"""Each slip that people make gets the right finding, in words that they understand, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.slip_corpus import Slip, slips

SLIPS = slips()
JARGON = ("(char ", "Expecting ", "delimiter", "token", "parse", "scalar", "mapping", "libyaml", "codec", "deserial")
"""Words of programs, which help nobody who writes texts."""


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.name)
def test_a_slip_gets_the_right_finding_and_no_other(slip: Slip, tmp_path: Path) -> None:
    """`at` is PATH:LINE. `says` are pieces of the message or the hint, `not` pieces that must not stand there."""
    found = slip.lint_in(tmp_path)
    told = "\n".join(f"{f.path}:{f.span.line}:{f.span.column} {f.code} {f.problem} | {f.hint}" for f in found)
    assert [(f"{f.path}:{f.span.line}", f.code) for f in found] == [(f["at"], f["code"]) for f in slip.findings], told
    for finding, expected in zip(found, slip.findings, strict=True):
        words = f"{finding.problem} {finding.hint}"
        assert not [part for part in expected["says"] if part not in words], told
        assert not [part for part in (*expected.get("not", ()), *JARGON, "\n") if part in words], told
        assert finding.span.column == expected.get("column", finding.span.column), told
        assert finding.hint, "it must say what to do"
