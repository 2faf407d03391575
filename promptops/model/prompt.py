"""A prompt as written in a file, before values fill it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from promptops.model.chat.media import MEDIA_KINDS
from promptops.model.chat.message_template import (
    MESSAGES,
    HistorySlot,
    MediaSlot,
    MessageItem,
    MessageTemplate,
    TemplateText,
)
from promptops.model.finding import START, Span

if TYPE_CHECKING:
    from promptops.errors import PromptopsError
    from promptops.model.suite import Case, Criterion

ResponseFormat = Literal["text", "json_object", "json_schema"]


class Input(NamedTuple):
    """A named value the prompt needs. `schema` is JSON Schema without our own keys; no default means required."""

    name: str
    schema: Mapping[str, Any] = {}
    required: bool = True
    default: Any = None
    untrusted: bool = False
    description: str = ""
    span: Span = START

    @property
    def kind(self) -> str:
        """`messages`, `image`, `file` or `audio` for an input of one of our own types, else empty."""
        kind = self.schema.get("type")
        return kind if isinstance(kind, str) and (kind == MESSAGES or kind in MEDIA_KINDS) else ""


PLACEHOLDER_OWNER = "@you"
"""The owner in the example that `init` writes: nobody yet, though somebody on GitHub is called so."""


def real_owners(owners: Iterable[str]) -> tuple[str, ...]:
    """The owners without the stand-in."""
    return tuple(owner for owner in owners if owner.lower() != PLACEHOLDER_OWNER)


class Prompt(NamedTuple):
    """A `.prompt.yml` file.

    `plain` marks a foreign file (neither `inputs` nor `promptops`): only `{{ name }}` is replaced, all else is literal.
    `parameters` carry the API's names (`max_tokens`), whichever spelling the file used. `suite_problem`: why its cases
    or evaluators cannot be used; its text can be all the same. `files` are the texts of those that tools and
    the schema were read from, by project path.
    """

    id: str
    path: PurePosixPath
    messages: tuple[MessageItem, ...]
    name: str = ""
    description: str = ""
    model: str = ""
    model_span: Span = START
    parameters: Mapping[str, Any] = {}
    inputs: tuple[Input, ...] = ()
    response_format: ResponseFormat = "text"
    json_schema: Mapping[str, Any] | None = None
    tools: tuple[Mapping[str, Any], ...] = ()
    test_data: tuple[Case, ...] = ()
    evaluators: tuple[Criterion, ...] = ()
    owners: tuple[str, ...] = ()
    plain: bool = False
    suite_problem: PromptopsError | None = None
    files: Mapping[str, str] = {}

    @property
    def texts(self) -> tuple[TemplateText, ...]:
        """The texts of all messages, in their order."""
        return tuple([text for message in self.messages for text in message.texts])

    @property
    def sent_whole(self) -> frozenset[str]:
        """The inputs that no text needs to name: histories, pictures, documents and sounds that messages hold."""
        slots = [part for message in self.messages for part in getattr(message, "parts", (message,))]
        return frozenset([one.name for one in slots if isinstance(one, (HistorySlot, MediaSlot))])

    @property
    def is_text_only(self) -> bool:
        """Whether every message is a role and a text, as in files of GitHub's format."""
        return all(isinstance(one, MessageTemplate) and one.is_text for one in self.messages)

    @property
    def title(self) -> str:
        """The name shown to people."""
        return self.name or self.id
