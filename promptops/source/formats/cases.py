"""Cases from inline lists and from files into `Case` values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from promptops.errors import PromptError, SourceError
from promptops.model.suite import HELD_OUT, RESERVED_KEYS, Case
from promptops.source.formats.case_files import read_case_file, suffix_problem
from promptops.source.formats.json_text.strict_json import parse_json
from promptops.source.formats.reserved_keys import clean_keys, seems_held_out, split_of
from promptops.source.source import WINDOWS_PATH, Source, normalize_path
from promptops.source.yaml.reader import Node

_BESIDE = "testData names a file beside the one it stands in"

RawCase = tuple[Mapping[str, Any], PurePosixPath, int]
"""A case as written: its mapping, its file and the line where it begins."""


def load_cases(source: Source, data: Node | None, path: PurePosixPath, *, foreign: bool = False) -> tuple[Case, ...]:
    """The cases of a `testData` value in the file `path`: a list, or the name (or glob) of a file beside it.

    `foreign`: the list stands in a file of GitHub's format, where a case's every key is a field.
    """
    if data is None:
        return ()
    if data.kind == "sequence":
        return make_cases(
            ((node.as_written(), path, node.span.line) for node in data.value), foreign=foreign, files=source
        )
    return make_cases(_from_files(source, data, path), files=source)


def _from_files(source: Source, data: Node, path: PurePosixPath) -> Iterator[RawCase]:
    where = data.span.place(path)
    try:
        target = normalize_path(path.parent / data.text)
    except SourceError as exc:
        portable = data.text.replace("\\", "/")
        hint = f"write {portable}" if exc.args[0] == WINDOWS_PATH else exc.hint
        raise PromptError(f"'{data.text[:80]}': {exc.args[0]}", where=where, hint=hint) from exc
    files = source.list(target.as_posix()) if any(char in data.text for char in "*?") else [target]
    if not files:
        raise PromptError(f"no file matches '{data.text}'", where=where, hint=_BESIDE)
    for file in files:
        if hint := suffix_problem(file):
            raise PromptError(f"'{file.name}' is not a file of cases", where=where, hint=hint)
        try:
            content = source.read(file)
        except SourceError as exc:
            message = f"'{file}' cannot be read: {exc.args[0]}"
            raise PromptError(message, where=where, hint=exc.hint or _BESIDE, code=exc.code) from exc
        yield from ((fields, file, line) for fields, line in read_case_file(content, file))


def make_cases(raw: Iterable[RawCase], *, foreign: bool = False, files: Source | None = None) -> tuple[Case, ...]:
    """Cases with identifiers: as written, or 12 hex over the fields, where a twin gets `-2`.

    In `foreign` cases the reserved keys are fields too, so an `id` may stand twice: it was not meant as one.
    `files` are those of the project, for the pictures that cases name.
    """
    cases: list[Case] = []
    written: dict[str, str] = {}  # identifier → where its case stands
    twins: dict[str, int] = {}
    for written_fields, path, line in raw:
        where = f"{path}:{line}"
        fields = clean_keys(written_fields, where)
        own = {key: value for key, value in fields.items() if foreign or key not in RESERVED_KEYS}
        stem = "" if fields.get("id") is None else str(fields["id"]).strip()
        if stem:
            if stem in written and not foreign:
                hint = f"the other is at {written[stem]}"
                raise PromptError(f"the case id '{stem}' is used twice", where=where, hint=hint, code="P403")
        else:
            stem = _content_id(own)
        identifier, twin = stem, twins.get(stem, 2)
        while identifier in written:
            identifier, twin = f"{stem}-{twin}", twin + 1
        twins[stem] = twin
        written[identifier] = where
        split, tags = split_of(fields, where, foreign=foreign), _tags(fields.get("tags"))
        seems_hidden = not split and seems_held_out(own, tags)
        split = HELD_OUT if seems_hidden else split
        cases.append(Case(identifier, own, tags, split, path, line, seems_hidden, files))
    return tuple(cases)


def _content_id(fields: Mapping[str, Any]) -> str:
    # Imported here because most prompts have no cases, and hashing alone takes as long to import as yaml.
    import hashlib

    from promptops.model.canonical_json import canonical_json

    return hashlib.sha256(canonical_json(fields)).hexdigest()[:12]


def _tags(value: Any) -> tuple[str, ...]:
    """Those of a list; those of a text as they stand between spaces, commas and semicolons, or in a list as JSON."""
    if not value:
        return ()
    if isinstance(value, str):
        value = _tags_in_json(value) or re.split(r"[\s,;]+", value)
    written = value if isinstance(value, list) else [value]
    return compose_tags([tag for one in written if one is not None and (tag := str(one).strip())])


def _tags_in_json(text: str) -> Any:
    if not text.startswith("["):
        return None
    try:
        return parse_json(text)
    except ValueError:
        return None


def compose_tags(tags: Sequence[str]) -> tuple[str, ...]:
    """The tags with their letters composed: however é is spelled, a criterion finds its cases."""
    if all(map(str.isascii, tags)):
        return tuple(tags)
    from promptops.text.comparable import comparable  # readers of prompts that are served need it never

    return tuple(map(comparable, tags))
