"""A prompt's history as a table, as JSON and as a page: what stands there, and that nothing in it can act."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from rich.cells import cell_len

from promptops.model.edit import FileEdit, SettingDifference
from promptops.model.outcomes.diff import CaseDiff, PromptDiff
from promptops.model.outcomes.history import (
    CommitSummary,
    CriterionRate,
    History,
    PromptRename,
    PromptVersion,
    Scorecard,
    ServingEnvironment,
)
from promptops.model.results import FOR_PEOPLE, NO_BASE, GateResult
from promptops.report.history.html import history_html
from promptops.report.history.json import FORMAT, history_json
from promptops.report.history.text import history_text
from promptops.report.history.view import suite_history
from tests.report.factory import HOSTILE

NOW = 1_800_000_000.0
DAY = 86400


def card(*rates: float, suite: str = "meeting-summary", digest: str = "s", model: str = "small") -> Scorecard:
    names = ("names owner", "3 sentences", "no date")
    criteria = tuple(
        CriterionRate(name, 48, rate, round(max(0.0, rate - 0.1), 2), round(min(1.0, rate + 0.05), 2))
        for name, rate in zip(names, rates, strict=False)
    )
    when = "2026-11-20T05:00:00+00:00"
    return Scorecard(suite, "meeting-summary", model, "openai/m", "d", "e", digest, criteria, (), 0.44, 1.2, when)


def change(old: str = "Write.", new: str = "Write briefly.") -> PromptDiff:
    cases = (CaseDiff("lyon", {}, False, (("user", old),), (("user", new),), base_tokens=2, head_tokens=3),)
    path = "prompts/meeting-summary.prompt.yml"
    temperature = (SettingDifference("temperature", "0", "0.7"),)
    return PromptDiff("meeting-summary", path, "changed", "Meeting summary", cases=cases, differences=temperature)


def row(
    letter: str, days: int, about: CommitSummary, cards: tuple[Scorecard, ...] = (), *served: ServingEnvironment
) -> PromptVersion:
    about = about._replace(when=int(NOW) - days * DAY)
    path = "prompts/meeting-summary.prompt.yml"
    return PromptVersion(letter * 40, "meeting-summary", path, letter, "d", about, change(), cards, served)


def full() -> History:
    rows = (
        row(
            "9",
            2,
            CommitSummary("Ana Petit", 0, "Sales tone", 214),
            (card(0.92, 1.0, 0.95),),
            ServingEnvironment("prod", 10),
        ),
        row(
            "4",
            21,
            CommitSummary("Tom Reyes", 0, "Shorter", 198),
            (card(0.71, 0.88, 0.96),),
            ServingEnvironment("prod", 90),
        ),
        row("7", 61, CommitSummary("Ana Petit", 0, "House style")),
    )
    rows = (*rows[:2], replace(rows[2], diff=None))
    return History("meeting-summary", "Meeting summary", "9" * 40, "9999999", rows)


def drawing_of(history: History) -> str:
    """The page's only drawing."""
    page = history_html(history, NOW)
    return page[page.index("<svg") : page.index("</svg>") + len("</svg>")]


def test_the_table() -> None:
    said = "         the text changes in its one case · about 1 token more in each (estimated) · temperature: 0 → 0.7\n"
    assert history_text(full(), NOW) == (
        "meeting-summary (Meeting summary)\n"
        "                                                   names owner  3 sentences  no date  cost/1k\n"
        "9999999  2 days ago    Ana Petit  #214 Sales tone          92%         100%      95%    $0.44  prod 10%\n"
        f"{said}"
        "4444444  3 weeks ago   Tom Reyes  #198 Shorter             71%          88%      96%    $0.44  prod 90%\n"
        f"{said}"
        "7777777  2 months ago  Ana Petit  House style\n"
        "\n"
        "Suite meeting-summary, model small, rates of 48 cases.\n"
        "Intervals, and what each version changed: --format html or json\n"
    )


def test_what_was_measured_of_the_version_before_says_so() -> None:
    first, second, third = full().versions
    base = card(0.71)._replace(base_of="4444444")
    history = replace(full(), versions=(first, second, replace(third, scorecards=(base,))))
    table = history_text(history, NOW).splitlines()
    assert table[6].split()[-2:] == ["71%", "$0.44"]
    assert table[7] == "         measured as the version before 4444444"
    assert "meeting-summary, small, measured as the version before 4444444" in history_html(history, NOW)
    told = json.loads(history_json(history))["versions"]
    assert [one["scorecards"][0]["baseOf"] for one in told] == [None, None, "4444444"]


def test_a_change_that_was_never_merged_does_not_stand_for_a_version_that_has_results_of_its_own() -> None:
    first, second, third = full().versions
    unmerged = card(1.0, digest="other cases")._replace(base_of="abcdef0")
    newest = replace(first, scorecards=(unmerged, *first.scorecards))
    found = suite_history(replace(full(), versions=(newest, second, third)))
    assert found is not None
    assert [one.base_of if one else None for one in found.cards] == ["", "", None]
    # With the cases that the others were measured with, the newest counts, as anywhere.
    again = replace(first, scorecards=(card(0.9)._replace(base_of="abcdef0"), *first.scorecards))
    found = suite_history(replace(full(), versions=(again, second, third)))
    assert found is not None
    assert [one.base_of if one else None for one in found.cards] == ["abcdef0", "", None]
    # Where nothing else is known it stands there, and all others stay comparable with one another.
    alone = replace(first, scorecards=(unmerged,))
    found = suite_history(replace(full(), versions=(alone, second, third)))
    assert found is not None
    assert [found.is_foreign(number) for number in range(2)] == [True, False]


def test_a_run_that_did_not_measure_all_says_so_below_its_figures() -> None:
    silent = GateResult("is kind", "at least 75%", "not measured", "no case was answered")
    first_of_all = GateResult("no date", "no worse than base", "not measured", NO_BASE)
    people = GateResult("is kind", "at least 75%", "not measured", FOR_PEOPLE)
    first, second, third = full().versions
    stopped = card()._replace(stopped="the budget is spent")
    cards = (
        (card(0.92)._replace(gates=(silent, first_of_all)),),
        (stopped,),
        (card(0.9)._replace(gates=(first_of_all, people)),),
    )
    rows = tuple(replace(row, scorecards=cards[n]) for n, row in enumerate((first, second, third)))
    history = replace(full(), versions=rows)
    lines = history_text(history, NOW).splitlines()
    assert lines[3] == "         not measured: is kind ≥ 75%"
    assert lines[6] == "         the run stopped: the budget is spent"
    assert sum("measured" in line or "stopped" in line for line in lines) == 2
    page = history_html(history, NOW)
    assert page.count("not measured: is kind ≥ 75%") == 1
    assert page.count("the run stopped: the budget is spent") == 1


def test_a_long_title_gives_way_and_no_figure_does() -> None:
    first, *others = full().versions
    about = first.about._replace(title="挨拶 " * 40, author="A name that is longer than most")
    long = replace(full(), versions=(replace(first, about=about), *others))
    lines = history_text(long, NOW, width=110).splitlines()
    assert all(cell_len(line) <= 110 for line in lines)
    assert lines[2].endswith("92%         100%      95%    $0.44  prod 10%")
    assert "A name that is lo…  #214 挨拶" in lines[2]
    assert cell_len(lines[2]) == cell_len(lines[4])  # letters of two columns too


def test_without_a_terminal_nothing_is_cut() -> None:
    first, *others = full().versions
    about = first.about._replace(title="word " * 60 + "end", author="A name that is longer than most of them are")
    served = tuple(ServingEnvironment(f"environment-{number}", 100) for number in range(9))
    long = replace(full(), versions=(replace(first, about=about, served=served), *others))
    text = history_text(long, NOW)
    for whole in (about.author, about.title, "environment-8"):
        assert whole in text
        assert whole not in history_text(long, NOW, width=110)
    assert "…" not in text


RENAMED = PromptRename("2" * 40, "order-note", "meeting-summary", 15)


def test_a_rename_is_told_with_its_own_commit_and_the_name_of_then() -> None:
    first, second, third = full().versions
    assert first.diff is not None
    first = replace(first, renamed=(RENAMED,), diff=replace(first.diff, was="order-note"))
    rows = (first, replace(second, prompt="order-note"), replace(third, prompt="order-note"))
    text = history_text(replace(full(), versions=rows), NOW)
    said = text.splitlines()
    assert said[3].startswith("         renamed in 2222222 (#15): it was order-note before · the text changes")
    assert said[5].startswith("         (as order-note) the text changes")
    assert said[7] == "         (as order-note)"
    assert text.count("order-note before") == 1
    page = history_html(replace(full(), versions=rows), NOW)
    assert "renamed in 2222222 (#15): it was order-note before" in page
    assert "the oldest version here (as order-note)" in page
    data = json.loads(history_json(replace(full(), versions=rows)))["versions"][0]["renamed"]
    assert data == [{"commit": "2" * 40, "was": "order-note", "now": "meeting-summary", "pullRequest": 15}]


def test_a_rename_with_the_change_itself_needs_no_commit() -> None:
    first, *others = full().versions
    renamed = RENAMED._replace(commit=first.commit)
    text = history_text(replace(full(), versions=(replace(first, renamed=(renamed,)), *others)), NOW)
    assert "         renamed: it was order-note before · the text" in text


def test_a_renamed_suite_is_one_with_its_former_self() -> None:
    first, second, third = full().versions
    old = (card(0.71, 0.88, 0.96, suite="notes"),)
    rows = (first, replace(second, scorecards=old), replace(third, scorecards=old))
    apart = replace(full(), versions=rows, suites=("meeting-summary",))
    assert "92%" in history_text(apart, NOW)  # the suite of now, though fewer versions have it
    assert "71%" not in history_text(apart, NOW)
    text = history_text(replace(apart, former_suites={"notes": "meeting-summary"}), NOW)
    assert text.count("71%") == 2
    assert "Suite meeting-summary, model small" in text
    assert "Also evaluated" not in text
    assert "*" not in text


def test_results_of_another_prompt_say_whose_they_are() -> None:
    first, second, third = full().versions
    foreign = card(0.5, suite="bakery")._replace(prompt="bakery-order")
    both = replace(full(), versions=(replace(first, scorecards=(foreign, *first.scorecards)), second, third))
    words = "(of bakery-order, whose text is the same)"
    assert f"Also evaluated: bakery with small {words}" in history_text(both, NOW)
    more = replace(both, versions=(*both.versions[:1], replace(second, scorecards=(foreign,)), third))
    assert "Suite meeting-summary, model small" in history_text(more, NOW)  # its own come first
    rows = (replace(first, scorecards=(foreign,)), replace(second, scorecards=()), third)
    alone = replace(full(), versions=rows)
    assert f"Suite bakery {words}, model small" in history_text(alone, NOW)
    page = history_html(alone, NOW)
    assert f"Suite bakery {words}" in page
    assert f"<td>bakery, small {words}</td>" in page
    assert json.loads(history_json(alone))["versions"][0]["scorecards"][0]["prompt"] == "bakery-order"


def test_nothing_was_evaluated_and_there_is_more() -> None:
    rows = tuple(replace(one, scorecards=()) for one in full().versions)
    text = history_text(replace(full(), versions=rows, older=True, notes=("git fetch it",)), NOW)
    assert "cost/1k" not in text
    assert "There are older versions; to see more than 3: --limit N" in text
    assert text.endswith("\nNote: git fetch it\n")


def test_no_version_at_all() -> None:
    text = history_text(replace(full(), versions=(), notes=("no version of it can be read",)), NOW)
    assert text == "meeting-summary (Meeting summary)\n\nNote: no version of it can be read\n"


def test_other_cases_are_marked_as_not_comparable() -> None:
    first, second, third = full().versions
    changed = replace(
        full(), versions=(first, replace(second, scorecards=(card(0.71, 0.8, 0.9, digest="old"),)), third)
    )
    text = history_text(changed, NOW)
    assert "71%*" in text
    assert "92%*" not in text
    assert "* measured with other cases, criteria or scoring than the newest" in text
    drawing = drawing_of(changed)
    assert drawing.count('class="foreign"') == 3
    assert all(path.count("M") == 2 for path in re.findall(r'<path d="([^"]*)"', drawing))  # never joined


def test_the_suite_that_most_versions_have_is_shown_and_the_others_named() -> None:
    first, second, third = full().versions
    cards = (card(0.5, suite="tone"), *first.scorecards, card(0.4, model="big"))
    text = history_text(replace(full(), versions=(replace(first, scorecards=cards), second, third)), NOW)
    assert "Also evaluated: tone with small, meeting-summary with big" in text
    assert "50%" not in text


def test_json_has_it_all_and_is_ascii() -> None:
    text = history_json(full())
    assert text.isascii()
    data = json.loads(text)
    assert data["format"] == FORMAT
    assert [one["commit"] for one in data["versions"]] == ["9" * 40, "4" * 40, "7" * 40]
    first, last = data["versions"][0], data["versions"][2]
    assert (first["author"], first["pullRequest"], first["title"]) == ("Ana Petit", 214, "Sales tone")
    assert first["when"] == "2027-01-13T08:00:00+00:00"
    assert first["served"] == [{"environment": "prod", "percent": 10}]
    assert first["change"]["changes"][0]["diff"] == ["@@ user @@", "-Write.", "+Write briefly."]
    [found] = first["scorecards"]
    assert found["criteria"][0] == {
        "name": "names owner", "n": 48, "rate": 0.92, "low": 0.82, "high": 0.97, "verdict": None,
        "advisory": False, "groups": None,
    }  # fmt: skip
    assert (found["costPer1000"], found["medianLatency"], found["notedAt"]) == (0.44, 1.2, None)
    assert last["change"] is None


def test_json_explains_every_key() -> None:
    explained = history_json.__doc__ or ""
    data = json.loads(history_json(full()))
    version = data["versions"][0]
    for key in [*data, *version, *version["scorecards"][0], *version["scorecards"][0]["criteria"][0]]:
        assert key in explained, key


def test_the_drawing_is_sound_and_has_each_interval() -> None:
    drawing = ElementTree.fromstring(drawing_of(full()))
    assert len(drawing.findall(".//circle")) == 6
    assert len([line for line in drawing.findall(".//line") if line.get("class") == "bar"]) == 6
    titles = [title.text for title in drawing.findall(".//g/title")]
    assert "92% (82% … 97%) of 48 cases" in titles
    places = [float(circle.get("cx", 0)) for circle in drawing.findall(".//circle")[:2]]
    assert places[0] < places[1]  # the older one stands on the left


@pytest.mark.parametrize("count", [1, 2, 200])
def test_any_number_of_versions_can_be_drawn(count: int) -> None:
    rows = tuple(row("9", number, CommitSummary("A", 0, "t"), (card(0.5),)) for number in range(count))
    drawing = ElementTree.fromstring(drawing_of(replace(full(), versions=rows)))
    assert len(drawing.findall(".//circle")) == count
    width = float(drawing.get("width", 0))
    assert width <= 2000
    assert all(0 <= float(one.get("cx", -1)) <= width for one in drawing.findall(".//circle"))
    labels = [one for one in drawing.findall("text") if one.get("text-anchor") == "middle"]
    assert 1 <= len(labels) <= 20


def test_below_each_version_stand_its_day_its_author_and_where_it_is_served() -> None:
    drawing = ElementTree.fromstring(drawing_of(full()))
    told = [[part.text for part in text] for text in drawing.findall("text") if text.get("text-anchor") == "middle"]
    assert told == [
        ["9999999", "2027-01-13", "Ana Petit", "prod 10%"],
        ["4444444", "2026-12-25", "Tom Reyes", "prod 90%"],
        ["7777777", "2026-11-15", "Ana Petit", None],
    ]


def test_what_was_not_evaluated_is_a_ring_of_its_own_and_the_page_says_so() -> None:
    drawing = ElementTree.fromstring(drawing_of(full()))
    rings = drawing.findall(".//ellipse")
    assert len(rings) == 3  # the oldest version, once for each criterion
    assert {ring.get("cx") for ring in rings} == {"48.0"}
    assert "Dashed rings: this version was not evaluated." in history_html(full(), NOW)
    whole = replace(full(), versions=full().versions[:2])
    assert "<ellipse" not in drawing_of(whole)
    assert "Dashed rings" not in history_html(whole, NOW)


def hostile() -> History:
    about = CommitSummary(HOSTILE, 10**11, HOSTILE * 300, 1)
    bad = Scorecard(HOSTILE, HOSTILE, HOSTILE, HOSTILE, "d", "e", "s", (CriterionRate(HOSTILE, 10**8, 0.5, 0.1, 0.9),))
    version = PromptVersion("9" * 40, HOSTILE, HOSTILE, "k", "d", about, change(HOSTILE, HOSTILE * 2), (bad,))
    version = replace(
        version, served=(ServingEnvironment(HOSTILE, 33.3),), renamed=(PromptRename("2" * 40, HOSTILE, HOSTILE, 1),)
    )
    return History(HOSTILE, HOSTILE, "9" * 40, "9999999", (version,), notes=(HOSTILE,))


@pytest.mark.parametrize("color", [False, True])
def test_no_text_of_others_acts_on_a_terminal(color: bool) -> None:
    text = history_text(hostile(), NOW, color=color)
    assert not re.search(r"\x1b\[(?!1m|2m|0m|31m|32m)|\x1b[^\[]|[\u202e\u200b\x00]", text)
    assert not re.search(r"^::", text, re.MULTILINE)


def test_the_page_holds_no_markup_of_others_and_asks_for_nothing() -> None:
    tags: set[str] = set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.add(tag)
            assert not [name for name, value in attrs if name.startswith("on") or (value or "").startswith("http")]

    page = history_html(hostile(), NOW)
    Reader().feed(page)
    assert not tags & {"script", "img", "iframe", "a", "link", "object"}
    assert "default-src 'none'" in page
    assert "\u202e" not in page


def test_the_page_shows_versions_with_figures_and_changes() -> None:
    page = history_html(full(), NOW)
    assert '<span class="del">-Write.</span><span class="add">+Write briefly.</span>' in page
    assert "92% (82% … 97%) of 48 cases" in page
    assert "#214 Sales tone" in page
    assert "the oldest version here" in page
    assert "3 versions" in page
    rows = tuple(replace(one, scorecards=()) for one in full().versions)
    assert "No version of it was evaluated yet." in history_html(replace(full(), versions=rows), NOW)


def test_the_page_tells_an_edit_once_however_the_cases_are_filled_in() -> None:
    lines = ("@@ user @@", "-Write for {{ team }}.", "+Write briefly for {{ team }}.")
    cases = tuple(
        CaseDiff(
            team, {"team": team}, False, (("user", f"Write for {team}."),), (("user", f"Write briefly for {team}."),)
        )
        for team in ("sales", "legal", "support")
    )
    edited = replace(change(), cases=cases, edit=(FileEdit(change().path, lines),))
    (newest, *_) = full().versions
    page = history_html(replace(full(), versions=(replace(newest, diff=edited),)), NOW)
    assert page.count("+Write briefly for {{ team }}.") == 1
    assert page.count("+Write briefly for") == 2  # and in one case
    assert page.count("the edit, as it is written") == 1


def test_rates_of_groups_say_so() -> None:
    first = full().versions[0]
    cards = tuple(
        one._replace(criteria=tuple(rate._replace(groups=8) for rate in one.criteria)) for one in first.scorecards
    )
    alone = replace(full(), versions=(replace(first, scorecards=cards),))
    assert "small, rates of 48 cases in 8 groups.\n" in history_text(alone, NOW)
