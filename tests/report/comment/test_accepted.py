from __future__ import annotations

from dataclasses import replace

import pytest

from promptops.model.results import GateResult, Results
from promptops.report.comment.markdown import comment
from promptops.report.results.html import html
from promptops.report.results.junit import junit
from promptops.report.results.results_view import ResultsView
from promptops.report.results.summary import headline
from promptops.report.results.text import render_text
from tests.report.factory import comparison

FAILED = GateResult("is polite", "at least 75%", "failed", "50% of 24 cases", model="small", accepted="@ana: we know")
UNPROVEN = replace(FAILED, status="undecided", accepted="@ben: later")


@pytest.fixture
def run() -> Results:
    return replace(comparison(), gates=(FAILED, UNPROVEN))


def test_every_report_names_who_accepted_a_gate_and_still_says_that_it_failed(run: Results) -> None:
    text = render_text(run, width=200).replace("\u2060", "")
    assert "⚠️ is polite ≥ 75%: 87%, fails; accepted by @ana: we know" in text
    assert "not proven yet; accepted by @ben: later" in text
    assert "accepted by @\u2060ana: we know" in comment([run])
    assert "accepted by" in html(run)
    assert "failed, accepted by @ana: we know" in junit(run).replace("\u2060", "")


def test_what_is_accepted_does_not_block(run: Results) -> None:
    assert not run.blocked
    assert headline(ResultsView(run)) == "⚖️ Better and worse: Meeting summary"
