"""`.prompt.yml` files into `Prompt` values."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, cast

from promptops.errors import PromptError
from promptops.model.finding import START
from promptops.model.prompt import Input, Message, Origin, Prompt, ResponseFormat
from promptops.model.schemas import PROMPT
from promptops.source.base import Source
from promptops.source.cases import load_cases
from promptops.source.criteria import make_criteria
from promptops.source.documents import Document, read_document, require
from promptops.source.yaml_reader import Node

SUFFIXES = (".prompt.yml", ".prompt.yaml")
_OWN_INPUT_KEYS = ("untrusted", "default", "description")


def load_prompt(source: Source, path: PurePosixPath, identifier: str) -> Prompt:
    """The prompt in the file; PromptError with every problem and its place."""
    document = read_document(source, path, PROMPT)
    require(document)
    return build_prompt(source, document, identifier)


def build_prompt(source: Source, document: Document, identifier: str) -> Prompt:
    """The prompt of a document without blocking problems."""
    node = require(document)
    path = document.path
    model = node.get("model")
    inputs = node.get("inputs")
    own = node.get("promptops")
    messages = node.get("messages")
    return Prompt(
        id=identifier,
        path=path,
        messages=tuple(_message(item, document.text) for item in (messages.value if messages else ())),
        name=_text(node.get("name")),
        description=_text(node.get("description")),
        model=_text(model),
        model_span=model.span if model else START,
        parameters={_snake(key): _parameter(value) for key, value in _items(node.get("modelParameters"))},
        inputs=tuple(_input(name, item, inputs) for name, item in _items(inputs)) if inputs else (),
        response_format=cast(ResponseFormat, _text(node.get("responseFormat")) or "text"),
        json_schema=_json_schema(node.get("jsonSchema"), path, identifier),
        tools=tuple(_tool(item.plain()) for item in _list(node.get("tools"))),
        test_data=load_cases(source, node.get("testData"), path),
        evaluators=make_criteria(node.get("evaluators"), path),
        owners=tuple(item.text for item in _list(own.get("owners") if own else None)),
        plain=inputs is None and own is None,
    )


def _text(node: Node | None) -> str:
    return node.text if node is not None and node.kind == "scalar" else ""


def _list(node: Node | None) -> list[Node]:
    return cast("list[Node]", node.value) if node is not None else []


def _items(node: Node | None) -> list[tuple[str, Node]]:
    return list(node.items()) if node is not None else []


def _parameter(node: Node) -> Any:
    """Parameters are read by the model's API: a number is a number however it is spelled."""
    return node.value if node.kind == "scalar" else node.plain()


def _snake(key: str) -> str:
    """`maxTokens` and `max_tokens` are one parameter."""
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", key).lower()


def _message(node: Node, text: str) -> Message:
    content = node.value["content"]
    return Message(node.value["role"].text, content.text, origin_of(content, text))


def origin_of(node: Node, text: str) -> Origin:
    """Where the characters of a text value stand in the file."""
    line, column = node.span.line, node.span.column
    if node.style == "|":
        body = text.split("\n")[line : node.span.end_line]
        first = next((row for row in body if row.strip()), "")
        return Origin(line + 1, len(first) - len(first.lstrip(" ")) + 1)
    if node.style == ">" or node.span.end_line != line:
        return Origin(line, column, exact=False)
    return Origin(line, column + (1 if node.style in ("'", '"') else 0))


def _input(name: str, node: Node, parent: Node) -> Input:
    options: Mapping[str, Any] = node.plain() or {}
    schema = {key: value for key, value in options.items() if key not in _OWN_INPUT_KEYS}
    return Input(
        name=name,
        schema=schema,
        required="default" not in options,
        default=options.get("default"),
        untrusted=options.get("untrusted") is True,
        description=str(options.get("description") or ""),
        span=parent.key_spans[name],
    )


def _json_schema(node: Node | None, path: PurePosixPath, identifier: str) -> Mapping[str, Any] | None:
    """The schema in the API's form `{name, schema}`, from a JSON string or from YAML."""
    if node is None:
        return None
    value = node.plain()
    if node.kind == "scalar":
        try:
            value = json.loads(node.text)
        except (ValueError, RecursionError) as exc:
            raise PromptError(
                f"jsonSchema is not JSON: {exc}",
                where=f"{path}:{node.span.line}:{node.span.column}",
                hint="check the braces and quotes",
            ) from exc
    if not isinstance(value, dict):
        raise PromptError("jsonSchema is not a JSON object", where=f"{path}:{node.span.line}:{node.span.column}")
    if isinstance(value.get("schema"), dict):
        return {"name": identifier.replace("/", "-"), **value}
    return {"name": identifier.replace("/", "-"), "schema": value}


def _tool(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return value if "function" in value else {"type": "function", "function": dict(value)}
