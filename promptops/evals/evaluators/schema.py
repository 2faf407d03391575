"""`schema`: the reply is JSON that fits a JSON Schema.

    schema: {}                                       the prompt's own jsonSchema
    schema: {schema: {type: object, required: [owner]}}

Drafts 4, 6 and 7. References stay inside the schema. A schema with `pattern` or `format`, or one that comes from a
fork, is checked in a process that is killed after a second: it may run for ever on a text of its liking.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promptops.evals.evaluators.base import Evaluator, Services, Subject, excerpt, options_error
from promptops.evals.evaluators.json_text import InvalidJsonError, parse_json
from promptops.model.evaluator_kind import KindSpec
from promptops.model.schema_builders import FREE_GROUP, described, group
from promptops.model.score import Score
from promptops.model.suite import Criterion
from promptops.templating import schema_check
from promptops.text.comparable import comparable_value

if TYPE_CHECKING:
    from promptops.evals.python_worker.client import PythonWorker

KIND = KindSpec(
    "schema",
    group(
        {"schema": described(FREE_GROUP, "the JSON Schema; default is the prompt's own")},
        description="the reply is JSON that fits a JSON Schema",
    ),
    reply_schema="schema",
)
_SECONDS = 1.0
_NO_SCHEMA = "no schema: give one (`schema: {schema: …}`), or add jsonSchema to the prompt"


@dataclass(frozen=True, slots=True)
class SchemaCheck:
    """`schema` is None when the prompt's own is meant; `untrusted` ones are not even compiled here.

    Each schema met so far has a checker: a compiled validator, or a worker.
    """

    schema: Mapping[str, Any] | None
    untrusted: bool = False
    _checkers: list[tuple[Mapping[str, Any], schema_check.Validate | PythonWorker]] = field(default_factory=list)

    async def score(self, subject: Subject) -> Score:
        """1 or 0, with the first place that does not fit."""
        source = self.schema if self.schema is not None else (subject.prompt.json_schema or {}).get("schema")
        if source is None:
            return Score.error(_NO_SCHEMA)
        try:
            checker = self.checker(source)
        except schema_check.BadSchemaError as exc:
            return Score.error(f"the JSON Schema is not valid: {excerpt(str(exc), 200)}")
        try:
            value = comparable_value(parse_json(subject.reply.text))
        except InvalidJsonError as exc:
            return Score(0.0, f"the reply is not JSON: {exc}")
        if callable(checker):
            problem = schema_check.first_error(checker, value)
            return Score(0.0 if problem else 1.0, excerpt(problem, 200))
        try:
            text = json.dumps(value)
        except RecursionError:
            return Score(0.0, "the reply is nested too deeply")
        answer = await checker.call(text, {"schema": comparable_value(source)})
        return Score(answer.value, excerpt(answer.reason, 200))

    async def close(self) -> None:
        """End the processes."""
        for _, checker in self._checkers:
            if not callable(checker):
                await checker.close()

    def checker(self, source: Mapping[str, Any]) -> schema_check.Validate | PythonWorker:
        """What checks values against a schema, made at the first use. Raises BadSchemaError."""
        for known, checker in self._checkers:
            if known is source:
                return checker
        may_hang = any(word in json.dumps(source) for word in ('"pattern', '"format"'))
        validate = None if self.untrusted else schema_check.compile_schema(comparable_value(dict(source)))
        made = validate if validate and not may_hang else _make_worker()
        self._checkers.append((source, made))
        return made


def _make_worker() -> PythonWorker:
    from promptops.evals.python_worker.client import PythonWorker

    code = Path(schema_check.__file__)
    return PythonWorker("the JSON Schema", "check", lambda: code.read_text("utf-8"), _SECONDS, explains=True)


def build(criterion: Criterion, services: Services) -> Evaluator:
    """The evaluator; PromptError for a schema that is none."""
    schema = criterion.options.get("schema")
    check = SchemaCheck(schema, services.untrusted)
    if schema is not None:
        try:
            check.checker(schema)
        except schema_check.BadSchemaError as exc:
            raise options_error(criterion, f"the JSON Schema is not valid: {excerpt(str(exc), 200)}") from exc
    return Evaluator(check.score, check.close)
