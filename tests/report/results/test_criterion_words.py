"""What a change means, in words of a fixed set; none of them reads as a forecast."""

from __future__ import annotations

from dataclasses import replace

import pytest

from promptops.model.results import CriterionComparison, CriterionInfo, RateSummary
from promptops.report.results.criterion_words import verdict_words
from promptops.text.humanize import rule_words

INFO = CriterionInfo("c", "string")
FOUND = CriterionComparison("c", None, None, paired=24, change=0.21, low=0.08, high=0.33, margin=0.05)
NONE, ALL = RateSummary(7, 0.0), RateSummary(7, 1.0)


@pytest.mark.parametrize(
    ("changes", "mark", "said"),
    [
        ({"verdict": "better"}, "✅", "better"),
        ({"verdict": "worse"}, "❌", "worse"),
        ({"verdict": "probably better"}, "", "looks better, not proven"),
        ({"verdict": "probably worse"}, "", "looks worse, not proven"),
        (
            {"verdict": "cannot tell", "needed": 110, "margin": 0.1},
            "",
            "too few cases (about 110 more would settle a change of 10 points)",
        ),
        ({"verdict": "cannot tell", "paired": 8}, "", "too few cases (only 8)"),
        ({"verdict": "no worse", "margin": 0.1}, "", "no drop of 10 points or more"),
        ({"verdict": "unchanged"}, "", "same answer in every case"),
        ({"verdict": "unchanged", "paired": 7, "needed": 12}, "", "same answer in every case (only 7)"),
        ({"verdict": "unchanged", "base": ALL, "head": ALL}, "", "same answer in every case"),
        ({"verdict": "unchanged", "base": NONE, "head": NONE}, "", "fails in every case, before and after"),
        ({"verdict": "not measured", "waiting": 12}, "⏳", "waiting for 12 answers by people"),
        ({"verdict": "not measured", "errors": 1}, "⚠️", "not measured: 1 error"),
        ({"verdict": "not measured"}, "❔", "not measured"),
        (
            {"verdict": "better", "errors": 2, "waiting": 1},
            "✅",
            "better; 2 errors left out; 1 answer by people missing",
        ),
        ({"verdict": "unchanged", "left_out": 1, "errors": 2}, "", "same answer in every case; 1 case left out"),
        (
            {"verdict": "unchanged", "left_out": 1, "alone": RateSummary(60, 0.55)},
            "",
            "same answer in every case; 1 case left out, with it 55% pass after",
        ),
        (
            {"verdict": "unchanged", "left_out": 27, "alone": RateSummary(60, 0.55)},
            "",
            "same answer in every case; 27 cases left out, with them 55% pass after",
        ),
        (
            {
                "verdict": "cannot tell",
                "left_out": 27,
                "missing": "27 of 60 cases have no answer",
                "alone": RateSummary(60, 0.55),
            },
            "",
            "too many answers are missing: 27 of 60 cases have no answer; with them 55% pass after",
        ),
        ({"verdict": "worse", "left_out": 27, "missing": "27 of 60 cases"}, "❌", "worse; 27 cases left out"),
        (
            {"verdict": "cannot tell", "needed": 3, "groups": 12},
            "",
            "too few cases (about 3 more groups would settle a change of 5 points)",
        ),
        ({"verdict": "cannot tell", "paired": 60, "groups": 12}, "", "too few cases (only 60 cases in 12 groups)"),
    ],
)
def test_what_a_change_means(changes: dict[str, object], mark: str, said: str) -> None:
    found = replace(FOUND, **changes)  # type: ignore[arg-type]
    assert verdict_words(found, INFO) == (mark, said)


def test_a_judge_that_nobody_checked_gives_words_for_information() -> None:
    said = verdict_words(replace(FOUND, verdict="worse"), replace(INFO, advisory=True))
    assert said == ("❌", "worse (for information)")


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("at least 75%", " ≥ 75%"),
        ("at least 99.9%", " ≥ 99.9%"),
        ("no worse than 10 points", ": no drop of 10 points or more"),
        ("at most 10% dearer", ": at most 10% more"),
        ("of an older version", ": of an older version"),
    ],
)
def test_a_rule_in_words_that_follow_a_name(rule: str, words: str) -> None:
    assert rule_words(rule) == words
