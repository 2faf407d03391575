"""JSON that is not whole because its limit of tokens ended it says so, whoever reads it."""

from __future__ import annotations

from typing import Any

import pytest

from promptops.model.chat.message import ToolCall
from promptops.model.model_call import Reply, Usage

from .fakes import score

KINDS: list[tuple[str, dict[str, Any]]] = [("json", {}), ("schema", {"schema": {"type": "object"}})]


@pytest.mark.parametrize("reason", ["length", "max_tokens", "MAX_TOKENS"])
@pytest.mark.parametrize(("kind", "options"), KINDS)
def test_json_cut_by_the_limit_says_so(kind: str, options: dict[str, Any], reason: str) -> None:
    result = score(kind, options, Reply('{"a": [1, 2', usage=Usage(9, 40), finish_reason=reason))
    assert (result.passed, result.reason) == (False, "the reply was cut at 40 tokens, so its JSON is not whole")
    result = score(kind, options, Reply('{"a": [1, 2', finish_reason=reason))
    assert result.reason == "the reply was cut at its limit of tokens, so its JSON is not whole"


@pytest.mark.parametrize(("kind", "options"), KINDS)
def test_json_that_the_model_ended_so_says_where_it_is_wrong(kind: str, options: dict[str, Any]) -> None:
    result = score(kind, options, Reply('{"a": [1, 2', usage=Usage(9, 40), finish_reason="stop"))
    assert result.reason == "the reply is not JSON: a comma is missing at its end"


@pytest.mark.parametrize(("kind", "options"), KINDS)
def test_a_cut_reply_whose_json_is_whole_passes(kind: str, options: dict[str, Any]) -> None:
    assert score(kind, options, Reply('{"a": 1}', usage=Usage(9, 40), finish_reason="length")).passed


def test_arguments_of_a_tool_cut_by_the_limit_say_so() -> None:
    reply = Reply("", (ToolCall("add", '{"a": '),), Usage(9, 40), finish_reason="length")
    result = score("tool", {"name": "add", "arguments": {"a": 1}}, reply)
    assert (result.passed, result.reason) == (
        False,
        "the reply was cut at 40 tokens, so the arguments of add are not whole",
    )
