"""What a call can cost at the most, before it is made."""

from __future__ import annotations

from dataclasses import replace

import pytest

from promptops.evals.engine.cost_ceiling import cost_ceiling
from promptops.model.chat.message import Message
from promptops.model.config import ModelSpec
from promptops.model.model_call import Request, Usage

SPEC = ModelSpec("m", "openai", "m")


def price(spec: ModelSpec, usage: Usage) -> float | None:
    return (usage.input_tokens or 0) + 1000 * (usage.output_tokens or 0)


def request(text: str = "hello", **more: object) -> Request:
    return Request(SPEC, (Message("user", text),), **more)  # type: ignore[arg-type]  # a dict of fields


@pytest.mark.parametrize("parameters", [{"max_tokens": 7}, {"max_completion_tokens": 7}])
def test_all_that_a_reply_may_have_and_every_byte_of_the_question(parameters: dict[str, object]) -> None:
    found = cost_ceiling(request("hällo", parameters=parameters), price)
    assert found is not None
    assert found >= 7 * 1000 + len("hällo".encode())
    assert found < 7 * 1000 + 200


def test_several_replies_cost_as_often() -> None:
    found = cost_ceiling(request(parameters={"max_tokens": 7, "n": 3}), price)
    assert found is not None
    assert found >= 21_000


def test_tools_and_a_schema_are_read_too() -> None:
    plain = cost_ceiling(request(parameters={"max_tokens": 1}), price)
    tools = cost_ceiling(request(parameters={"max_tokens": 1}, tools=({"name": "x" * 500},)), price)
    schema = cost_ceiling(request(parameters={"max_tokens": 1}, json_schema={"title": "x" * 500}), price)
    assert plain is not None
    assert tools is not None
    assert schema is not None
    assert min(tools, schema) >= plain + 500


def test_what_a_model_adds_to_the_body_counts_where_it_says_more() -> None:
    model = replace(SPEC, extra_body={"max_tokens": 50})
    found = cost_ceiling(replace(request(parameters={"max_tokens": 1}), model=model), price)
    assert found is not None
    assert found >= 50_000


def test_without_a_limit_or_a_price_nobody_knows() -> None:
    assert cost_ceiling(request(), price) is None
    assert cost_ceiling(request(parameters={"max_tokens": 7}), lambda spec, usage: None) is None
