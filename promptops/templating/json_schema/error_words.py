"""What the library finds, in our own words. A value, pattern or list that is long is cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import reduce
from operator import getitem
from typing import Any, NamedTuple

import jsonschema_rs
from jsonschema_rs import ValidationErrorKind as Kind

from promptops.templating.json_schema.terse_schema import alternatives

_MOST_CHARACTERS, _MOST_ITEMS = 60, 12
_ALTERNATIVES = {
    "anyOf": "fits none of the forms that are allowed (anyOf)",
    "oneOf": "fits none of the forms that are allowed (oneOf)",
    "oneOf twice": "fits more than one of the forms of which one is allowed (oneOf)",
}


class Mismatch(NamedTuple):
    """What does not fit. `place` goes on from the value's name (`.items[1].price`), `message` from the place.

    `found` is what stands there, `keyword` the word of JSON Schema that it does not fit, `path` the place in steps.
    """

    place: str
    message: str
    found: Any
    keyword: str = ""
    path: tuple[str | int, ...] = ()


def mismatch(
    error: jsonschema_rs.ValidationError, value: Any, originals: Mapping[str, str], body: Mapping[str, Any]
) -> Mismatch:
    """The error in `value`, in words. `originals`: patterns as the schema writes them; `body`: the schema it is of."""
    where = place(error.instance_path)
    if isinstance(error.kind, Kind.FalseSchema) and error.schema_path[-1:] == ["additionalProperties"]:
        # No name is allowed at all, and the library names none of them.
        group = reduce(getitem, error.instance_path, value)
        return Mismatch(where, f"must not have {_listed(list(group))}", group, path=tuple(error.instance_path))
    if isinstance(error.kind, Kind.Required):
        message = f"must have {_listed(_missing(error, body))}"
        if error.schema_path[-1:] != ["required"]:
            message += f" (demanded by {_keyword(error)})"
    else:
        message = _words(error, originals)
    return Mismatch(where, message, error.instance, error.kind.name, tuple(error.instance_path))


def flaw(error: jsonschema_rs.ValidationError, references: Sequence[str]) -> str:
    """Why the library refuses a schema."""
    if isinstance(error.kind, Kind.Referencing):
        outside = [reference for reference in references if not reference.startswith("#")]
        return (
            f"a reference leads out of the schema: {_cut(outside[0])}"
            if outside
            else f"a reference leads nowhere: {_first_line(error)}"
        )
    where = place(error.instance_path).removeprefix(".")
    if error.instance_path[-1:] == ["type"] and isinstance(error.kind, Kind.AnyOf):
        return f"{where}: {_shown(error.instance)} is not a type"
    return f"{where or 'the schema'} {_words(error, {})}, and is {_shown(error.instance)}"


def _first_line(error: jsonschema_rs.ValidationError) -> str:
    return _cut(error.message.split("\n", 1)[0], 200)


def place(path: Sequence[str | int]) -> str:
    """`.items[1].price`; names that are no plain words in brackets and quotes."""
    steps = (f"[{step}]" if isinstance(step, int) else _step(step) for step in path)
    return "".join(steps)


def _step(name: str) -> str:
    return f".{name}" if name.isidentifier() and len(name) <= _MOST_CHARACTERS else f"[{_shown(name)}]"


def _missing(error: jsonschema_rs.ValidationError, body: Any) -> list[str]:
    """All names that are missing there: the library's error has the first."""
    there: Any = error.instance
    names = {error.kind.property} if isinstance(error.kind, Kind.Required) else set()
    with suppress(LookupError, TypeError):  # a schema that names itself has paths that begin elsewhere
        for step in error.schema_path:
            body = body[step]
        groups = [body] if isinstance(body, list) else [body[key] for key in body if key in there]
        names.update(name for group in groups if isinstance(group, list) for name in group)
    return sorted(name for name in names if name not in there)


def _keyword(error: jsonschema_rs.ValidationError) -> str:
    names = [
        str(step) for step in error.schema_path if step in ("dependentRequired", "dependencies", "dependentSchemas")
    ]
    return names[0] if names else "required"


def _words(error: jsonschema_rs.ValidationError, originals: Mapping[str, str]) -> str:
    match error.kind:
        case Kind.Type(types):
            return f"must be {' or '.join(sorted(types, key='null'.__eq__))}"
        case Kind.Enum(options):
            return f"must be one of {_listed(options)}"
        case Kind.Constant(expected):
            return f"must be {_shown(expected)}"
        case Kind.Pattern(pattern):
            return f"must fit the pattern {_cut(originals.get(pattern, pattern))}"
        case Kind.Format(name):
            return f"must be {_cut(name)}"
        case Kind.AdditionalProperties(names) | Kind.UnevaluatedProperties(names):
            return f"must not have {_listed(names)}"
        case Kind.AdditionalItems(limit):
            return f"must contain only {_count(limit, 'item')}"
        case Kind.UnevaluatedItems(indexes):
            return f"must not have the items at {_listed(indexes)}"
        case Kind.FalseSchema():
            return "must not be there"
        case Kind.Custom(_, message):
            return _cut(message, 200)
        case Kind.PropertyNames(inner):
            return f"has a name that the schema does not allow: {_shown(inner.instance)} {_words(inner, originals)}"
    return _words_of_limits(error.kind) or _words_of_combinations(error)


def _words_of_limits(kind: Kind) -> str:
    match kind:
        case Kind.MinLength(limit):
            return f"must be at least {_count(limit, 'character')} long"
        case Kind.MaxLength(limit):
            return f"must be at most {_count(limit, 'character')} long"
        case Kind.Minimum(limit):
            return f"must be at least {limit}"
        case Kind.Maximum(limit):
            return f"must be at most {limit}"
        case Kind.ExclusiveMinimum(limit):
            return f"must be more than {limit}"
        case Kind.ExclusiveMaximum(limit):
            return f"must be less than {limit}"
        case Kind.MultipleOf(number):
            return f"must be a multiple of {number}"
        case Kind.MinItems(limit):
            return f"must contain at least {_count(limit, 'item')}"
        case Kind.MaxItems(limit):
            return f"must contain at most {_count(limit, 'item')}"
        case Kind.MinProperties(limit):
            return f"must contain at least {_count(limit, 'property', 'properties')}"
        case Kind.MaxProperties(limit):
            return f"must contain at most {_count(limit, 'property', 'properties')}"
        case Kind.UniqueItems():
            return "must contain no item twice"
    return ""


def _count(limit: Any, one: str, more: str = "") -> str:
    return f"{limit} {one if limit == 1 else more or one + 's'}"


def _words_of_combinations(error: jsonschema_rs.ValidationError) -> str:
    match error.kind:
        case Kind.AnyOf():
            return _ALTERNATIVES["anyOf"]
        case Kind.OneOfNotValid():
            return _ALTERNATIVES["oneOf"]
        case Kind.OneOfMultipleValid():
            return _ALTERNATIVES["oneOf twice"]
        case Kind.Not(schema):
            return _ALTERNATIVES.get(alternatives(schema), "fits the form that is ruled out (not)")
        case Kind.Contains():
            return {
                "minContains": "must contain more items that fit the schema under contains (minContains)",
                "maxContains": "must contain fewer items that fit the schema under contains (maxContains)",
            }.get(str(error.schema_path[-1]), "must contain an item that fits the schema under contains")
        case Kind.ContentMediaType(name):
            return f"must be a text of the type {_cut(name)}"
        case Kind.ContentEncoding(name):
            return f"must be encoded by {_cut(name)}"
    return f"does not fit {error.kind.name}"


def _listed(values: Sequence[Any]) -> str:
    shown = [_shown(value) for value in values[:_MOST_ITEMS]]
    return f"{', '.join(shown)}{', …' if len(values) > _MOST_ITEMS else ''}"


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return repr(_cut(value))
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    return _cut(repr(value)) if not isinstance(value, (dict, list)) or len(value) <= _MOST_ITEMS else "…"


def _cut(text: str, most: int = _MOST_CHARACTERS) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
