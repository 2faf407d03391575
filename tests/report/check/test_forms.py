"""Every form of a check: all that is wrong stands in it, and nothing that others wrote acts."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from xml.etree import ElementTree

import pytest
from markupsafe import escape

from promptops.model.finding import Finding, Span
from promptops.model.outcomes.check import CheckProblem, CheckResult, ComparisonBase, PromptChanges, SavedReport
from promptops.report.comment.markdown import comment
from promptops.report.formats import CHECK_FORMATS, FORMATS
from promptops.report.results.next_steps import next_steps
from promptops.report.results.results_view import ResultsView, changes
from tests.report import factory
from tests.report.test_html_page import ATTACKS, Elements, everywhere

FINDING = Finding(PurePosixPath("prompts/a.prompt.yml"), Span.at(3, 1), "P003", "no such key")
CHECKED = CheckResult(
    ComparisonBase("a" * 40, "where this work left main"),
    findings=(FINDING, FINDING._replace(message="old one")),
    inherited=(FINDING._replace(message="old one"),),
    looked_at="2 problems in 1 prompt",
    problems=(CheckProblem("silent", "there is no key", "set KEY"),),
    changes=PromptChanges(("gone",), (("new", "old"),), ("bare",)),
    settings=("this change changes what lint looks for",),
    untouched=(CheckProblem("broken-before", "no such prompt"),),
)


def report(checked: CheckResult = CHECKED) -> SavedReport:
    return SavedReport(checked._replace(results=(factory.comparison(), factory.first_run())), ("a", ""))


def test_a_check_has_the_forms_that_a_suite_has() -> None:
    assert CHECK_FORMATS.keys() == FORMATS.keys()


@pytest.mark.parametrize("form", sorted(CHECK_FORMATS))
def test_what_is_wrong_stands_in_every_form(form: str) -> None:
    text = CHECK_FORMATS[form](report())
    assert text.endswith("\n")
    code = () if form in ("markdown", "plain") else ("P003",)  # a comment is for people: it says what the rule means
    for word in ("silent", "there is no key", "set KEY", "no such key", *code):
        assert word in text, word


def test_the_page_holds_no_element_but_ours() -> None:
    ours = Elements(CHECK_FORMATS["html"](report()))
    for attack in ATTACKS:
        hostile = report(everywhere(CHECKED._replace(inherited=()), attack))
        theirs = Elements(CHECK_FORMATS["html"](hostile))
        assert {tag for tag, _ in theirs.found} <= {tag for tag, _ in ours.found}
        assert not [name for _, names in theirs.found for name in names if name.startswith("on")]


@pytest.mark.parametrize("attack", ATTACKS)
def test_json_and_junit_can_be_read_whatever_stands_in_them(attack: str) -> None:
    hostile = report(everywhere(CHECKED._replace(inherited=()), attack))
    json.loads(CHECK_FORMATS["json"](hostile))
    ElementTree.fromstring(CHECK_FORMATS["junit"](hostile))


def test_the_page_begins_with_what_decides_and_leads_into_each_suite() -> None:
    worse = factory.comparison(suite="second", title="Reply", gates=(), owners=("@ana", "@tom"))
    fine = factory.unchanged("third", "Quiet")
    saved = SavedReport(CHECKED._replace(results=(fine, worse, factory.comparison())), ("third", "a b", "first"))
    page = CHECK_FORMATS["html"](saved)
    table = page[page.index('<table class="suites">') : page.index("</table>")]
    assert [row.partition("</a>")[0].rpartition(">")[2] for row in table.split("<tr>")[2:]] == [
        "Meeting summary",
        "Reply",
        "Quiet",
    ]
    assert '<a href="a%20b/report.html">Reply</a></th><td data-head="owner" dir="auto">@ana, @tom</td>' in table
    assert '<a href="a%20b/report.html#show=worse">Read the 3 that got worse</a>' in page
    headings = [part.partition("</h2>")[0] for part in page.split('<h2 dir="auto">')[1:]]
    assert headings == ["⛔ A rule fails: Meeting summary", "⚖️ Better and worse: Reply"]  # what is quiet has no section


def test_a_suite_without_a_folder_has_no_links() -> None:
    page = CHECK_FORMATS["html"](SavedReport(CHECKED._replace(results=(factory.comparison(),)), ("",)))
    assert "Meeting summary" in page
    assert "report.html" not in page


def test_the_page_says_what_to_do_in_the_words_of_the_comment() -> None:
    failing, fine = factory.comparison(), factory.unchanged("third", "Quiet")
    page = CHECK_FORMATS["html"](SavedReport(CHECKED._replace(results=(fine, failing)), ("third", "first")))
    view = ResultsView(failing)
    told = next_steps(view, changes(view), name_suite=True)
    assert told
    assert page.count("What you can do") == 1
    for step in told:
        assert step.words in page
        assert step.words in comment([failing, fine])
        assert all(f'<code class="line">{escape(line)}</code>' in page for line in step.lines)
    assert any(step.lines for step in told)


def test_the_page_has_the_comments_heading_where_the_suites_say_it_all() -> None:
    failing, worse = factory.comparison(), factory.comparison(suite="second", title="Reply", gates=())
    alone = CheckResult(CHECKED.base, looked_at="no problems in 1 prompt")._replace(results=(worse, failing))
    page = CHECK_FORMATS["html"](SavedReport(alone, ("a", "b")))
    assert '<h1 dir="auto">⛔ A rule fails: Meeting summary</h1>' in page
    assert "### ⛔ A rule fails: Meeting summary" in comment([worse, failing])
    assert '<h1 dir="auto">Not everything could be checked' in CHECK_FORMATS["html"](report())  # a suite has none
