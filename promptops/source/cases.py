"""Cases from inline lists, JSONL, CSV and YAML files into `Case` values."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from promptops.errors import PromptError
from promptops.model.exchange import canonical_json
from promptops.model.suite import RESERVED_KEYS, Case
from promptops.source.base import MAX_FILE_BYTES, Source, inside, read_text
from promptops.source.yaml_reader import Node, read_yaml

RawCase = tuple[Mapping[str, Any], PurePosixPath, int]
"""A case as written: its mapping, its file and the line where it begins."""


def load_cases(source: Source, data: Node | None, path: PurePosixPath) -> tuple[Case, ...]:
    """The cases of a `testData` value in the file `path`: a list, or the name (or glob) of a file beside it."""
    if data is None:
        return ()
    if data.kind == "sequence":
        return make_cases((node.plain(), path, node.span.line) for node in data.value)
    return make_cases(_from_files(source, data, path))


def _from_files(source: Source, data: Node, path: PurePosixPath) -> Iterator[RawCase]:
    where = f"{path}:{data.span.line}:{data.span.column}"
    target = inside(path.parent / data.text)
    is_glob = any(char in data.text for char in "*?[")
    files = source.list(target.as_posix()) if is_glob else [target]
    if not files:
        raise PromptError(f"no file matches '{data.text}'", where=where, hint="testData names files beside the suite")
    for file in files:
        if file.suffix not in _READERS:
            raise PromptError(
                f"'{file.name}' is not a file of cases", where=where, hint="use .jsonl, .csv, .yml or .yaml"
            )
        text = read_text(source, file, MAX_FILE_BYTES)
        yield from ((fields, file, line) for fields, line in _READERS[file.suffix](text, file))


def _read_jsonl(text: str, path: PurePosixPath) -> Iterator[tuple[Mapping[str, Any], int]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
        except (ValueError, RecursionError) as exc:
            column = exc.colno if isinstance(exc, json.JSONDecodeError) else 1
            raise PromptError(
                "this line is not JSON", where=f"{path}:{number}:{column}", hint='one case a line: {"input": "…"}'
            ) from exc
        if not isinstance(fields, dict):
            raise PromptError("this line is not a case", where=f"{path}:{number}", hint='write {"input": "…"}')
        yield fields, number


def _read_csv(text: str, path: PurePosixPath) -> Iterator[tuple[Mapping[str, Any], int]]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        for row in reader:
            if None in row or None in row.values():
                raise PromptError("this row has not as many cells as the first row", where=f"{path}:{reader.line_num}")
            yield row, reader.line_num
    except csv.Error as exc:
        raise PromptError(f"this is not a CSV table: {exc}", where=f"{path}:{reader.line_num}") from exc


def _read_yaml(text: str, path: PurePosixPath) -> Iterator[tuple[Mapping[str, Any], int]]:
    node = read_yaml(text, str(path))
    for item in node.value if node.kind == "sequence" else [node]:
        if item.kind != "mapping":
            raise PromptError(
                "this is not a case", where=f"{path}:{item.span.line}", hint="a case is `field: value` lines"
            )
        yield item.plain(), item.span.line


_READERS = {".jsonl": _read_jsonl, ".csv": _read_csv, ".yml": _read_yaml, ".yaml": _read_yaml}


def make_cases(raw: Iterable[RawCase]) -> tuple[Case, ...]:
    """Cases with identifiers: as written, or 12 hex over the fields, where a twin gets `-2`."""
    cases: list[Case] = []
    written: dict[str, str] = {}
    taken: set[str] = set()
    for fields, path, line in raw:
        own = {key: value for key, value in fields.items() if key not in RESERVED_KEYS}
        where = f"{path}:{line}"
        given = fields.get("id")
        if given is not None and str(given) != "":
            identifier = str(given)
            if identifier in taken:
                raise PromptError(
                    f"the case id '{identifier}' is used twice",
                    where=where,
                    hint=f"the other is at {written.get(identifier)}",
                )
        else:
            stem = hashlib.sha256(canonical_json(own)).hexdigest()[:12]
            identifier, twin = stem, 2
            while identifier in taken:
                identifier, twin = f"{stem}-{twin}", twin + 1
        taken.add(identifier)
        written[identifier] = where
        cases.append(Case(identifier, own, _tags(fields.get("tags")), str(fields.get("split") or ""), path, line))
    return tuple(cases)


def _tags(value: Any) -> tuple[str, ...]:
    if not value:
        return ()
    if isinstance(value, str):
        return tuple(tag for tag in value.replace(",", " ").split() if tag)
    return tuple(str(tag) for tag in value) if isinstance(value, list) else (str(value),)
