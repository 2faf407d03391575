"""The first line says why a check is red, and never another thing than its exit code."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptops.cli.github.step_outputs import check_outputs
from promptops.model.finding import Finding, Span
from promptops.model.outcomes.check import CheckProblem, CheckResult, ComparisonBase
from promptops.model.results import GateResult, Results, Unmeasured
from promptops.report.comment.compose import check_comment, refreshed_comment
from promptops.report.comment.headline import headline
from promptops.report.comment.mend import mend_title
from tests.report import factory

BASE = ComparisonBase("4f2a91c" + "0" * 33, "where it left main")
MARKER = "<!-- promptops -->"
FAILED_GATE = GateResult("tone", "at least 75%", "failed", blocks=True)


def finding(severity: str = "error", line: int = 3) -> Finding:
    path = PurePosixPath("prompts/a.prompt.yml")
    return Finding(path, Span.at(line, 1), "P101", "'x' is declared but never used", "", severity)  # type: ignore[arg-type]


def suite(name: str = "greet", *gates: GateResult, unmeasured: bool = False) -> Results:
    silent = (Unmeasured("replies", "every call failed"),) if unmeasured else ()
    return replace(factory.comparison(), suite=name, gates=gates, unmeasured=silent)


def first_line(checked: CheckResult) -> str:
    return check_comment(checked).split("\n")[1]


RED = {
    "a finding": (CheckResult(BASE, (finding(),)), "this change brings 1 problem (prompts/a.prompt.yml:3: P101 'x' is"),
    "findings without a base": (CheckResult(ComparisonBase(None, "new"), (finding(),)), "lint finds 1 problem"),
    "a gate": (CheckResult(BASE, results=(suite("greet", FAILED_GATE),)), "the gate 'tone: at least 75%' does not"),
    "gates": (
        CheckResult(BASE, results=(suite("greet", FAILED_GATE, replace(FAILED_GATE, criterion="form")),)),
        "greet: two gates do not hold",
    ),
    "a suite that is broken": (CheckResult(BASE, problems=(CheckProblem("odd", "line 3"),)), "odd not measured"),
    "a missing key": (
        CheckResult(BASE, problems=(CheckProblem("", "FAR_KEY is not set", "set it", "FAR_KEY"),)),
        "FAR_KEY is not set",
    ),
    "the budget": (
        CheckResult(BASE, results=(suite(),), problems=(CheckProblem("greet", "the run stopped: the budget"),)),
        "greet not measured",
    ),
    "a run that measured nothing": (CheckResult(BASE, results=(suite(unmeasured=True),)), "greet not measured"),
    "settings that cannot be read": (
        CheckResult(BASE, problems=(CheckProblem("", "promptops.yml:1:1: no"),)), "promptops.yml:1:1: no",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("checked", "why"), RED.values(), ids=RED)
def test_why_a_check_is_red_stands_in_its_first_line(checked: CheckResult, why: str) -> None:
    assert checked.exit_code
    assert why in headline(checked)
    shown = first_line(checked)
    assert not shown.startswith("### Passed")
    if not mend_title(checked):
        assert why.split(" (")[0] in shown.replace("\\", "")
    assert check_outputs(checked, Path("x"), None)["reason"] == headline(checked)


def test_a_green_one_says_so_and_that_it_got_worse() -> None:
    assert first_line(CheckResult(BASE, looked_at="no problems")) == "### Passed: this change brings no problem"
    assert "touches nothing" in first_line(CheckResult(BASE, looked_at="no problems", reached=False))
    worse = replace(suite("greet"), comparisons=tuple(replace(c, overall="worse") for c in suite().comparisons))
    assert first_line(CheckResult(BASE, results=(worse,))).startswith("### Passed, although greet got worse")


@pytest.mark.parametrize(
    ("accepted", "words"),
    [
        (0, "no gate fails"),
        (1, "the gate that does not hold was accepted"),
        (2, "two gates that do not hold were accepted"),
    ],
)
def test_a_green_one_does_not_say_that_no_gate_fails_where_one_was_accepted(accepted: int, words: str) -> None:
    gates = [replace(FAILED_GATE, blocks=False, accepted="@ana: we know")] * accepted
    checked = CheckResult(BASE, results=(suite("greet", GateResult("form", "at least 75%", "passed"), *gates),))
    assert first_line(checked) == f"### Passed: {words}"


def test_what_was_not_measured_comes_first_and_the_rest_below_it() -> None:
    both = CheckResult(BASE, (finding(),), results=(suite("b", FAILED_GATE),), problems=(CheckProblem("a", "why"),))
    lines = check_comment(both).split("\n")
    assert lines[1] == "### Not everything could be checked: a not measured"
    assert lines[2].startswith("**Besides:** ")
    assert "does not hold" in lines[2]
    assert "this change brings 1 problem" in lines[2]
    assert "besides: b: the gate" in headline(both)


def test_an_owners_word_changes_what_the_first_lines_say_of_gates_and_nothing_else() -> None:
    results = (suite("greet", FAILED_GATE),)
    accepted = (suite("greet", replace(FAILED_GATE, blocks=False, accepted="@ana")),)
    page = check_comment(CheckResult(BASE, results=results), MARKER)
    done = refreshed_comment(page, accepted, MARKER).split("\n")[1]
    assert done.startswith("### Nothing fails any more, with what was said since")
    assert (
        "does not hold"
        in refreshed_comment("\n".join([MARKER, done, *page.split("\n")[2:]]), results, MARKER).split("\n")[1]
    )
    with_lint = check_comment(CheckResult(BASE, (finding(),), "1 problem", results), MARKER)
    left = refreshed_comment(with_lint, accepted, MARKER).split("\n")[1]
    assert left.startswith("### Failed: this change brings 1 problem (")
    again = refreshed_comment("\n".join([MARKER, left, *with_lint.split("\n")[2:]]), results, MARKER).split("\n")[1]
    assert "the gate 'tone: at least 75%' does not hold" in again
    assert "this change brings 1 problem" in again
    green = check_comment(CheckResult(BASE, results=accepted), MARKER)
    assert "does not hold" in refreshed_comment(green, results, MARKER).split("\n")[1]
    unmeasured = check_comment(CheckResult(BASE, results=results, problems=(CheckProblem("a", "why"),)), MARKER)
    kept = refreshed_comment(unmeasured, accepted, MARKER).split("\n")
    assert kept[1] == "### Not everything could be checked: a not measured"
    assert "does not hold" not in kept[2]


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
        st.sampled_from(["worse", "better", "not measured", "unchanged"]),
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
    lines = check_comment(checked).split("\n")
    is_green = lines[1].startswith("### Passed")
    assert is_green == headline(checked).startswith("Passed") == (checked.exit_code == 0) == (not checked.failures)
    assert (checked.exit_code == 2) == lines[1].startswith(("### Not measured", "### Not everything"))
    to_mend = re.match(r"### (One thing|\w+ things) to mend", lines[1])
    assert (checked.exit_code == 1) == (lines[1].startswith("### Failed: ") or to_mend is not None)
    assert (checked.verdict in ("error", "not-measured")) == (checked.exit_code == 2)
    assert (checked.verdict == "blocked") == (checked.exit_code == 1)
    told = "\n".join(lines[1:3])
    assert ("does not hold" in told or "gates do not hold" in told) == any(f.kind == "gate" for f in checked.failures)
    assert (("problem" in told or to_mend is not None) and not is_green) == checked.lint_failed
