"""The file formats as JSON Schemas for editors, made from the one description in `promptops.model.schemas.formats`.

Draft 7, which editors for YAML read. What the readers take fits, and what they refuse for its form does not:

- A text may be written without quotes (`name: 2024`), so where a text is meant a number or `true` fits too.
- `blank` becomes a null that fits; `anyCase` a pattern of either case beside the words an editor proposes.
- A prompt may have keys of other tools, so further keys fit there; in the other formats they do not.
- `form` and `hint` become `patternErrorMessage`, which editors show and validators pass over.

They differ where JSON Schema sees a value and the readers see what was typed: `3.0` is a whole number to JSON Schema,
a number of 20 digits or more is a text to the readers, and a commit id of digits alone needs quotes to please an
editor. What only a whole file or a project can show (an evaluator of two kinds, a gate that names no criterion, a key
that stands twice) is for `promptops lint`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from promptops.model.schema_builders import Schema
from promptops.model.schemas.formats import ENVIRONMENT, PROJECT, prompt_schema, suite_schema

if TYPE_CHECKING:
    from promptops.model.evaluator_kind import Kinds

DRAFT = "http://json-schema.org/draft-07/schema#"
MARK = "Made by promptops"
"""Every schema's `$comment` begins so: a file where it does not is somebody else's."""


class Format(NamedTuple):
    """A kind of file: its title for people, its description, and whether it may have keys we do not know."""

    title: str
    schema: Callable[[Kinds], Schema]
    takes_other_keys: bool = False


FORMATS: dict[str, Format] = {
    "prompt": Format("a prompt: prompts/**/NAME.prompt.yml", prompt_schema, takes_other_keys=True),
    "suite": Format("an evaluation suite: evals/**/NAME.eval.yml", suite_schema),
    "project": Format("a project's settings: promptops.yml", lambda kinds: PROJECT),
    "environment": Format("what an environment serves: environments/NAME.yml", lambda kinds: ENVIRONMENT),
}


def json_schema(name: str, kinds: Kinds) -> Schema:
    """The JSON Schema (draft 7) of a format in FORMATS with these kinds of evaluators; KeyError for other names."""
    title, schema, takes_other_keys = FORMATS[name]
    comment = f"{MARK}; renew it with: promptops schema --write"
    return {"$schema": DRAFT, "$comment": comment, "title": title, **_standard(schema(kinds), takes_other_keys)}


def _standard(schema: Schema, takes_other_keys: bool, blank: bool = False) -> Schema:
    """`schema` in standard keywords alone; `blank`: a null fits too."""
    found: Schema = {"description": schema["description"]} if schema.get("description") else {}
    if "byKey" in schema:
        return {**found, "anyOf": [_standard(one, takes_other_keys) for one in _by_keys(schema)]}
    if "anyOf" in schema:
        options = [_standard(option, takes_other_keys) for option in schema["anyOf"]]
        return {**found, "anyOf": [*options, {"type": "null"}] if blank else options}
    if "enum" in schema:
        words = {"enum": [*schema["enum"], None] if blank else schema["enum"]}
        either = {"anyOf": [words, {"type": "string", "pattern": _either_case(schema["enum"])}]}
        return {**found, **(either if schema.get("anyCase") else words)}
    if "type" in schema:
        kinds = ["string", "number", "boolean"] if schema["type"] == "string" else [schema["type"]]
        kinds = ["string"] if "pattern" in schema else kinds
        kinds = [*kinds, "null"] if blank else kinds
        found["type"] = kinds if len(kinds) > 1 else kinds[0]
    found |= {key: schema[key] for key in ("minimum", "maximum", "pattern") if key in schema}
    if "form" in schema:
        found["patternErrorMessage"] = f"this is not {schema['form']}; {schema['hint']}"
    if schema.get("minItems"):
        found["minItems"] = schema["minItems"]
    if "items" in schema:
        found["items"] = _standard(schema["items"], takes_other_keys)
    return found | _keys(schema, takes_other_keys)


def _by_keys(schema: Schema) -> Iterator[Schema]:
    """Each form of a group that depends on its keys; the key that it is chosen by must be there."""
    for key, one in schema["byKey"].items():
        yield {**one, "required": list(dict.fromkeys([key, *one["required"]]))}
    yield schema["otherwise"]


def _keys(schema: Schema, takes_other_keys: bool) -> Schema:
    found: Schema = {}
    required = schema.get("required", [])
    if "properties" in schema:
        found["properties"] = {
            key: _standard(value, takes_other_keys, bool(value.get("blank")) and key not in required)
            for key, value in schema["properties"].items()
        }
    if required:
        found["required"] = required
    other: Any = schema.get("additionalProperties", True)
    if isinstance(other, dict):
        found["additionalProperties"] = _standard(other, takes_other_keys)
    elif not other and not takes_other_keys:
        found["additionalProperties"] = False
    return found


def _either_case(words: list[str]) -> str:
    """A pattern for these words whatever their capitals; JSON Schema has no flag for it."""
    spelled = ["".join(f"[{char.upper()}{char.lower()}]" for char in word) for word in words]
    return f"^({'|'.join(spelled)})$"
