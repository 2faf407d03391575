"""Folders of commits by their ids, for the next commit that has them too: an id never comes to mean another folder."""

from __future__ import annotations

import threading

from promptops.source.git.trees.raw_tree import Tree

MOST_ENTRIES = 20_000
"""Files and folders in all that is remembered: about 5 MB."""


class TreeCache:
    """What was read and checked already. The folders that came first make room. Safe for threads."""

    def __init__(self) -> None:
        self._tops: dict[str, str] = {}
        self._trees: dict[str, Tree] = {}
        self._entries = 0
        self._lock = threading.Lock()

    def top(self, commit: str) -> str | None:
        """The id of the commit's top folder."""
        return self._tops.get(commit)

    def tree(self, object_id: str) -> Tree | None:
        """The folder with this id."""
        return self._trees.get(object_id)

    def add_top(self, commit: str, object_id: str) -> None:
        """Remember a commit's top folder."""
        with self._lock:
            if len(self._tops) >= MOST_ENTRIES:
                self._tops.clear()
            self._tops[commit] = object_id

    def add_tree(self, object_id: str, tree: Tree) -> None:
        """Remember a folder, unless it is larger than all there is room for."""
        size = len(tree) + 1
        with self._lock:
            if object_id in self._trees or size > MOST_ENTRIES:
                return
            self._entries += size
            self._trees[object_id] = tree
            while self._entries > MOST_ENTRIES:
                self._entries -= len(self._trees.pop(next(iter(self._trees)))) + 1
