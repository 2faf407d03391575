"""`.prompt.yml` files into `Prompt` values."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, cast

from promptops.errors import PromptError, PromptopsError
from promptops.model.finding import START
from promptops.model.prompt import Input, Message, Prompt, ResponseFormat, TextOrigin, real_owners
from promptops.model.schemas.formats import prompt_schema
from promptops.source.formats.parameters import read_parameters
from promptops.source.source import Source
from promptops.source.yaml.document import Document, read_document, require_valid
from promptops.source.yaml.reader import Node
from promptops.source.yaml.validate import FormatProblem

if TYPE_CHECKING:
    from json import JSONDecodeError

    from promptops.model.evaluator_kind import Kinds
    from promptops.model.suite import Case, Criterion

_OF_A_SUITE = ("testData", "evaluators")
_OWN_INPUT_KEYS = ("untrusted", "default", "description")


def load_prompt(source: Source, path: PurePosixPath, identifier: str, kinds: Kinds, *, served: bool = False) -> Prompt:
    """The prompt in the file; PromptError with every problem and its place.

    What is wrong with its cases and evaluators is kept as its `suite_problem`: a text can be filled and served without
    them. `served`: they are not looked at.
    """
    return build_prompt(source, read_document(source, path, prompt_schema(kinds)), identifier, kinds, served=served)


def build_prompt(source: Source, document: Document, identifier: str, kinds: Kinds, *, served: bool = False) -> Prompt:
    """The prompt in the document; PromptError with every problem and its place. `served` as in `load_prompt`."""
    document, suite_problems = _apart(document)
    node = require_valid(document)
    path = document.path
    model, inputs = node.get("model"), node.group("inputs")
    rows = document.text.split("\n")
    plain = node.get("inputs") is None and node.get("promptops") is None
    prompt = Prompt(
        id=identifier,
        path=path,
        messages=tuple(_message(item, rows) for item in node.list("messages")),
        name=node.string("name"),
        description=node.string("description"),
        model=node.string("model"),
        model_span=model.span if model else START,
        parameters=read_parameters(node.group("modelParameters"), path),
        inputs=tuple(_input(name, item, inputs) for name, item in inputs.items()),
        response_format=cast(ResponseFormat, node.string("responseFormat") or "text"),
        json_schema=_json_schema(node.get("jsonSchema"), rows, path, identifier),
        tools=tuple(_tool(item.as_data()) for item in node.list("tools")),
        owners=real_owners(node.group("promptops").strings("owners")),
        plain=plain,
    )
    return prompt if served else _with_suite(prompt, source, node, kinds, document._replace(problems=suite_problems))


def _apart(document: Document) -> tuple[Document, tuple[FormatProblem, ...]]:
    """The document without the problems of its cases and evaluators, and those."""
    node = document.node
    if node is None or not document.problems or node.kind != "mapping":
        return document, ()
    places = sorted((span.line, span.column, key) for key, span in node.key_spans.items())
    inside = []
    for problem in document.problems:
        at = bisect_right(places, (problem.span.line, problem.span.column, "\U0010ffff")) - 1
        if at >= 0 and places[at][2] in _OF_A_SUITE:
            inside.append(problem)
    others = tuple(problem for problem in document.problems if problem not in inside)
    return document._replace(problems=others), tuple(inside)


def _with_suite(prompt: Prompt, source: Source, node: Node, kinds: Kinds, document: Document) -> Prompt:
    """The prompt with its cases and evaluators, or with what keeps them from being used."""
    problem: PromptopsError | None = None
    try:
        require_valid(document)
    except PromptError as exc:
        return prompt._replace(suite_problem=exc)
    try:
        prompt = prompt._replace(test_data=_cases(source, node.get("testData"), prompt.path, foreign=prompt.plain))
    except PromptopsError as exc:
        problem = exc
    try:
        prompt = prompt._replace(evaluators=_criteria(node.list("evaluators"), prompt.path, kinds))
    except PromptError as exc:
        problem = problem or exc
    return prompt._replace(suite_problem=problem)


def _cases(source: Source, node: Node | None, path: PurePosixPath, *, foreign: bool) -> tuple[Case, ...]:
    if node is None:
        return ()
    from promptops.source.formats.cases import load_cases  # most prompts have none, and lint must start fast

    return load_cases(source, node, path, foreign=foreign)


def _criteria(items: Sequence[Node], path: PurePosixPath, kinds: Kinds) -> tuple[Criterion, ...]:
    if not items:
        return ()
    from promptops.source.formats.criteria import make_criteria

    return make_criteria(items, path, kinds)


def _message(node: Node, rows: list[str]) -> Message:
    content = node.value["content"]
    return Message(node.value["role"].text.lower(), content.text, text_origin(content, rows))


def text_origin(node: Node, rows: list[str]) -> TextOrigin:
    """Where the characters of a text value stand in the file with these lines."""
    line, column = node.span.line, node.span.column
    if node.style == "|":
        # A text may begin with spaces of its own (`|2`): what its first row lost is the block's indentation.
        written = next((row for row in rows[line : node.span.end_line] if row.strip()), "")
        kept = next((row for row in node.text.split("\n") if row.strip()), "")
        return TextOrigin(line + 1, len(written) - len(kept) + 1)
    if node.style in ("'", '"'):
        column += 1
    # Escapes and folded lines move characters: then only the beginning has a place.
    return TextOrigin(line, column, exact=rows[line - 1].startswith(node.text, column - 1))


def _input(name: str, node: Node, parent: Node) -> Input:
    options: Mapping[str, Any] = node.as_data() or {}
    schema = {key: value for key, value in options.items() if key not in _OWN_INPUT_KEYS}
    default = node.get("default")
    is_number = schema.get("type") in ("number", "integer")
    return Input(
        name=name,
        schema=schema,
        required=default is None,
        default=(default.as_data() if is_number else default.as_written()) if default else None,
        untrusted=options.get("untrusted") is True,
        description=str(options.get("description") or ""),
        span=parent.key_spans[name],
    )


def _json_schema(node: Node | None, rows: list[str], path: PurePosixPath, identifier: str) -> Mapping[str, Any] | None:
    """The schema in the API's form `{name, schema}`, from a JSON string or from YAML."""
    if node is None:
        return None
    value, where = node.as_data(), node.span.place(path)
    if node.kind == "scalar":
        try:
            import json  # only few prompts have one, and lint must start fast

            value = json.loads(node.text)
        except json.JSONDecodeError as exc:
            raise _not_json(node, rows, path, exc) from exc
        except (ValueError, RecursionError) as exc:
            hint = "write shorter numbers, and fewer braces inside each other"
            raise PromptError("jsonSchema is not JSON that can be read", where=where, hint=hint) from exc
    if not isinstance(value, dict):
        raise PromptError("jsonSchema is not a JSON object", where=where)
    name = re.sub(r"[^A-Za-z0-9_-]", "-", identifier)[:64]  # all the API accepts
    return {"name": name, **value} if isinstance(value.get("schema"), dict) else {"name": name, "schema": value}


def _not_json(node: Node, rows: list[str], path: PurePosixPath, problem: JSONDecodeError) -> PromptError:
    from promptops.source.formats.json_text.json_slips import explain_json  # only where a file is broken

    slip = explain_json(node.text, problem)
    place = text_origin(node, rows).span(slip.line, slip.column) if node.text else node.span
    message = f"jsonSchema is not JSON: {slip.cause}" if slip.cause else "jsonSchema is not JSON"
    hint = slip.hint or "check the braces, commas and quotes at this place"
    return PromptError(message, where=place.place(path), hint=hint)


def _tool(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return value if "function" in value else {"type": "function", "function": dict(value)}
