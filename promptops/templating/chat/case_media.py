"""The pictures, documents and sounds of the project that cases name: as much a part of a suite as its cases."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from promptops.errors import SourceError
from promptops.model.chat.media import MEDIA_KINDS
from promptops.model.chat.message_template import MESSAGES
from promptops.model.prompt import Prompt
from promptops.model.suite import Case
from promptops.source.references import resolve_reference
from promptops.templating.chat.chat_values import from_cell

_ELSEWHERE = ("data:", "http:", "https:")
_ROOT = PurePosixPath()


def case_media(prompt: Prompt, cases: Iterable[Case]) -> dict[str, str]:
    """The sha256 (64 hex) of every such file, by its path in the project; empty for one that cannot be read."""
    kinds = {item.name: item.kind for item in prompt.inputs if item.kind}
    found: dict[str, str] = {}
    for case in cases if kinds else ():
        for path in media_paths(case, kinds):
            if str(path) not in found:
                found[str(path)] = _digest(case, path)
    return dict(sorted(found.items()))


def media_paths(case: Case, kinds: Mapping[str, str]) -> Iterator[PurePosixPath]:
    """The files that a case names in inputs of these kinds. What leads out of the project is left out."""
    for name, kind in kinds.items():
        value = case.fields.get(name)
        for text in _in_history(from_cell(value)) if kind == MESSAGES else [value]:
            if isinstance(text, str) and text and not text.lower().startswith(_ELSEWHERE):
                try:
                    yield resolve_reference(text, case.path or _ROOT, _ROOT)
                except SourceError:
                    continue


def _in_history(value: Any) -> Iterator[Any]:
    for message in value if isinstance(value, list) else ():
        content = message.get("content") if isinstance(message, Mapping) else None
        for part in content if isinstance(content, list) else ():
            if isinstance(part, Mapping) and part.get("type") in MEDIA_KINDS:
                yield part.get(part["type"])


def _digest(case: Case, path: PurePosixPath) -> str:
    try:
        return "" if case.files is None else hashlib.sha256(case.files.read(path)).hexdigest()
    except SourceError:
        return ""
