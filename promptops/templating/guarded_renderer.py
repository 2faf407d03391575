"""Templates of the project's own, of today or of an old commit, filled so that no command waits for ever.

A template in which nothing can grow beyond its values is filled here, which costs a tenth; any other in a process that
can be killed. In both the work is counted; see promptops.templating.limits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from promptops.model.chat.message import Message
from promptops.model.suite import Case
from promptops.templating.analysis import is_simple
from promptops.templating.chat.conditions import condition_template
from promptops.templating.closure import Closure
from promptops.templating.render import Renderer
from promptops.templating.renderer_protocol import MOST_STOPS, RenderStoppedError

if TYPE_CHECKING:
    from promptops.templating.isolated_renderer import IsolatedRenderer, TemplateProcess

_Result = TypeVar("_Result")


class GuardedRenderer:
    """A renderer of the project's own. After two texts that had to be stopped, none is tried."""

    def __init__(self, closure: Closure) -> None:
        self.closure = closure
        prompt = closure.prompt
        conditions = [condition_template(item.when) for item in prompt.messages if item.when]
        texts = [*(text.content for text in prompt.texts), *conditions]
        self.may_wait = not (prompt.plain or all(map(is_bounded, [*texts, *closure.templates.values()])))
        self._here = None if self.may_wait else Renderer(closure)
        self._isolated: IsolatedRenderer | None = None
        self._stopped: list[RenderStoppedError] = []

    def render(self, values: Mapping[str, Any]) -> tuple[Message, ...]:
        """The messages for these values."""
        return self._tried((self._here or self._elsewhere()).render, values)

    def render_case(self, case: Case) -> tuple[Message, ...]:
        """The messages for a case."""
        return self._tried((self._here or self._elsewhere()).render_case, case)

    def text(self, template: str, fields: Mapping[str, Any]) -> str:
        """A text of an evaluator, filled from the case's fields."""
        if self._here is not None and (self.closure.prompt.plain or is_bounded(template)):
            return self._here.text(template, fields)
        return self._elsewhere().text(template, fields)

    def _elsewhere(self) -> IsolatedRenderer:
        if self._isolated is None:
            self._isolated = _isolation().renderer(self.closure)
        return self._isolated

    def _tried(self, render: Callable[[Any], _Result], given: Any) -> _Result:
        if len(self._stopped) >= MOST_STOPS:
            last = self._stopped[-1]
            raise RenderStoppedError(str(last.args[0]), where=last.where, hint=last.hint)
        try:
            return render(given)
        except RenderStoppedError as exc:
            self._stopped.append(exc)
            raise


@lru_cache(maxsize=1_000)  # an evaluator has one text for all cases
def is_bounded(text: str) -> bool:
    """Whether nothing in the template can make more than some times what its values hold, for each round of a loop."""
    if "{" not in text or is_simple(text):
        return True
    from promptops.templating.growth import cannot_grow

    return cannot_grow(text)


@lru_cache(maxsize=1)
def _isolation() -> TemplateProcess:
    from promptops.templating.isolated_renderer import OWN_LIMITS, TemplateProcess  # 4 ms that most runs need not pay

    return TemplateProcess(OWN_LIMITS)
