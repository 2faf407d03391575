"""Values of another shape than an interface knows are refused by name, before any call."""

from __future__ import annotations

from typing import Any

import pytest

from promptops.errors import RenderError
from promptops.model.chat.message import Message
from promptops.model.requests.anthropic_messages import anthropic_arguments
from promptops.model.requests.bedrock import bedrock_arguments
from promptops.model.requests.gemini import gemini_arguments

INTERFACES: list[Any] = [anthropic_arguments, bedrock_arguments, gemini_arguments]


@pytest.mark.parametrize("arguments", INTERFACES)
@pytest.mark.parametrize(
    ("name", "value"),
    [("max_tokens", {"a": 1}), ("max_tokens", [5]), ("reasoning_effort", {"a": 1}), ("extra_body", "x")],
)
def test_a_parameter_of_another_shape(arguments: Any, name: str, value: object) -> None:
    with pytest.raises(RenderError, match=f"'{name}'"):
        arguments("m", [Message("user", "Hi")], {name: value})


@pytest.mark.parametrize("arguments", INTERFACES)
@pytest.mark.parametrize("parameters", ["x", [1], 5])
def test_a_tool_whose_parameters_are_no_group(arguments: Any, parameters: object) -> None:
    tools = [{"type": "function", "function": {"name": "find", "parameters": parameters}}]
    with pytest.raises(RenderError, match="takes parameters as a group, and those of 'find' are none"):
        arguments("m", [Message("user", "Hi")], {}, tools)
