"""The whole request that an evaluation would send for a filled prompt."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from promptops.model.chat.message import Message
from promptops.model.chat.parameters import accepted_parameters, resolve_parameters
from promptops.model.config import ModelSpec
from promptops.model.prompt import Prompt
from promptops.model.requests.chat_completions import as_sent, chat_arguments
from promptops.source.project import Project
from promptops.workflows.workspace import Workspace

NO_MODEL = ModelSpec("", "openai", "")


class WholeRequest(NamedTuple):
    """The model as it would be called, and what it would be sent."""

    spec: ModelSpec
    body: Mapping[str, Any]

    @property
    def as_json(self) -> str:
        """The body as JSON. What no eye sees and what moves a terminal is written as `\\uXXXX`; bytes are base64."""
        text = json.dumps(self.body, ensure_ascii=False, indent=2, default=_bytes)
        return "\n".join(map(_printable, text.split("\n")))  # text between quotes: JSON has no others


def whole_request(workspace: Workspace, project: Project, name: str, messages: tuple[Message, ...]) -> WholeRequest:
    """What the prompt's own model would be sent; where the prompt names none, all but the model's name.

    PromptError for a model that is not known.
    """
    prompt = project.prompt(name)
    spec = workspace.model(project, prompt.model) if prompt.model else NO_MODEL
    return WholeRequest(spec, request_body_of(spec, prompt, messages))


def request_body_of(spec: ModelSpec, prompt: Prompt, messages: tuple[Message, ...]) -> Mapping[str, Any]:
    """The body for this model, in the form of its vendor's interface; for those without one, as chat completions."""
    parameters = accepted_parameters(spec.model, resolve_parameters(spec, prompt.parameters))
    asked = messages, parameters, prompt.tools, prompt.response_format, prompt.json_schema
    body = as_sent(_maker(spec)(spec.model, *asked, where=prompt.id))
    return body if spec.model else {key: value for key, value in body.items() if key != "model"}


def _maker(spec: ModelSpec) -> Callable[..., dict[str, Any]]:
    """What makes the request: for Gemini and Bedrock the arguments of their clients, which write it anew."""
    if spec.interface == "anthropic":
        from promptops.model.requests.anthropic_messages import anthropic_arguments

        return anthropic_arguments
    if spec.interface == "gemini":
        from promptops.model.requests.gemini import gemini_arguments

        return gemini_arguments
    if spec.interface == "bedrock":
        from promptops.model.requests.bedrock import bedrock_arguments

        return bedrock_arguments
    return chat_arguments


def _printable(line: str) -> str:
    if line.isprintable():
        return line
    return "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in line)


def _bytes(value: object) -> str:
    if isinstance(value, bytes):
        return b64encode(value).decode("ascii")
    raise TypeError(f"{type(value).__name__} is not JSON")
