"""What is wrong with the values that a case has for the inputs of a prompt."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from itertools import islice
from typing import Any, NamedTuple

from promptops.lint.json_schema.value_types import TYPES, is_a
from promptops.model.suite import Case

_WORDS = {**TYPES, "null": "empty", "object": "a group of keys"}
_MOST_NAMED = 3
_WITH_PARTS = {"anyOf", "oneOf", "allOf", "properties", "required", "items", "$ref"}


class CaseProblem(NamedTuple):
    """What is wrong with a case in words, what causes it, and the name of the input that is missing, if that is it.

    `misfit` is the name of an input whose schema does not let the value in, `wanted` what it does let in.
    """

    message: str
    cause: Hashable
    missing: str = ""
    misfit: str = ""
    wanted: str = ""


def case_problem(
    case: Case, needed: Mapping[str, None], schemas: Mapping[str, Mapping[str, Any]]
) -> CaseProblem | None:
    """The first thing that is wrong with a case: `needed` inputs it lacks, a value that a schema does not let in."""
    fields = case.fields
    if sum(name in needed for name in fields) < len(needed):
        missing = list(islice((name for name in needed if name not in fields), _MOST_NAMED + 1))
        listed = ", ".join(f"'{name[:80]}'" for name in missing[:_MOST_NAMED])
        more = " and others" if len(missing) > _MOST_NAMED else ""
        return CaseProblem(f"has no value for {listed}{more}", (*missing,), missing[0])
    for name in fields:
        if name in schemas and (words := _misfit(fields[name], schemas[name])):
            shown = f" '{short(fields[name])}'" if not case.held_out and isinstance(fields[name], (str, int)) else ""
            message = f"has the value{shown} for '{name[:80]}', which must be {words}"
            return CaseProblem(message, (name, words), misfit=name, wanted=words)
        if name in schemas and (words := _inner_misfit(fields[name], schemas[name], name)):
            told = f"has a value for '{name[:80]}' that does not fit" if case.held_out else f"does not fit: {words}"
            return CaseProblem(told, (name, words))
    return None


def _inner_misfit(value: Any, schema: Mapping[str, Any], name: str) -> str:
    """What does not fit inside a list or a group, or none of several forms; empty where that cannot be told."""
    if not schema.keys() & _WITH_PARTS:
        return ""
    from promptops.lint.json_schema.instance_validation import Fit
    from promptops.templating.value_text import coerce_to_schema

    try:
        found = next(Fit(schema).misfits(coerce_to_schema(value, schema), name), None)
    except (TypeError, ValueError):  # told already, or nothing that can be sent
        return ""
    return found.message if found is not None else ""


def _misfit(value: Any, schema: Mapping[str, Any]) -> str:
    """What the value should be; empty when it is that, or when only a full reading of the schema could tell."""
    from promptops.templating.value_text import coerce_to_schema

    try:
        value = coerce_to_schema(value, schema)
    except TypeError:
        return ""
    except ValueError as exc:
        return str(exc)
    kind, choices = schema.get("type"), schema.get("enum")
    kinds = [kind] if isinstance(kind, str) else kind if isinstance(kind, list) else []
    known = bool(kinds) and all(isinstance(each, str) and each in _WORDS for each in kinds)
    if known and not any(is_a(value, each) for each in kinds):
        return " or ".join(_WORDS[each] for each in kinds)
    if isinstance(choices, list) and choices and value not in choices:
        listed = ", ".join(short(choice) for choice in choices[:12])
        return f"one of: {listed}{' …' if len(choices) > 12 else ''}"
    return ""


def short(value: Any) -> str:
    """A value as a message shows it."""
    text = str(value) if not isinstance(value, bool) else str(value).lower()
    return text if len(text) <= 40 else f"{text[:39]}…"
