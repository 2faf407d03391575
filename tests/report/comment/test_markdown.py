from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from promptops.model.results import Results
from promptops.model.score import Score
from promptops.report.comment.comment_markers import MARKER
from promptops.report.comment.markdown import comment
from tests.report.factory import (
    HOSTILE,
    comparison,
    first_run,
    hostile,
    many_criteria,
    two_models,
    unchanged,
)

GOLDEN = Path(__file__).parent / "golden"
_WRITES = os.environ.get("PROMPTOPS_GALLERY") == "write"
"""As in tests/gallery: golden files are written anew, to be read."""
RULE = "*Is polite* fails its rule (100% → 87%)."
OURS = (
    "<details>", "<summary>", "</summary>", "</details>", "<sub>", "</sub>", "<br>", "<span>", "</span>",
    "<table>", "</table>", "<tr>", "</tr>", "<th>", "</th>", '<td valign="top" dir="auto">', "</td>",
    "<del>", "</del>", "<ins>", "</ins>",
)  # fmt: skip


def prose(body: str) -> list[str]:
    """Every raw HTML piece that markdown would let through, outside code."""
    found: list[str] = []
    for token in MarkdownIt("commonmark", {"html": True}).enable(["table"]).parse(body):
        if token.type == "html_block":
            found.append(token.content)
        found += [
            child.content for child in token.children or [] if child.type in ("html_inline", "link_open", "image")
        ]
    return found


def assert_inert(body: str, marker: str = MARKER) -> None:
    body.encode()
    assert body.count(marker) == 1
    assert body.startswith(marker)
    rest = body.removeprefix(marker)
    # The chart's own axes hold arrows; their labels have letters, digits and a few signs alone.
    rest = re.sub(r'(?m)^( {4}[xy]-axis "[\w ./+-]*") --> ("[\w ./+-]*")$', r"\1 \2", rest)
    for live in (
        "@acme",
        "@octocat",
        "#12",
        "GH-7",
        "#34",
        "://",
        "<!--",
        "-->",
        "##[",
        "\x1b",
        "\u202e",
        "\x00",
        "<script",
        "<img",
    ):
        assert live not in rest, live
    assert not re.search(r"^\s*::", rest, re.MULTILINE)
    for html in prose(rest):
        left = html
        for tag in OURS:
            left = left.replace(tag, "")
        assert "<" not in left, html
    assert rest.count("<details>") == rest.count("</details>")


@pytest.mark.parametrize("name", ["comparison", "first_run"])
def test_the_comment_is_as_it_was_agreed(name: str) -> None:
    results = {"comparison": comparison, "first_run": first_run}[name]()
    golden = GOLDEN / f"{name}.md"
    if _WRITES:
        golden.write_text(f"{comment([results])}\n", "utf-8")
    assert comment([results]) + "\n" == golden.read_text("utf-8")


def test_plain_words_come_first_figures_second_machinery_last() -> None:
    body = comment([comparison()])
    places = [
        body.index(part)
        for part in (
            MARKER,
            "### ⛔ A rule fails: Meeting summary",
            "*Is polite* fails its rule",
            "| criterion | before | after | what it means |",
            "1 more unchanged; all changes with their intervals",
            "**Rules**",
            "- ⛔ is polite",
            "calls failed",
            "**Got worse (3)**",
            "**Got better (7)**",
            "What changed in the text",
            "How to read this",
            "<sub>cost",
            "base `4f2a91c`",
        )
    ]
    assert places == sorted(places)
    for jargon in ("p-value", "regress", "p =", "significan", "advisory", "dearer", "would show", "gate"):
        assert jargon not in body


def test_held_out_cases_are_counted_and_never_shown() -> None:
    results = comparison()
    held = {case.id for case in results.cases if case.split}
    body = comment([results])
    assert "2 held-out cases count above and are never shown: none got worse, one got better." in body
    assert not any(f"`{name}`" in body for name in held)
    assert not any(f"Meeting number {number}." in body for number in (22, 23))


def test_one_held_out_case_is_told_as_one() -> None:
    results = comparison()
    held = next(case for case in results.cases if case.split)
    kept = tuple(case for case in results.cases if not case.split or case is held)
    samples = tuple(sample for sample in results.samples if sample.case in {case.id for case in kept})
    body = comment([replace(results, cases=kept, samples=samples)])
    assert "1 held-out case counts above and is never shown" in body


def test_errors_never_hide_among_failures() -> None:
    body = comment([comparison()])
    assert "1 of 46 calls failed (no answer within 60 s) and counts for nothing." in body
    assert "invents no date: 2 answers could not be had (the judge answered in prose)" in body


def test_calls_that_were_never_made_are_not_among_those_that_did_not_fail() -> None:
    results = comparison()
    made = tuple(replace(sample, error="the key is wrong", scores={}) for sample in results.samples[:16])
    body = comment([replace(results, samples=made, stopped="the first 10 calls all failed alike")])
    assert results.calls.planned == 46
    assert "16 of 16 calls failed (the key is wrong) and count for nothing." in body


def test_a_lone_reason_of_400_characters_is_not_cut_and_several_are() -> None:
    results = comparison()
    several = tuple(replace(s, error=f"{'x' * number} {'why ' * 99}") for number, s in enumerate(results.samples))
    alone = tuple(replace(s, error="", scores={"invents no date": Score.error("why " * 99)}) for s in results.samples)
    assert ("why " * 99).strip() in comment([replace(results, samples=alone)])
    (line,) = (line for line in comment([replace(results, samples=several)]).split("\n") if "calls failed (" in line)
    assert "why " * 25 in line
    assert len(line) < 560


def test_failures_that_differ_in_an_id_are_one_and_those_of_two_statuses_are_not() -> None:
    results = comparison()
    said = "the server answered {}: no such thing (request req{}a7, 10:{}:00)"
    failed = [replace(s, error=said.format(503 if n < 2 else 400, n, n)) for n, s in enumerate(results.samples)]
    body = comment([replace(results, samples=tuple(failed))])
    told = r"46 of 46 calls failed \(the server answered 400[^;]*: 44; the server answered 503[^;]*: 2\)"
    assert re.search(told, body)


def test_all_calls_failed() -> None:
    results = comparison()
    failed = replace(results, samples=tuple(replace(s, error="time-out", scores={}) for s in results.samples))
    lines = comment([failed]).split("\n")
    assert lines[2:4] == ["### ❔ Not measured: Meeting summary", f"Every call failed: time-out. {RULE}"]


def test_case_41_of_several_suites_those_not_measured_come_first() -> None:
    silent = comparison(suite="bye", title="Bye")
    failed = tuple(replace(s, error="time-out", scores={}) for s in silent.samples)
    lines = comment([comparison(), replace(silent, samples=failed), unchanged("same")]).split("\n")
    assert lines[2:4] == [
        "### ❔ Not measured: Bye",
        "3 suites: one not measured, a rule fails in one, one not affected.",
    ]
    rows = [line.split(" | ")[:2] for line in lines[7:9]]
    assert rows == [["| Bye", "❔ Not measured"], ["| Meeting summary", "⛔ A rule fails"]]
    assert lines[10:12] == ["### ❔ Not measured: Bye", f"Every call failed: time-out. {RULE}"]


def test_nothing_changed_is_one_line() -> None:
    body = comment([unchanged()])
    assert body.split("\n\n") == [
        MARKER,
        "**Meeting summary**: nothing the model receives has changed, so nothing was asked and nothing was spent.",
    ]


def test_the_same_edit_is_told_once() -> None:
    body = comment([comparison()])
    assert body.count("```diff") == 1
    assert "**22 of 22 cases**" in body


def test_no_change_in_the_messages_is_said() -> None:
    results = comparison()
    same = {r.case: r.messages for r in results.rendered if r.side == "head"}
    rendered = tuple(replace(r, messages=same.get(r.case, r.messages)) for r in results.rendered)
    assert "The messages are the same for every case" in comment([replace(results, rendered=rendered)])


def test_several_suites_worst_first_unaffected_in_one_line() -> None:
    body = comment([unchanged("a", "Alpha"), first_run(), comparison(), unchanged("b", "Beta")])
    assert body.split("\n")[2] == "### ⛔ A rule fails: Meeting summary"
    assert body.index("\n\n### ⛔ A rule fails") < body.index(
        "<details><summary>➖ First run: Meeting summary</summary>"
    )
    assert "**Alpha, Beta**: nothing the model receives has changed" in body
    assert body.count("\n### ") == 2


def test_several_models_have_a_column_and_a_chart() -> None:
    body = comment([two_models()])
    assert "| criterion | model |" in body
    assert "quadrantChart" in body
    assert '"costs less" --> "costs more"' in body
    assert '"small before 71%, $0.41": [0.17, 0.71]' in body
    assert "mermaid" not in comment([comparison()])


def test_no_suite_at_all() -> None:
    assert "no suite is affected" in comment([])


@pytest.mark.parametrize("count", [60, 300, 2000])
def test_many_criteria_fit_and_the_cut_is_said(count: int) -> None:
    body = comment([many_criteria(count)], artifact_hint="All of it is in report.html.")
    assert len(body) <= 60_000
    assert "### ❔ Not measured: Meeting summary" in body
    assert "**Rules**" in body
    assert ("The table is cut" in body) == (count > 60)
    if count == 2000:
        assert "All of it is in report.html." in body


@pytest.mark.parametrize("count", [10, 70, 150, 1500])
def test_of_many_suites_the_worst_are_told_in_full_while_there_is_room(count: int) -> None:
    body = comment([comparison(suite=f"suite-{i}", title=f"Suite {i}") for i in range(count)])
    assert len(body) <= 60_000
    names = "Suite 0, Suite 1, Suite 10" if count > 10 else "Suite 0, Suite 1, Suite 2"
    assert body.split("\n")[2] == f"### ⛔ A rule fails: {names} and {count - 3:,} more"
    first = body[body.index("\n### ⛔ A rule fails: Suite 0\n") :].split("\n### ")[1]
    for part in ("| criterion |", "**Rules**", "**Got worse", "```diff", "How to read this"):
        assert part in first
    assert len(body) > 45_000
    assert body.count("\n### ") >= 4


def test_details_go_from_the_least_useful_on() -> None:
    results = comparison()
    long = replace(results, samples=tuple(replace(s, text=s.text * 40) for s in results.samples))
    full, short = comment([long]), comment([long], limit=14_000, artifact_hint="The rest is in report.html.")
    assert len(short) <= 14_000 < len(full)
    assert "**`lyon-pilot`**" in short
    assert "Left out to keep this short: " in short
    assert "The rest is in report.html." in short
    assert "Left out" not in full


@pytest.mark.parametrize("limit", [500, 2_000, 5_000, 20_000, 60_000, 65_000])
def test_case_27_hostile_text_is_inert_and_within_the_limit(limit: int) -> None:
    body = comment([hostile()], limit=limit)
    assert len(body) <= limit
    assert_inert(body)


def test_case_27_with_another_marker_and_several_suites() -> None:
    marker = "<!-- promptops: mine -->"
    body = comment([hostile(f"{marker} @acme {HOSTILE}"), hostile()], marker=marker)
    assert len(body) <= 60_000
    assert_inert(body, marker)


def test_case_27_seventy_thousand_backticks() -> None:
    body = comment([hostile("`" * 500)])
    assert len(body) <= 60_000
    assert "### ⛔ A rule fails" in body


_TEXT = st.text(st.characters(categories=None), max_size=60) | st.lists(
    st.sampled_from(
        [
            "`",
            "```",
            "\n",
            "@a",
            "</details>",
            "<!--",
            "-->",
            "#1",
            "|",
            "::",
            "~~~",
            "- ",
            "1. ",
            "    ",
            "<a>",
            "\\",
            "\r",
            "&lt;",
        ]
    ),
    max_size=20,
).map("".join)


@settings(max_examples=40, deadline=None)
@given(_TEXT, st.integers(600, 60_000))
def test_any_text_is_inert_and_within_any_limit(text: str, limit: int) -> None:
    body = comment([hostile(text, length=600)], limit=limit)
    assert len(body) <= limit
    body.encode()
    assert body.count(MARKER) == 1
    for html in prose(body.removeprefix(MARKER)):
        for tag in OURS:
            html = html.replace(tag, "")
        assert "<" not in html


def test_a_run_that_stopped_says_so_first() -> None:
    body = comment([comparison(stopped="the account is used up")])
    told = ["### ❔ Not measured: Meeting summary", f"The run stopped: the account is used up. {RULE}"]
    assert body.split("\n")[2:4] == told


def test_results_are_left_as_they_were() -> None:
    results: Results = comparison()
    comment([results])
    assert results == comparison()


def test_versions_with_the_same_figures_are_one_point_of_the_chart() -> None:
    results = two_models()
    large = results.comparisons[1]
    same = (
        tuple(replace(one, head=one.base) for one in large.criteria),
        tuple(replace(one, head=one.base) for one in large.measures),
    )
    results = replace(results, comparisons=(results.comparisons[0], replace(large, criteria=same[0], measures=same[1])))
    assert '"large before and after 71%, $2.10": [' in comment([results])
    free = replace(
        results.comparisons[0],
        measures=tuple(replace(one, base=None, head=None) for one in large.measures if one.name == "cost"),
    )
    assert "quadrantChart" not in comment([replace(results, comparisons=(free,))])
