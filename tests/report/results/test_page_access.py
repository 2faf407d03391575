"""The page by keyboard, on a phone, in the dark, and as axe-core sees it."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from promptops.model.chat.message import ToolCall
from promptops.model.outcomes.check import CheckResult, ComparisonBase, SavedReport
from promptops.report.check.html import check_html
from tests.report.factory import comparison, two_models
from tests.report.results.conftest import Open

pytestmark = pytest.mark.browser
DARK = {"color_scheme": "dark"}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")


def violations(page: Page) -> list[Any]:
    page.evaluate(AXE)
    found = page.evaluate("axe.run()")["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]


def with_everything() -> Any:
    """A comparison whose first case has JSON and calls."""
    run = comparison()
    samples = tuple(
        replace(s, text='{"a": 1}', tool_calls=(ToolCall("f", '{"a": 1, "b": 2}'),)) if s.case == "lyon-pilot" else s
        for s in run.samples
    )
    return replace(run, samples=samples)


@pytest.mark.parametrize(
    ("make", "view"),
    [(with_everything, {}), (with_everything, DARK), (with_everything, PHONE), (two_models, PHONE | DARK)],
)
def test_axe_finds_nothing(opened: Open, make: Any, view: dict[str, Any]) -> None:
    page = opened(make(), bypass_csp=True, **view)
    if "has_touch" in view:
        page.get_by_role("button", name="Filters").click()
    for case in page.locator("#list details.case > summary").all()[:2]:
        case.click()
    page.locator("#list details.case details > summary").first.click()
    assert violations(page) == []
    if "has_touch" not in view:
        page.keyboard.press("?")
        expect(page.locator("dialog")).to_be_visible()
        assert violations(page) == []


def test_cases_are_read_by_keys_alone(opened: Open) -> None:
    page = opened(comparison())
    focused = page.locator("#list details.case > summary:focus > b")
    for key, case in (("j", "lyon-pilot"), ("j", "berlin-kickoff"), ("k", "lyon-pilot"), ("k", "lyon-pilot")):
        page.keyboard.press(key)
        expect(focused).to_have_text(case)
    page.keyboard.press("o")
    expect(page.locator("details.case[open]")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("details.case[open]")).to_have_count(0)
    expect(focused).to_have_text("lyon-pilot")
    page.keyboard.press("w")
    expect(page.locator("#list details.case")).to_have_count(22)
    page.keyboard.press("/")
    page.keyboard.type("jo?")  # in the field they are letters
    expect(page.locator("#find")).to_have_value("jo?")
    expect(page.locator("dialog")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator("#find")).not_to_be_focused()
    page.keyboard.press("Control+d")
    assert page.locator("#list.unmarked").count() == 0  # a key of the browser's own


def test_a_question_mark_lists_the_keys_that_there_are(opened: Open) -> None:
    page = opened(comparison())
    page.keyboard.press("?")
    dialog = page.locator("dialog")
    expect(dialog).to_be_visible()
    assert dialog.locator("kbd").all_inner_texts() == ["j", "k", "o", "d", "w", "/", "?", "Esc"]
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="keys").click()
    expect(dialog).to_be_visible()


def test_on_a_phone_the_filters_are_behind_one_button_and_criteria_are_cards(opened: Open) -> None:
    page = opened(comparison(), **PHONE)
    form, button = page.locator("#form"), page.get_by_role("button", name="Filters (1)")
    expect(form).to_be_hidden()
    bar = page.locator("#controls").bounding_box()
    assert bar is not None
    assert bar["height"] <= 57  # its line included
    button.click()
    expect(form).to_be_visible()
    page.locator("#which label", has_text="got worse").click()
    expect(page.locator("#list details.case")).to_have_count(22)
    expect(page.get_by_role("button", name="Filters", exact=True)).to_have_attribute("aria-expanded", "true")
    cells = page.locator("table.criteria tbody tr").first.locator("td")
    assert cells.first.evaluate("n => getComputedStyle(n.parentNode).display") == "flex"
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    for target in page.locator("button, select, input[type=search], fieldset label, summary, table.criteria a").all():
        if target.is_visible():
            box = target.bounding_box()
            assert box is not None
            assert min(box["height"], box["width"]) >= 44, target.evaluate("n => n.outerHTML")[:200]


def test_an_interval_has_an_axis_that_says_which_way_is_better(opened: Open) -> None:
    page = opened(comparison())
    head = page.locator("table.criteria thead th", has_text="change in points")
    assert head.locator("svg text").all_text_contents() == ["−50", "0", "+50"]
    assert head.locator(".toward").inner_text().split("\n") == ["worse ←", "→ better"]
    zero = head.locator("svg text").nth(1).bounding_box()
    row = page.locator("table.criteria tr", has_text="is polite")
    line, point = row.locator("line.zero").bounding_box(), row.locator("circle").bounding_box()
    assert zero
    assert line
    assert point
    assert abs(zero["x"] + zero["width"] / 2 - line["x"]) < 2  # the axis stands over the rows
    assert point["x"] < line["x"]  # worse is on the left


@pytest.mark.parametrize("view", [{}, PHONE | DARK])
def test_axe_finds_nothing_on_the_page_over_all_suites(opened: Open, view: dict[str, Any]) -> None:
    checked = CheckResult(ComparisonBase("a" * 40, "main"), results=(comparison(owners=("@ana",)), two_models()))
    page = opened(check_html(SavedReport(checked, ("a", "b"))), bypass_csp=True, **view)
    assert page.locator("table.suites a").count() == 2
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]  # type: ignore[index]
