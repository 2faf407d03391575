"""One prompt filled with the values of a case, or with values by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from promptops.errors import EvalError, PromptopsError
from promptops.model.prompt import Message, Prompt
from promptops.model.suite import Case
from promptops.source.formats.strict_json import parse_json
from promptops.source.project import Project
from promptops.templating.closure import make_closure
from promptops.templating.guarded_renderer import GuardedRenderer
from promptops.templating.value_text import as_text
from promptops.text.suggestions import did_you_mean


def render_values(project: Project, name: str, values: Mapping[str, Any]) -> tuple[Message, ...]:
    """The prompt's messages for these values; texts are read as the types the inputs declare."""
    prompt = project.prompt(name)
    return _renderer(project, prompt).render(_coerce_values(prompt, values))


def render_case(project: Project, name: str, case_id: str, extra: Mapping[str, Any]) -> tuple[Message, ...]:
    """The prompt's messages for a case of any suite that tests it; `extra` values replace the case's."""
    prompt = project.prompt(name)
    cases: dict[str, Case] = {case.id: case for case in prompt.test_data}
    broken = [] if prompt.suite_problem is None or cases else [prompt.suite_problem]
    for suite_name in project.suite_paths():
        try:
            suite = project.suite(suite_name)
        except PromptopsError as exc:  # matters only if the case is nowhere else
            broken.append(exc)
            continue
        if suite.prompt == prompt.id:
            cases.update({case.id: case for case in suite.cases})
    if case_id in cases:
        case = cases[case_id]
        filled = replace(case, fields={**case.fields, **_coerce_values(prompt, extra)})
        return _renderer(project, prompt).render_case(filled)
    if broken:
        raise broken[0]
    raise EvalError(f"'{prompt.id}' has no case '{case_id}'", hint=did_you_mean(case_id, cases, "it has no cases"))


def _renderer(project: Project, prompt: Prompt) -> GuardedRenderer:
    return GuardedRenderer(make_closure(project.source, prompt, project.template_folder))


def _coerce_values(prompt: Prompt, values: Mapping[str, Any]) -> dict[str, Any]:
    """Texts typed on a command line, as the types the inputs declare; text that fits none stays text."""
    schemas = {item.name: item.schema for item in prompt.inputs}
    return {name: _coerce(value, schemas.get(name, {})) for name, value in values.items()}


def _coerce(value: Any, schema: Mapping[str, Any]) -> Any:
    if not isinstance(value, str):
        return as_text(value) if schema.get("type") == "string" else value
    choices = schema.get("enum")
    is_text = schema.get("type", "string") == "string" and not value.lstrip().startswith(("[", "{"))
    if schema.get("type") == "string" or value in (choices or ()) or (is_text and not choices):
        return value
    try:
        return parse_json(value)
    except ValueError:
        return value
