"""Cases from inline lists, JSONL, CSV and YAML files into `Case` values."""

from __future__ import annotations

import codecs
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from promptops.errors import PromptError, SourceError
from promptops.model.suite import RESERVED_KEYS, Case
from promptops.source.source import Source, decode, normalize_path
from promptops.source.yaml.conflict_markers import BEGINS, CONFLICT, ENDS, KEEP_ONE
from promptops.source.yaml.reader import Node, all_duplicates, read_yaml

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
        return make_cases(((node.as_written(), path, node.span.line) for node in data.value), foreign=foreign)
    return make_cases(_from_files(source, data, path))


def _from_files(source: Source, data: Node, path: PurePosixPath) -> Iterator[RawCase]:
    where = data.span.place(path)
    target = normalize_path(path.parent / data.text)
    files = source.list(target.as_posix()) if any(char in data.text for char in "*?") else [target]
    if not files:
        raise PromptError(f"no file matches '{data.text}'", where=where, hint=_BESIDE)
    for file in files:
        if file.suffix not in _READERS:
            hint = "use .jsonl, .csv, .yml or .yaml"
            raise PromptError(f"'{file.name}' is not a file of cases", where=where, hint=hint)
        try:
            content = source.read(file)
        except SourceError as exc:
            message = f"'{file}' cannot be read: {exc.args[0]}"
            raise PromptError(message, where=where, hint=exc.hint or _BESIDE, code=exc.code) from exc
        if file.suffix == ".csv":  # spreadsheets save "CSV UTF-8" with a byte order mark and offer no other way
            content = content.removeprefix(codecs.BOM_UTF8)
        yield from ((fields, file, line) for fields, line in _READERS[file.suffix](decode(content, str(file)), file))


def _read_jsonl(text: str, path: PurePosixPath) -> Iterator[tuple[Mapping[str, Any], int]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line, object_pairs_hook=_reject_duplicates, parse_constant=_reject_constant)
        except (ValueError, RecursionError) as exc:
            if line.startswith((BEGINS, ENDS)):
                raise PromptError(CONFLICT, where=f"{path}:{number}", hint=KEEP_ONE, code="P008") from exc
            column = exc.colno if isinstance(exc, json.JSONDecodeError) else 1
            reason = f" ({exc})" if isinstance(exc, _RejectedJson) else ""
            where = f"{path}:{number}:{column}"
            raise PromptError(f"this line is not JSON{reason}", where=where, hint=_json_hint(line)) from exc
        if not isinstance(fields, dict):
            raise PromptError("this line is not a case", where=f"{path}:{number}", hint='write {"input": "…"}')
        yield fields, number


def _json_hint(line: str) -> str:
    """What is most likely to be mended in a line that is not JSON."""
    whole = line.strip()
    if whole.startswith("{") and not whole.endswith("}"):
        return "a closing } is missing; a whole case stands on one line"
    if not whole.startswith("{"):
        return 'a whole case stands on one line and begins with {: {"input": "…"}'
    if whole.replace(" ", "").endswith(",}"):
        return "take out the comma before the closing }"
    if "'" in whole and '"' not in whole:
        return "write \" and not ' around names and texts"
    return 'one case a line: {"input": "…"}; a " inside a text is written \\"'


class _RejectedJson(ValueError):
    """JSON that Python would read, but not as it was meant."""


def _reject_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise _RejectedJson("a key stands twice")
    return fields


def _reject_constant(constant: str) -> Any:
    raise _RejectedJson(f"{constant} is not a value")


def _read_csv(text: str, path: PurePosixPath) -> Iterator[tuple[Mapping[str, Any], int]]:
    import csv

    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    names: list[str] = []
    following = 1
    try:
        for row in reader:
            # A cell may hold line breaks, so the line where the reader is may not be the one where the row begins.
            line, following = following, reader.line_num + 1
            if not row:
                continue
            if not names:
                names = row
                where = f"{path}:{line}"
                if len(row) == 1 and ";" in row[0]:
                    message, hint = (
                        "the columns are parted by ; and not by commas",
                        "save it as CSV with commas, or as .jsonl",
                    )
                    raise PromptError(message, where=where, hint=hint)
                if len(set(names)) < len(names):
                    raise PromptError("two columns have the same name", where=where, hint="name each column once")
            elif len(row) != len(names):
                message = f"this row has {len(row)} cells, the first row has {len(names)}"
                raise PromptError(message, where=f"{path}:{line}")
            else:
                yield dict(zip(names, row, strict=True)), line
    except csv.Error as exc:
        hint = "check the quotes; put long texts into a .jsonl file"
        raise PromptError(f"this is not a CSV table: {exc}", where=f"{path}:{reader.line_num}", hint=hint) from exc


def _read_yaml(text: str, path: PurePosixPath) -> Iterator[tuple[Mapping[str, Any], int]]:
    node = read_yaml(text, str(path))
    for key, first, second in all_duplicates(node):
        message = f"'{key}' stands here and on line {first.line}"
        raise PromptError(message, where=f"{path}:{second.line}:{second.column}", hint="keep one of the two")
    for item in node.value if node.kind == "sequence" else [node]:
        if item.kind != "mapping":
            where = f"{path}:{item.span.line}"
            raise PromptError("this is not a case", where=where, hint="a case is `field: value` lines")
        yield item.as_written(), item.span.line


_READERS = {".jsonl": _read_jsonl, ".csv": _read_csv, ".yml": _read_yaml, ".yaml": _read_yaml}


def make_cases(raw: Iterable[RawCase], *, foreign: bool = False) -> tuple[Case, ...]:
    """Cases with identifiers: as written, or 12 hex over the fields, where a twin gets `-2`.

    In `foreign` cases the reserved keys are fields too, so an `id` may stand twice: it was not meant as one.
    """
    cases: list[Case] = []
    written: dict[str, str] = {}  # identifier → where its case stands
    twins: dict[str, int] = {}
    for fields, path, line in raw:
        own = {key: value for key, value in fields.items() if foreign or key not in RESERVED_KEYS}
        where = f"{path}:{line}"
        given = fields.get("id")
        if given is not None and str(given) != "":
            stem = str(given)
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
        cases.append(Case(identifier, own, _tags(fields.get("tags")), str(fields.get("split") or ""), path, line))
    return tuple(cases)


def _content_id(fields: Mapping[str, Any]) -> str:
    # Imported here because most prompts have no cases, and hashing alone takes as long to import as yaml.
    import hashlib

    from promptops.model.canonical_json import canonical_json

    return hashlib.sha256(canonical_json(fields)).hexdigest()[:12]


def _tags(value: Any) -> tuple[str, ...]:
    if not value:
        return ()
    if isinstance(value, str):
        return tuple(tag for tag in value.replace(",", " ").split() if tag)
    return tuple(str(tag) for tag in value) if isinstance(value, list) else (str(value),)
