"""Which models a project asks, and what those need that run on the machine itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

from promptops.errors import PromptopsError, ProviderError
from promptops.model.config import ModelSpec
from promptops.providers.endpoint import needed_variables
from promptops.providers.local_models import DEFAULT_MODEL, model_path
from promptops.source.project import Project
from promptops.workflows.eval.scoring_inputs import judge_names
from promptops.workflows.workspace import Workspace


class LocalRuntime(NamedTuple):
    """What models on the machine itself need: the `engine` that runs them, the embedded `model`."""

    engine: bool = True
    model: bool = True


def suite_models(workspace: Workspace, project: Project) -> set[ModelSpec]:
    """The models of all suites and their judges. What is broken is left to lint."""
    return {spec for name in project.all_suites() for spec in _models_of_suite(workspace, project, name)}


def project_models(workspace: Workspace, project: Project) -> set[ModelSpec]:
    """The models of all suites, of their judges, and of prompts that no suite tests yet."""
    found = set()
    for name in project.prompt_names():
        with suppress(PromptopsError):
            found.add(workspace.model(project, project.prompt(name).model))
    with suppress(PromptopsError):  # two prompts of one name
        found |= suite_models(workspace, project)
    return found


def local_runtime(workspace: Workspace, specs: Iterable[ModelSpec]) -> LocalRuntime:
    """What these models need, whether it is here or not."""
    local = [spec for spec in specs if spec.provider == "local"]
    embedded = DEFAULT_MODEL.path(workspace.cache)
    with_embedded = any(model_path(spec.model, workspace.cache, workspace.root) == embedded for spec in local)
    return LocalRuntime(bool(local), with_embedded)


def key_variables(specs: Iterable[ModelSpec]) -> tuple[str, ...]:
    """The environment variables that these models' keys, headers and addresses are in, whether they are set or not."""
    found = set()
    for spec in specs:
        found |= {spec.api_key_env, spec.base_url_env}
        with suppress(ProviderError):  # no address yet
            found |= {*needed_variables(spec)}
    return tuple(sorted(found - {""}))


def _models_of_suite(workspace: Workspace, project: Project, name: str) -> Iterator[ModelSpec]:
    with suppress(PromptopsError):
        suite = project.suite(name)
        names = [] if suite.replies else [*(suite.models or (project.prompt(suite.prompt).model,))]
        for each in (*names, *judge_names(project, suite)):
            yield workspace.model(project, each)
