"""A prompt filled with values, ready to be sent to a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, NamedTuple

from promptops.model.chat.message import Message
from promptops.model.chat.parameters import accepted_parameters
from promptops.model.requests.chat_completions import IN_CHAT, as_dicts, chat_arguments, for_client
from promptops.model.requests.responses import IN_RESPONSES, responses_arguments
from promptops.model.sealed_prompt import UNKNOWN_ENDPOINT, ModelEndpoint


class Version(NamedTuple):
    """Which text was used: for logs and traces.

    `commit` is a full id, None for a work tree; `digest` (`sha256:<64 hex>`) covers all that was rendered. `rollout`
    says that this is the second version of a gradual rollout.
    """

    name: str
    commit: str | None
    digest: str
    rollout: bool = False


class Call(NamedTuple):
    """All a model is to receive.

    `provider` and `model` are what the prompt was pinned with (`openai`, `gpt-5.4-mini`); `parameters` have the names
    of OpenAI's API, as written: the methods leave out what a model refuses, as evaluations do. `endpoint` says where
    the model is called, as far as that is known.

    The methods give arguments for the clients of vendors, each a copy that may be changed. Of what a vendor has no
    place for they raise RenderError. None of them imports a client.
    """

    version: Version
    provider: str
    model: str
    filled: tuple[Message, ...]
    parameters: Mapping[str, Any] = {}
    tools: tuple[Mapping[str, Any], ...] = ()
    response_format: str = "text"
    json_schema: Mapping[str, Any] | None = None
    endpoint: ModelEndpoint = UNKNOWN_ENDPOINT

    # `list[Any]`, so that a checker accepts them as `messages=` of every client, typed or not.
    def messages(self) -> list[Any]:
        """`{"role": …, "content": …}` for each message, in the form of chat completions: what most clients take."""
        return as_dicts(self.filled, self.version.name)

    def openai(self) -> dict[str, Any]:
        """The arguments of `openai.OpenAI().chat.completions.create(**…)`."""
        return for_client(self._arguments(chat_arguments), IN_CHAT)

    def openai_responses(self) -> dict[str, Any]:
        """The arguments of `openai.OpenAI().responses.create(**…)`."""
        return for_client(self._arguments(responses_arguments), IN_RESPONSES)

    def anthropic(self) -> dict[str, Any]:
        """The arguments of `anthropic.Anthropic().messages.create(**…)`."""
        from promptops.model.requests.anthropic_messages import anthropic_arguments

        return self._arguments(anthropic_arguments)

    def gemini(self) -> dict[str, Any]:
        """The arguments of `google.genai.Client().models.generate_content(**…)`."""
        from promptops.model.requests.gemini import gemini_arguments

        return self._arguments(gemini_arguments)

    def bedrock(self) -> dict[str, Any]:
        """The arguments of `boto3.client("bedrock-runtime").converse(**…)`."""
        from promptops.model.requests.bedrock import bedrock_arguments

        return self._arguments(bedrock_arguments)

    def _arguments(self, make: Callable[..., dict[str, Any]]) -> dict[str, Any]:
        parameters, tools, schema = deepcopy((self.parameters, self.tools, self.json_schema))
        accepted = accepted_parameters(self.model, parameters)
        return make(self.model, self.filled, accepted, tools, self.response_format, schema, where=self.version.name)
