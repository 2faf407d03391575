"""A fake provider for tests, yours and ours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from promptops.errors import ProviderError
from promptops.model.model_call import Reply, Request

Answer = Reply | str | BaseException
"""A reply, its text alone, or an error to raise."""


class ScriptedProvider:
    """Answers with `script`: a function of the request, or a list used up in order.

    `delay` in seconds before each answer. `requests` are all calls made, `most_in_flight` how many ran at once.
    A list that is used up raises ProviderError.
    """

    def __init__(self, script: Callable[[Request], Answer] | Sequence[Answer], delay: float = 0.0) -> None:
        self.requests: list[Request] = []
        self.most_in_flight = 0
        self.closed = False
        self._script = script
        self._delay = delay
        self._in_flight = 0

    @property
    def calls(self) -> int:
        """How many calls were made, failed ones too."""
        return len(self.requests)

    async def complete(self, request: Request) -> Reply:
        """The next answer, or the error the script says."""
        number = len(self.requests)
        self.requests.append(request)
        self._in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self._in_flight)
        try:
            await asyncio.sleep(self._delay)
            answer = self._answer(request, number)
        finally:
            self._in_flight -= 1
        if isinstance(answer, BaseException):
            raise answer
        return Reply(answer) if isinstance(answer, str) else answer

    async def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True

    def _answer(self, request: Request, number: int) -> Answer:
        if callable(self._script):
            return self._script(request)
        if number >= len(self._script):
            raise ProviderError(f"the script has {len(self._script)} answers; this is call {number + 1}")
        return self._script[number]
