"""Whose parameters win, and what a reasoning model is sent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from promptops.model.chat.parameters import (
    REASONING_TOKENS,
    accepted_parameters,
    describe_changes,
    is_reasoning_model,
    judge_parameters,
    resolve_parameters,
)
from promptops.model.config import ModelSpec


def spec(model: str = "m", **parameters: Any) -> ModelSpec:
    """A model with parameters of its own."""
    return ModelSpec("x", "openai", model, parameters=parameters)


@pytest.mark.parametrize(
    ("models", "own", "resolved"),
    [
        ({}, {"temperature": 0.2}, {"temperature": 0.2}),
        ({"temperature": 1, "seed": 7}, {"temperature": 0.2}, {"temperature": 0.2, "seed": 7}),
        ({"max_tokens": 9}, {"max_completion_tokens": 5}, {"max_completion_tokens": 5}),
        ({"max_completion_tokens": 9}, {"max_tokens": 5}, {"max_tokens": 5}),
        ({"max_tokens": 9}, {}, {"max_tokens": 9}),
    ],
)
def test_a_prompts_own_parameters_win(models: dict[str, Any], own: dict[str, Any], resolved: dict[str, Any]) -> None:
    assert resolve_parameters(spec(**models), own) == resolved


def test_what_a_model_adds_to_the_body_is_a_parameter_under_the_clients_own_name() -> None:
    model = replace(spec(temperature=1), extra_body={"top_k": 4, "route": "a"})
    assert resolve_parameters(model, {}) == {"temperature": 1, "extra_body": {"top_k": 4, "route": "a"}}
    own = {"temperature": 0, "extra_body": {"top_k": 9}}
    assert resolve_parameters(model, own) == {"temperature": 0, "extra_body": {"top_k": 9, "route": "a"}}
    assert judge_parameters(model, 5)["extra_body"] == {"top_k": 4, "route": "a"}
    assert resolve_parameters(spec(), own) is own


def test_a_spec_with_parameters_is_still_a_key() -> None:
    assert len({spec(), spec(temperature=1), spec(temperature=1)}) == 2


@pytest.mark.parametrize("model", ["o1", "o3-mini", "o4-mini-2025-04-16", "gpt-5", "gpt-5-nano", "openai/o3"])
def test_a_reasoning_model_gets_the_newer_limit_and_no_temperature(model: str) -> None:
    written = {"temperature": 0.2, "top_p": 1, "max_tokens": 300, "seed": 7}
    assert is_reasoning_model(model)
    assert accepted_parameters(model, written) == {"top_p": 1, "max_completion_tokens": 300, "seed": 7}


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-5.1", "gpt-5-chat-latest", "o3x", "foo3", "m"])
def test_other_models_get_what_is_written(model: str) -> None:
    written = {"temperature": 0.2, "max_tokens": 300}
    assert accepted_parameters(model, written) is written
    assert describe_changes(model, written, written) == ""


def test_what_is_sent_otherwise_is_told() -> None:
    written = {"temperature": 0.2, "top_p": 0.5, "max_tokens": 300}
    note = describe_changes("o3", written, accepted_parameters("o3", written))
    assert "left out 'temperature' and 'top_p' and sent 'max_tokens' as 'max_completion_tokens'" in note
    assert "modelParameters" in note


@pytest.mark.parametrize(
    ("judge", "tokens", "sent"),
    [
        (spec(), 300, {"temperature": 0, "max_tokens": 300}),
        (spec(), None, {}),
        (spec(max_tokens=2000, seed=1), 300, {"temperature": 0, "max_tokens": 2000, "seed": 1}),
        (spec(temperature=1), 300, {"temperature": 1, "max_tokens": 300}),
        (spec(seed=1), None, {"seed": 1}),
        (spec("o3"), 300, {"max_completion_tokens": 300 + REASONING_TOKENS}),
        (spec("o3", max_tokens=900), 300, {"max_completion_tokens": 900}),
        (spec("o3", max_completion_tokens=900, temperature=0), 300, {"max_completion_tokens": 900}),
        (replace(spec(), provider="anthropic"), 300, {"max_tokens": 300 + REASONING_TOKENS}),
    ],
)
def test_a_judge_is_asked_as_its_model_demands(judge: ModelSpec, tokens: int | None, sent: dict[str, Any]) -> None:
    assert judge_parameters(judge, tokens) == sent
