"""What is compared: versions of a prompt, each with a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from promptops.model.chat.message import Message
from promptops.model.chat.parameters import accepted_parameters, describe_changes, resolve_parameters
from promptops.model.config import ModelSpec
from promptops.model.model_call import Request
from promptops.model.prompt import Prompt
from promptops.model.results import Arm, Side
from promptops.model.revision import Revision
from promptops.pins.sealing import evaluation_digest, pin_digest
from promptops.templating.closure import Closure


@dataclass(frozen=True, slots=True)
class PromptAtRevision:
    """One side of a comparison: a prompt's closure at a revision."""

    side: Side
    closure: Closure
    revision: Revision


@dataclass(frozen=True, slots=True)
class ModelTarget:
    """A model with the fingerprint of where it is (base address or the file's sha256)."""

    spec: ModelSpec
    fingerprint: str


@dataclass(frozen=True, slots=True)
class PlannedArm:
    """An arm as the results will name it, and what it asks of whom, with which parameters."""

    arm: Arm
    prompt: Prompt
    target: ModelTarget
    parameters: Mapping[str, Any]

    @property
    def note(self) -> str:
        """What is sent otherwise than written; empty for nothing."""
        spec = self.target.spec
        return describe_changes(spec.model, resolve_parameters(spec, self.prompt.parameters), self.parameters)

    def request(self, messages: tuple[Message, ...], trial: int) -> Request:
        """The request that these messages make."""
        return Request(
            model=self.target.spec,
            messages=messages,
            parameters=self.parameters,
            tools=self.prompt.tools,
            response_format=self.prompt.response_format,
            json_schema=self.prompt.json_schema,
            trial=trial,
            fingerprint=self.target.fingerprint,
        )


def plan_arm(version: PromptAtRevision, target: ModelTarget, label: str) -> PlannedArm:
    """The arm of a version with a model; `label` is what the model is called in the results."""
    arm = Arm(
        side=version.side,
        model=label,
        full_model=target.spec.full_name,
        revision=version.revision.label,
        commit=version.revision.commit,
        dirty=version.revision.dirty,
        prompt_digest=pin_digest(version.closure, target.spec),
        evaluation_digest=evaluation_digest(version.closure, target.spec, target.fingerprint),
    )
    prompt = version.closure.prompt
    written = resolve_parameters(target.spec, prompt.parameters)
    return PlannedArm(arm, prompt, target, accepted_parameters(target.spec.model, written))
