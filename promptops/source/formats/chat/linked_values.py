"""`tools` and `jsonSchema` of a prompt: written there, as JSON in a text, or in a file of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from promptops.errors import PromptError, SourceError
from promptops.source.formats.chat.text_origins import text_origin
from promptops.source.formats.json_text.strict_json import RefusedJsonError, parse_json, refusal_hint
from promptops.source.references import resolve_reference
from promptops.source.source import Source, read_text
from promptops.source.yaml.document import read_document, require_valid
from promptops.source.yaml.reader import Node

if TYPE_CHECKING:
    from collections.abc import Callable
    from json import JSONDecodeError

_SUFFIXES = (".json", ".yml", ".yaml")


class LinkedValues:
    """The values of one prompt, in the file `path` with these `rows`; names of files begin at `folder`.

    `files` are the texts of those that were read, by project path.
    """

    def __init__(self, source: Source, folder: PurePosixPath, path: PurePosixPath, rows: list[str]) -> None:
        self._source, self._folder, self._path, self._rows = source, folder, path, rows
        self.files: dict[str, str] = {}

    def tools(self, node: Node | None) -> tuple[Mapping[str, Any], ...]:
        """The functions in the API's form. PromptError where they cannot be read."""
        if node is None:
            return ()
        found, where = self._value(node, "tools")
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            hint = "write a list of functions, each with name, description and parameters"
            raise PromptError("the tools are not a list of groups", where=where, hint=hint)
        return tuple([one if "function" in one else {"type": "function", "function": dict(one)} for one in found])

    def schema(self, node: Node | None, identifier: str) -> Mapping[str, Any] | None:
        """The schema in the API's form `{name, schema}`. PromptError where it cannot be read."""
        if node is None:
            return None
        found, where = self._value(node, "jsonSchema")
        if not isinstance(found, dict):
            raise PromptError("jsonSchema is not a JSON object", where=where)
        name = re.sub(r"[^A-Za-z0-9_-]", "-", identifier)[:64]  # all the API accepts
        return {"name": name, **found} if isinstance(found.get("schema"), dict) else {"name": name, "schema": found}

    def _value(self, node: Node, key: str) -> tuple[Any, str]:
        """The data, and where it stands."""
        where = node.span.place(self._path)
        if node.kind != "scalar":
            return node.as_data(), where
        text = node.text.strip()
        if text[:1] in ("{", "[") or not text:

            def place(line: int, column: int) -> str:
                span = text_origin(node, self._rows).span(line, column) if node.text else node.span
                return span.place(self._path)

            return _parse(node.text, key, where, place), where
        return self._from_file(node, text, key)

    def _from_file(self, node: Node, name: str, key: str) -> tuple[Any, str]:
        where = node.span.place(self._path)
        try:
            target = resolve_reference(name, self._path, self._folder)
        except SourceError as exc:
            raise PromptError(f"'{name[:80]}': {exc.args[0]}", where=where, hint=exc.hint) from exc
        if target.suffix.lower() not in _SUFFIXES:
            hint = f"name a file that ends in {', '.join(_SUFFIXES)}, or write the JSON itself, from its first brace on"
            message = f"{key} is not JSON, and '{name[:80]}' is not a file that it can be read from"
            raise PromptError(message, where=where, hint=hint)
        try:
            text = read_text(self._source, target)
        except SourceError as exc:
            hint = exc.hint or f"names are looked up in {self._folder}/, and ./NAME beside this file"
            raise PromptError(f"'{name[:80]}' cannot be read: {exc.args[0]}", where=where, hint=hint) from exc
        self.files[target.as_posix()] = text
        if target.suffix.lower() != ".json":
            return require_valid(read_document(self._source, target, {})).as_data(), str(target)
        try:
            return parse_json(text), str(target)
        except RefusedJsonError as exc:
            line = text.count("\n", 0, text.rfind(exc.token)) + 1  # where a key stands for the second time
            place = f"{target}:{line}" if exc.token else str(target)
            raise PromptError(f"{key} cannot be used: {exc}", where=place, hint=refusal_hint(exc)) from exc
        except ValueError:
            return _parse(text, key, str(target), lambda line, column: f"{target}:{line}:{column}"), str(target)


def _parse(text: str, key: str, where: str, place: Callable[[int, int], str]) -> Any:
    import json  # only few prompts have one, and lint must start fast

    try:
        return json.loads(text)
    except json.JSONDecodeError as exc:
        raise _not_json(text, key, exc, place) from exc
    except (ValueError, RecursionError) as exc:
        hint = "write shorter numbers, and fewer braces inside each other"
        raise PromptError(f"{key} is not JSON that can be read", where=where, hint=hint) from exc


def _not_json(text: str, key: str, problem: JSONDecodeError, place: Callable[[int, int], str]) -> PromptError:
    from promptops.source.formats.json_text.json_slips import explain_json  # only where a file is broken

    slip = explain_json(text, problem)
    message = f"{key} is not JSON: {slip.cause}" if slip.cause else f"{key} is not JSON"
    hint = slip.hint or "check the braces, commas and quotes at this place"
    return PromptError(message, where=place(slip.line, slip.column), hint=hint)
