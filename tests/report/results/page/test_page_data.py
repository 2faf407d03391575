"""What the page knows of cases that it has not loaded, and where its drawings put things."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from promptops.model.results import MeasureComparison
from promptops.report.results.criteria_table import criteria_rows
from promptops.report.results.page.case_index import CHANGED, CUT, NEW_ONLY, NO_RULE, OLD_ONLY, case_index
from promptops.report.results.page.change_axis import ChangeAxis
from promptops.report.results.page.quality_and_price import quality_and_price
from promptops.report.results.results_view import ResultsView
from tests.report.factory import comparison, first_run, two_models


def test_every_case_has_its_flags_its_tags_and_what_it_is_ordered_by() -> None:
    run = comparison()
    changes: dict[str, dict[str, Any]] = {
        "case-4": {"finish_reason": "length", "text": "Ana tells the customer.", "latency": 3.25},
        "case-5": {"scores": {}},
    }
    samples = tuple(replace(s, **changes.get(s.case, {})) if s.arm == 1 else s for s in run.samples)
    samples = tuple(replace(s, scores={}) if s.case == "case-5" else s for s in samples)
    found = case_index(ResultsView(replace(run, samples=samples)), run.cases)
    place = {case: index for index, case in enumerate(found["ids"])}
    [flags], [changed], [length], [latency] = (found[name] for name in ("flags", "changed", "length", "latency"))
    assert found["tags"] == ["short"]
    assert found["tagged"][:2] == [[], [0]]
    assert flags[place["lyon-pilot"]] == CHANGED
    assert flags[place["case-4"]] == CHANGED | CUT
    assert flags[place["case-5"]] == CHANGED | NO_RULE
    assert (flags[6], flags[7]) == (NEW_ONLY, OLD_ONLY)
    assert changed[place["case-4"]] > changed[place["lyon-pilot"]] > 0
    assert (length[place["case-4"]], latency[place["case-4"]]) == (23, 3250)
    assert latency[7] == -1  # the newer version was not asked


def test_replies_that_differ_at_their_ends_or_in_the_order_of_their_tries_have_not_changed() -> None:
    run = comparison()
    samples = tuple(replace(s, text=" " if s.arm else "\n", tool_calls=()) for s in run.samples)
    found = case_index(ResultsView(replace(run, samples=samples)), run.cases)
    assert (found["changed"][0][0], found["flags"][0][0]) == (0, 0)
    tries = tuple(replace(s, trial=t, text="ab"[t ^ s.arm], tool_calls=()) for s in run.samples for t in (0, 1))
    found = case_index(ResultsView(replace(run, samples=tries, trials=2)), run.cases)
    assert found["flags"][0][0] == 0


def test_each_model_has_flags_of_its_own() -> None:
    run = two_models()
    samples = tuple(replace(s, text="alike", tool_calls=()) if s.arm >= 2 else s for s in run.samples)
    small, large = case_index(ResultsView(replace(run, samples=samples)), run.cases)["flags"]
    assert (small[0] & CHANGED, large[0] & CHANGED) == (CHANGED, 0)


def test_a_run_without_cases_has_empty_columns() -> None:
    assert case_index(ResultsView(first_run()), ())["flags"] == [[]]


def test_the_axis_is_the_same_for_all_rows_and_wider_only_where_it_must_be() -> None:
    rows = criteria_rows(ResultsView(comparison()))
    narrow = ChangeAxis(rows)
    assert [label for _, label in narrow.ticks] == ["−50", "0", "+50"]
    assert [float(narrow.place(change)) for change in (-0.5, -0.1, 0, 0.5, 0.9)] == [10, 82, 100, 190, 190]
    wide = ChangeAxis([replace(rows[0], found=replace(rows[0].found, high=0.8))])
    assert [float(wide.place(change)) for change in (-1, -0.5, 0, 0.5, 1)] == [10, 55, 100, 145, 190]
    assert [float(at) for at, _ in wide.ticks] == [55, 100, 145]


def test_the_picture_has_each_version_of_each_model_with_the_bars_it_has() -> None:
    found = quality_and_price(ResultsView(two_models()))
    assert found["cost"] == [
        [0.41, None, None],
        [0.44, 0.41 * 1.05, 0.41 * 1.11],
        [2.1, None, None],
        [2.2, 2.1 * 1.02, 2.1 * 1.08],
    ]
    assert found["rates"][0][1] == [0.92, 0.8, 1.0]
    assert found["rates"][4] == [None] * 4  # nobody has judged it


def test_what_is_unknown_is_no_nought_and_without_any_figure_there_is_no_picture() -> None:
    run = comparison()
    cost = MeasureComparison("cost", "usd per 1000", 0.4, None)
    latency = MeasureComparison("latency", "seconds", None, None)
    part = replace(run, comparisons=(replace(run.comparisons[0], measures=(cost,)),))
    assert quality_and_price(ResultsView(part))["cost"] == [[0.4, None, None], None]
    none = replace(run, comparisons=(replace(run.comparisons[0], measures=(latency,)),))
    assert quality_and_price(ResultsView(none)) == {}
    assert quality_and_price(ResultsView(first_run())) == {}
