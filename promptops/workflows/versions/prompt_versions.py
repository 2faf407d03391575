"""Every prompt of a version with its digest: equal ones behave the same, whatever else was edited around them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from promptops.errors import AbsentObjectError, PromptError, PromptopsError
from promptops.model.chat.parameters import resolve_parameters
from promptops.model.config import ModelSpec
from promptops.model.prompt import Prompt
from promptops.pins.sealing import as_pinned, digests_of, seal_closure
from promptops.source.project import Project
from promptops.templating.closure import Closure, make_closure
from promptops.workflows.workspace import Workspace


class ResolvedPrompt(NamedTuple):
    """A prompt at one version. `model` is the name it gives and what that stands for; empty when nobody knows it.

    `parameters` are the prompt's own and, where it says nothing, the model's. `known_as` are the digests of all sealed
    formats, `key` first: older pins and results may name the version by another one.
    """

    closure: Closure
    model: str
    key: str
    parameters: Mapping[str, Any] = {}
    known_as: tuple[str, ...] = ()

    @property
    def prompt(self) -> Prompt:
        """The prompt as written."""
        return self.closure.prompt

    @property
    def digest(self) -> str | None:
        """The pin digest; None while the model is not known, which is part of it."""
        return self.key if self.model else None


PromptOrError = ResolvedPrompt | PromptopsError
"""A prompt, or why it cannot be loaded."""


def resolve_prompt(workspace: Workspace, project: Project, name: str, *, pinned: str = "") -> PromptOrError:
    """The prompt with this identifier, and its digest. An unknown model has a stand-in: texts need none.

    `pinned`: as it renders where it is pinned with this digest. AbsentObjectError where a partial clone leaves it out.
    """
    try:
        closure = make_closure(project.source, project.prompt(name), project.template_folder)
        model, spec = _model(workspace, project, closure.prompt.model)
        parameters = resolve_parameters(spec, closure.prompt.parameters)
        sealed = as_pinned(seal_closure(closure, spec), pinned)
        closure = closure._replace(sealed_format=sealed.form)
        return ResolvedPrompt(closure, model, sealed.digest, parameters, digests_of(sealed))
    except AbsentObjectError:
        raise
    except PromptopsError as exc:
        return exc
    except RecursionError:
        return PromptError(f"a value of '{name}' is nested too deeply", hint="is this schema intended?")


def resolve_readable(workspace: Workspace, project: Project, names: Iterable[str]) -> dict[str, ResolvedPrompt]:
    """Those of these prompts that can be loaded."""
    found = {name: resolve_prompt(workspace, project, name) for name in names}
    return {name: one for name, one in found.items() if isinstance(one, ResolvedPrompt)}


def _model(workspace: Workspace, project: Project, name: str) -> tuple[str, ModelSpec]:
    try:
        spec = workspace.model(project, name)
    except PromptError:
        return "", ModelSpec(name, "recorded", f"unknown: {name}")
    return (spec.full_name if name == spec.full_name else f"{name} ({spec.full_name})"), spec
