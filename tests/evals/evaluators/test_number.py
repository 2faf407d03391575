from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.errors import PromptError

from .fakes import score


@pytest.mark.parametrize(
    ("options", "reply", "passed"),
    [
        ({"equals": "{{ amount }}", "tolerance": 0.01}, "It is $29.00.", True),
        ({"equals": 11}, "711", False),
        ({"equals": 29}, "29,00 €", True),
        ({"equals": 29}, "5, 17 and 29", True),
        ({"equals": 29}, "2.9 or 290", False),
        ({"equals": -5}, "5", False),
        ({"equals": -5}, "−5 °C", True),
        ({"equals": 12}, "12%", True),
        ({"equals": 1234}, "1.234 €", True),
        ({"equals": 1.234}, "1.234", True),
        ({"equals": 1.234}, "1234", False),
        ({"equals": 1234, "decimalMark": "."}, "1.234", False),
        ({"equals": 29, "tolerance": 0.5}, "29.5", True),
        ({"equals": 29, "tolerance": 0.5}, "29.51", False),
        ({"equals": 0.3, "tolerance": 0}, "0.3", True),
        ({"equals": "$1,234.50"}, "1.234,50 Euro", True),
        ({"atLeast": 1, "atMost": 5}, "a 3 of 10", True),
        ({"atLeast": 1, "atMost": 5}, "0 or 6", False),
        ({"atLeast": 5}, "5", True),
        ({"atMost": "{{ amount }}"}, "29.01", False),
        ({"atMost": 10}, "1.234 €", False),
        ({"atMost": 10, "decimalMark": "."}, "1.234 s", True),
        ({"equals": 29}, "twenty-nine", False),
        ({"equals": 10**400}, str(10**200), False),
    ],
)
def test_a_number_in_the_reply(options: dict[str, Any], reply: str, passed: bool) -> None:
    result = score("number", options, reply, fields={"amount": 29})
    assert result.passed is passed
    assert bool(result.reason) is not passed


def test_says_which_numbers_are_there() -> None:
    assert score("number", {"equals": 11}, "711 or 12").reason == "should contain 11, contains 711, 12"
    assert score("number", {"equals": 11, "tolerance": 0.5}, "x").reason == (
        "should contain 11, give or take 0.5, contains no number"
    )
    assert (
        score("number", {"atLeast": 1, "atMost": 5}, "7").reason
        == "should contain a number of at least 1 and at most 5, contains 7"
    )
    assert score("number", {"equals": 1}, "2 3 4 5 6 7 8").reason.endswith("contains 2, 3, 4, 5, 6 …")


@pytest.mark.parametrize("amount", ["", "none", "5 or 6", None])
def test_a_case_whose_field_is_no_number_is_an_error(amount: Any) -> None:
    result = score("number", {"equals": "{{ amount }}"}, "5", fields={"amount": amount})
    assert (result.status, result.passed) == ("error", None)


@pytest.mark.parametrize(
    "options",
    [{}, {"tolerance": 1}, {"equals": "five"}, {"equals": ""}, {"equals": 1, "atLeast": 0}, {"atLeast": 5, "atMost": 1},
     {"atLeast": 1, "tolerance": 1}, {"not": True}],
)  # fmt: skip
def test_options_that_make_no_sense_are_refused_before_the_run(options: dict[str, Any]) -> None:
    with pytest.raises(PromptError, match="evaluator 'the criterion'"):
        score("number", options, "1")


@given(reply=st.text(), wanted=st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_never_raises(reply: str, wanted: float) -> None:
    assert score("number", {"equals": wanted}, reply).passed is not None
