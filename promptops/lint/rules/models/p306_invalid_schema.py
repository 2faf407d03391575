"""A JSON Schema is none, or asks for what no value can give.

Schemas say what an input may be, which fields a reply has, and what a tool is called with. A word the schema does
not know is passed over, or the server refuses the whole request, and nobody learns which of the two happened.

Bad:   owner: {type: str}
Good:  owner: {type: string}
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.located_values.odd_choices import has_odd_choice
from promptops.model.finding import Finding, Fix
from promptops.source.yaml.reader import Node

if TYPE_CHECKING:
    from promptops.lint.json_schema.embedded_schemas import Schema
    from promptops.lint.json_schema.keyword_checks import SchemaProblem
    from promptops.lint.json_schema.schema_walker import SchemaWalk

_MOST = 100
_TYPES = ("string", "number", "integer", "boolean", "array", "object", "messages", "image", "file", "audio")

CODE = "P306"
PREFILTER = Prefilter(("prompt", "suite"), ("inputs", "jsonSchema", "tools"), ("reply_schema",))


def check(target: Target) -> Iterator[Finding]:
    """The first mistakes, in inputs, jsonSchema, tools and the evaluators that have a schema."""
    if target.node is None or _is_simple(target.node):
        return
    from promptops.lint.json_schema.embedded_schemas import schemas_of
    from promptops.lint.json_schema.schema_walker import SchemaWalk

    walk = SchemaWalk()
    found = ((schema, problem) for schema in schemas_of(target) for problem in _problems(target, schema, walk))
    for schema, problem in islice(found, _MOST):
        span, fix = schema.place(problem.span), None
        if problem.fix is not None and (schema.json is None or schema.json.origin.exact):
            fix = Fix(schema.place(problem.fix.span), problem.fix.text)
        message, hint, detail = problem.message, problem.hint, problem.detail
        yield Finding(schema.path, span, CODE, message, hint, problem.severity, fix, detail=detail)


def _problems(target: Target, schema: Schema, walk: SchemaWalk) -> Iterator[SchemaProblem]:
    yield from walk.over(schema)
    name = schema.wrapper.get("name") if schema.wrapper is not None else None
    if name is not None and name.kind == "scalar" and not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name.text):
        message = f"'{name.text[:80]}' is not a name a schema can have"
        hint = "write letters from a to z, digits, _ and -, at most 64 of them"
        from promptops.lint.json_schema.keyword_checks import SchemaProblem

        yield SchemaProblem(name.span, message, hint)
    if schema.strict:
        from promptops.lint.located_values.model_references import model_of

        spec = model_of(target)
        if spec is None or spec.interface == "openai":
            from promptops.lint.json_schema.strict_mode import not_strict

            yield from not_strict(schema.root)


def _is_simple(root: Node) -> bool:
    """Whether there are only inputs of the plainest kind, as in most prompts: then nothing needs to be imported."""
    if root.kind != "mapping" or any(key in root.value for key in ("jsonSchema", "tools", "evaluators")):
        return False
    return all(_is_simple_input(item) for _, item in root.group("inputs").items())


def _is_simple_input(item: Node) -> bool:
    for key, value in item.items():
        if key == "description" or (key == "untrusted" and isinstance(value.value, bool)):
            continue
        choices = [choice.text for choice in value.value] if key == "enum" and value.kind == "sequence" else []
        if has_odd_choice(choices):
            return False
        is_enum = bool(choices) and all(choices) and len(set(choices)) == len(choices) and "type" not in item.value
        if not is_enum and not (key == "type" and value.text in _TYPES):
            return False
    return item.kind == "mapping"
