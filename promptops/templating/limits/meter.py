"""The meter of one rendering: steps of work, and the characters of the texts that are alive at once.

A size is looked at before the work is done, so nothing large is made to be refused afterwards. One step is about what
Python does in 50 ns: a node of the template once, an item of a list, some hundred characters copied.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator, KeysView, ValuesView
from collections.abc import Set as AbstractSet
from typing import Any

from jinja2.environment import TemplateModule
from jinja2.utils import Namespace

MAX_MESSAGE_CHARACTERS = 10_000_000
MAX_STEPS = 40_000_000
MAX_HELD = 10 * MAX_MESSAGE_CHARACTERS
"""Characters of all large texts that are in use at one time, and of all that a rendering writes."""
SMALL = 4_096
"""Shorter texts are not looked after one by one: each costs steps for its length, which bounds all of them together."""
FEW = 64
"""Pieces of a message whose lengths are not added up before they are joined."""
_TOO_LONG = "it makes a text of more than {:,} characters"
LOOP_HINT = "loop over fewer items, or put less into the loop"


class TemplateLimitError(Exception):
    """The template goes on too long, or makes too much. The text says what it does, `hint` what helps."""

    def __init__(self, message: str, hint: str = "write smaller numbers, or put less together") -> None:
        super().__init__(message)
        self.hint = hint


class Meter:
    """What one rendering has left."""

    __slots__ = ("_large", "_steps", "_written", "held")

    def __init__(self) -> None:
        self._large: list[str] = []
        self.refill()

    def refill(self) -> None:
        """For another rendering."""
        self._steps, self._written, self.held = MAX_STEPS, 0, 0
        if self._large:
            self._large.clear()

    def spend(self, steps: int) -> None:
        """Work that is about to be done. TemplateLimitError when it is too much."""
        self._steps -= steps
        if self._steps < 0:
            raise TemplateLimitError("its loops and calls take too much work", LOOP_HINT)

    @staticmethod
    def checked(text: str) -> str:
        """The text. TemplateLimitError when it is too long."""
        if len(text) > MAX_MESSAGE_CHARACTERS:
            raise TemplateLimitError(_TOO_LONG.format(MAX_MESSAGE_CHARACTERS))
        return text

    def make(self, length: int) -> None:
        """A text of this length is about to be made. TemplateLimitError when it is too long."""
        if length > MAX_MESSAGE_CHARACTERS:
            raise TemplateLimitError(_TOO_LONG.format(MAX_MESSAGE_CHARACTERS))
        self.spend(1 + (length >> 3 if length < SMALL else length >> 8))

    def keep(self, text: str) -> str:
        """The text, which was made just now. TemplateLimitError when too many large ones are in use."""
        if len(text) >= SMALL:
            self._large.append(text)
            self.held += len(text)
            if self.held > MAX_HELD:
                self._forget_unused()
        return text

    def write(self, pieces: list[str]) -> str:
        """The pieces as one text."""
        length = sum(map(len, pieces))
        if length >= SMALL:
            self.make(length)
            return self.keep("".join(pieces))
        return "".join(pieces)

    def finish(self, text: str) -> str:
        """The text of a message, of which one rendering may have many."""
        self.make(len(text))
        self._written += len(text)
        if self._written > MAX_HELD:
            raise TemplateLimitError(f"its messages come to more than {MAX_HELD:,} characters")
        return text

    def _forget_unused(self) -> None:
        self.spend(len(self._large) >> 2)
        self._large = [text for text in self._large if sys.getrefcount(text) > _UNUSED]
        self.held = sum(map(len, self._large))
        if self.held > MAX_HELD:
            raise TemplateLimitError(f"it holds more than {MAX_HELD:,} characters at once")


def _references_of_unused() -> int:
    counts = [sys.getrefcount(text) for text in ["x" * SMALL]]
    return counts[0]


_UNUSED = _references_of_unused()
"""What the interpreter counts for a text that only a list holds; it differs between versions of Python."""


class _Current(threading.local):
    def __init__(self) -> None:
        self.meter = Meter()


_CURRENT = _Current()


def begin_metering() -> Meter:
    """A full meter for the rendering that begins now in this thread."""
    found = _CURRENT.meter
    found.refill()
    return found


def meter() -> Meter:
    """That of the rendering in this thread."""
    return _CURRENT.meter


def weigh(value: Any) -> int:
    """The characters and items of a value, as text would show them; what stands in it twice counts twice.

    TemplateLimitError when there are too many. What a hostile template makes may be 2^40 items in forty lists.
    """
    total, looked_at = 0, 0
    pending = [value]
    while pending:
        one = pending.pop()
        looked_at += 1
        if type(one) in _SCALARS:
            total += 8
            continue
        if isinstance(one, (str, bytes)):
            total += len(one)
            continue
        parts = _parts(one)
        total += 8 + 2 * len(parts)
        pending += parts
        if total > MAX_MESSAGE_CHARACTERS:
            break
    if total > MAX_MESSAGE_CHARACTERS:
        raise TemplateLimitError(f"it uses a value of more than {MAX_MESSAGE_CHARACTERS:,} characters")
    meter().spend(2 * looked_at + (total >> 10))
    return total


_SCALARS = frozenset({int, float, bool, type(None)})
"""To ask each of these what it is made of would take ten times the steps that are counted for it."""


def _parts(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    if isinstance(value, (list, tuple, AbstractSet, KeysView, ValuesView)):
        return list(value)
    if isinstance(value, Namespace):
        return [object.__getattribute__(value, "_Namespace__attrs")]
    return list(value._body_stream) if isinstance(value, TemplateModule) else []


def size(value: Any) -> int:
    """How long a value is as text, once it was made sure that it may be written."""
    return len(value) if isinstance(value, str) else weigh(value)


def weighed(value: Any) -> Any:
    """The value, once the work of comparing or hashing it is counted."""
    if isinstance(value, str):
        if len(value) >= SMALL:
            meter().spend(len(value) >> 8)
    elif value is not None and not isinstance(value, (int, float)):
        weigh(value)
    return value


_SIZED = frozenset(
    {list, tuple, dict, str, range, set, frozenset, type({}.keys()), type({}.values()), type({}.items())}
)


def rounds(items: Iterable[Any], cost: int) -> Iterable[Any]:
    """The items of a loop whose body costs so many steps."""
    if type(items) not in _SIZED:
        return _counted(iter(items), cost)
    current = _CURRENT.meter  # all here is written out: most templates have a loop
    current._steps -= (1 + len(items)) * cost  # type: ignore[arg-type]
    if current._steps < 0:
        current.spend(0)
    return items


def _counted(items: Iterator[Any], cost: int) -> Iterator[Any]:
    current = meter()
    for item in items:
        current.spend(cost)
        yield item
