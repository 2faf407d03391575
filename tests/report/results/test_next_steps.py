"""What people can do next, in the comment's words, on the page."""

from __future__ import annotations

from dataclasses import replace

import pytest
from markupsafe import escape
from playwright.sync_api import expect

from promptops.report.results.html import html
from promptops.report.results.next_steps import next_steps
from promptops.report.results.results_view import ResultsView, changes
from tests.report.factory import comparison
from tests.report.results.conftest import Open
from tests.report.results.test_reply_remarks import cut


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        (40, "Raise the limit of 40 tokens, if longer replies are wanted: maxTokens in the prompt's file"),
        (None, "Raise the limit, if longer replies are wanted: maxTokens in the prompt's file"),
    ],
)
def test_the_limit_that_is_to_be_raised_is_named_where_it_is_known(tokens: int | None, words: str) -> None:
    results = replace(cut(comparison(), 0, 17, tokens=tokens), prompt_path="prompts/summary.prompt.yml")
    view = ResultsView(results)
    found = next(step for step in next_steps(view, changes(view)) if step.file)
    assert (found.words, found.file) == (words, "prompts/summary.prompt.yml")


def test_the_page_says_what_to_do_right_below_the_sentences() -> None:
    results = replace(comparison(), prompt_path="prompts/summary.prompt.yml")
    view, page = ResultsView(results), html(results)
    told = next_steps(view, changes(view), name_suite=True)
    places = [page.index(escape(step.words)) for step in told]
    assert page.index('class="lead"') < places[0] <= places[-1] < page.index('<table class="criteria">')
    assert places == sorted(places)
    assert f'<code class="line">{escape(next(line for step in told for line in step.lines))}</code>' in page
    assert "(<code>prompts/summary.prompt.yml</code>)" in page


@pytest.mark.browser
def test_read_the_cases_that_got_worse_leads_to_them_from_wherever_one_is(opened: Open) -> None:
    page = opened(comparison(), "#show=all")
    cases = page.locator("#list details.case")
    expect(cases).to_have_count(22)
    page.get_by_role("link", name="Read the 3 that got worse").click()
    expect(cases).to_have_count(3)
    expect(page.locator("#cases-title")).to_be_in_viewport()
    page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
    expect(page.locator("h1")).to_be_in_viewport()
    page.get_by_role("link", name="Read the 3 that got worse").click()  # its address is there already
    expect(page.locator("#cases-title")).to_be_in_viewport()
