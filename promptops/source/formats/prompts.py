"""`.prompt.yml` files into `Prompt` values."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, cast

from promptops.errors import PromptError, PromptopsError
from promptops.model.chat.message_template import MESSAGES
from promptops.model.finding import START
from promptops.model.prompt import Input, Prompt, ResponseFormat, real_owners
from promptops.model.schemas.formats import prompt_schema
from promptops.source.formats.chat.linked_values import LinkedValues
from promptops.source.formats.chat.messages import read_messages
from promptops.source.formats.parameters import read_parameters
from promptops.source.source import Source
from promptops.source.yaml.document import Document, read_document, require_valid
from promptops.source.yaml.reader import Node
from promptops.source.yaml.validate import FormatProblem

if TYPE_CHECKING:
    from promptops.model.evaluator_kind import Kinds
    from promptops.model.suite import Case, Criterion

_OF_A_SUITE = ("testData", "evaluators")
_TOOL_CHOICES = ("auto", "none", "required")
_OWN_INPUT_KEYS = ("untrusted", "default", "description")


def load_prompt(
    source: Source,
    path: PurePosixPath,
    identifier: str,
    kinds: Kinds,
    folder: PurePosixPath,
    *,
    served: bool = False,
) -> Prompt:
    """The prompt in the file; PromptError with every problem and its place. Names of files begin at `folder`.

    What is wrong with its cases and evaluators is kept as its `suite_problem`: a text can be filled and served without
    them. `served`: they are not looked at.
    """
    document = read_document(source, path, prompt_schema(kinds))
    return build_prompt(source, document, identifier, kinds, folder, served=served)


def build_prompt(
    source: Source,
    document: Document,
    identifier: str,
    kinds: Kinds,
    folder: PurePosixPath,
    *,
    served: bool = False,
) -> Prompt:
    """The prompt in the document; PromptError with every problem and its place. The rest is as in `load_prompt`."""
    document, suite_problems = _apart(document)
    node = require_valid(document)
    path = document.path
    model, inputs = node.get("model"), node.group("inputs")
    rows = document.text.split("\n")
    plain = node.get("inputs") is None and node.get("promptops") is None
    declared = tuple([_input(name, item, inputs, path) for name, item in inputs.items()])
    linked = LinkedValues(source, folder, path, rows)
    prompt = Prompt(
        id=identifier,
        path=path,
        messages=read_messages(node.list("messages"), declared, rows, path, plain=plain),
        name=node.string("name"),
        description=node.string("description"),
        model=node.string("model"),
        model_span=model.span if model else START,
        parameters=_parameters(node, path),
        inputs=declared,
        response_format=cast(ResponseFormat, node.string("responseFormat") or "text"),
        json_schema=linked.schema(node.get("jsonSchema"), identifier),
        tools=linked.tools(node.get("tools")),
        owners=real_owners(node.group("promptops").strings("owners")),
        plain=plain,
    )
    prompt = prompt._replace(files=linked.files)
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


def _parameters(node: Node, path: PurePosixPath) -> dict[str, Any]:
    """Those under `modelParameters`, and how tools are called, which may stand beside the tools."""
    parameters = read_parameters(node.group("modelParameters"), path)
    for key, name in (("toolChoice", "tool_choice"), ("parallelToolCalls", "parallel_tool_calls")):
        found = node.get(key)
        if found is None:
            continue
        if name in parameters:
            where = found.span.place(path)
            raise PromptError(f"'{key}' is given twice", where=where, hint="take it out of modelParameters")
        value = found.as_data()
        if key == "toolChoice" and found.kind == "scalar" and found.text not in _TOOL_CHOICES:
            value = {"type": "function", "function": {"name": found.text}}
        parameters[name] = value
    return parameters


def _input(name: str, node: Node, parent: Node, path: PurePosixPath) -> Input:
    options: Mapping[str, Any] = node.as_data() or {}
    schema = {key: value for key, value in options.items() if key not in _OWN_INPUT_KEYS}
    default = node.get("default")
    is_number = schema.get("type") in ("number", "integer")
    found = Input(
        name=name,
        schema=schema,
        required=default is None,
        default=(default.as_data() if is_number else default.as_written()) if default else None,
        untrusted=options.get("untrusted") is True,
        description=str(options.get("description") or ""),
        span=parent.key_spans[name],
    )
    if found.kind:
        _require_usable(found, node, path)
    return found


def _require_usable(item: Input, node: Node, path: PurePosixPath) -> None:
    """PromptError for more than the type of an input that has one of our own: no schema says more of a picture."""
    kind = item.kind
    if extra := [key for key in item.schema if key != "type"]:
        where = node.key_spans[extra[0]].place(path)
        hint = f"only description, untrusted and default may stand beside it: {item.name}: {{type: {kind}}}"
        raise PromptError(f"'{extra[0]}' says nothing about an input of the type '{kind}'", where=where, hint=hint)
    default = node.get("default")
    if default is not None and not (item.default is None or (kind == MESSAGES and item.default == [])):
        usable = "[]" if kind == MESSAGES else "null"
        message = f"an input of the type '{kind}' cannot have this default"
        raise PromptError(message, where=default.span.place(path), hint=f"write `default: {usable}`")
