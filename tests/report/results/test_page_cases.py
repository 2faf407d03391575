"""A case on the page: what changed in the reply's words, its fields, its calls, and the words that a reason means."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from promptops.model.chat.message import ToolCall
from promptops.model.results import RateSummary, Results
from promptops.model.score import Score
from tests.report.factory import comparison, two_models
from tests.report.results.conftest import Open

pytestmark = pytest.mark.browser
CASE = "lyon-pilot"


def replies(before: dict[str, Any], after: dict[str, Any], fields: dict[str, Any] | None = None) -> Results:
    """A comparison whose first case has these replies."""
    run = comparison()
    samples = (replace(s, **(before, after)[s.arm]) if s.case == CASE else s for s in run.samples)
    cases = (replace(c, fields=fields or c.fields) if c.id == CASE else c for c in run.cases)
    return replace(run, samples=tuple(samples), cases=tuple(cases))


def shown(opened: Open, run: Results) -> Locator:
    page = opened(run, f"#case={CASE}")
    case = page.locator("#list details.case[open]")
    expect(case.locator(".body")).to_be_visible()
    return case


def rows(case: Locator, table: str) -> list[list[str]]:
    return [row.locator("th, td").all_inner_texts() for row in case.locator(f"{table} tr").all()]


def test_the_words_that_changed_are_marked_and_a_key_takes_the_marks_away(opened: Open) -> None:
    before, after = "The pilot starts on Monday, says Ana.", "The pilot starts next Friday, says Ana."
    case = shown(opened, replies({"text": before}, {"text": after}))
    gone, come = case.locator(".pair del"), case.locator(".pair ins")
    assert gone.all_inner_texts() == ["on", "Monday"]
    assert come.all_inner_texts() == ["next", "Friday"]
    assert case.locator("pre.reply").all_inner_texts() == [before, after]
    colour = "node => getComputedStyle(node).textDecorationLine"
    assert gone.first.evaluate(colour) == "line-through"
    case.page.keyboard.press("d")
    assert gone.first.evaluate(colour) == "none"
    case.page.keyboard.press("d")
    assert gone.first.evaluate(colour) == "line-through"


@pytest.mark.parametrize(
    ("before", "after", "marked"),
    [
        ("会议在星期一开始。", "会议在星期五开始。", (["一"], ["五"])),
        ("Treffen am Montag.", "Treffen am Montag!", (["."], ["!"])),
        ("l’accord est signé", "l’accord est rompu", (["signé"], ["rompu"])),
        ("one two three", "something else entirely new", ([], [])),  # nothing alike: marks would only be in the way
    ],
)
def test_words_are_found_in_every_script(
    opened: Open, before: str, after: str, marked: tuple[list[str], list[str]]
) -> None:
    case = shown(opened, replies({"text": before}, {"text": after}))
    found = case.locator(".pair del").all_inner_texts(), case.locator(".pair ins").all_inner_texts()
    assert found == marked


def test_two_very_long_replies_open_without_their_words_compared(opened: Open) -> None:
    before, after = (" ".join(f"{kind}{i}" for i in range(9000)) for kind in "ab")
    case = shown(opened, replies({"text": before}, {"text": after}))
    assert case.locator(".pair del, .pair ins").count() == 0


def test_json_is_a_table_of_fields_with_what_was_expected(opened: Open) -> None:
    before = {"topic": "notice", "parties": [{"name": "Ana"}], "days": 30}
    after = {"topic": "Termination", "parties": [{"name": "Tom"}], "note": "none"}
    expected = {"topic": "termination", "days": 30}
    run = replies({"text": json.dumps(before)}, {"text": json.dumps(after)}, {"expected": expected, "text": "…"})
    case = shown(opened, run)
    assert rows(case, "table.fields") == [
        ["field", "expected", "before", "after"],
        ["topic", "termination", "notice ≠ expected", "Termination"],
        ["parties 1 name", "–", "Ana", "Tom"],
        ["days", "30", "30", "not there"],
        ["note", "–", "not there", "none"],
    ]
    assert case.locator("table.fields tr.changed").count() == 4


def test_a_field_of_the_case_with_the_same_name_is_what_was_expected(opened: Open) -> None:
    reply = '```json\n{"topic": "notice", "ok": true}\n```'
    case = shown(opened, replies({"text": reply}, {"text": "no JSON at all"}, {"topic": "termination"}))
    assert rows(case, "table.fields")[1:] == [
        ["topic", "termination", "notice ≠ expected", "not JSON"],
        ["ok", "–", "true", "not JSON"],
    ]


def test_calls_are_a_table_of_arguments(opened: Open) -> None:
    before = {"text": "", "tool_calls": (ToolCall("send_offer", '{"to": "Tom", "when": {"day": "Friday"}}'),)}
    after = {"text": "I send it.", "tool_calls": (ToolCall("send_offer", '{"to": "Ana"}'), ToolCall("note", "{broken"))}
    case = shown(opened, replies(before, after))
    assert rows(case, "table.calls") == [
        ["calls", "argument", "before", "after"],
        ["send_offer", "to", "Tom", "Ana"],
        ["send_offer", "when day", "Friday", "not there"],
        ["note", "–", "not called", "{broken"],
    ]
    assert case.locator("pre.reply").all_inner_texts() == ["I send it."]
    case.page.goto(case.page.url.split("#")[0] + "#show=all&find=broken")  # found by what it called
    expect(case.page.locator("#list details.case")).to_have_count(1)


def test_the_words_that_a_reason_means_are_marked_in_the_reply_beneath_it(opened: Open) -> None:
    score = {"is polite": Score(0.0, "begins with 'hey'", False), "names the owner": Score(0.0, "missing: Ana", False)}
    run = replies({}, {"text": "Hey Tom, the pilot in Lyon starts on Monday and you send the offer.", "scores": score})
    case = shown(opened, run)
    row = case.locator("table.scores tr", has_text="is polite")
    assert row.locator("td").last.locator("mark").all_inner_texts() == ["Hey"]
    assert row.locator(".matched").inner_text() == "Hey Tom, the pilot in Lyon starts on Monday…"
    assert case.locator("table.scores tr", has_text="names the owner").locator("mark").count() == 0


def test_a_closed_case_shows_its_tags_and_the_beginning_of_its_reply(opened: Open) -> None:
    page = opened(comparison(), "#show=all")
    case = page.locator("#list details.case", has_text="case-4")
    expect(case.locator(".preview")).to_contain_text("(after 4)")
    assert case.locator(".chip.tag").all_inner_texts() == ["short"]
    lines = case.locator(".preview").evaluate("n => n.clientHeight / parseFloat(getComputedStyle(n).lineHeight)")
    assert lines <= 2.01
    case.locator("summary").click()
    expect(case.locator(".preview")).to_be_hidden()


def test_several_models_and_versions_are_columns_beside_each_other(opened: Open) -> None:
    case = shown(opened, two_models())
    heads = ["small, before", "small, after", "large, before", "large, after"]
    assert rows(case, "table.scores")[0] == ["criterion", *heads]
    tops = {pre.bounding_box()["y"] for pre in case.locator("pre.reply").all()}  # type: ignore[index]
    assert len(tops) == 1
    case.page.locator("#model").select_option(label="large")
    case.page.locator("#list details.case > summary").first.click()
    assert rows(case, "table.scores")[0] == ["criterion", *heads[2:]]


def test_quality_is_drawn_beside_cost_and_time(opened: Open) -> None:
    page = opened(two_models())
    picture = page.locator("#picture")
    assert picture.locator("#panels svg").count() == 2
    assert picture.locator("#panels svg").first.locator("circle").count() == 4
    assert picture.locator("#panels svg").first.locator("line.bar").count() == 6  # each rate's, and the newer costs'
    figures = picture.locator("table tbody tr")
    assert figures.nth(1).locator("th, td").all_inner_texts() == [
        "small, after", "92% (80% … 100%)", "$0.44 ($0.43 … $0.46)", "1.2 s (1.2 s … 1.2 s)",
    ]  # fmt: skip
    picture.locator("select").select_option(label="is polite")
    assert figures.nth(1).locator("td").first.inner_text() == "87% (75% … 96%)"
    assert "would forward it" not in picture.locator("select").inner_text()  # nobody has judged it


def test_with_one_version_alone_there_is_no_picture(opened: Open) -> None:
    from tests.report.factory import first_run

    expect(opened(first_run()).locator("#picture")).to_be_hidden()


@pytest.mark.parametrize("rate", [1.0, 0.5, 0.0])
def test_the_names_in_the_picture_lie_inside_it_and_on_nothing_else(opened: Open, rate: float) -> None:
    run = two_models()
    alike = RateSummary(21, rate, max(0, rate - 0.1), min(1, rate + 0.1))
    found = (
        replace(one, criteria=tuple(replace(c, base=alike, head=alike) for c in one.criteria))
        for one in run.comparisons
    )
    panel = opened(replace(run, comparisons=tuple(found))).locator("#panels svg").first
    frame = panel.bounding_box()
    assert frame is not None
    boxes = [
        box
        for name in panel.locator("text").all()
        if (name.text_content() or "").endswith(("before", "after")) and (box := name.bounding_box())
    ]
    assert len(boxes) == 4
    for number, box in enumerate(boxes):
        assert frame["y"] < box["y"]
        assert frame["x"] < box["x"] < box["x"] + box["width"] < frame["x"] + frame["width"]
        for other in boxes[number + 1 :]:
            beside = box["x"] + box["width"] <= other["x"] or other["x"] + other["width"] <= box["x"]
            assert beside or abs(box["y"] - other["y"]) >= 10


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("stop", "12 tokens"),
        ("tool_calls", "12 tokens"),
        ("MAX_TOKENS", "12 tokens · cut off"),
        ("SAFETY", "12 tokens · taken away by the provider's filter"),
        ("odd", "12 tokens · ended by odd"),
    ],
)
def test_how_a_reply_ended_is_said_in_words(opened: Open, reason: str, words: str) -> None:
    said = {"finish_reason": reason, "output_tokens": 12, "reasoning_tokens": None}
    assert shown(opened, replies(said, said)).locator(".pair .caption").first.inner_text().endswith(f" · {words}")


def test_one_token_is_one(opened: Open) -> None:
    case = shown(opened, replies({}, {"output_tokens": 1, "reasoning_tokens": None}))
    assert "· 1 token" in case.locator(".pair .caption").nth(1).inner_text()
    assert "1 tokens" not in case.locator(".pair .caption").nth(1).inner_text()
