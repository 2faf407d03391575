"""Processes of evaluators that the suites of a command have one of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar, cast

from promptops.evals.evaluators.base import OwnProcess

_Process = TypeVar("_Process", bound=OwnProcess)


class SharedProcesses:
    """By name; each is made when it is asked for first, and closed when the command has asked all."""

    def __init__(self) -> None:
        self._made: dict[str, OwnProcess] = {}

    def get(self, name: str, make: Callable[[], _Process]) -> _Process:
        """The process of this name. Whoever asks for it by one name makes the same."""
        if name not in self._made:
            self._made[name] = make()
        return cast(_Process, self._made[name])

    async def close(self) -> None:
        """End all; every one gets its chance, then the first error is raised."""
        ended = await asyncio.gather(*(one.close() for one in self._made.values()), return_exceptions=True)
        self._made.clear()
        for result in ended:
            if isinstance(result, BaseException):
                raise result
