"""One prompt filled with the values of a case, or with values by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from promptops.errors import EvalError
from promptops.model.prompt import Message, Prompt
from promptops.model.suite import Case
from promptops.source.project import Project
from promptops.templating.closure import make_closure
from promptops.templating.render import Renderer


def render_values(project: Project, name: str, values: Mapping[str, Any]) -> tuple[Message, ...]:
    """The prompt's messages for these values. An input that takes no number gets text as it was typed."""
    prompt = project.prompt(name)
    return _renderer(project, prompt).render(_as_declared(prompt, values))


def render_case(project: Project, name: str, case_id: str, extra: Mapping[str, Any]) -> tuple[Message, ...]:
    """The prompt's messages for a case of any suite that tests it; `extra` values replace the case's."""
    prompt = project.prompt(name)
    cases = {case.id: case for case in cases_of(project, prompt)}
    if case_id not in cases:
        listed = ", ".join(list(cases)[:12]) or "it has none"
        raise EvalError(f"'{prompt.id}' has no case '{case_id}'", hint=f"its cases: {listed}")
    case = cases[case_id]
    return _renderer(project, prompt).render_case(Case(case.id, {**case.fields, **_as_declared(prompt, extra)}))


def cases_of(project: Project, prompt: Prompt) -> list[Case]:
    """All cases that test a prompt: its own, then those of its suites."""
    cases = list(prompt.test_data)
    for name in project.suite_paths():
        suite = project.suite(name)
        if suite.prompt == prompt.id:
            cases.extend(suite.cases)
    return cases


def _renderer(project: Project, prompt: Prompt) -> Renderer:
    return Renderer(make_closure(project.source, prompt, project.template_folder))


def _as_declared(prompt: Prompt, values: Mapping[str, Any]) -> dict[str, Any]:
    texts = {item.name for item in prompt.inputs if item.schema.get("type") == "string"}
    return {
        name: str(value) if name in texts and not isinstance(value, str) else value for name, value in values.items()
    }
