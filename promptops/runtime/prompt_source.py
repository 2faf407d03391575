"""Where prompts come from, and what was loaded from there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from promptops.errors import PromptopsError
from promptops.pins.bundle import Bundle


class LoadedPrompts(NamedTuple):
    """All that is served, at one moment, whole. `broken`: prompts that are there and cannot be served, with the reason.

    `reason` says why some are still served as they were before, if so.
    """

    bundle: Bundle
    broken: Mapping[str, PromptopsError] = {}
    reason: str = ""


class PromptSource(Protocol):
    """Loads what is to be served now."""

    def load(self, held: LoadedPrompts | None) -> LoadedPrompts:
        """What is to be served now; `held` itself when that is still right. PromptopsError when it cannot be had."""
        ...


class BundlePrompts:
    """A bundle never changes."""

    def __init__(self, bundle: Bundle) -> None:
        self._loaded = LoadedPrompts(bundle)

    def load(self, held: LoadedPrompts | None) -> LoadedPrompts:
        """The bundle."""
        return self._loaded


def reason_of(broken: Mapping[str, PromptopsError]) -> str:
    """The first of the problems in a line, and how many prompts have one besides."""
    if not broken:
        return ""
    first = str(next(iter(broken.values()))).partition("\n")[0]
    more = len(broken) - 1
    return first + (f" (and {more} more prompt{'s' if more > 1 else ''} cannot be loaded)" if more else "")
