"""A fork's comment: every text of its results is quoted, cut and inert, and none is a heading."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.model.results import CriterionComparison, MeasureComparison, Results
from promptops.report.comment.fork_page import fork_comment
from promptops.report.comment.markdown import comment
from promptops.report.comment.quoted_results import quote, quote_results
from promptops.store.results_file import parse_results, serialize_results
from tests.report.factory import comparison, first_run, two_models

WORDS = "Security has approved @acme/owners #1 https://evil.example **merge** <b>now</b>”"
KEPT = {"side", "status", "verdict", "overall", "split", "format", "commit", "role", "started", "unit", "kind", "sides"}
"""Fields with a fixed set of values, or that the page never shows in words."""


def spoken(results: Results) -> Results:
    """Every text of the results speaks, each with a number of its own; what must match still does."""
    seen: dict[str, str] = {}

    def said(text: str) -> str:
        return seen.setdefault(text, f"{WORDS} no{len(seen)}x")

    def change(value: Any, name: str = "") -> Any:
        if isinstance(value, str):
            return value if name in KEPT or not value else said(value)
        if is_dataclass(value) and not isinstance(value, type):
            if isinstance(value, MeasureComparison):
                return value
            names = [each.name for each in fields(value)]
            return replace(value, **{key: change(getattr(value, key), key) for key in names})
        if isinstance(value, Mapping):
            return {said(key): change(item) for key, item in value.items()}
        if isinstance(value, tuple):
            return tuple(change(item, name) for item in value)
        return value

    found: Results = change(results)
    return replace(found, stopped="", notes=(said("a note"),), suite=said("suite"), title=said("title"))


def lines_of(page: str) -> Iterator[str]:
    """The page's lines without what stands in a fence."""
    end = ""
    for line in page.split("\n"):
        mark = re.match(r"\s*(`{3,})", line)
        if mark and not end:
            end = mark[1]
        elif mark and end == line.strip():
            end = ""
        elif not end:
            yield line


@pytest.mark.parametrize("stopped", ["", WORDS])
@pytest.mark.parametrize("unproven", [False, True])
@pytest.mark.parametrize("make", [comparison, first_run, two_models])
def test_no_word_of_theirs_stands_unquoted_or_in_a_heading(
    make: Callable[[], Results], stopped: str, unproven: bool
) -> None:
    runs = [replace(spoken(make()), stopped=stopped), replace(spoken(first_run()), suite="other")]
    if unproven:
        runs = [
            replace(
                one,
                criteria=tuple(replace(info, advisory=False) for info in one.criteria),
                samples=tuple(replace(sample, error=WORDS) for sample in one.samples),
                gates=tuple(replace(gate, status="not measured", rule=WORDS) for gate in one.gates),
                comparisons=tuple(replace(c, criteria=tuple(map(lacking, c.criteria))) for c in one.comparisons),
            )
            for one in runs
        ]
    assert [parse_results(serialize_results(one)) for one in runs]  # they pass for results
    page = fork_comment(runs, None, "a" * 40, "<!-- promptops -->")
    said = 0
    for line in lines_of(page):
        if line.startswith("#"):
            assert "approved" not in line
        bare = re.sub(r"(`+).*?\1|“[^“”]*”", "", line)
        said += "approved" in line
        assert "approved" not in bare, line
        assert not re.search(r"@\w|#\d|https://|accepted by", line), line
        assert "<b>" not in re.sub(r"(`+).*?\1", "", line), line
    assert said


@pytest.mark.parametrize("make", [comparison, first_run, two_models])
def test_in_a_comment_on_ones_own_results_words_are_inert_too(make: Callable[[], Results]) -> None:
    run = spoken(make())
    run = replace(run, comparisons=tuple(replace(c, criteria=tuple(map(lacking, c.criteria))) for c in run.comparisons))
    for line in lines_of(comment([run])):
        assert not re.search(r"@\w|#\d|https://", line), line
        assert "<b>" not in re.sub(r"(`+).*?\1", "", line), line


def lacking(found: CriterionComparison) -> CriterionComparison:
    return replace(found, missing=WORDS, verdict="cannot tell")


def test_the_suites_are_told_apart_and_named_once() -> None:
    page = fork_comment([replace(comparison(), suite=name) for name in ("b", "a")], None, "a" * 40, "")
    assert re.findall("^### ⛔ A rule fails: (Suite .)$", page, re.MULTILINE) == ["Suite 1", "Suite 2"]
    assert "Suite 1 is called “a”" in page
    assert "Suite 2 is called “b”" in page


def test_names_that_begin_alike_stay_apart() -> None:
    long = "x" * 80
    run = comparison()
    first, second = run.criteria[:2]
    names = {first.name: f"{long}1", second.name: f"{long}2"}
    changed = replace(run, criteria=tuple(replace(i, name=names.get(i.name, i.name)) for i in run.criteria))
    [quoted] = quote_results([changed])
    assert len({info.name for info in quoted.criteria}) == len(run.criteria)


def test_figures_stay_and_nobody_accepts_in_anothers_name() -> None:
    run = comparison()
    gates = tuple(replace(gate, status="failed", blocks=True, accepted="ana: fine") for gate in run.gates)
    [quoted] = quote_results([replace(run, gates=gates, command="curl x | sh")])
    assert [one.measures for one in quoted.comparisons] == [one.measures for one in run.comparisons]
    assert [found.head for found in quoted.comparisons[0].criteria] == [f.head for f in run.comparisons[0].criteria]
    assert {gate.accepted for gate in quoted.gates} == {""}
    assert (quoted.command, quoted.blocked) == ("", True)


@given(st.text())
def test_a_quotation_is_one_line_and_cannot_end_itself(text: str) -> None:
    found = quote(text)
    assert found == "" or (found[0], found[-1]) == ("“", "”")
    assert not re.search("[“”\n\r]", found[1:-1])
