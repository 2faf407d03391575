"""The cases of the comment: two headings, why in words, both replies side by side, the line that judges anew."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from markdown_it import MarkdownIt

from promptops.forge.comment_commands import LabelCommand, parse_commands
from promptops.model.chat.message import ToolCall
from promptops.model.results import Comparison, CriterionComparison, Results, Sample
from promptops.model.score import Expectation, Score
from promptops.report.comment.markdown import comment
from promptops.report.comment.quoted_results import quote_results
from promptops.report.results.cases.case_details import case_parts
from promptops.report.results.field_changes import FieldRow, field_rows
from promptops.report.results.results_view import ResultsView, changes
from promptops.text.truncate import Fold
from promptops.workflows.comment_commands.meaning import find_meaning
from promptops.workflows.comment_commands.targets import LabelTarget
from tests.report.comment.test_markdown import assert_inert
from tests.report.factory import HOSTILE, comparison, two_models

CRITERION, JUDGED = "names the owner", "invents no date"


def changed(
    before: str | Sample,
    after: str | Sample,
    *,
    criterion: str = CRITERION,
    reason: str = "",
    expected: Sequence[Expectation] = (),
    fields: Mapping[str, Any] | None = None,
) -> Results:
    """One case, `lyon-pilot`, that got worse by one criterion."""
    full = comparison(3)  # of which two are held out
    scores = {criterion: Score(1.0, "", True)}, {criterion: Score(0.0, reason, False, expected=tuple(expected))}
    samples = [
        replace(Sample("", 0, 0, one) if isinstance(one, str) else one, case="lyon-pilot", arm=arm, scores=scores[arm])
        for arm, one in enumerate((before, after))
    ]
    lines = tuple(
        replace(line, regressed=("lyon-pilot",) if line.criterion == criterion else (), improved=())
        for line in full.comparisons[0].criteria
    )
    cases = (replace(full.cases[0], fields=full.cases[0].fields if fields is None else fields),)
    return replace(
        full, cases=cases, samples=tuple(samples), comparisons=(replace(full.comparisons[0], criteria=lines),)
    )


def told(results: Results, **options: Any) -> str:
    """What the comment says of the cases, all on one page."""
    view = ResultsView(results, **options)
    parts = case_parts(view, changes(view))
    texts = [part if isinstance(part, str) else "\n\n".join(block.text for block in part.blocks) for part in parts]
    return "\n\n".join(texts)


def rows_of(results: Results) -> list[FieldRow] | None:
    [change] = changes(ResultsView(results)).worse
    return field_rows(change.case, change.base, change.head)


def test_two_headings_hold_three_cases_each_and_say_how_many_more_there_are() -> None:
    page = told(comparison())
    heads = r"(?m)^\*\*Got (?:worse|better) \(\d+\)\*\*$|^and \d+ more in the whole report$|^\*\*`\S+`\*\*"
    assert re.findall(heads, page) == [
        "**Got worse (3)**", "**`lyon-pilot`**", "**`berlin-kickoff`**", "**`خلاصه-جلسه`**",
        "**Got better (7)**", "**`case-4`**", "**`case-8`**", "**`case-3`**", "and 4 more in the whole report",
    ]  # fmt: skip


def test_a_case_that_did_both_is_told_once_as_worse_with_its_gains() -> None:
    results = comparison()
    [first] = results.comparisons
    criteria = tuple(
        replace(line, improved=(*line.improved, "berlin-kickoff")) if line.criterion == CRITERION else line
        for line in first.criteria
    )
    page = told(replace(results, comparisons=(replace(first, criteria=criteria),)))
    assert page.count("**`berlin-kickoff`**") == 1
    assert "**Got better (7)**" in page
    case = page.partition("**`berlin-kickoff`**")[2].partition("<table>")[0]
    assert f"*{CRITERION}*" in case
    assert "*is polite*" in case


def test_a_held_out_case_is_never_shown() -> None:
    results = comparison()
    held = {case.id for case in results.cases if case.split}
    assert held
    assert not any(name in told(results) for name in held)


def test_several_models_are_named() -> None:
    page = told(two_models())
    assert "**`lyon-pilot`** · with small" in page


def test_changed_words_are_marked_in_two_columns() -> None:
    page = told(changed("Tom sends it by Friday.", "Tom sends it by Monday.", reason="should contain 'Friday'"))
    assert "✅ → ❌ *names the owner*: should contain *Friday*" in page
    assert "<tr><th>before</th><th>after</th></tr>" in page
    assert ">Tom sends it by <del>Friday</del>.</td>" in page
    assert ">Tom sends it by <ins>Monday</ins>.</td>" in page


def test_a_long_reply_is_cut_around_what_changed() -> None:
    filler = "and so on and on, " * 100
    page = told(changed(f"{filler}by Friday, {filler}", f"{filler}by Monday, {filler}")).partition("<details>")[0]
    assert "by <del>Friday</del>," in page
    assert "by <ins>Monday</ins>," in page
    assert page.count(" … ") == 4
    assert len(page) < 1_500


def test_replies_that_differ_totally_have_no_marks_and_an_equal_one_is_told_once() -> None:
    page = told(changed("The lease ends in May.", "Nobody knows why cats purr"))
    assert "<del>" not in page
    assert ">Nobody knows why cats purr</td>" in page
    same = told(changed("Exactly this.", "Exactly this.")).partition("<details>")[0]
    assert same.count("Exactly this.") == 1
    assert "the same reply before and after" in same


BEFORE = (
    '{"topic": "termination", "party": {"first name": "Ana"}, "items": [{"price": 9.5}, {"price": 3}], "note": null}'
)
AFTER = '{"topic": "notice", "party": {"first name": "Ana"}, "items": [{"price": 9.5}, {"price": 4}], "ok": true}'
TOPIC = Expectation("topic", "termination")


def test_json_is_a_table_of_the_fields_that_changed() -> None:
    results = changed(BEFORE, AFTER, reason="topic should be 'termination', is 'notice'", expected=[TOPIC])
    assert rows_of(results) == [
        ("topic", "termination", "termination", "notice"),
        ("items[1].price", "", "3", "4"),
        ("note", "", "nothing (null)", "–"),
        ("ok", "", "–", "true"),
    ]
    page = told(results)
    assert "*names the owner*: topic should be *termination*, is *notice*" in page
    assert "<tr><th>field</th><th>expected</th><th>before</th><th>after</th></tr>" in page
    assert "<del>termination</del>" in page
    assert "$." not in page
    table = told(results, plain=True)
    assert "| field | expected | before | after |" in table
    assert "| topic | termination | termination | notice |" in table
    assert "<t" not in table


def test_what_the_case_expects_is_a_column_where_a_reply_differs_from_it() -> None:
    expected = {"topic": "termination", "items": [{"price": 9.5}]}
    for value in (expected, json.dumps(expected)):
        assert rows_of(changed('{"topic": "x", "a": 1}', '{"topic": "y", "a": 1}', fields={"expected": value})) == [
            ("topic", "termination", "x", "y"),
            ("items[0].price", "9.5", "–", "–"),
        ]


def test_a_text_is_not_taken_for_a_number_or_for_nothing() -> None:
    assert rows_of(changed('{"a": 12, "b": null, "c": ""}', '{"a": "12", "b": "null", "c": []}')) == [
        ("a", "", "12", '"12"'),
        ("b", "", "nothing (null)", '"null"'),
        ("c", "", '""', "an empty list"),
    ]


def call(name: str, arguments: str, text: str = "") -> Sample:
    return Sample("", 0, 0, text, tool_calls=(ToolCall(name, arguments),))


def test_calls_are_a_table_of_arguments_and_are_named_in_words() -> None:
    results = changed(
        call("find_order", '{"order_id": 12}'), call("find_order", '{"order_id": 21, "by": {"city": "Lyon"}}')
    )
    assert rows_of(results) == [
        ("function called", "", "find_order", "find_order"),
        ("order_id", "", "12", "21"),
        ("by.city", "", "–", "Lyon"),
    ]
    assert "calls find_order(order_id: 12)" in told(results)
    assert rows_of(changed(call("a", "{}"), call("b", "{broken"))) == [
        ("function called", "", "a", "b"), ("arguments", "", "–", "{broken"),
    ]  # fmt: skip
    assert rows_of(changed(call("a", "{}"), "I cannot do that.")) is None


def test_the_line_below_a_case_judges_the_new_reply_when_it_is_pasted() -> None:
    results = changed("before", "after", criterion=JUDGED, reason="the judge says no: a date is invented")
    [line] = re.findall(r"(?m)^/promptops .*$", told(results))
    assert line == '/promptops label lyon-pilot "invents no date" pass "why"'
    [command] = parse_commands(line).found
    assert isinstance(command, LabelCommand)
    target = find_meaning(command, [results]).target
    assert isinstance(target, LabelTarget)
    from promptops.evals.evaluators.base import output_digest

    assert target.output == output_digest("after")


def test_no_line_where_it_would_be_refused_or_not_obeyed() -> None:
    judged = changed("before", "after", criterion=JUDGED)
    assert "/promptops" in told(judged)
    assert "/promptops" not in told(judged, plain=True)
    assert "/promptops" not in told(quote_results([judged])[0], foreign=True)
    assert "/promptops" not in told(changed("before", "after"))  # a rule decides
    assert "/promptops" not in told(changed("before", replace(Sample("", 0, 0), error="no answer"), criterion=JUDGED))


ALONE = (
    "</td></tr></table>\n\n# heading\n\n@team | pipes | \u202eright to left\u202c <b>x</b> &lt;i&gt; $x$ :+1: `c`\n\n"
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ALONE, f"{ALONE}more"),
        (f"{HOSTILE} one", f"{HOSTILE} two"),
        (json.dumps({ALONE: ALONE}), json.dumps({ALONE: f"{ALONE}more", "b": HOSTILE})),
        ("x" * 100_000, "x" * 99_999 + "y"),
        ("<td>" * 25_000, "</td>" * 20_000),
        (json.dumps({f"f{n}": n for n in range(10_000)}), json.dumps({f"f{n}": -n for n in range(10_000)})),
        ('{"a":' * 900 + "1" + "}" * 900, '{"a":' * 900 + "2" + "}" * 900),
        ("[" * 100_000 + "]" * 100_000, "[]"),
    ],
)
@pytest.mark.parametrize("criterion", [CRITERION, JUDGED])
def test_hostile_replies_end_no_table_and_act_nowhere(before: str, after: str, criterion: str) -> None:
    expected = Expectation(ALONE, ALONE)
    results = changed(before, after, criterion=criterion, reason=f"{ALONE} 'quoted'", expected=[expected])
    page = comment([results])
    assert len(page) <= 60_000
    assert_inert(page)
    assert "@team" not in page
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table"]).parse(page)
    assert not any(token.type == "heading_open" and token.tag == "h1" for token in tokens)
    tables = [token.content for token in tokens if token.type == "html_block" and "<table>" in token.content]
    assert tables
    assert all(one.count("<table>") == one.count("</table>") == 1 for one in tables)
    assert all(one.rstrip().endswith("</table>") for one in tables)
    assert_inert(comment(quote_results([results]), foreign=True))
    assert "<td valign" not in comment([results], plain=True)


def test_a_strangers_reply_stands_in_a_fence() -> None:
    page = told(quote_results([changed("It is by Friday so", "It is by Monday so")])[0], foreign=True)
    assert "<td" not in page
    assert "```text\nIt is by ⟦Monday⟧ so\n```" in page
    assert "Words that changed stand in ⟦ ⟧." in page


def test_ten_thousand_fields_are_twelve_rows_and_a_count() -> None:
    fields = [json.dumps({f"f{n}": sign * n for n in range(10_001)}) for sign in (1, -1)]
    page = told(changed(*fields)).partition("<details>")[0]
    assert page.count("<tr>") == 13
    assert "and 9,988 more fields" in page


def test_a_page_without_room_keeps_the_headings() -> None:
    page = comment([comparison()], limit=7_000)
    assert "**Got worse (3)**" in page
    assert "**`lyon-pilot`**" in page
    assert "full case" in page.rpartition("Left out")[2]


def test_parts_are_text_or_folds_that_may_lose_blocks() -> None:
    view = ResultsView(comparison())
    kinds = {block.kind for part in case_parts(view, changes(view)) if isinstance(part, Fold) for block in part.blocks}
    assert kinds == {"case", "full case"}
    none = Comparison("small", (CriterionComparison(CRITERION, None, None),))
    quiet = ResultsView(replace(comparison(), comparisons=(none,)))
    heading, replies, rest = case_parts(quiet, changes(quiet))
    assert rest == "and 16 more in the whole report"
    assert heading == "**Read differently (19)**"
    assert isinstance(replies, Fold)
    assert len(replies.blocks) == 3
    assert not any(case in block.text for block in replies.blocks for case in quiet.held)
    same = replace(quiet.results, samples=tuple(replace(s, text="a", tool_calls=()) for s in quiet.results.samples))
    assert case_parts(ResultsView(same), changes(ResultsView(same))) == ()
