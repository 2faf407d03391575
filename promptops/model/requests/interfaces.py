"""By interface, the function that puts a filled prompt into its words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from promptops.model.chat.message import Message
from promptops.model.config import ModelSpec
from promptops.model.requests.anthropic_messages import anthropic_arguments
from promptops.model.requests.bedrock import bedrock_arguments
from promptops.model.requests.gemini import gemini_arguments

TRANSLATORS: dict[str, Callable[..., dict[str, Any]]] = {
    "anthropic": anthropic_arguments,
    "bedrock": bedrock_arguments,
    "gemini": gemini_arguments,
}
"""All of the shape of `chat_arguments`, with `where`. What is not listed takes a prompt as it is."""
_ANY = (Message("user", "?"),)


def require_supported(
    spec: ModelSpec,
    parameters: Mapping[str, Any],
    tools: tuple[Mapping[str, Any], ...] = (),
    response_format: str = "text",
    json_schema: Mapping[str, Any] | None = None,
    *,
    where: str = "",
) -> None:
    """RenderError for parameters, tools or a form of the reply that the model's interface has no place for.

    Whatever the messages are: those are known only once a case has filled them.
    """
    if (write := TRANSLATORS.get(spec.interface)) is not None:
        write(spec.model, _ANY, parameters, tools, response_format, json_schema, where=where)
