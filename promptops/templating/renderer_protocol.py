"""What an evaluation needs of a renderer, in this process or in one that can be killed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from promptops.errors import RenderError
from promptops.model.prompt import Message
from promptops.model.suite import Case
from promptops.templating.closure import Closure


class CaseRenderer(Protocol):
    """Renders one closure. Every method raises RenderErrors only."""

    def render_case(self, case: Case) -> tuple[Message, ...]:
        """The messages for a case."""
        ...

    def text(self, template: str, fields: Mapping[str, Any]) -> str:
        """A text of an evaluator, filled from the case's fields."""
        ...


MakeRenderer = Callable[[Closure], CaseRenderer]


class RenderStoppedError(RenderError):
    """The template was stopped, or is not tried again; whether the values fit is not known."""
