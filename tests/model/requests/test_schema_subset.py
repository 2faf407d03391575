"""Schemas of replies that Anthropic and Bedrock would refuse, told before any call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from promptops.errors import RenderError
from promptops.model.chat.message import Message
from promptops.model.requests.anthropic_messages import anthropic_arguments
from promptops.model.requests.bedrock import bedrock_arguments
from promptops.model.requests.gemini import gemini_arguments
from promptops.model.requests.schema_subset import without_limits

TEXT, USER = {"type": "string"}, (Message("user", "hi"),)


def closed(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


@pytest.mark.parametrize("write", [anthropic_arguments, bedrock_arguments])
@pytest.mark.parametrize(
    ("schema", "words"),
    [
        (closed(a=TEXT, b={"type": "array", "items": closed(c=TEXT), "minItems": 1}), ""),
        (closed(minimum=TEXT), ""),  # a property may be called so
        (closed(a={"type": "string", "maxLength": 9}), "takes no 'maxLength'"),
        (closed(a={"anyOf": [{"type": "null"}, {"type": "integer", "minimum": 1}]}), "takes no 'minimum'"),
        (closed(a={"type": "array", "items": TEXT, "minItems": 2}), "takes no 'minItems'"),
        ({**closed(a={"$ref": "#/$defs/x"}), "$defs": {"x": {"type": "object"}}}, "to be closed"),
        ({"type": "object", "additionalProperties": True}, "to be closed"),
    ],
)
def test_what_the_interface_refuses_a_schema_for(write: Callable[..., Any], schema: dict[str, Any], words: str) -> None:
    def asked() -> Any:
        return write("claude-sonnet-5", USER, {}, (), "json_schema", {"name": "a", "schema": schema})

    if not words:
        assert asked()
        return
    with pytest.raises(RenderError, match=words) as caught:
        asked()
    assert "jsonSchema" in caught.value.hint


def test_gemini_takes_limits() -> None:
    schema = closed(a={"type": "string", "maxLength": 9})
    found = gemini_arguments("gemini-3.5-flash", USER, {}, (), "json_schema", {"schema": schema})
    assert found["config"]["response_json_schema"] == schema


def test_a_schema_without_limits_has_its_structure() -> None:
    inner = {"type": "array", "items": {"type": "string", "minLength": 1}, "maxItems": 3}
    found = without_limits(closed(maxLength=TEXT, b=inner, c={"enum": [1, 2]}))
    assert found == closed(maxLength=TEXT, b={"type": "array", "items": TEXT}, c={"enum": [1, 2]})
