"""What is served at one moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from promptops.errors import PromptopsError
from promptops.pins.bundle import Bundle


class LoadedPrompts(NamedTuple):
    """All that is served, at one moment, whole. `broken`: prompts that are there and cannot be served, with the reason.

    `reason` says why some are still served as they were before, if so.
    """

    bundle: Bundle
    broken: Mapping[str, PromptopsError] = {}
    reason: str = ""


LoadPrompts = Callable[[LoadedPrompts | None], LoadedPrompts]
"""Given what is served, gives what is to be served now: the same object when that is still right.

PromptopsError when it cannot be had.
"""


def describe_broken(broken: Mapping[str, PromptopsError]) -> str:
    """The first of the problems in a line, and how many prompts have one besides."""
    if not broken:
        return ""
    first = str(next(iter(broken.values()))).partition("\n")[0]
    more = len(broken) - 1
    return first + (f" (and {more} more prompt{'s' if more > 1 else ''} cannot be loaded)" if more else "")
