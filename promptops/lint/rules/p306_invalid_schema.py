"""P306 invalid-schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from promptops.lint.base import Target
from promptops.lint.json_schemas import Schema, schemas_of
from promptops.lint.model_names import model_of
from promptops.lint.schema_checks import Problem
from promptops.lint.schema_walk import Walk
from promptops.model.finding import Finding, Fix

_MOST = 100


class InvalidSchema:
    """A JSON Schema is none, or asks for what no value can give.

    Schemas say what an input may be, which fields a reply has, and what a tool is called with. A word the schema does
    not know is passed over, or the server refuses the whole request, and nobody learns which of the two happened.

    Bad:   owner: {type: str}
    Good:  owner: {type: string}
    """

    code = "P306"
    name = "invalid-schema"

    def check(self, target: Target) -> Iterator[Finding]:
        """The first mistakes, in inputs, jsonSchema, tools and the evaluators that have a schema."""
        walk = Walk()
        found = ((schema, problem) for schema in schemas_of(target) for problem in self._problems(target, schema, walk))
        for schema, problem in islice(found, _MOST):
            span, fix = schema.place(problem.span), None
            if problem.fix is not None and (schema.json is None or schema.json.origin.exact):
                fix = Fix(schema.place(problem.fix.span), problem.fix.text)
            yield Finding(target.path, span, self.code, problem.message, problem.hint, problem.severity, fix)

    def _problems(self, target: Target, schema: Schema, walk: Walk) -> Iterator[Problem]:
        yield from walk.over(schema)
        name = schema.wrapper.get("name") if schema.wrapper is not None else None
        if name is not None and name.kind == "scalar" and not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name.text):
            message = f"'{name.text[:80]}' is not a name a schema can have"
            hint = "write letters from a to z, digits, _ and -, at most 64 of them"
            yield Problem(name.span, message, hint)
        if schema.strict:
            spec = model_of(target)
            if spec is None or spec.provider == "openai":
                from promptops.lint.schema_strict import not_strict

                yield from not_strict(schema.root)
