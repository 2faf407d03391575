"""Raw tree objects of git: what lies in a folder, by name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from promptops.errors import SourceError

Tree = dict[str, tuple[int, str]]
"""Of each file and folder, by its name, the kind and the object id."""

FOLDER, LINK, SUBMODULE_ENTRY = 0o40000, 0o120000, 0o160000
_KIND = 0o170000
_ENTRY = rb"([0-7]{5,6}) ([^\0]+)\0(.{%d})"
_ENTRIES = {size: re.compile(_ENTRY % size, re.DOTALL) for size in (20, 32)}
"""An entry of a raw tree, by the bytes of an id."""
_WHOLE_TREES = {size: re.compile(rb"(?:[0-7]{5,6} [^\0]+\0.{%d})*+" % size, re.DOTALL) for size in (20, 32)}


def is_plain_file(kind: int) -> bool:
    """Whether what is in a folder as this kind is a file that is read: executable or not, no link or submodule."""
    return kind not in (FOLDER, LINK, SUBMODULE_ENTRY)


def parse_tree(data: bytes, where: str) -> Tree:
    """A raw git tree object with the id `where`: name → (kind, object id).

    Plain files are 0o100000, executable or not.
    """
    return {
        name.decode("utf-8", "surrogateescape"): (int(mode, 8) & _KIND, object_id.hex())
        for mode, name, object_id in _raw_entries(data, where)
    }


def tree_entries(data: bytes, where: str, names: Iterable[str]) -> Tree:
    """As `parse_tree`, only what has one of these names: a folder may hold thousands of others."""
    wanted = {name.encode("utf-8", "surrogateescape"): name for name in names}
    return {
        wanted[name]: (int(mode, 8) & _KIND, object_id.hex())
        for mode, name, object_id in _raw_entries(data, where)
        if name in wanted
    }


def _raw_entries(data: bytes, where: str) -> list[tuple[bytes, bytes, bytes]]:
    size = len(where) // 2
    if not _WHOLE_TREES[size].fullmatch(data):
        raise SourceError("this folder's object cannot be read", where=where, hint="see `git fsck`")
    return _ENTRIES[size].findall(data)
