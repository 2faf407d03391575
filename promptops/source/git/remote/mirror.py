"""A copy of a remote repository in the user's cache: brought up to date, then read like any repository."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from promptops.errors import SourceError
from promptops.model.revision import is_full_id
from promptops.source.git.remote.mirror_storage import MirrorStorage
from promptops.source.git.remote.remote_url import parse_remote_url
from promptops.source.git.repository import Repository


class Fetched(NamedTuple):
    """What an update found: the full id of the commit the ref points to (None without history), and whether this
    `Mirror` sees it there for the first time."""

    head: str | None
    is_new: bool


class Mirror:
    """The remote at `url`, copied below `folder` (made when needed; nothing is fetched yet).

    `timeout` is in seconds, for each update as a whole. Threads and processes may share the folder, and one Mirror.
    SourceError for an address that is refused. No user or password of the address is ever written to disk, shown in
    an error, or visible in the list of processes.
    """

    def __init__(self, url: str, folder: Path, *, timeout: float = 60.0) -> None:
        address = parse_remote_url(url)
        path = folder / address.folder_name
        self._whole = MirrorStorage(address, path.with_name(f"{path.name}.git"), timeout=timeout)
        # A cut history would spoil the whole one: git takes it for the truth about every commit beside it.
        self._cut = MirrorStorage(address, path.with_name(f"{path.name}-cut.git"), timeout=timeout, depth=1)
        self._current = self._whole
        self._seen: dict[str | None, str] = {}

    def update(self, ref: str | None, commits: Sequence[str] = (), *, history: bool = True) -> Fetched:
        """Bring what `ref` points to now, and each commit (full id) that is not here yet; SourceError when that fails.

        `ref` is a branch, else a tag, a full name (`refs/…`), or None for the remote's HEAD. With `history=False` only
        the commits come, each without its ancestors, and nothing is asked of the remote when all are here already.
        """
        for commit in commits:
            if not is_full_id(commit):
                raise SourceError("not a full commit id", where=repr(commit), hint="give all its characters")
        if not history:
            self._current = self._cut
            self._cut.update(None, (), commits)
            return Fetched(None, False)
        self._current = self._whole
        head = self._whole.update(ref, _names_of(ref), commits)
        assert head is not None
        is_new = self._seen.get(ref) != head
        self._seen[ref] = head
        return Fetched(head, is_new)

    def repository(self) -> Repository:
        """What the last update brought, to read from; blobs that are not here are fetched, many at a time."""
        return Repository(self._current.path, fetch=self._current.fetch_blobs)

    def fetch_blobs(self, ids: Collection[str]) -> None:
        """Bring the blobs (full ids) that are not here yet, all in one fetch."""
        self._current.fetch_blobs(ids)

    def renew(self) -> None:
        """For a copy whose objects turn out to be damaged when read: the next update makes it anew."""
        self._current.set_aside()


def _names_of(ref: str | None) -> tuple[str, ...]:
    """The full names to look for, in this order. A branch wins over a tag: whoever may push tags moves no branch."""
    if ref is None or ref == "HEAD":
        return ("HEAD",)
    if re.search(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|^[-+/]|[/.]$", ref) or not ref:
        raise SourceError("this is not the name of a branch or tag", where=repr(ref))
    return (ref,) if ref.startswith("refs/") else (f"refs/heads/{ref}", f"refs/tags/{ref}")
