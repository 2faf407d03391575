"""Which prompts are the same without a doubt in two versions of a project, told without loading one.

What decides a prompt is its file, the templates it reaches and the settings. Files are compared by git's ids; what a
file may include is read off its text. Where the text leaves a doubt the prompt is not called the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import PurePosixPath

from promptops.errors import SourceError
from promptops.model.revision import object_id
from promptops.source.git.commit import Commit
from promptops.source.git.prefetch import PrefetchedCommit
from promptops.source.project import Project
from promptops.source.references import resolve_reference
from promptops.source.source import Source, read_text
from promptops.templating.closure import MAX_INCLUDE_DEPTH

_INCLUDE = re.compile(r"\{%[-+]?\s*(?:include|import|from|extends)\b")
_NAME = re.compile(
    r"""\s*(?:"([^"'\\\n]+)"|'([^"'\\\n]+)')\s*(?:[-+]?%\}|(?:ignore\s+missing|with|without|import|as)\b)"""
)
_LIES_ELSEWHERE = re.compile(
    r"""testData\W?\s*+:\s*+(?![\[-]) | examples\W?\s*+: |
    (?:tools|jsonSchema)\W?\s*+:\s*+(?! (?:[|>][^\n]*\n\s*+)? ["']? [\[{] | -\s | \w+\W?\s*+:\s )""",
    re.X,
)
"""Cases, examples, tools or a schema that are read from a file of their own."""
_ESCAPE = "\\"
"""In quoted YAML or in a Jinja string it can stand for any other character."""


class UnchangedPrompts:
    """Answers for two versions; a prompt that is not told to be the same may be so all the same."""

    def __init__(self, base: Project, head: Project) -> None:
        self._old, self._new = base.source, head.source
        self._head = head
        self._templates: dict[PurePosixPath, bool] = {}
        self._same_settings = (base.config.models, base.config.paths) == (head.config.models, head.config.paths)

    def is_same(self, path: PurePosixPath) -> bool:
        """Whether the prompt in this file of both versions is the same to a model, and as readable as before."""
        if not self._same_settings or self._same_folder:
            return self._same_settings
        return self._is_same_file(path) and self._includes_unchanged(path, 0)

    @cached_property
    def _same_folder(self) -> bool:
        old, new = self._old, self._new
        return isinstance(old, Commit) and isinstance(new, Commit) and old.folder_id() == new.folder_id()

    @cached_property
    def _texts(self) -> Source:
        """The head, prompts of a commit read in one go: those of a work tree are quick to read one by one."""
        if not isinstance(self._new, Commit):
            return self._new
        ahead = PrefetchedCommit(self._new)
        ahead.prefetch(path for path in self._head.prompt_paths().values() if self._is_same_file(path))
        return ahead

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
        return before in [object_id(b"blob", each, len(before)) for each in (data, data.replace(b"\r\n", b"\n"))]

    def _includes_unchanged(self, path: PurePosixPath, depth: int) -> bool:
        try:
            text = read_text(self._texts, path)
            if depth == 0 and (_ESCAPE in text or _LIES_ELSEWHERE.search(text)):
                return False
            included = _included(text, path, self._head.template_folder)
            return all(self._is_same_template(each, depth + 1) for each in included)
        except SourceError:
            return False

    def _is_same_template(self, path: PurePosixPath, depth: int) -> bool:
        if path not in self._templates:
            self._templates[path] = False  # what includes itself is for whoever loads it
            self._templates[path] = (
                depth <= MAX_INCLUDE_DEPTH and self._is_same_file(path) and self._includes_unchanged(path, depth)
            )
        return self._templates[path]


def _included(text: str, path: PurePosixPath, folder: PurePosixPath) -> Iterator[PurePosixPath]:
    """What a text may include: at least all it does include. SourceError where its words do not tell."""
    for tag in _INCLUDE.finditer(text):
        name = _NAME.match(text, tag.end())
        if name is None:
            raise SourceError("what is included here is not a plain name")
        yield resolve_reference(name[1] or name[2], path, folder)
