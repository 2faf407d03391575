"""A prompt filled with values, ready to be sent to a model."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, NamedTuple

from promptops.model.chat.message import Message
from promptops.model.requests.chat_completions import IN_CHAT, as_dicts, chat_arguments, for_client
from promptops.model.requests.responses import IN_RESPONSES, responses_arguments


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

    `provider` and `model` are what the prompt was pinned with (`openai`, `gpt-5.4-mini`); `parameters` have the
    API's names.
    """

    version: Version
    provider: str
    model: str
    filled: tuple[Message, ...]
    parameters: Mapping[str, Any] = {}
    tools: tuple[Mapping[str, Any], ...] = ()
    response_format: str = "text"
    json_schema: Mapping[str, Any] | None = None

    def messages(self) -> list[dict[str, Any]]:
        """`{"role": …, "content": …}` for each message: what most clients take."""
        return as_dicts(self.filled)

    def openai(self) -> dict[str, Any]:
        """The arguments of `client.chat.completions.create(**…)`."""
        # A copy: a caller may change what it got.
        return for_client(chat_arguments(self.model, self.filled, *deepcopy(self[4:])), IN_CHAT)

    def openai_responses(self) -> dict[str, Any]:
        """The arguments of `client.responses.create(**…)`. RenderError for what that interface has no place for."""
        body = responses_arguments(self.model, self.filled, *deepcopy(self[4:]), where=self.version.name)
        return for_client(body, IN_RESPONSES)
