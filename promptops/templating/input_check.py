"""The values that a prompt's inputs are given: which ones are missing, unknown or do not fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from promptops.errors import RenderError
from promptops.model.prompt import Input, Prompt
from promptops.templating.json_schema.json_values import NotJsonError, as_json
from promptops.templating.json_schema.schema_cleaning import demands_nothing

if TYPE_CHECKING:
    from promptops.templating.json_schema.validator import SchemaValidator

_Fit = Callable[[Mapping[str, Any]], bool]


class InputCheck:
    """The inputs of one prompt. Schemas are compiled at the first use; see `promptops.templating.render`.

    All values are checked at once first, which is quick and tells only whether all fit. What is wrong with which one is
    found by looking at each.
    """

    def __init__(self, prompt: Prompt, *, may_be_killed: bool = False) -> None:
        self._where = prompt.id
        # Our own types are no JSON Schema; their values are looked at in promptops.templating.chat.
        inputs = [item._replace(schema={}) if item.kind else item for item in prompt.inputs]
        self._inputs = {i.name: (i, _input_validator(i.schema, may_be_killed)) for i in inputs}
        self._defaults = {i.name: i.default for i in prompt.inputs if not i.required}
        self._fit: _Fit = self._compile_when_asked

    def complete(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values, and the defaults of those left out. RenderError names the input that is wrong."""
        return {**self._defaults, **values} if self._fit(values) else self._each(values)

    def _compile_when_asked(self, values: Mapping[str, Any]) -> bool:
        inputs = [item for item, _ in self._inputs.values()]
        self._fit = _joint_check(inputs)
        return self._fit(values)

    def _each(self, values: Mapping[str, Any]) -> dict[str, Any]:
        if not values.keys() <= self._inputs.keys():
            unknown = [name for name in values if name not in self._inputs]
            hint = f"the inputs are: {', '.join(self._inputs) or 'none'}"
            raise RenderError(f"no input is called '{unknown[0]}'", where=self._where, hint=hint)
        for name, (item, check) in self._inputs.items():
            if name in values:
                if problem := check(values[name]):
                    raise RenderError(f"the input '{name}' does not fit: {problem}", where=self._where)
            elif item.required:
                hint = f"give a value for '{name}', or write a default into the prompt"
                raise RenderError(f"the input '{name}' has no value", where=self._where, hint=hint)
        return {**self._defaults, **values}


def _never(values: Mapping[str, Any]) -> bool:
    return False


def _joint_check(inputs: list[Input]) -> _Fit:
    if all(demands_nothing(item.schema) for item in inputs):
        return _never
    from promptops.templating.json_schema.joint_check import compile_joint

    schemas = {item.name: item.schema for item in inputs}
    return compile_joint(schemas, [item.name for item in inputs if item.required]) or _never


def _json_type(value: Any) -> str:
    """What a value is in JSON's words. The value itself is not shown: it may be somebody's data."""
    if value is None:
        return "null"
    kinds = {bool: "boolean", str: "string", int: "integer", float: "number", dict: "object", list: "array"}
    return next((name for kind, name in kinds.items() if isinstance(value, kind)), type(value).__name__)


def _input_validator(schema: Mapping[str, Any], may_be_killed: bool) -> Callable[[Any], str]:
    """A function that says what does not fit, or nothing. The schema is compiled on first use."""
    if demands_nothing(schema):
        return _unsendable
    compiled: list[SchemaValidator] = []

    def check(value: Any) -> str:
        if not compiled:
            # Imported where it is used: 20 ms that lint and a prompt without inputs do not pay.
            from promptops.templating.json_schema.validator import BadSchemaError, compile_schema

            try:
                compiled.append(compile_schema(schema, may_be_killed=may_be_killed))
            except (BadSchemaError, MemoryError) as exc:
                return f"its JSON Schema is not valid ({exc})"
        return _misfit(compiled[0], value)

    return check


def _misfit(validator: SchemaValidator, value: Any) -> str:
    try:
        found = validator.mismatch(value)
    except ValueError as exc:
        return f"whether it fits cannot be told: {exc}"
    if found is None:
        return ""
    given = f", not {_json_type(found.found)}" if found.keyword == "type" else ""
    return f"the value{found.place} {found.message}{given}"


def _unsendable(value: Any) -> str:
    """What no model can be sent, in a value that may be anything else."""
    if type(value) is str and value.isascii():
        return ""
    try:
        as_json(value, opaque=True)
    except NotJsonError as exc:
        return f"the value {exc}"
    return ""
