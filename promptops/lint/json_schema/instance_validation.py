"""Whether a JSON value fits a JSON Schema, said in plain words. Only what is certain: unknown keywords allow all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from promptops.lint.json_schema.value_types import TYPES, is_a
from promptops.templating.json_schema.schema_cleaning import draft_of

_MOST_STEPS = 10_000
_DEEPEST = 40
_SHOWN = 40
_MOST_CHOICES = 12


class Misfit(NamedTuple):
    """What does not fit, and the field's name where the place can be looked for in the text."""

    message: str
    field: str
    missing: bool = False


def words(value: Any) -> str:
    """What the value is, in plain words."""
    return TYPES[next((name for name in ("integer", *TYPES) if is_a(value, name)), "object")]


def shown(value: Any) -> str:
    """The value itself, cut where it is long; lists and groups by what they are."""
    import json

    if isinstance(value, (list, dict)):
        return words(value)
    text = json.dumps(value[:_SHOWN] if isinstance(value, str) else value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def choices(options: list[Any]) -> str:
    """The values of an enum, as many as anybody reads."""
    listed = ", ".join(shown(option) for option in options[:_MOST_CHOICES])
    return f"{listed}{' …' if len(options) > _MOST_CHOICES else ''}"


class Fit:
    """Compares values with one schema; what is left when that has taken long is not looked at."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._root = schema
        self._is_old = draft_of(schema) < 2019
        self._left = _MOST_STEPS

    def misfits(self, value: Any, name: str = "") -> Iterator[Misfit]:
        """Everything in the value that the schema does not allow; the value is called `name`, or the answer."""
        return self._check(value, self._root, name)

    def _check(self, value: Any, schema: Any, name: str, depth: int = 0) -> Iterator[Misfit]:
        self._left -= 1
        if not isinstance(schema, dict) or self._left < 0 or depth > _DEEPEST:
            return
        if "$ref" in schema:
            yield from self._check(value, self._referred(schema["$ref"]), name, depth + 1)
            if self._is_old:
                return  # drafts up to 7 pass over what stands beside it
        where = f"'{name[:80]}'" if name else "the answer"
        kinds = schema.get("type")
        kinds = kinds if isinstance(kinds, list) else [kinds]
        if all(isinstance(kind, str) and kind in TYPES for kind in kinds):
            if value is None and schema.get("nullable") is True:
                return
            if not any(is_a(value, kind) for kind in kinds):
                wanted = " or ".join(TYPES[kind] for kind in kinds)
                yield Misfit(f"{where} is {words(value)}, and the schema asks for {wanted}", name)
                return
        options = schema.get("enum")
        if "const" in schema:
            options = [schema["const"]]
        self._left -= len(options) // 20 if isinstance(options, list) else 0
        if isinstance(options, list) and options and not any(_same(value, option) for option in options):
            yield Misfit(f"{where} is {shown(value)}, and the schema allows only: {choices(options)}", name)
            return
        for part in schema["allOf"] if isinstance(schema.get("allOf"), list) else ():
            yield from self._check(value, part, name, depth + 1)
        for key in ("anyOf", "oneOf"):
            parts = schema.get(key)
            if isinstance(parts, list) and parts:
                found = [next(self._check(value, part, name, depth + 1), None) for part in parts]
                if all(found) and self._left >= 0:
                    yield Misfit(f"{where} fits none of the forms that the schema allows", name)
        if isinstance(value, dict):
            yield from self._fields(value, schema, depth)
        elif isinstance(value, list):
            yield from self._items(value, schema, name, depth)

    def _items(self, value: list[Any], schema: dict[str, Any], name: str, depth: int) -> Iterator[Misfit]:
        first = schema.get("prefixItems") if not self._is_old else None
        first = first if isinstance(first, list) else []
        for item, own in zip(value, first, strict=False):
            yield from self._check(item, own, name, depth + 1)
        for item in value[len(first) :] if isinstance(schema.get("items"), dict) else ():
            yield from self._check(item, schema["items"], name, depth + 1)

    def _fields(self, value: dict[str, Any], schema: dict[str, Any], depth: int) -> Iterator[Misfit]:
        known = schema.get("properties")
        known = known if isinstance(known, dict) else {}
        required = schema.get("required")
        self._left -= len(required) // 20 if isinstance(required, list) else 0
        for key in required if isinstance(required, list) else ():
            if isinstance(key, str) and key not in value:
                yield Misfit(f"the field '{key[:80]}' is missing, which the schema asks for", "", missing=True)
        closed = schema.get("additionalProperties") is False and not schema.get("patternProperties")
        for key, item in value.items():
            if key in known:
                yield from self._check(item, known[key], key, depth + 1)
            elif closed:
                yield Misfit(f"the schema has no field '{key[:80]}'", key)

    def _referred(self, reference: Any) -> Any:
        """The part of the same schema that `#/$defs/name` means; None for everything else, which allows all."""
        if not isinstance(reference, str) or not reference.startswith("#"):
            return None
        found: Any = self._root
        for part in reference[1:].split("/")[1:]:
            found = found.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
        return found


def _same(one: Any, other: Any) -> bool:
    """`1` and `1.0` are the same, `1` and `true` are not."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)
