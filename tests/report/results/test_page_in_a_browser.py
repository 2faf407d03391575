"""The HTML report as a person uses it: opened, filtered, drilled into, in a real Chromium."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from promptops.model.results import Results
from tests.report.factory import comparison, first_run, hostile, many_cases, two_models
from tests.report.results.conftest import Open
from tests.report.test_html_page import ATTACKS, PAGES

pytestmark = pytest.mark.browser


def test_from_a_criterion_to_its_cases_to_messages_replies_and_reasons(opened: Open) -> None:
    page = opened(comparison())
    page.locator("table.criteria a").first.click()
    cases = page.locator("#list details.case")
    assert cases.count() > 0
    case = cases.first
    case.locator("summary").first.click()
    assert case.locator(".pair .caption").first.inner_text().startswith("before")
    assert case.locator("table.scores tbody tr").count() == 7
    inside = case.locator("details", has_text="the messages the model received, and what changed")
    inside.locator("summary").click()
    expect(inside.locator(".pair")).to_have_count(1)
    diff = inside.locator("pre.diff").first
    assert diff.locator(".del").count() + diff.locator(".add").count() > 0


def test_what_the_model_thought_is_folded_below_its_reply(opened: Open) -> None:
    results = comparison()
    samples = tuple(
        replace(sample, reasoning="First I look. <script>no</script>", reasoning_tokens=5) for sample in results.samples
    )
    page = opened(replace(results, samples=samples))
    page.locator("table.criteria a").first.click()
    case = page.locator("#list details.case").first
    case.locator("summary").first.click()
    thoughts = case.locator("details.thoughts")
    expect(thoughts).to_have_count(2)
    assert thoughts.first.locator("summary").inner_text() == "thought before it (5 tokens)"
    expect(thoughts.first.locator("pre")).not_to_be_visible()
    thoughts.first.locator("summary").click()
    expect(thoughts.first.locator("pre")).to_have_text("First I look. <script>no</script>")
    assert "5 of them thinking" in case.locator(".caption").first.inner_text()


def test_cases_are_found_by_text_and_by_what_happened_to_them(opened: Open) -> None:
    page = opened(comparison())
    everything = page.locator("#list details.case")
    expect(everything).to_have_count(3)  # what got worse is shown first
    page.get_by_role("button", name="show all cases").click()
    expect(everything).to_have_count(22)
    page.locator("#find").fill("lyon-pilot")
    expect(everything).to_have_count(1)  # the page's policy refuses the waiting that evaluates text
    assert everything.first.inner_text().startswith("lyon-pilot")
    assert page.locator("#count").inner_text().startswith("1 of 22 cases; 2 held-out cases are never shown")


@pytest.mark.parametrize("make", [first_run, two_models])
def test_runs_of_one_version_and_of_two_models_open_too(opened: Open, make: Callable[[], Results]) -> None:
    page = opened(make())
    page.locator("#list details.case summary").first.click()
    assert page.locator("#list details.case .body pre").first.inner_text() != ""


def test_case_27_what_a_model_wrote_runs_nowhere_and_loads_nothing(opened: Open) -> None:
    page = opened(hostile())
    for case in page.locator("#list details.case").all():
        case.locator("summary").first.click()
    assert page.locator("#list img, #list iframe, #list script, #list a").count() == 0
    assert "<script>" in page.locator("#list").inner_text()


@pytest.mark.parametrize("name", PAGES)
def test_no_text_of_others_does_anything_wherever_it_stands(opened: Open, name: str) -> None:
    page = opened(PAGES[name]("".join(ATTACKS)))
    for case in page.locator("details").all():
        if case.locator("summary").first.is_visible():
            case.locator("summary").first.click()
    assert page.locator("img, iframe, script[src], [onload], [onerror], [onfocus], [onmouseover]").count() == 0
    assert "<script>alert(1)</script>" in page.locator("h1").inner_text()


def test_very_many_cases_are_loaded_as_they_are_wanted(opened: Open) -> None:
    page = opened(many_cases(1201))
    shown, count = page.locator("#list details.case"), page.locator("#count")
    expect(shown).to_have_count(200)
    assert count.inner_text() == "1,201 of 1,201 cases"
    for more in (400, 600):  # the third hundred lies in a script beside the page
        page.locator("#more").click()
        expect(shown).to_have_count(more)
    assert page.locator("#n-fails").inner_text() == "401"
    page.locator("#find").fill("was said 1200 ")
    expect(count).to_have_text("1 of 1,201 cases")
    shown.first.locator("summary").first.click()
    expect(shown.first).to_contain_text("was said 1200 </script>")
    expect(page.locator("#more")).to_be_hidden()


def test_a_page_that_was_copied_alone_says_where_its_other_cases_are(opened: Open) -> None:
    page = opened(many_cases(1201), alone=True)
    expect(page.locator("#list details.case")).to_have_count(200)
    page.locator("#find").fill("was said 1200 ")
    expect(page.locator("#count")).to_contain_text("in the folder report.cases of the same run, which is not beside")
