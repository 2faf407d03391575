"""Finding cases on the page: several filters at once, orders, and links that lead to what is shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from promptops.model.results import Results
from tests.report.factory import comparison, first_run, many_cases, two_models
from tests.report.results.conftest import Open

pytestmark = pytest.mark.browser


def choose(page: Page, words: str) -> None:
    page.locator("fieldset label", has_text=words).click()


def ids(page: Page) -> list[str]:
    return page.locator("#list details.case > summary > b").all_inner_texts()


def cut(run: Results, *cases: str) -> Results:
    """The run with the newer replies to these cases cut off."""
    return replace(
        run,
        samples=tuple(replace(s, finish_reason="length") if s.arm == 1 and s.case in cases else s for s in run.samples),
    )


def test_a_case_is_shown_that_is_all_that_was_chosen(opened: Open) -> None:
    page = opened(cut(comparison(), "lyon-pilot", "case-9"))
    count = page.locator("#count")
    expect(count).to_have_text("3 of 22 cases got worse; 2 held-out cases are never shown")
    expect(page.locator("#n-cut")).to_have_text("1")  # of the three
    choose(page, "cut off")
    expect(count).to_contain_text("1 of 22 cases got worse and cut off")
    assert ids(page) == ["lyon-pilot"]
    choose(page, "got worse")
    expect(page.locator("#list details.case")).to_have_count(2)
    choose(page, "short")  # the tag
    expect(count).to_contain_text("cut off and tagged short")
    assert ids(page) == []
    page.get_by_role("button", name="show all cases").click()
    expect(page.locator("#list details.case")).to_have_count(22)
    choose(page, "reply changed")
    expect(count).to_contain_text("19 of 22 cases reply changed")  # two have one side only, one call failed


def test_cases_that_no_rule_looks_at_are_found(opened: Open) -> None:
    run = comparison()
    blind = replace(
        run, samples=tuple(replace(s, scores={}) if s.case in ("case-4", "case-5") else s for s in run.samples)
    )
    page = opened(blind, "#show=unruled")
    expect(page.locator("#count")).to_contain_text("2 of 22 cases no rule looks at it")
    assert ids(page) == ["case-4", "case-5"]


def test_what_is_shown_stands_in_the_address_and_a_link_leads_back_to_it(opened: Open) -> None:
    page = opened(cut(comparison(), "lyon-pilot"), permissions=["clipboard-read", "clipboard-write"])
    choose(page, "cut off")
    page.locator("#criterion").select_option(label="is polite")
    page.locator("#sort").select_option("longest")
    page.locator("#find").fill("Lyon pilot")
    address = "#show=worse,cut&criterion=is+polite&find=Lyon+pilot&sort=longest"
    expect(page).to_have_url(page.url.split("#")[0] + address)
    page.get_by_role("button", name="copy link").first.click()
    expect(page.get_by_role("button", name="copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    again = page.context.new_page()
    again.goto(link)
    expect(again.locator("#list details.case")).to_have_count(1)
    expect(again.locator("#find")).to_have_value("Lyon pilot")
    assert again.locator("#criterion option:checked").inner_text() == "is polite"
    assert again.locator("input[name=show]:checked").count() == 2


def test_a_link_opens_its_case_whatever_the_filters_hide(opened: Open) -> None:
    page = opened(comparison(), "#case=case-9&show=worse")
    opened_case = page.locator("#list details.case[open]")
    expect(opened_case.locator("summary b").first).to_have_text("case-9")
    expect(opened_case.locator(".pair")).to_be_visible()
    assert "got worse" in page.locator("#count").inner_text()
    page.evaluate("location.hash = '#case=lyon-pilot'")
    expect(opened_case.locator("summary b").first).to_have_text("lyon-pilot")


def test_opening_a_case_puts_it_into_the_address_and_closing_takes_it_out(opened: Open) -> None:
    page = opened(comparison())
    first = page.locator("#list details.case > summary").first
    first.click()
    expect(page).to_have_url(page.url.split("#")[0] + "#case=lyon-pilot&show=worse")
    first.click()
    expect(page).to_have_url(page.url.split("#")[0] + "#show=worse")


@pytest.mark.parametrize("address", ["#cases", "#show=nonsense&sort=no&tag=none&criterion=no", "#case=nobody", "#%"])
def test_an_address_that_says_nothing_known_shows_cases_all_the_same(opened: Open, address: str) -> None:
    page = opened(comparison(), address)
    expect(page.locator("#list details.case").first).to_be_visible()


def test_cases_come_in_the_order_that_is_asked_for(opened: Open) -> None:
    run = comparison()
    changed: dict[str, dict[str, Any]] = {
        "case-5": {"latency": 9.0},
        "case-6": {"text": "long " * 100},
        "case-9": {"text": "Nothing alike."},
    }
    run = replace(run, samples=tuple(replace(s, **changed.get(s.case, {})) if s.arm == 1 else s for s in run.samples))
    page = opened(run, "#show=all")
    first = page.locator("#list details.case > summary > b").first
    for sort, case in (("slowest", "case-5"), ("longest", "case-6"), ("changed", "case-9"), ("worst", "lyon-pilot")):
        page.locator("#sort").select_option(sort)
        expect(first).to_have_text(case)


def test_without_a_base_the_worst_is_what_fails_most(opened: Open) -> None:
    page = opened(first_run())
    data = page.evaluate("JSON.parse(document.getElementById('data').textContent)")
    fails = [len(mark.get("fails", [])) for mark in data["marks"]]
    assert ids(page) == [data["ids"][i] for i in sorted(range(len(fails)), key=lambda i: (-fails[i], i))]
    assert page.locator("input[value=worse]").count() == 0  # nothing is compared


def test_a_model_that_is_chosen_is_the_one_that_filters_ask(opened: Open) -> None:
    run = two_models()
    page = opened(replace(run, samples=tuple(replace(s, text="alike") if s.arm >= 2 else s for s in run.samples)))
    page.locator("#model").select_option(label="large")
    expect(page.locator("#n-worse")).to_have_text("0")
    choose(page, "got worse")
    choose(page, "reply changed")
    expect(page.locator("#count")).to_contain_text("1 of 22")  # the one that called a function instead


def test_filters_know_of_cases_that_are_not_loaded_yet(opened: Open) -> None:
    run = many_cases(1201)
    late = {"c1100", "c700"}
    run = replace(
        run,
        cases=tuple(replace(case, tags=("late",) if case.id in late else ()) for case in run.cases),
        samples=tuple(replace(s, finish_reason="length" if s.case in late else "stop") for s in run.samples),
    )
    page = opened(run, "#show=cut&tag=late")
    expect(page.locator("#count")).to_have_text("2 of 1,201 cases cut off and tagged late")
    assert ids(page) == ["c700", "c1100"]
    page.goto(page.url.split("#")[0] + "#case=c1199")
    expect(page.locator("#list details.case[open] .pair")).to_be_visible()
    assert page.locator("script[src]").count() <= 2  # the part of that case, and those that came into sight


def test_a_case_that_cannot_be_loaded_says_why(opened: Open) -> None:
    page = opened(many_cases(1201), "#case=c1199&show=all", alone=True)
    expect(page.locator("#list details.case[open] .body")).to_contain_text("which is not beside this page")
