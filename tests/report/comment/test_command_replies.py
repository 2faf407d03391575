from __future__ import annotations

import re
from dataclasses import replace

import pytest

from promptops.model.outcomes.check import CheckResult, ComparisonBase
from promptops.model.results import GateResult
from promptops.report.comment.command_replies import (
    HOW,
    NO_CHECK,
    CommandReply,
    answer_comment,
    answer_lines,
    asks_people,
)
from promptops.report.comment.comment_markers import ANSWERS_MARKER, mark_results, replace_results
from promptops.report.comment.compose import check_comment
from promptops.text.sanitize import JOINER
from tests.report.factory import comparison, unchanged

HOSTILE = "@acme/all #1 <!-- promptops --> </details> ![x](http://x) `code` **b** \u202e\x1b[2J\n::error::x"


def test_the_answer_calls_who_asked_and_says_what_came_of_each_line() -> None:
    body = answer_comment(
        "ana", [CommandReply("/promptops label a b pass", "recorded", True), CommandReply("", "no")], ["Later."]
    )
    assert body.split("\n") == [
        ANSWERS_MARKER,
        "@ana:",
        "",
        "- ✅ `/promptops label a b pass` – recorded",
        "- ❌ no",
        "",
        "Later.  ",
    ]


def test_what_starts_no_check_is_said_only_where_something_was_written() -> None:
    assert NO_CHECK in answer_comment("ana", [CommandReply("", "done", True)], written=True)
    assert NO_CHECK not in answer_comment("ana", [CommandReply("", "no")])


def test_nothing_in_an_answer_acts_on_github() -> None:
    body = answer_comment(
        "ana",
        [
            CommandReply(f"/promptops label {HOSTILE}", f"there is no case '{HOSTILE}'", read_as=HOSTILE),
            CommandReply("x", "y", instead=(f"/promptops label {HOSTILE}", f"{HOSTILE}\n```\n@acme/all")),
        ],
        [HOSTILE],
    )
    rest = body.removeprefix(ANSWERS_MARKER).replace("@ana:", "")
    assert "<!--" not in rest
    assert not re.search(r"@\w|#\d|://|</details|\x1b|\u202e|^\s*::", rest, re.MULTILINE)
    assert JOINER in rest


@pytest.mark.parametrize("login", ["x]y", "a b", "", "ana\n@acme/all", "x" * 200])
def test_a_login_that_is_none_calls_nobody(login: str) -> None:
    assert "\n@" not in answer_comment(login, [CommandReply("", "no")])


def test_the_log_has_a_line_for_each_answer_and_none_that_a_runner_obeys() -> None:
    lines = answer_lines([CommandReply("x", "recorded", True), CommandReply("x", HOSTILE)])
    assert lines[0] == "done: recorded"
    assert all("\n" not in line and not line.startswith("::") for line in lines)


def test_results_in_a_page_are_replaced_and_the_rest_stays() -> None:
    page = f"<!-- promptops -->\nbefore\n\n{mark_results('old')}\n\n**Lint:** fine"
    assert replace_results(page, "new") == f"<!-- promptops -->\nbefore\n\n{mark_results('new')}\n\n**Lint:** fine"


@pytest.mark.parametrize("page", ["", "<!-- promptops -->\n**Evaluating…**", mark_results("old")[:30], "text"])
def test_a_page_without_the_frame_is_not_patched(page: str) -> None:
    assert replace_results(page, "new") is None


def test_a_check_says_how_owners_answer_where_their_word_would_change_something() -> None:
    checked = CheckResult(ComparisonBase("b" * 40, "main"), results=(comparison(),))
    run = replace(unchanged(), gates=(GateResult("q", "r", "failed", blocks=True),))
    blocked = checked._replace(results=(run,))
    assert HOW in check_comment(blocked)
    assert HOW not in check_comment(blocked._replace(untrusted=True))
    assert asks_people([comparison()])  # a label is missing
    assert HOW not in check_comment(checked._replace(results=(unchanged(),)))
