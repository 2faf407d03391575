"""One prompt filled with the values of a case, or with values by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from promptops.errors import EvalError, PromptopsError
from promptops.model.chat.media import MEDIA_KINDS
from promptops.model.chat.message import Message
from promptops.model.prompt import Input, Prompt
from promptops.model.suite import HELD_OUT, Case
from promptops.source.formats.json_text.strict_json import parse_json
from promptops.source.project import Project
from promptops.templating.closure import make_closure
from promptops.templating.guarded_renderer import GuardedRenderer
from promptops.templating.value_text import as_text
from promptops.text.suggestions import did_you_mean
from promptops.workflows.render.value_files import ValueFile, read_value

_ADDRESSES = ("data:", "http:", "https:")


class RenderedCase(NamedTuple):
    """A prompt's messages, and the case that filled them, one of so many; empty for values by hand."""

    messages: tuple[Message, ...]
    case: str = ""
    of: int = 0


def render_values(project: Project, name: str, values: Mapping[str, Any]) -> tuple[Message, ...]:
    """The prompt's messages for these values; texts are read as the types the inputs declare."""
    prompt = project.prompt(name)
    return _by_hand(project, prompt, values)


def render_case(project: Project, name: str, case_id: str, extra: Mapping[str, Any]) -> tuple[Message, ...]:
    """The prompt's messages for a case of any suite that tests it; `extra` values replace the case's."""
    prompt = project.prompt(name)
    cases, broken = _cases(project, prompt)
    if case_id in cases:
        return _filled(project, prompt, cases[case_id], extra)
    if broken:
        raise broken[0]
    raise EvalError(f"'{prompt.id}' has no case '{case_id}'", hint=did_you_mean(case_id, cases, "it has no cases"))


def render_first_case(project: Project, name: str, values: Mapping[str, Any]) -> RenderedCase:
    """The prompt's messages for the first case of the suites that test it; `values` replace the case's.

    For the values alone where they are all that it needs, and where there is no case that may be shown.
    """
    prompt = project.prompt(name)
    missing = [item.name for item in prompt.inputs if item.required and item.name not in values]
    needs_a_case = (bool(missing) or not values) and (bool(prompt.inputs) or prompt.plain)
    cases = shown_cases(project, name) if needs_a_case else ()
    if not cases:
        return RenderedCase(_by_hand(project, prompt, values))
    return RenderedCase(_filled(project, prompt, cases[0], values), cases[0].id, len(cases))


def shown_cases(project: Project, name: str) -> tuple[Case, ...]:
    """The cases of all suites that test the prompt, without those that are held out."""
    cases, _ = _cases(project, project.prompt(name))
    return tuple(case for case in cases.values() if case.split != HELD_OUT)


def _cases(project: Project, prompt: Prompt) -> tuple[dict[str, Case], list[PromptopsError]]:
    """The cases by id, and why some suite cannot be read: that matters only if the case is nowhere else."""
    cases: dict[str, Case] = {case.id: case for case in prompt.test_data}
    broken = [] if prompt.suite_problem is None or cases else [prompt.suite_problem]
    for suite_name in project.suite_paths():
        try:
            suite = project.suite(suite_name)
        except PromptopsError as exc:
            broken.append(exc)
            continue
        if suite.prompt == prompt.id:
            cases.update({case.id: case for case in suite.cases})
    return cases, broken


def _by_hand(project: Project, prompt: Prompt, values: Mapping[str, Any]) -> tuple[Message, ...]:
    for item in prompt.inputs:
        value = values.get(item.name)
        if item.kind in MEDIA_KINDS and isinstance(value, str) and value and not value.lower().startswith(_ADDRESSES):
            hint = f"write @ before a file: --set {item.name}=@{value[:200]}"
            raise EvalError(f"'{value[:200]}' is neither a data URI nor an https address", where=item.name, hint=hint)
    return _renderer(project, prompt).render(_coerce_values(prompt, values))


def _filled(project: Project, prompt: Prompt, case: Case, extra: Mapping[str, Any]) -> tuple[Message, ...]:
    filled = replace(case, fields={**case.fields, **_coerce_values(prompt, extra)})
    return _renderer(project, prompt).render_case(filled)


def _renderer(project: Project, prompt: Prompt) -> GuardedRenderer:
    return GuardedRenderer(make_closure(project.source, prompt, project.template_folder))


def _coerce_values(prompt: Prompt, values: Mapping[str, Any]) -> dict[str, Any]:
    """Texts typed on a command line, as the types the inputs declare; text that fits none stays text."""
    inputs = {item.name: item for item in prompt.inputs}
    return {name: _coerce(value, inputs.get(name)) for name, value in values.items()}


def _coerce(value: Any, item: Input | None) -> Any:
    schema = item.schema if item is not None else {}
    if isinstance(value, ValueFile):
        value = read_value(value, item)
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
