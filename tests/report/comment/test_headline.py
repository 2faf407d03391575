"""The first line says why a check is red, and never another thing than its exit code."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptops.cli.github.step_outputs import check_outputs
from promptops.evals.unmeasured import with_unmeasured
from promptops.model.finding import Finding, Span
from promptops.model.outcomes.check import CheckProblem, CheckResult, ComparisonBase
from promptops.model.results import GateResult, Results, Unmeasured
from promptops.report.comment.compose import check_comment, refreshed_comment
from promptops.report.comment.headline import headline
from tests.report import factory

BASE = ComparisonBase("4f2a91c" + "0" * 33, "where it left main")
MARKER = "<!-- promptops -->"
RULE = "⛔ A rule fails: Meeting summary"
FAILED_GATE = GateResult("tone", "at least 75%", "failed", blocks=True)


def finding(severity: str = "error", line: int = 3) -> Finding:
    path = PurePosixPath("prompts/a.prompt.yml")
    return Finding(path, Span.at(line, 1), "P101", "'x' is declared but never used", "", severity)  # type: ignore[arg-type]


def suite(name: str = "greet", *gates: GateResult, unmeasured: bool = False) -> Results:
    silent = (Unmeasured("replies", "every call failed"),) if unmeasured else ()
    return replace(factory.comparison(), suite=name, gates=gates, unmeasured=silent)


def failed() -> Results:
    one = suite()
    return with_unmeasured(replace(one, samples=tuple(replace(s, error="time-out", scores={}) for s in one.samples)))


def first_line(checked: CheckResult) -> str:
    return next(line for line in check_comment(checked).split("\n") if line and not line.startswith("<!--"))


RED = {
    "a finding": (CheckResult(BASE, (finding(),)), "this change brings 1 problem (prompts/a.prompt.yml:3", "One thing"),
    "findings without a base": (CheckResult(ComparisonBase(None, "new"), (finding(),)), "lint finds 1", "One thing to"),
    "a gate": (CheckResult(BASE, results=(suite("greet", FAILED_GATE),)), "'tone ≥ 75%' fails", RULE),
    "gates": (
        CheckResult(BASE, results=(suite("greet", FAILED_GATE, replace(FAILED_GATE, criterion="form")),)),
        "greet: two rules fail",
        RULE,
    ),
    "a suite that is broken": (
        CheckResult(BASE, problems=(CheckProblem("odd", "line 3"),)), "odd not measured", "❔ Not measured: odd",
    ),
    "a missing key": (
        CheckResult(BASE, problems=(CheckProblem("", "FAR KEY is not set", "set it", "FAR_KEY"),)),
        "FAR KEY is not set",
        "❔ Not measured: FAR KEY is not set",
    ),
    "the budget": (
        CheckResult(BASE, results=(suite(),), problems=(CheckProblem("greet", "the run stopped: the budget"),)),
        "greet not measured",
        "❔ Not measured: greet",
    ),
    "a run that measured nothing": (
        CheckResult(BASE, results=(failed(),)), "greet not measured", "❔ Not measured: Meeting summary",
    ),
    "settings that cannot be read": (
        CheckResult(BASE, problems=(CheckProblem("", "promptops.yml:1:1: no"),)),
        "promptops.yml:1:1: no",
        "❔ Not measured: promptops.yml:1:1: no",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("checked", "why", "heading"), RED.values(), ids=RED)
def test_why_a_check_is_red_stands_in_its_log_and_what_that_means_in_its_heading(
    checked: CheckResult, why: str, heading: str
) -> None:
    assert checked.exit_code
    assert why in headline(checked)
    assert first_line(checked).startswith(f"### {heading}")
    assert check_outputs(checked, Path("x"), None)["reason"] == headline(checked)


def test_a_green_one_without_a_comparison_says_so_and_one_with_it_how_it_went() -> None:
    assert first_line(CheckResult(BASE, looked_at="no problems")) == "### Passed: this change brings no problem"
    assert "touches nothing" in first_line(CheckResult(BASE, looked_at="no problems", reached=False))
    worse = replace(suite("greet"), comparisons=tuple(replace(c, overall="worse") for c in suite().comparisons))
    assert first_line(CheckResult(BASE, results=(worse,))) == "### ❌ Worse: Meeting summary"
    assert headline(CheckResult(BASE, results=(worse,))).startswith("Passed, although greet got worse")
    same = CheckResult(BASE, looked_at="no problems", results=(factory.unchanged(),))
    assert first_line(same) == "### Passed: this change brings no problem"


@pytest.mark.parametrize(
    ("accepted", "words"),
    [
        (0, "no rule fails"),
        (1, "the rule that does not hold was accepted"),
        (2, "two rules that do not hold were accepted"),
    ],
)
def test_a_green_one_does_not_say_that_no_rule_fails_where_one_was_accepted(accepted: int, words: str) -> None:
    gates = [replace(FAILED_GATE, blocks=False, accepted="@ana: we know")] * accepted
    checked = CheckResult(BASE, results=(suite("greet", GateResult("form", "at least 75%", "passed"), *gates),))
    assert headline(checked) == f"Passed: {words}"


def test_nothing_stands_above_the_results_own_heading_but_what_they_do_not_say() -> None:
    both = CheckResult(BASE, (finding(),), results=(suite("b", FAILED_GATE),), problems=(CheckProblem("a", "why"),))
    page = check_comment(both)
    assert first_line(both) == "### ❔ Not measured: a"
    assert page.index("### ❔ Not measured: a") < page.index(f"### {RULE}")
    assert "besides: b: the rule" in headline(both)
    lint_too = CheckResult(BASE, (finding(),), "1 problem", (suite("b", FAILED_GATE),))
    assert first_line(lint_too) == f"### {RULE}"
    assert "One thing to mend in" in check_comment(lint_too)


def test_an_owners_word_makes_heading_sentence_and_rules_anew() -> None:
    results = (suite("greet", FAILED_GATE),)
    accepted = (suite("greet", replace(FAILED_GATE, blocks=False, accepted="@ana: we know")),)
    page = check_comment(CheckResult(BASE, results=results), MARKER)
    done = refreshed_comment(page, accepted, MARKER)
    assert RULE in page
    assert RULE not in done
    assert "### ⚖️ Better and worse: Meeting summary\n" in done
    assert "which @\u2060ana accepted." in done
    assert refreshed_comment(done, results, MARKER) == page


def test_a_page_of_an_earlier_version_says_nothing_of_gates_above_its_results_any_more() -> None:
    marked = "<!-- promptops gates -->greet: the gate 'tone' does not hold<!-- end of promptops gates -->"
    new = check_comment(CheckResult(BASE, results=(suite("greet", FAILED_GATE),)), MARKER)
    old = new.replace(MARKER, f"{MARKER}\n### Failed: {marked}", 1)
    assert refreshed_comment(old, (suite("greet", FAILED_GATE),), MARKER) == new


def test_it_is_one_line_whatever_names_hold() -> None:
    gate = replace(FAILED_GATE, criterion="tone\n::error::x")
    checked = CheckResult(BASE, results=(suite("a", gate),), problems=(CheckProblem("b\nverdict=better", "why\nx"),))
    assert headline(checked).splitlines() == [headline(checked)]
    assert "tone ::error::x" in headline(checked)


FINDINGS = st.lists(st.sampled_from([finding(s, n) for s in ("error", "warning", "note") for n in (1, 2)]), unique=True)
GATES = st.lists(st.sampled_from([FAILED_GATE, replace(FAILED_GATE, blocks=False)]))
SUITES = st.lists(
    st.tuples(
        st.sampled_from("abc"), GATES, st.booleans(),
        st.sampled_from(["worse", "better", "not measured", "trade-off"]),
    ),
    max_size=3, unique_by=lambda one: one[0],
)  # fmt: skip
PROBLEMS = st.lists(st.builds(CheckProblem, st.sampled_from(["", "a", "d"]), st.just("why")), max_size=2)


@settings(deadline=None, max_examples=150)
@given(FINDINGS, FINDINGS, SUITES, PROBLEMS, st.booleans())
def test_exit_code_verdict_and_first_line_never_disagree(
    findings: list[Finding], earlier: list[Finding], suites: list[Any], problems: list[CheckProblem], base: bool
) -> None:
    results = [
        replace(
            one := suite(name, *gates, unmeasured=unmeasured), comparisons=(replace(one.comparisons[0], overall=word),)
        )
        for name, gates, unmeasured, word in suites
    ]
    checked = CheckResult(
        BASE if base else ComparisonBase(None, "none"), tuple(findings), "words", tuple(results), tuple(problems),
        inherited=tuple(frozenset(earlier).intersection(findings)),
    )  # fmt: skip
    shown = first_line(checked)
    sign = shown.removeprefix("### ").split(" ")[0]
    is_red = sign in ("❔", "⛔", "One") or "things to mend" in shown
    assert is_red != headline(checked).startswith("Passed") == (checked.exit_code == 0) == (not checked.failures)
    assert is_red == bool(checked.exit_code)
    assert (checked.exit_code == 2) == headline(checked).startswith(("Not measured", "Not everything"))
    assert (sign == "❔") == (checked.exit_code == 2)
    assert (checked.verdict in ("error", "not-measured")) == (checked.exit_code == 2)
    assert (checked.verdict == "blocked") == (checked.exit_code == 1)
    page = check_comment(checked)
    assert (f"### {RULE[:14]}" in page) <= any(f.kind == "gate" for f in checked.failures)
    assert ("to mend" in page) == checked.lint_failed
