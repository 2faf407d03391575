"""A parameter has a name that no model knows.

Most often it is misspelt. Some servers refuse the whole request then; others take no notice, so that the setting
somebody thought of was never made.

Bad:   modelParameters: {temprature: 0.2}
Good:  modelParameters: {temperature: 0.2}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.located_values.model_parameters import COMMON, Parameter, known_names, parameter_groups
from promptops.lint.located_values.model_references import is_at_openai
from promptops.model.config import ModelSpec
from promptops.model.finding import Finding, Fix, Severity
from promptops.model.schemas.formats import prompt_schema

_MOST = 20

CODE = "P304"
PREFILTER = Prefilter(("prompt", "project"), ("modelParameters", "parameters"))


def check(target: Target) -> Iterator[Finding]:
    """Each name that no server is known to take; no more than 20, so that looking for near ones stays quick."""
    for spec, found in parameter_groups(target):
        if unknown := [item for item in found if item.name not in known_names()]:
            yield from _unknown(target, spec, found, unknown)


def _unknown(
    target: Target, spec: ModelSpec | None, found: list[Parameter], unknown: list[Parameter]
) -> Iterator[Finding]:
    import difflib  # only where something is misspelt

    elsewhere = spec is not None and spec.interface == "openai" and not is_at_openai(spec)
    given = {item.name for item in found}
    for item in unknown[:_MOST]:
        message = f"no model is known to take '{item.key[:40]}'"
        near = next(iter(difflib.get_close_matches(item.name[:40], COMMON, 1, 0.75)), "")
        fix = None
        if near and near not in given:
            word = _as_written(near, item.key)
            hint = f"did you mean '{word}'?"
            fix = Fix(item.span, word) if difflib.SequenceMatcher(None, item.name, near).ratio() >= 0.85 else None
        elif near:
            hint = f"delete it: '{near}' is there already"
        elif item.name.isdigit() and item.value.value is None:
            hint = "write a decimal number with a point, like 0.7"
        elif target.kind == "prompt" and item.key in prompt_schema(target.project.kinds)["properties"]:
            hint = f"'{item.key}' belongs at the beginning of a line of its own, not under modelParameters"
        else:
            hint = "look up the name the model's maker gives it, or delete the line"
        severity: Severity = "note" if elsewhere and not near else "warning"
        yield Finding(target.path, item.span, CODE, message, hint, severity, fix)


def _as_written(name: str, key: str) -> str:
    """The interface's name in the file's manner: `maxTokens` where it has `maxToken`."""
    camel = "_" not in key and "-" not in key and re.search("[A-Z]", key[1:])
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name) if camel else name
