"""What an evaluation needs of a renderer, in this process or in one that can be killed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from promptops.errors import RenderError
from promptops.model.chat.message import Message
from promptops.model.suite import Case
from promptops.templating.closure import Closure

MOST_STOPS = 2
"""After so many texts of one prompt that had to be stopped none is tried."""


class CaseRenderer(Protocol):
    """Renders one closure. Every method raises RenderErrors only."""

    @property
    def may_wait(self) -> bool:
        """Whether a text may take seconds, for which nobody else should have to wait."""
        ...

    def render(self, values: Mapping[str, Any]) -> tuple[Message, ...]:
        """The messages for these values."""
        ...

    def render_case(self, case: Case) -> tuple[Message, ...]:
        """The messages for a case."""
        ...

    def text(self, template: str, fields: Mapping[str, Any]) -> str:
        """A text of an evaluator, filled from the case's fields."""
        ...


MakeRenderer = Callable[[Closure], CaseRenderer]


class RenderStoppedError(RenderError):
    """The template was stopped, or is not tried again; whether the values fit is not known."""
