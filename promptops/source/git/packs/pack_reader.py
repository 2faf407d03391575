"""What git's packs hold, delta by delta: two versions of a file are compared by what was stored of their difference.

The formats are git's own (gitformat-pack, version 2). Nothing here is checked against an id: what is decided by it has
to be read again in the usual way. Whatever is not in a pack, or is not understood, is None.
"""

from __future__ import annotations

import mmap
import zlib
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from struct import error as StructError
from struct import unpack_from
from typing import NamedTuple

_BLOB, _OFFSET_DELTA, _ID_DELTA = 3, 6, 7
_INDEX = b"\xfftOc\x00\x00\x00\x02"
_IDS = 8 + 256 * 4
"""Where the ids begin in an index, behind the counts of those up to each first byte."""


class StoredBlob(NamedTuple):
    """A blob as a pack holds it: whole, or (`base`: where that is) as what to do with another one to get it."""

    data: bytes
    base: tuple[int, int] | None = None


class PackReader:
    """The packs in an `objects` folder as they are now. A place is a pack's number and an offset in it."""

    def __init__(self, objects: Path) -> None:
        self._indexes = sorted(objects.glob("pack/pack-*.idx"))
        self._packs: dict[int, _Pack | None] = {}

    def place_of(self, object_id: str) -> tuple[int, int] | None:
        """Where an object (full id) lies."""
        for number in range(len(self._indexes)):
            pack = self._pack(number)
            if pack is not None and (offset := pack.offset_of(bytes.fromhex(object_id))) is not None:
                return number, offset
        return None

    def blob_at(self, place: tuple[int, int]) -> StoredBlob | None:
        """What is stored there; None for what is no blob."""
        number, offset = place
        pack = self._pack(number)
        with suppress(ValueError, IndexError, StructError, zlib.error):
            return pack.blob_at(offset, number) if pack is not None else None
        return None

    def _pack(self, number: int) -> _Pack | None:
        if number not in self._packs:
            self._packs[number] = None
            with suppress(OSError, ValueError):
                self._packs[number] = _Pack(self._indexes[number])
        return self._packs[number]


class _Pack:
    def __init__(self, index: Path) -> None:
        self._index = _mapped(index)
        if self._index[:8] != _INDEX:
            raise ValueError("not an index of version 2")
        self._data = _mapped(index.with_suffix(".pack"))
        self._id_size = 20  # in bytes; 32 where ids are SHA-256, as those that are asked for

    @cached_property
    def _counts(self) -> tuple[int, ...]:
        return unpack_from(">256I", self._index, 8)

    def offset_of(self, object_id: bytes) -> int | None:
        first, size = object_id[0], len(object_id)
        self._id_size = size
        low, high = (self._counts[first - 1] if first else 0), self._counts[first]
        while low < high:
            middle = (low + high) // 2
            found = self._index[_IDS + middle * size : _IDS + middle * size + size]
            if found == object_id:
                return self._offset(middle, size)
            low, high = (middle + 1, high) if found < object_id else (low, middle)
        return None

    def _offset(self, position: int, size: int) -> int:
        total = self._counts[255]
        offsets = _IDS + total * (size + 4)  # behind the ids and their checksums
        (offset,) = unpack_from(">I", self._index, offsets + position * 4)
        if offset & 0x80000000:
            (offset,) = unpack_from(">Q", self._index, offsets + total * 4 + (offset & 0x7FFFFFFF) * 8)
        return int(offset)

    def blob_at(self, offset: int, number: int) -> StoredBlob | None:
        at, byte = offset + 1, self._data[offset]
        kind, size, shift = byte >> 4 & 7, byte & 15, 4
        while byte & 128:
            byte = self._data[at]
            size |= (byte & 127) << shift
            at, shift = at + 1, shift + 7
        base = None
        if kind == _OFFSET_DELTA:
            back, at = self._distance(at)
            base = number, offset - back
        elif kind == _ID_DELTA:
            found = self.offset_of(self._data[at : at + self._id_size])
            if found is None:
                return None
            base, at = (number, found), at + self._id_size
        elif kind != _BLOB:
            return None
        # What cannot be compressed grows a little.
        data = zlib.decompressobj().decompress(self._data[at : at + size + size // 512 + 128])
        return StoredBlob(data, base) if len(data) == size else None

    def _distance(self, at: int) -> tuple[int, int]:
        """How far back the base lies, and where what follows begins."""
        byte = self._data[at]
        found, at = byte & 127, at + 1
        while byte & 128:
            byte = self._data[at]
            found, at = (found + 1) << 7 | byte & 127, at + 1
        return found, at


def _mapped(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def delta_steps(delta: bytes) -> list[tuple[int, int] | bytes]:
    """What a delta says: copy from the base (start, end), or put these bytes. ValueError, IndexError if it is none.

    The first step is the size of the base and that of the result. A long copy, which git stores in parts, is one step.
    """
    source, at = _size(delta, 0)
    result, at = _size(delta, at)
    steps: list[tuple[int, int] | bytes] = [(source, result)]
    while at < len(delta):
        byte, at = delta[at], at + 1
        if byte & 128:
            start, at = _number(delta, at, byte & 15)
            size, at = _number(delta, at, byte >> 4 & 7)
            end, last = start + (size or 0x10000), steps[-1]
            if len(steps) > 1 and isinstance(last, tuple) and last[1] == start:
                steps[-1] = last[0], end
            else:
                steps.append((start, end))
        elif byte:
            steps.append(delta[at : at + byte])
            at += byte
        else:
            raise ValueError("a step that means nothing")
    return steps


def _number(delta: bytes, at: int, present: int) -> tuple[int, int]:
    """A number of which only the bytes are there whose bits are set, the least first; and where what follows begins."""
    value = 0
    for place in range(4):
        if present >> place & 1:
            value |= delta[at] << place * 8
            at += 1
    return value, at


def _size(delta: bytes, at: int) -> tuple[int, int]:
    size, shift, byte = 0, 0, 128
    while byte & 128:
        byte, at = delta[at], at + 1
        size |= (byte & 127) << shift
        shift += 7
    return size, at
