"""Each message is told beside the one it was before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from promptops.model.results import CaseInfo, Rendered
from promptops.report.results.edit.message_diffs import Messages, message_diff, rendered_changes
from promptops.report.results.results_view import ResultsView
from tests.report.factory import unchanged

SYSTEM = ("system", "You summarise meetings.\n")
QUESTION = ("user", "<meeting>\nIna: I will call.\n</meeting>\n")
EXAMPLE = (("user", "<meeting>\nJo: It is broken.\n</meeting>\n"), ("assistant", "It is broken."))


def test_an_example_put_before_the_question_is_told_as_two_new_messages() -> None:
    assert message_diff((SYSTEM, QUESTION), (SYSTEM, *EXAMPLE, QUESTION)) == (
        "@@ user (new message) @@",
        "+<meeting>",
        "+Jo: It is broken.",
        "+</meeting>",
        "@@ assistant (new message) @@",
        "+It is broken.",
    )


def test_an_edited_question_is_found_behind_a_new_example() -> None:
    edited = ("user", QUESTION[1] + "In one sentence.\n")
    assert message_diff((SYSTEM, QUESTION), (SYSTEM, *EXAMPLE, edited))[-4:] == (
        "@@ user @@",
        " Ina: I will call.",
        " </meeting>",
        "+In one sentence.",
    )


@pytest.mark.parametrize(
    ("base", "head", "told"),
    [
        ((SYSTEM, QUESTION), (QUESTION,), ("@@ system (message removed) @@", "-You summarise meetings.")),
        ((SYSTEM,), (("system", "Other.\n"),), ("@@ system @@", "-You summarise meetings.", "+Other.")),
        ((SYSTEM,), (SYSTEM,), ()),
        ((), (("user", "Hi"),), ("@@ user (new message) @@", "+Hi")),
        ((("user", "Hi"),), (("user", "Hi\n"),), ("@@ user @@", " Hi", "+")),
        ((("system", "Hi"),), (("developer", "Hi"),), ("@@ system → developer @@",)),
        (
            (("user", "Hi"),),
            (("assistant", "Ho"),),
            ("@@ user (message removed) @@", "-Hi", "@@ assistant (new message) @@", "+Ho"),
        ),
    ],
)
def test_what_changed_is_told(base: Messages, head: Messages, told: tuple[str, ...]) -> None:
    assert message_diff(base, head) == told


def test_many_messages_are_compared_in_their_order() -> None:
    base = tuple(("user", f"old {number}") for number in range(30))
    head = tuple(("user", f"new {number}") for number in range(30))
    assert message_diff(base, head)[:3] == ("@@ user @@", "-old 0", "+new 0")


def test_one_edit_is_told_once_though_a_case_has_a_word_of_it() -> None:
    told = [
        rendered
        for case in ("Friday", "Monday")
        for rendered in (
            Rendered(case, "base", (("user", f"{case}\n"),)),
            Rendered(case, "head", (("user", f"By Friday.\n{case}\n"),)),
        )
    ]
    cases = tuple(CaseInfo(case, {"day": case}) for case in ("Friday", "Monday"))
    found = rendered_changes(ResultsView(replace(unchanged(), cases=cases, rendered=tuple(told))))
    assert [change.cases for change in found.changes] == [("Friday", "Monday")]
