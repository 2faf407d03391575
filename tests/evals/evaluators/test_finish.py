from __future__ import annotations

from typing import Any

import pytest

from promptops.errors import PromptError
from promptops.model.model_call import Reply

from .fakes import score


def ended(reason: str) -> Reply:
    return Reply("A reply that", finish_reason=reason)


@pytest.mark.parametrize(
    ("options", "reason", "passed", "why"),
    [
        ({"equals": "stop"}, "stop", True, ""),
        ({"equals": "stop"}, "length", False, "should end by itself, was cut off at the limit of tokens"),
        ({"equals": "length", "not": True}, "length", False, "should not be cut off at the limit of tokens"),
        ({"equals": "length", "not": True}, "stop", True, "ended by itself"),
        ({"equals": "Tool_Calls"}, "tool_calls", True, ""),
        ({"equals": "length"}, "MAX_TOKENS", True, ""),
        ({"equals": "length", "not": True}, "max_tokens", False, "should not be cut off at the limit of tokens"),
        ({"equals": "content_filter"}, "SAFETY", True, ""),
        ({"equals": "stop"}, "eos", True, ""),
        ({"equals": "{{ end }}"}, "end_turn", True, ""),
    ],
)
def test_why_the_reply_ended(options: dict[str, Any], reason: str, passed: bool, why: str) -> None:
    result = score("finish", options, ended(reason), fields={"end": "END_TURN"})
    assert (result.passed, result.reason) == (passed, why)


@pytest.mark.parametrize("options", [{"equals": "stop"}, {"equals": "length", "not": True}])
def test_a_provider_that_does_not_say_is_an_error(options: dict[str, Any]) -> None:
    result = score("finish", options, ended(""))
    assert (result.status, result.passed) == ("error", None)


@pytest.mark.parametrize("reason", ["MAX_TOKENS", "eos", "tool_use", "SAFETY", "pause_turn", "something_new"])
def test_other_servers_words_are_taken(reason: str) -> None:
    assert score("finish", {"equals": reason}, ended(reason)).passed


@pytest.mark.parametrize("options", [{}, {"equals": " "}, {"equals": "lenght"}, {"equals": "content filter"}])
def test_a_reason_that_no_reply_has_is_refused_before_the_run(options: dict[str, Any]) -> None:
    with pytest.raises(PromptError):
        score("finish", options, ended("stop"))
