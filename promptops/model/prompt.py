"""A prompt as written in a file, before values fill it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from promptops.model.finding import START, Span

if TYPE_CHECKING:
    from promptops.errors import PromptopsError
    from promptops.model.suite import Case, Criterion

ResponseFormat = Literal["text", "json_object", "json_schema"]

ROLES = ("system", "developer", "user", "assistant", "tool")


class TextOrigin(NamedTuple):
    """Where a template's text stands in its file, so that a place in the text becomes a place in the file.

    `line` and `column` (from 1) are those of the text's first character. In a literal block every further line
    starts at `column` too; in a folded or quoted text only the first line can be placed exactly.
    """

    line: int = 1
    column: int = 1
    exact: bool = True

    def span(self, line: int, column: int = 1, width: int = 1) -> Span:
        """The file's span for line and column (from 1) of the text."""
        if not self.exact:
            return Span.at(self.line, self.column)
        return Span.at(self.line + line - 1, self.column + column - 1, width)

    def line_of(self, line: int) -> int:
        """The file's line for a line of the text."""
        return self.span(line).line


@dataclass(frozen=True, slots=True)
class Message:
    """One message with its role; `content` is template text in a prompt and final text in a request."""

    role: str
    content: str
    origin: TextOrigin = field(default=TextOrigin(), compare=False)  # one for all: it cannot change


class Input(NamedTuple):
    """A named value the prompt needs. `schema` is JSON Schema without our own keys; no default means required."""

    name: str
    schema: Mapping[str, Any] = {}
    required: bool = True
    default: Any = None
    untrusted: bool = False
    description: str = ""
    span: Span = START


PLACEHOLDER_OWNER = "@you"
"""The owner in the example that `init` writes: nobody yet, though somebody on GitHub is called so."""


def real_owners(owners: Iterable[str]) -> tuple[str, ...]:
    """The owners without the stand-in."""
    return tuple(owner for owner in owners if owner.lower() != PLACEHOLDER_OWNER)


class Prompt(NamedTuple):
    """A `.prompt.yml` file.

    `plain` marks a foreign file (neither `inputs` nor `promptops`): only `{{ name }}` is replaced, all else is literal.
    `parameters` carry the API's names (`max_tokens`), whichever spelling the file used. `suite_problem`: why its cases
    or evaluators cannot be used; its text can be all the same.
    """

    id: str
    path: PurePosixPath
    messages: tuple[Message, ...]
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

    @property
    def title(self) -> str:
        """The name shown to people."""
        return self.name or self.id
