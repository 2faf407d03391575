"""Keywords that the library leaves to us: patterns that only `re` runs, and what a text contains."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Mapping
from typing import Any

from promptops.templating.json_schema.pattern_search import PatternStoppedError, SchemaPattern


class KeywordTrouble(threading.local):
    """Why the last check cannot be trusted, empty when it can. Under `not` a pattern without an answer would fit."""

    reason = ""


def pattern_keyword(patterns: Mapping[str, SchemaPattern], trouble: KeywordTrouble) -> type[Any]:
    """`pattern` for a schema that has these, each by its text."""

    class PatternKeyword:
        def __init__(self, schema: Mapping[str, Any], value: str, path: list[str | int]) -> None:
            self._pattern, self._search = value, patterns[value].search

        def validate(self, text: Any) -> None:
            """Raises ValueError where the pattern is not found."""
            if not isinstance(text, str):
                return
            try:
                found = self._search(text)
            except PatternStoppedError as exc:
                trouble.reason = f"the pattern {self._pattern[:100]} {exc}"
                found = False
            if not found:
                raise ValueError(f"must fit the pattern {self._pattern}")

    return PatternKeyword


class ContentMediaType:
    """`contentMediaType`, which is a demand in draft 7 and was one here in all later ones."""

    def __init__(self, schema: Mapping[str, Any], value: str, path: list[str | int]) -> None:
        self._is_json = value == "application/json"
        self._is_encoded = schema.get("contentEncoding") == "base64"

    def validate(self, text: Any) -> None:
        """Raises ValueError for a text that is no JSON."""
        if self._is_json and isinstance(text, str):
            try:
                json.loads(base64.b64decode(text) if self._is_encoded else text)
            except (ValueError, RecursionError) as exc:
                raise ValueError("must be valid JSON") from exc


class ContentEncoding:
    """`contentEncoding`: base64 is looked at, other ways are not."""

    def __init__(self, schema: Mapping[str, Any], value: str, path: list[str | int]) -> None:
        self._is_base64 = value == "base64"

    def validate(self, text: Any) -> None:
        """Raises ValueError for a text that is no base64."""
        if self._is_base64 and isinstance(text, str):
            try:
                base64.b64decode(text)
            except ValueError as exc:
                raise ValueError("must be encoded by base64") from exc
