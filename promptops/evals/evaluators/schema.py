"""`schema`: the reply is JSON that fits a JSON Schema.

    schema: {}                                       the prompt's own jsonSchema
    schema: {schema: {type: object, required: [owner]}}

Drafts 4, 6, 7, 2019-09 and 2020-12, by `$schema`; without it 2020-12. References stay inside the schema. A schema with
a pattern that is not linear (look-around, back-reference), or one that comes from a fork, is checked in a process that
is killed after a second: it may run for ever on a text of its liking.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promptops.evals.evaluators.base import Evaluator, Services, Subject, excerpt, options_error
from promptops.evals.evaluators.json_text import InvalidJsonError, not_json, parse_model_json
from promptops.model.evaluator_kind import KindSpec
from promptops.model.schema_builders import FREE_GROUP, described, group
from promptops.model.score import Score
from promptops.model.suite import Criterion
from promptops.text.comparable import comparable_value

if TYPE_CHECKING:
    from promptops.evals.python_worker.client import PythonWorker
    from promptops.templating.json_schema.error_words import Mismatch
    from promptops.templating.json_schema.validator import SchemaValidator

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
    _checkers: list[tuple[Mapping[str, Any], SchemaValidator | PythonWorker]] = field(default_factory=list)

    async def score(self, subject: Subject) -> Score:
        """1 or 0, with the first place that does not fit."""
        from promptops.templating.json_schema.validator import BadSchemaError, SchemaValidator

        source = self.schema if self.schema is not None else (subject.prompt.json_schema or {}).get("schema")
        if source is None:
            return Score.error(_NO_SCHEMA)
        try:
            checker = self.checker(source)
        except BadSchemaError as exc:
            return Score.error(f"the JSON Schema is not valid: {excerpt(str(exc), 200)}")
        try:
            value = comparable_value(parse_model_json(subject.reply.text))
        except InvalidJsonError as exc:
            return Score(0.0, not_json(subject.reply, exc))
        if isinstance(checker, SchemaValidator):
            return _score(checker.mismatch(value))
        try:
            text = json.dumps(value)
        except RecursionError:
            return Score(0.0, "the reply is nested too deeply")
        answer = await checker.call(text, {"schema": comparable_value(source)})
        return Score(answer.value, excerpt(answer.reason, 200))

    async def close(self) -> None:
        """End the processes."""
        from promptops.evals.python_worker.client import PythonWorker

        for _, checker in self._checkers:
            if isinstance(checker, PythonWorker):
                await checker.close()

    def checker(self, source: Mapping[str, Any]) -> SchemaValidator | PythonWorker:
        """What checks values against a schema, made at the first use. Raises BadSchemaError."""
        from promptops.templating.json_schema.validator import compile_schema

        for known, checker in self._checkers:
            if known is source:
                return checker
        validator = None if self.untrusted else compile_schema(comparable_value(dict(source)))
        made = validator if validator is not None and validator.is_linear else _make_worker()
        self._checkers.append((source, made))
        return made


def _score(found: Mismatch | None) -> Score:
    from promptops.templating.json_schema.reply_check import expectation, mismatch_words

    if found is None:
        return Score(1.0)
    expected = expectation(found)
    return Score(0.0, excerpt(mismatch_words(found), 200), expected=(expected,) if expected else ())


def _make_worker() -> PythonWorker:
    from promptops.evals.python_worker.client import PythonWorker

    return PythonWorker("the JSON Schema", "check", _worker_code, _SECONDS, explains=True)


def _worker_code() -> str:
    """A worker knows installed packages only; it gets the folders of those that it needs, wherever they are."""
    import jsonschema_rs

    folders = [str(Path(__file__).parents[3]), str(Path(str(jsonschema_rs.__file__)).parents[1])]
    imported = "from promptops.templating.json_schema.reply_check import check"
    return f"import sys\nsys.path.extend({folders!r})\n{imported}\n"


def build(criterion: Criterion, services: Services) -> Evaluator:
    """The evaluator; PromptError for a schema that is none."""
    from promptops.templating.json_schema.validator import BadSchemaError

    schema = criterion.options.get("schema")
    check = SchemaCheck(schema, services.untrusted)
    if schema is not None:
        try:
            check.checker(schema)
        except BadSchemaError as exc:
            raise options_error(criterion, f"the JSON Schema is not valid: {excerpt(str(exc), 200)}") from exc
    return Evaluator(check.score, check.close)
