"""The page of a whole check: what broke first, the suites, lint, the prompts; inert and never too long."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath
from urllib.parse import quote

import pytest

from promptops.forge.comment_stamp import CommentStamp, add_stamp, read_stamp
from promptops.forge.sticky_comment import truncate_comment
from promptops.model.finding import Finding, Span
from promptops.model.outcomes.check import CheckProblem, CheckResult, ComparisonBase, PromptChanges
from promptops.model.outcomes.environment_review import EnvironmentReview, PinObjection, ReviewedPin
from promptops.model.outcomes.pin_change import PinChange, PinnedVersion
from promptops.model.suite import folder_name
from promptops.report.comment.comment_markers import MARKER
from promptops.report.comment.compose import check_comment, refreshed_comment
from tests.report import factory

BASE = ComparisonBase("4f2a91c" + "0" * 33, "where it left main")
HOSTILE = "</details> ![x](http://evil.example/x.png) @acme #1 <!-- promptops --> `x`"


def _finding(number: int, severity: str = "error", path: str = "prompts/a.prompt.yml") -> Finding:
    return Finding(PurePosixPath(path), Span.at(number, 1), "P101", f"problem {number}", "", severity)  # type: ignore[arg-type]


def test_a_page_has_its_parts_in_the_order_in_which_they_matter() -> None:
    page = check_comment(
        CheckResult(
            BASE,
            (_finding(3),),
            "1 problem in 1 prompt",
            (factory.comparison(),),
            (CheckProblem("greet", "there is no key", "set it"),),
            PromptChanges(("old",), (("new", "former"),), ("bare",)),
        )
    )
    assert page.startswith(f"{MARKER}\n")
    parts = (
        "### ❔ Not measured: greet",
        "#### One thing to mend in `prompts/a.prompt.yml`, line 3",
        "**What is wrong:** problem 3.",
        "**greet** was not evaluated: there is no key *set it*",
        "### ⛔ A rule fails: Meeting summary",
        "**Deleted:** `old`.",
        "**Renamed:** `former` → `new`.",
        "no suite tests it:** `bare`",
        "Compared with `4f2a91c`: where it left main.",
    )
    places = [page.index(part) for part in parts]
    assert places == sorted(places)


def test_a_plain_page_holds_the_same_without_html_and_mermaid() -> None:
    checked = CheckResult(BASE, results=(factory.comparison(), factory.two_models(), factory.hostile()))
    page, plain = check_comment(checked, limit=200_000), check_comment(checked, limit=200_000, plain=True)
    fences = re.compile(r"^(`{3,}|~{3,}).*?^\1", re.DOTALL | re.MULTILINE)
    assert "```mermaid" in page
    assert "mermaid" not in plain
    assert not re.search(r"</?[a-z!]", fences.sub("", plain).replace("\\<", ""))
    for summary in re.findall("<details><summary>(.*?)</summary>", fences.sub("", page)):
        # Where no comment is obeyed there is nothing to answer with: then it is one line.
        shown = summary if "by people" in summary else f"**{summary[:1].upper()}{summary[1:]}**"
        assert shown in plain
    assert len(check_comment(checked, limit=20_000, plain=True)) <= 20_000


def test_what_keeps_all_suites_from_being_evaluated_is_the_title() -> None:
    broken = CheckProblem("", "promptops.yml:1:1: 'modelz' is no key", "did you mean 'models'?")
    page = check_comment(CheckResult(BASE, problems=(broken,)))
    assert page.splitlines()[1] == "### ❔ Not measured: promptops.yml:1:1: 'modelz' is no key"
    lint = CheckProblem("", "lint could not look at the files: oh")
    page = check_comment(CheckResult(BASE, results=(factory.comparison(),), problems=(lint, CheckProblem("b", "why"))))
    assert page.splitlines()[1] == ("### ❔ Not measured: lint could not look at the files: oh; b")


def test_nothing_evaluated_is_not_said_where_a_suite_could_not_be() -> None:
    assert "no suite is affected" in check_comment(CheckResult(BASE))
    assert "no suite is affected" not in check_comment(CheckResult(BASE, problems=(CheckProblem("greet", "why"),)))


def test_no_base_is_told_with_its_reason() -> None:
    assert "**Compared with nothing:** this branch is new." in check_comment(
        CheckResult(ComparisonBase(None, "this branch is new"))
    )


def test_advice_is_not_listed_and_errors_come_before_warnings() -> None:
    page = check_comment(CheckResult(BASE, (_finding(1, "note"), _finding(2, "warning"), _finding(3)), "words"))
    assert "problem 1" not in page
    assert page.index("problem 3") < page.index("problem 2")


def test_what_others_wrote_is_inert_wherever_it_stands() -> None:
    page = check_comment(
        CheckResult(
            ComparisonBase(None, HOSTILE),
            (_finding(1, path=f"prompts/{HOSTILE}.prompt.yml"),),
            HOSTILE,
            (factory.hostile(),),
            (CheckProblem(HOSTILE, HOSTILE, HOSTILE),),
            PromptChanges((HOSTILE,), ((HOSTILE, HOSTILE),), (HOSTILE,)),
            untrusted=True,
        )
    )
    assert page.count(MARKER) == 1
    assert "@acme" not in page
    outside_code = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", page)
    assert "![x](" not in outside_code
    assert page.count("<details>") == page.count("</details>")


def test_however_much_there_is_the_page_keeps_its_limit() -> None:
    many = "x" * 5_000
    page = check_comment(
        CheckResult(
            BASE,
            tuple(_finding(number, path=f"{many}.prompt.yml") for number in range(1, 900)),
            many,
            (factory.hostile(),) * 5,
            (CheckProblem(many, many, many),) * 300,
            PromptChanges((many,) * 300, ((many, many),) * 300, (many,) * 300),
        )
    )
    assert len(page) <= 60_000
    assert "and 290 more suites" in page
    assert "884 more problems" in page


def test_a_page_that_is_made_again_keeps_its_limit_and_whose_it_is() -> None:
    many = "x" * 5_000
    pins = tuple(
        ReviewedPin(
            PinChange(f"p{n}", "first", None, None, None, PinnedVersion(40 * "a", "d"), notes=(many,)),
            (PinObjection(many, many),) * 3,
        )
        for n in range(60)
    )
    review = EnvironmentReview("prod", PurePosixPath("environments/prod.yml"), "changed", pins)
    results = (factory.hostile(),) * 5
    checked = CheckResult(BASE, results=results, problems=(CheckProblem(many, many, many),) * 9, environments=(review,))
    stamp = CommentStamp(7, 1, 40 * "a")
    again = refreshed_comment(add_stamp(check_comment(checked), stamp), results, MARKER)
    assert len(again) <= 60_500
    assert read_stamp(truncate_comment(again)) == stamp
    assert "environments/prod.yml" in again


def test_what_was_only_renamed_is_told_apart_from_what_was_edited_too() -> None:
    changes = PromptChanges(
        renamed=(("new", "old"), ("other", "former")), same=("new",), suites=(("new-suite", "old-suite"),)
    )
    page = check_comment(CheckResult(ComparisonBase("b" * 40, "main"), changes=changes))
    assert "**Renamed, the text is the same:** `old` → `new`." in page
    assert "**Renamed:** `former` → `other`." in page
    assert "**Renamed suites:** `old-suite` → `new-suite`." in page


def test_a_draft_s_suites_are_named_first_and_nothing_is_said_to_be_unaffected() -> None:
    page = check_comment(CheckResult(ComparisonBase("b" * 40, "main"), deferred=("greet", "note")))
    assert page.splitlines()[1] == "### ❔ Not measured: this pull request is a draft"
    assert "No model was asked yet for `greet`, `note`." in page
    assert "Nothing was evaluated" not in page


@pytest.mark.parametrize("address", ["https://acme.github.io/prompts/pr-7/", "http://pages.internal/index.html?run=7"])
def test_the_heading_leads_to_the_page_where_it_has_an_address(address: str) -> None:
    page = check_comment(CheckResult(BASE, results=(factory.comparison(),)), page_url=address)
    assert f"\n### ⛔ A rule fails: [Meeting summary]({address})\n" in page
    several = factory.comparison(), replace(factory.comparison(), suite="reply", title="Reply")
    assert f": [Meeting summary, Reply]({address})\n" in check_comment(
        CheckResult(BASE, results=several), page_url=address
    )


def test_what_got_worse_is_one_click_away_and_stays_so_when_an_owner_s_word_makes_the_comment_anew() -> None:
    checked = CheckResult(BASE, results=(factory.comparison(),), edit_url="https://github.com/acme/p/edit/b")
    page = check_comment(checked, page_url="https://acme.github.io/prompts/pr-7/index.html")
    link = "- [Read the 3 that got worse](https://acme.github.io/prompts/pr-7/meeting-summary/report.html#show=worse)"
    assert link in page
    anew = refreshed_comment(page, [factory.comparison()], MARKER)
    assert link in anew
    assert anew == page


@pytest.mark.parametrize(
    "address", ["", "javascript:alert(1)", "https://a.example/) ![x](y", "https://a\nb", "/index.html"]
)
def test_what_is_no_address_is_no_link(address: str) -> None:
    page = check_comment(CheckResult(BASE, results=(factory.comparison(),)), page_url=address)
    assert page == check_comment(CheckResult(BASE, results=(factory.comparison(),)))


def test_the_link_leads_into_the_folder_that_the_check_writes_for_a_suite_of_any_name() -> None:
    suite = "legal/contract terms:x"
    page = check_comment(
        CheckResult(BASE, results=(factory.comparison(suite=suite),)), page_url="https://acme.github.io/prompts/"
    )
    assert f"(https://acme.github.io/prompts/{quote(folder_name(suite))}/report.html#show=worse)" in page
    assert "legal%2Bcontract%2520terms%3Dx" in page
