"""Files of cases, one reader for each ending: what stands in them as mappings, each with the line where it begins."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from promptops.errors import PromptError, SourceError
from promptops.source.formats.delimited_text import read_rows
from promptops.source.formats.json_text.strict_json import RefusedJsonError, json_hint, parse_json, refusal_hint
from promptops.source.source import NOT_UTF8, decode, refuse_pointer
from promptops.source.yaml.conflict_markers import BEGINS, CONFLICT, ENDS, KEEP_ONE, is_conflict_line
from promptops.source.yaml.reader import all_duplicates, read_yaml

TABLE_SUFFIXES = (".csv", ".tsv")
_SPREADSHEETS = (".xlsx", ".xls", ".ods", ".numbers")
_ON_LINES = "write each case on a line of its own, without [ ] and commas between them"
_NEAR, _LONGEST = 20, 100_000
"""Lines below a broken one, and characters of it, that are looked at."""
_SAVE_AS_CSV = 'save it from the spreadsheet again, and choose "CSV UTF-8"'

FieldsAtLine = tuple[Mapping[str, Any], int]


def read_case_file(content: bytes, path: PurePosixPath) -> Iterator[FieldsAtLine]:
    """The cases in the file's bytes; PromptError or SourceError with the line of what cannot be read."""
    yield from _READERS[path.suffix.lower()](decode_cases(content, path), path)


def suffix_problem(path: PurePosixPath) -> str:
    """What to do about a file that no reader is for; empty when there is one."""
    suffix = path.suffix.lower()
    if suffix in _READERS:
        return ""
    if suffix == ".json":
        return f"{_ON_LINES}, and call the file .jsonl"
    return _SAVE_AS_CSV if suffix in _SPREADSHEETS else "use .jsonl, .csv, .tsv, .yml or .yaml"


def decode_cases(content: bytes, path: PurePosixPath) -> str:
    """A file of cases as text, without the byte order mark that "CSV UTF-8" and programs on Windows begin with.

    In YAML it is refused, as in prompts and suites: fixes would count from another column.
    """
    if path.suffix.lower() not in (".yml", ".yaml"):
        content = content.removeprefix(codecs.BOM_UTF8)
    refuse_pointer(content, str(path))
    if path.suffix.lower() not in TABLE_SUFFIXES:
        return decode(content, str(path))
    if content.startswith(b"PK\x03\x04"):
        raise SourceError("this is a spreadsheet and no CSV table", where=str(path), hint=_SAVE_AS_CSV, code=NOT_UTF8)
    try:
        return decode(content, str(path))
    except SourceError as exc:
        raise SourceError(str(exc.args[0]), where=exc.where, hint=_SAVE_AS_CSV, code=exc.code) from exc


def _read_jsonl(text: str, path: PurePosixPath) -> Iterator[FieldsAtLine]:
    if "\n" not in text:
        text = text.replace("\r", "\n")
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            fields = parse_json(line)
        except ValueError as exc:
            if is_conflict_line(line):
                raise PromptError(CONFLICT, where=f"{path}:{number}", hint=KEEP_ONE, code="P008") from exc
            follows = next((row for row in lines[number : number + _NEAR] if row.strip()), "")
            raise _bad_line(line, exc, f"{path}:{number}", follows) from exc
        if not isinstance(fields, dict):
            hint = _ON_LINES if isinstance(fields, list) else 'write {"input": "…"}'
            raise PromptError("this line is not a case", where=f"{path}:{number}", hint=hint)
        yield fields, number


def _bad_line(line: str, problem: ValueError, where: str, follows: str) -> PromptError:
    if isinstance(problem, RefusedJsonError):
        column = max(0, line.rfind(problem.token)) + 1 if problem.token else 1
        return PromptError(
            f"this line cannot be used: {problem}", where=f"{where}:{column}", hint=refusal_hint(problem)
        )
    if not isinstance(problem, json.JSONDecodeError):
        return PromptError("this line is not JSON", where=f"{where}:1", hint=json_hint(line, 1))
    from promptops.source.formats.json_text.json_case_slips import explain_case_line  # only where a file is broken
    from promptops.source.formats.json_text.json_slips import explain_json

    if len(line) <= _LONGEST and (told := explain_case_line(line, problem.pos, follows)):
        cause, hint, column = told
        return PromptError(f"this line is not JSON: {cause}", where=f"{where}:{column}", hint=hint)
    slip = explain_json(line, problem)
    message = f"this line is not JSON: {slip.cause}" if slip.cause else "this line is not JSON"
    return PromptError(message, where=f"{where}:{slip.column}", hint=slip.hint or json_hint(line, slip.column))


def _read_table(text: str, path: PurePosixPath) -> Iterator[FieldsAtLine]:
    names: list[str] = []
    tabs = path.suffix.lower() == ".tsv" and "\t" in text
    for line, cells in read_rows(text, str(path), "\t" if tabs else ""):
        where = f"{path}:{line}"
        if cells[0].startswith((BEGINS, ENDS)):
            raise PromptError(CONFLICT, where=where, hint=KEEP_ONE, code="P008")
        if not names:
            names = _column_names(cells, where)
            continue
        count = len(cells) if any(cells[len(names) :]) else min(len(cells), len(names))
        if count != len(names):
            message = f"this row has {count} cell{'' if count == 1 else 's'}, the first row has {len(names)}"
            raise PromptError(message, where=where, hint=_row_hint(cells, len(names)))
        nameless = next((cell for name, cell in zip(names, cells, strict=False) if cell and not name), "")
        if nameless:
            raise PromptError("a cell stands in a column without a name", where=where, hint="name it in the first row")
        yield {name: cell for name, cell in zip(names, cells, strict=False) if name}, line


def _row_hint(cells: list[str], wanted: int) -> str:
    """Why a row may have too few or too many cells."""
    if len(cells) < wanted:
        return "add the cells that are missing, or put a text that holds a line break in quotes"
    if wanted == 1:
        return "the first row gives the names of the columns: if it is a title, take it out"
    if any(cell.startswith(tuple("“„")) for cell in cells):
        return 'write straight quotes (") and not curly ones around a text that holds what parts the cells'
    return "a text that holds what parts the cells stands in quotes"


def _column_names(cells: list[str], where: str) -> list[str]:
    names = [cell.strip() for cell in cells]
    while names and not names[-1]:  # spreadsheets save columns that were once used
        names.pop()
    given = [name for name in names if name]
    if len(set(given)) < len(given):
        twice = next(name for name in given if given.count(name) > 1)
        message = f"two columns have the same name: '{twice[:80]}'"
        raise PromptError(message, where=where, hint="name each column once")
    return names


def _read_yaml(text: str, path: PurePosixPath) -> Iterator[FieldsAtLine]:
    node = read_yaml(text, str(path))
    for key, first, second in all_duplicates(node):
        message = f"'{key}' stands here and on line {first.line}"
        raise PromptError(message, where=f"{path}:{second.line}:{second.column}", hint="keep one of the two")
    for item in node.value if node.kind == "sequence" else [node]:
        if item.kind != "mapping":
            where = f"{path}:{item.span.line}"
            raise PromptError("this is not a case", where=where, hint="a case is `field: value` lines")
        yield item.as_written(), item.span.line


_READERS: dict[str, Callable[[str, PurePosixPath], Iterator[FieldsAtLine]]] = {
    ".jsonl": _read_jsonl, ".csv": _read_table, ".tsv": _read_table, ".yml": _read_yaml, ".yaml": _read_yaml,
}  # fmt: skip
