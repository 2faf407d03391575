"""Which model each side of a run asks, and the recorded replies that may stand in for it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath

from promptops.errors import EvalError, PromptError, PromptopsError
from promptops.evals.arms import ModelTarget
from promptops.model.config import ModelSpec, address_hint
from promptops.model.model_call import Provider
from promptops.model.suite import Suite
from promptops.providers.cassette import RECORDED, CassetteProvider
from promptops.providers.endpoint import redact_url
from promptops.providers.registry import model_fingerprint, open_provider
from promptops.source.project import Project
from promptops.source.source import MAX_FILE_BYTES, normalize_path, read_text
from promptops.workflows.eval.cassette import cassette_target
from promptops.workflows.workspace import Workspace


def target_of(
    workspace: Workspace, project: Project, name: str, cassette: CassetteProvider | None = None
) -> ModelTarget:
    """The model an alias stands for, or its recorded replies."""
    spec = workspace.model(project, name)
    if cassette is not None:
        return ModelTarget(spec, RECORDED + cassette.digest)
    if hint := address_hint(spec.base_url):
        shown = f"'{redact_url(spec.base_url)}'" + (f" (from {spec.base_url_env})" if spec.base_url_env else "")
        raise EvalError(f"the address of the model '{name}' is {shown}, which cannot be called", hint=hint)
    return ModelTarget(spec, model_fingerprint(spec, workspace.cache, workspace.root))


def base_target(
    workspace: Workspace, base: Project, name: str, head: ModelTarget, cassette: CassetteProvider | None
) -> ModelTarget:
    """The model the base meant, with its own parameters and what it adds to each body.

    Where it is the head's, so are address, key and limits; also where it is not known.
    """
    with suppress(PromptError):
        spec = workspace.model(base, name)
        if spec.full_name != head.spec.full_name:
            return target_of(workspace, base, name, cassette)
        head = replace(head, spec=replace(head.spec, parameters=spec.parameters, extra_body=spec.extra_body))
    return replace(head, fingerprint=RECORDED + cassette.digest) if cassette else head


def head_cassette(
    workspace: Workspace, project: Project, suite: Suite, *, record: bool
) -> tuple[CassetteProvider | None, Path | None]:
    """The suite's recorded replies, or, to record them anew, the file they go to."""
    if not suite.replies:
        if record:
            hint = "add: replies: NAME.replies.jsonl"
            raise EvalError("the suite names no file for its replies", where=str(suite.path), hint=hint)
        return None, None
    if record:
        return None, cassette_target(workspace.root, _path(suite), str(suite.path))
    return _load(project, suite), None


def base_cassette(base: Project, suite: Suite, cassette: CassetteProvider | None) -> CassetteProvider | None:
    """The replies that were recorded with the base; the head's where there were none."""
    if cassette is None:
        return None
    with suppress(PromptopsError):
        old = base.suite(suite.id)
        if old.replies:
            return _load(base, old)
    return cassette


def _path(suite: Suite) -> PurePosixPath:
    return normalize_path(suite.path.parent / suite.replies)


def _load(project: Project, suite: Suite) -> CassetteProvider:
    return CassetteProvider.load(read_text(project.source, _path(suite), MAX_FILE_BYTES), _path(suite))


def provider_factory(workspace: Workspace) -> Callable[[ModelSpec], Provider]:
    """What a command opens its models with."""
    return lambda spec: open_provider(spec, workspace.secrets, workspace.cache, workspace.root)
