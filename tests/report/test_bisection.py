"""What a search found, in words and as JSON."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from promptops.model.outcomes.bisection import Bisection, Outcome, Probe
from promptops.model.outcomes.history import CommitSummary
from promptops.model.results import RateSummary
from promptops.report.bisection import FORMAT, bisection_json, bisection_text
from tests.report.factory import HOSTILE
from tests.report.history.test_text import DAY, NOW, change


def probe(letter: str, standing: str, share: float | None, **more: object) -> Probe:
    rate = None if share is None else RateSummary(24, share, max(0.0, share - 0.1), min(1.0, share + 0.1))
    about = CommitSummary("Ana Petit", int(NOW) - 2 * DAY, f"Words {letter}", 214)
    return Probe(letter * 40, about, standing, rate, 1, **more)  # type: ignore[arg-type]


GOOD, LAST = probe("a", "good", 0.92), probe("b", "good", 0.92, change=0.0, p_value=1.0)
FIRST = probe("c", "bad", 0.5, change=-0.42, p_value=0.0005)
BAD = probe("d", "bad", 0.46, change=-0.46, p_value=0.0002)
STRANGE = probe("e", "not tested", None, problem="no case fits the prompt")


def found(outcome: Outcome = "found", **more: object) -> Bisection:
    ends = {"last_good": LAST, "first_bad": FIRST, "diff": change()}
    if outcome in ("no difference", "reversed", "nothing changed"):
        ends = {}
    options = {
        **ends,
        "versions": 9,
        "tested": (LAST, STRANGE, FIRST),
        "cost": 0.0123,
        "good": GOOD,
        "bad": BAD,
        **more,
    }
    return Bisection("meeting", "names the owner", "meeting", "small", outcome, **options)  # type: ignore[arg-type]


def test_the_commit_that_was_found() -> None:
    assert bisection_text(found(merge="f" * 40), NOW) == (
        "'names the owner' regressed with ccccccc, Ana Petit, 2 days ago: #214 Words c\n"
        "  on a branch that was merged by fffffff\n"
        "\n"
        "  good  aaaaaaa  92% (82% … 100%) of 24 cases\n"
        "        bbbbbbb  92% (82% … 100%) of 24 cases, the last that was good\n"
        "        ccccccc  50% (40% … 60%) of 24 cases, the first that was bad\n"
        "  bad   ddddddd  46% (36% … 56%) of 24 cases\n"
        "\n"
        "What changed there\n"
        "  the text changes in its one case · about 1 token more in each (estimated)\n"
        "  temperature: 0 → 0.7\n"
        "\n"
        "  in its one case, lyon\n"
        "    ── user ──\n"
        "    - Write.\n"
        "    + Write briefly.\n"
        "\n"
        "Tested\n"
        "  bbbbbbb  good: 92% (82% … 100%) of 24 cases, 1 answer each, p = 1 against the good version\n"
        "  eeeeeee  not tested: no case fits the prompt\n"
        "  ccccccc  bad: 50% (40% … 60%) of 24 cases, 1 answer each, p = 0.0005 against the good version\n"
        "\n"
        "Suite meeting, model small · 9 versions in between · $0.012\n"
        "The tests of the whole search together are wrong in at most 1 of 20 searches.\n"
    )


@pytest.mark.parametrize(
    ("outcome", "more", "words"),
    [
        (
            "cannot tell",
            {"between": 3},
            "It cannot be told which version it was.\n  'names the owner' was still good with",
        ),
        ("stopped", {"stopped": "the budget is spent"}, "The search stopped (the budget is spent).\n"),
        (
            "no difference",
            {"needed": 12},
            "Cannot tell: 92% → 46% (−46 pts) between aaaaaaa and ddddddd may still be chance with 24 cases.\n"
            "  About 12 more cases would tell, or --trials with more answers to each; there is nothing to search for",
        ),
        (
            "no difference",
            {},
            "Cannot tell: 92% → 46% (−46 pts) between aaaaaaa and ddddddd may still be chance with 24 cases.\n"
            "  More cases would tell",
        ),
        (
            "no difference",
            {"bad": BAD._replace(change=0.0)},
            "No difference beyond noise between aaaaaaa and ddddddd.\n  More cases would tell",
        ),
        ("reversed", {}, "'names the owner' got better between aaaaaaa and ddddddd"),
        ("nothing changed", {}, "Nothing that a model receives changed between aaaaaaa and ddddddd."),
    ],
)
def test_every_other_outcome_says_what_is_known(outcome: Outcome, more: dict[str, object], words: str) -> None:
    text = bisection_text(found(outcome, **more), NOW)
    assert text.startswith(words)
    assert "regressed with" not in text
    assert "1 of 20" not in text


def test_a_range_says_how_much_is_left() -> None:
    text = bisection_text(found("cannot tell", between=3), NOW)
    assert "Of the 3 versions in between none could be told from noise" in text
    assert "What changed between these two" in text


def test_a_search_that_stopped_before_its_ends_were_compared() -> None:
    good, bad = GOOD._replace(rate=None), BAD._replace(rate=None)
    stopped = replace(found("stopped"), last_good=None, first_bad=None, diff=None, good=good, bad=bad, tested=())
    text = bisection_text(stopped, NOW)
    assert text == "The search stopped.\n\n\nSuite meeting, model small · 9 versions in between · $0.012\n"


def test_json_has_it_all_and_explains_every_key() -> None:
    text = bisection_json(found())
    data = json.loads(text)
    assert text.isascii()
    assert (data["format"], data["outcome"], data["firstBad"]["commit"]) == (FORMAT, "found", "c" * 40)
    assert data["change"]["changes"][0]["cases"] == ["lyon"]
    assert [one["standing"] for one in data["tested"]] == ["good", "not tested", "bad"]
    assert data["good"]["rate"] == {"n": 24, "rate": 0.92, "low": 0.92 - 0.1, "high": 1.0, "groups": None}
    explained = bisection_json.__doc__ or ""
    for key in [*data, *data["good"]]:
        assert key in explained, key


@pytest.mark.parametrize("color", [False, True])
def test_no_text_of_others_acts_on_a_terminal(color: bool) -> None:
    about = CommitSummary(HOSTILE, 10**11, HOSTILE * 100, 1)
    first = FIRST._replace(about=about, problem="")
    bad = replace(found(), criterion=HOSTILE, suite=HOSTILE, model=HOSTILE, first_bad=first, notes=(HOSTILE,))
    text = bisection_text(replace(bad, diff=change(HOSTILE, HOSTILE * 2), tested=(first,)), NOW, color=color)
    assert not re.search(r"\x1b\[(?!1m|2m|0m|4m|24m|31m|32m)|\x1b[^\[]|[\u202e\u200b\x00]", text)
    assert not re.search(r"^::", text, re.MULTILINE)
