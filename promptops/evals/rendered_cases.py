"""Cases with the messages that a model receives for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from promptops.errors import RenderError
from promptops.model.prompt import Message
from promptops.model.results import Side
from promptops.model.suite import Case
from promptops.templating.protocol import CaseRenderer

Rendering = tuple[Message, ...] | RenderError
"""The messages, or why there are none."""


class RenderedCases:
    """Every case, in order, with its messages for each version or why there are none.

    A case is rendered when it is wanted first, and kept: results show it. `misfits` counts, by side, those rendered so
    far that have no messages.
    """

    def __init__(self, cases: Sequence[Case], fillings: Mapping[Side, CaseRenderer]) -> None:
        self._cases, self._fillings = cases, fillings
        self._kept: list[tuple[Rendering, ...]] = []
        self.misfits: dict[Side, int] = dict.fromkeys(fillings, 0)

    def __iter__(self) -> Iterator[tuple[Case, dict[Side, Rendering]]]:
        for place, case in enumerate(self._cases):
            if place == len(self._kept):
                self._kept.append(tuple([self._render(case, side) for side in self._fillings]))
            yield case, dict(zip(self._fillings, self._kept[place], strict=True))

    def _render(self, case: Case, side: Side) -> Rendering:
        try:
            return self._fillings[side].render_case(case)
        except RenderError as exc:
            self.misfits[side] += 1
            return exc.with_traceback(None)  # which holds on to all that was at hand
