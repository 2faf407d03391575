"""The texts that a message is made of: its own, and those of the files that it always includes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from promptops.lint.engine.target import Target
from promptops.lint.engine.template_tags import Tag
from promptops.lint.engine.text_spans import TextSpan
from promptops.lint.writing.instructions import always


def parts(target: Target, text_span: TextSpan) -> Iterator[tuple[TextSpan, Tag | None]]:
    """The text itself, then the files it includes, each with the tag that brings it in; none that only sometimes is."""
    yield text_span, None
    if target.prompt is None or target.prompt.plain or "{%" not in text_span.text:
        return
    by_path = {one.path: one for one in target.templates}
    for path, tag in _always_included(target, text_span):
        waiting, reached = [path], {path}
        while waiting:
            part = by_path.get(waiting.pop())
            if part is None:
                continue
            yield part, tag
            inner = [found for found, _ in _always_included(target, part) if found not in reached]
            reached.update(inner)
            waiting += inner


def _always_included(target: Target, text_span: TextSpan) -> Iterator[tuple[PurePosixPath, Tag]]:
    paths = {name: path for name, _, path in target.references_of(text_span)}
    for tag in always(text_span):
        named = re.match(r"[-+]?\s*include\s*[\"']([^\"']+)", tag.body)
        if named and named[1] in paths:
            yield paths[named[1]], tag
