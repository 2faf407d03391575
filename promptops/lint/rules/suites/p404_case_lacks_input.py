"""A case has no value for an input of the prompt, or one that the input cannot have.

Such a case is never asked: it is counted as an error, and the rates rest on the cases that are left.

Bad:   inputs: {message: …, plan: …}   {"message": "Hello"}
Good:  inputs: {message: …, plan: …}   {"message": "Hello", "plan": "free"}
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from promptops.lint.engine.limits import limited, once_per_cause
from promptops.lint.engine.locations import locate_case, test_data
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.json_schema.value_types import TYPES, is_a
from promptops.lint.located_values.joined_lists import joined_items
from promptops.model.finding import Finding
from promptops.model.prompt import Prompt
from promptops.model.suite import Case
from promptops.text.suggestions import closest, unseen_spelling

_WORDS = {**TYPES, "null": "empty", "object": "a group of keys"}
_MOST_NAMED = 3
_WITH_PARTS = {"anyOf", "oneOf", "allOf", "properties", "required", "items", "$ref"}

CODE = "P404"
PREFILTER = Prefilter(("prompt", "suite"), ("testData",))


@limited
def check(target: Target) -> Iterator[Finding]:
    """One finding for each cause; what all cases lack is said at `testData`, all else at the first such case."""
    tested, prompt, cases = target.tested, target.tested_prompt, target.cases
    if tested is None or prompt is None or not cases:
        return
    needed = tested.placeholders if prompt.plain else {item.name: None for item in prompt.inputs if item.required}
    given = Counter(name for case in cases for name in case.fields if name in needed)
    told = prompt.plain and target.kind == "prompt"  # by P102, at the placeholder that no case fills
    if told or len(cases) > 1:
        nowhere = [name for name in needed if name not in given]
        needed = {name: None for name in needed if name in given}
        for name in nowhere if not told else ():
            message = f"no case has a value for '{name[:80]}'"
            hint = _add(name, cases[0], prompt, "every case")
            yield Finding(target.path, test_data(target), CODE, message, hint, detail="so none of them can be asked")
    schemas = {item.name: item.schema for item in prompt.inputs if item.schema and not _told(tested, item.name)}
    yield from once_per_cause(_of_cases(target, prompt, needed, schemas))


def _told(tested: Target, name: str) -> bool:
    """Whether the list of the values that an input can have is itself broken: P016 says so, once and there."""
    declared = tested.node.group("inputs").get(name) if tested.node is not None else None
    return declared is not None and joined_items(declared.get("enum"), tested.rows) != ()


def _of_cases(
    target: Target, prompt: Prompt, needed: Mapping[str, None], schemas: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[Hashable, Finding]]:
    """What is wrong with each case, and the cause, which may be that of others too."""
    for case in target.cases:
        if problem := _problem(case, needed, schemas):
            path, span = locate_case(target, case)
            whose = f"the case '{case.id}'" if case.held_out else "this case"
            hint = f"change the value, or what {prompt.path} allows under inputs"
            hint = _add(problem.missing, case, prompt, "the case") if problem.missing else hint
            yield (path, problem.cause), Finding(path, span, CODE, f"{whose} {problem.message}", hint)


class _Problem(NamedTuple):
    """What is wrong with a case in words, what causes it, and the name of the input that is missing, if that is it."""

    message: str
    cause: Hashable
    missing: str = ""


def _problem(case: Case, needed: Mapping[str, None], schemas: Mapping[str, Mapping[str, Any]]) -> _Problem | None:
    fields = case.fields
    if sum(name in needed for name in fields) < len(needed):
        missing = list(islice((name for name in needed if name not in fields), _MOST_NAMED + 1))
        listed = ", ".join(f"'{name[:80]}'" for name in missing[:_MOST_NAMED])
        more = " and others" if len(missing) > _MOST_NAMED else ""
        return _Problem(f"has no value for {listed}{more}", (*missing,), missing[0])
    for name in fields:
        if name in schemas and (words := _misfit(fields[name], schemas[name])):
            shown = f" '{_short(fields[name])}'" if not case.held_out and isinstance(fields[name], (str, int)) else ""
            return _Problem(f"has the value{shown} for '{name[:80]}', which must be {words}", (name, words))
        if name in schemas and (words := _inner_misfit(fields[name], schemas[name], name)):
            told = f"has a value for '{name[:80]}' that does not fit" if case.held_out else f"does not fit: {words}"
            return _Problem(told, (name, words))
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
        listed = ", ".join(_short(choice) for choice in choices[:12])
        return f"one of: {listed}{' …' if len(choices) > 12 else ''}"
    return ""


def _short(value: Any) -> str:
    text = str(value) if not isinstance(value, bool) else str(value).lower()
    return text if len(text) <= 40 else f"{text[:39]}…"


def _add(name: str, case: Case, prompt: Prompt, where: str) -> str:
    for field, value in case.fields.items():
        if isinstance(value, dict) and name in value:
            return f"it stands below '{field[:80]}', but a case is flat: write its fields side by side"
    inputs = {item.name for item in prompt.inputs}
    others = [field for field in case.fields if field not in inputs][:50]
    hint = f"add the field '{name[:80]}' to {where}"
    if not prompt.plain:
        hint += f", or give the input a default in {prompt.path}"
    close = closest(name[:80], others)
    return f"is '{close[:80]}' meant?{unseen_spelling(name, close)} If not, {hint}" if close else hint
