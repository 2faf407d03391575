"""GitHub's published description of its API: what a request may be, and what an answer must be."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

_GONE = "head.repo: None is not of type 'object'"
"""GitHub shows no repository once a fork is deleted, which its description forgets."""


class Operation(NamedTuple):
    """One thing that the API can do: its path as described, method, parameters, body and answers."""

    path: str
    method: str
    described: Mapping[str, Any]
    values: Mapping[str, str]


class Description:
    """The description that `.github/github_api.py` keeps in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._api = json.loads((folder / "api.json").read_text("utf-8"))
        self._patterns = [(path, _pattern(path)) for path in self._api["paths"]]

    @cached_property
    def events(self) -> dict[str, list[dict[str, Any]]]:
        """The published examples of payloads, by the event's name."""
        found: dict[str, list[dict[str, Any]]] = json.loads((self._folder / "events.json").read_text("utf-8"))
        return found

    def operation(self, method: str, target: str) -> Operation | None:
        """What a request asks for; None where the description knows no such thing."""
        path = urlsplit(target).path
        found = [(name, match) for name, pattern in self._patterns if (match := pattern.fullmatch(path))]
        for name, match in sorted(found, key=lambda one: one[0].count("{")):
            described = self._api["paths"][name].get(method.lower())
            if described is not None:
                values = {key: unquote(value) for key, value in match.groupdict().items()}
                return Operation(name, method, described, values)
        return None

    def example(self, path: str, method: str = "get", status: str = "200") -> Any:
        """A fresh copy of the answer that the description gives as an example."""
        return json.loads(json.dumps(self._api["paths"][path][method]["answers"][status]["example"]))

    def request_faults(self, operation: Operation, target: str, body: bytes) -> Iterator[str]:
        """Whatever the description does not allow about a request."""
        allowed = {one["name"]: one for one in operation.described["parameters"]}
        for name, value in operation.values.items():
            yield from self._value_faults(allowed, "path", name, value)
        for name, value in parse_qsl(urlsplit(target).query, keep_blank_values=True):
            yield from self._value_faults(allowed, "query", name, value)
        schema = operation.described["body"]
        if schema is None:
            if body:
                yield "a body where none is described"
            return
        try:
            sent = json.loads(body)
        except ValueError:
            yield "the body is no JSON"
            return
        yield from self._faults(schema, sent)
        for name in sent if isinstance(sent, dict) else ():
            if name not in schema.get("properties", {}):
                yield f"the body has an unknown field '{name}'"

    def answer_faults(self, operation: Operation, status: int, data: Any) -> Iterator[str]:
        """Whatever the description does not promise about an answer of ours."""
        answers = operation.described["answers"]
        if str(status) not in answers:
            if status < 400:
                yield f"status {status} is not described"
            return
        schema = answers[str(status)]["schema"]
        if schema is not None:
            yield from (fault for fault in self._faults(schema, data) if not fault.endswith(_GONE))

    def _value_faults(self, allowed: Mapping[str, Any], place: str, name: str, text: str) -> Iterator[str]:
        described = allowed.get(name)
        if described is None or described["in"] != place:
            yield f"an unknown {place} parameter '{name}'"
            return
        schema = described["schema"]
        value: Any = int(text) if schema.get("type") == "integer" and re.fullmatch("-?[0-9]+", text) else text
        yield from (f"{place} parameter '{name}': {fault}" for fault in self._faults(schema, value))

    def _faults(self, schema: Any, value: Any) -> Iterator[str]:
        from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

        validator = Draft202012Validator({**schema, "components": self._api["components"]})
        for error in validator.iter_errors(value):
            yield f"{'.'.join(map(str, error.absolute_path))}: {error.message[:300]}"


def _pattern(path: str) -> re.Pattern[str]:
    """`/repos/{owner}/…` as a pattern; only a file's path may hold slashes."""
    parts = re.split(r"\{(\w+)\}", path)
    names = (
        f"(?P<{part}>{'.+' if part == 'path' else '[^/]+'})" if n % 2 else re.escape(part)
        for n, part in enumerate(parts)
    )
    return re.compile("".join(names))
