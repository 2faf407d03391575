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
from promptops.model.kind import KindSpec
from promptops.model.schema_builders import FREE_GROUP, described, group
from promptops.model.score import Score
from promptops.model.suite import Criterion
from promptops.templating import schema_check

if TYPE_CHECKING:
    from promptops.evals.evaluators.worker import PythonWorker

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
class _Checker:
    """A schema and what checks it: `validate` here, or the worker elsewhere."""

    source: Mapping[str, Any]
    validate: schema_check.Validate | None
    worker: PythonWorker | None


@dataclass(frozen=True, slots=True)
class SchemaCheck:
    """`schema` is None when the prompt's own is meant; `untrusted` ones are not even compiled here."""

    schema: Mapping[str, Any] | None
    untrusted: bool = False
    _checkers: list[_Checker] = field(default_factory=list)

    async def score(self, subject: Subject) -> Score:
        """1 or 0, with the first place that does not fit."""
        source = self.schema if self.schema is not None else (subject.prompt.json_schema or {}).get("schema")
        if source is None:
            return Score.error(_NO_SCHEMA)
        try:
            checker = next((each for each in self._checkers if each.source is source), None) or self._prepare(source)
        except schema_check.BadSchemaError as exc:
            return Score.error(f"the JSON Schema is not valid: {excerpt(str(exc), 200)}")
        try:
            value = parse_json(subject.reply.text)
        except InvalidJsonError as exc:
            return Score(0.0, f"the reply is not JSON: {exc}")
        if checker.worker is not None:
            answer = await checker.worker.call(subject.reply.text.strip(), {"schema": source})
            return Score(answer.value, excerpt(answer.reason, 200))
        assert checker.validate is not None
        found = schema_check.first_error(checker.validate, value)
        return Score(0.0 if found else 1.0, excerpt(found, 200))

    async def close(self) -> None:
        """End the processes."""
        for checker in self._checkers:
            if checker.worker is not None:
                await checker.worker.close()

    def _prepare(self, source: Mapping[str, Any]) -> _Checker:
        validate = None if self.untrusted else schema_check.compile_schema(dict(source))
        checker = _Checker(source, validate, _isolated_worker(source, always=self.untrusted))
        self._checkers.append(checker)
        return checker


def _isolated_worker(schema: Mapping[str, Any], *, always: bool) -> PythonWorker | None:
    text = json.dumps(schema)
    if not always and '"pattern' not in text and '"format"' not in text:
        return None
    from promptops.evals.evaluators.worker import PythonWorker

    code = Path(schema_check.__file__)
    return PythonWorker("the JSON Schema", "check", lambda: code.read_text("utf-8"), _SECONDS, explains=True)


def build(criterion: Criterion, services: Services) -> Evaluator:
    """The evaluator; PromptError for a schema that is none."""
    schema = criterion.options.get("schema")
    check = SchemaCheck(schema, services.untrusted)
    if schema is not None:
        try:
            check._prepare(schema)
        except schema_check.BadSchemaError as exc:
            raise options_error(criterion, f"the JSON Schema is not valid: {excerpt(str(exc), 200)}") from exc
    return check
