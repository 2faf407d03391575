"""Many versions of one long file, line by line: of each only what differs from another one is looked at."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import accumulate
from typing import NamedTuple

from promptops.source.git.packs.pack_reader import PackReader, StoredBlob, delta_steps

_KEPT = 64
"""Versions at hand: git stores a version as the difference to one in fifty."""
_STEP = 128
"""Lines that are compared at once."""
Place = tuple[int, int]
Lines = Sequence[bytes]
"""Lines with their ends. What two versions share is one object as a rule."""


class FileText(NamedTuple):
    """Lines, and where each begins; one number more says where the last ends."""

    lines: list[bytes]
    starts: list[int]

    @property
    def size(self) -> int:
        """In bytes."""
        return self.starts[-1]


class FileLines:
    """`read` gives a blob's content (checked) by its full id; `packs` are looked into first."""

    def __init__(self, packs: PackReader, read: Callable[[str], bytes]) -> None:
        self._packs = packs
        self._read = read
        self._kept: OrderedDict[Place, FileText] = OrderedDict()

    def of(self, object_id: str) -> FileText:
        """The text of a blob (full id). SourceError where it cannot be read."""
        place = self._packs.place_of(object_id)
        text = self._stored(place) if place is not None else None
        return text or self._split(self._read(object_id))

    def _stored(self, place: Place) -> FileText | None:
        """What the packs have there; None where it is not understood."""
        chain: list[tuple[Place, bytes]] = []
        text = self._recall(place)
        while text is None:
            stored: StoredBlob | None = self._packs.blob_at(place)
            if stored is None or stored.base is None:
                text = self._split(stored.data) if stored is not None else None
                break
            chain.append((place, stored.data))
            place = stored.base
            text = self._recall(place)
        if text is None:
            return None
        self._keep(place, text)
        with suppress(ValueError, IndexError):
            for each, delta in reversed(chain):
                text = self._apply(delta, text)
                self._keep(each, text)
            return text
        return None

    def _recall(self, place: Place) -> FileText | None:
        if place in self._kept:
            self._kept.move_to_end(place)
        return self._kept.get(place)

    def _keep(self, place: Place, text: FileText) -> None:
        self._kept[place] = text
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)

    def _split(self, data: bytes) -> FileText:
        lines = _split_lines(data)
        return FileText(lines, list(accumulate(map(len, lines), initial=0)))

    def _apply(self, delta: bytes, base: FileText) -> FileText:
        """The version that a delta makes of its base: whole lines are taken over as they are."""
        (source, result), *steps = delta_steps(delta)
        if source != base.size:
            raise ValueError("a delta of something else")
        made = FileText([], [0])
        rest = b""
        for step in steps:
            if isinstance(step, bytes):
                rest = self._add_bytes(made, rest + step)
            else:
                rest = self._copy(made, rest, base, *step)
        self._add_bytes(made, rest, is_last=True)
        if made.size != result:
            raise ValueError("not what the delta says")
        return made

    def _copy(self, made: FileText, rest: bytes, base: FileText, start: int, end: int) -> bytes:
        """Take over what lies between two places of the base, behind the `rest` of a line; gives what is left over."""
        starts = base.starts
        if not start < end <= starts[-1]:
            raise ValueError("not a part of the base")
        if rest or starts[bisect_left(starts, start)] != start:
            stop = min(end, starts[bisect_right(starts, start)])
            rest = self._add_bytes(made, rest + _slice(base, start, stop))
            if stop == end:
                return rest
            start = stop
        first, last = bisect_left(starts, start), bisect_right(starts, end) - 1
        if last == len(base.lines) and not base.lines[-1].endswith(b"\n"):
            last -= 1  # something may follow on that line
        shift = made.starts[-1] - start
        behind = starts[first + 1 : last + 1]
        made.lines.extend(base.lines[first:last])
        made.starts.extend([each + shift for each in behind] if shift else behind)
        return _slice(base, starts[last], end)

    def _add_bytes(self, made: FileText, data: bytes, *, is_last: bool = False) -> bytes:
        """Add the whole lines of these bytes; gives what is left of them."""
        lines = _split_lines(data)
        rest = b"" if is_last or not lines or lines[-1].endswith(b"\n") else lines.pop()
        for line in lines:
            made.lines.append(line)
            made.starts.append(made.starts[-1] + len(line))
        return rest


def _split_lines(data: bytes) -> list[bytes]:
    """As `splitlines` does for LF alone."""
    lines = data.split(b"\n")
    last = lines.pop()
    return [line + b"\n" for line in lines] + ([last] if last else [])


def _slice(text: FileText, start: int, end: int) -> bytes:
    first, last = bisect_right(text.starts, start) - 1, bisect_left(text.starts, end)
    return b"".join(text.lines[first:last])[start - text.starts[first] : end - text.starts[first]]


def changed_range(old: Lines, new: Lines) -> tuple[int, int, int]:
    """How many lines at the beginning are the same, and where the lines that differ end: in the old, in the new."""
    least = min(len(old), len(new))
    first = _same_at_start(old, new, least)
    behind = _same_at_end(old, new, least - first)
    return first, len(old) - behind, len(new) - behind


def _same_at_start(old: Lines, new: Lines, most: int) -> int:
    at = 0
    while at < most and old[at : min(at + _STEP, most)] == new[at : min(at + _STEP, most)]:
        at += _STEP
    return next((place for place in range(at, most) if old[place] != new[place]), most)


def _same_at_end(old: Lines, new: Lines, most: int) -> int:
    at, old_end, new_end = 0, len(old), len(new)
    while at + _STEP <= most and old[old_end - at - _STEP : old_end - at] == new[new_end - at - _STEP : new_end - at]:
        at += _STEP
    return next((count for count in range(at, most) if old[-count - 1] != new[-count - 1]), most)
