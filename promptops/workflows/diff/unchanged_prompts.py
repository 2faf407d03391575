"""Which prompts are surely the same in two versions of a project, told without loading one.

What decides a prompt is its file, the templates it reaches and the settings. Files are compared by git's ids; what a
file may include is read off its text. Where the text leaves a doubt the prompt is not called the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha1
from pathlib import PurePosixPath

from promptops.errors import SourceError
from promptops.model.config import Config
from promptops.source.git.commit import Commit
from promptops.source.git.prefetch import PrefetchedCommit
from promptops.source.project import Project
from promptops.source.source import Source, read_text
from promptops.templating.closure import MAX_INCLUDE_DEPTH, resolve_reference

_INCLUDE = re.compile(r"\{%[-+]?\s*(?:include|import|from|extends)\b")
_NAME = re.compile(
    r"""\s*(?:"([^"'\\\n]+)"|'([^"'\\\n]+)')\s*(?:[-+]?%\}|(?:ignore\s+missing|with|without|import|as)\b)"""
)
_CASES_ELSEWHERE = re.compile(r"testData\W?\s*+:\s*+(?![\[-])")
_ESCAPE = "\\"
"""In quoted YAML or in a Jinja string it can stand for any other character."""


class UnchangedPrompts:
    """Answers for two versions; a prompt that is not told to be the same may be so all the same."""

    def __init__(self, base: Project, head: Project) -> None:
        self._old, self._new = base.source, head.source
        self._folder = head.template_folder
        self._same_settings = _deciding(base.config) == _deciding(head.config)
        self._templates: dict[PurePosixPath, bool] = {}
        self._is_ahead = False
        self._paths = head.prompt_paths
        self.everything = self._same_settings and _is_same_folder(base.source, head.source)

    def is_same(self, path: PurePosixPath) -> bool:
        """Whether the prompt in this file of both versions is the same to a model, and as readable as before."""
        if self.everything or not self._same_settings:
            return self.everything
        self._read_ahead()
        return self._is_same_file(path) and self._reaches_the_same(path, 0, is_prompt=True)

    def _read_ahead(self) -> None:
        """All prompts of a commit in one go; those of a work tree are quick to read one by one."""
        if not self._is_ahead and isinstance(self._new, Commit):
            ahead = PrefetchedCommit(self._new)
            ahead.read_ahead(path for path in self._paths().values() if self._is_same_file(path))
            self._texts: Source = ahead
        elif not self._is_ahead:
            self._texts = self._new
        self._is_ahead = True

    def _is_same_file(self, path: PurePosixPath) -> bool:
        if not isinstance(self._old, Commit):
            return False
        before = self._old.file_id(path)
        if isinstance(self._new, Commit):
            return before != "" and self._new.file_id(path) == before
        try:
            data = self._new.read(path)
        except SourceError:
            return False
        return before in (_blob_id(data), _blob_id(data.replace(b"\r\n", b"\n")))

    def _reaches_the_same(self, path: PurePosixPath, depth: int, *, is_prompt: bool = False) -> bool:
        try:
            text = read_text(self._texts, path)
            if is_prompt and (_ESCAPE in text or _CASES_ELSEWHERE.search(text)):
                return False
            return all(self._is_same_template(each, depth + 1) for each in _included(text, path, self._folder))
        except SourceError:
            return False

    def _is_same_template(self, path: PurePosixPath, depth: int) -> bool:
        if path not in self._templates:
            self._templates[path] = False  # what includes itself is for whoever loads it
            self._templates[path] = (
                depth <= MAX_INCLUDE_DEPTH and self._is_same_file(path) and self._reaches_the_same(path, depth)
            )
        return self._templates[path]


def _included(text: str, path: PurePosixPath, folder: PurePosixPath) -> Iterator[PurePosixPath]:
    """What a text may include: at least all it does include. SourceError where its words do not tell."""
    for tag in _INCLUDE.finditer(text):
        name = _NAME.match(text, tag.end())
        if name is None:
            raise SourceError("what is included here is not a plain name")
        yield resolve_reference(name[1] or name[2], path, folder)


def _deciding(config: Config) -> tuple[object, ...]:
    return config.models, config.paths


def _is_same_folder(old: Source, new: Source) -> bool:
    return isinstance(old, Commit) and isinstance(new, Commit) and old.folder_id() == new.folder_id() != ""


def _blob_id(data: bytes) -> str:
    """The id that git gives a file with this content."""
    return sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
