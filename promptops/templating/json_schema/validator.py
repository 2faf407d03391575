"""A compiled JSON Schema, and what it says about values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from promptops.templating.json_schema.custom_keywords import (
    ContentEncoding,
    ContentMediaType,
    KeywordTrouble,
    pattern_keyword,
)
from promptops.templating.json_schema.error_words import Mismatch, flaw, mismatch
from promptops.templating.json_schema.formats import formats_of
from promptops.templating.json_schema.json_values import NotJsonError, as_json
from promptops.templating.json_schema.pattern_search import LINEAR, PatternError, PatternStoppedError
from promptops.templating.json_schema.plain_values import is_plain_json
from promptops.templating.json_schema.schema_cleaning import MAX_LOOKS, CleanSchema, clean_schema, looks
from promptops.templating.json_schema.schema_flaws import without_flaw
from promptops.templating.json_schema.schema_patterns import SchemaPatterns
from promptops.templating.json_schema.terse_schema import terse_schema

_DRAFTS = {
    4: jsonschema_rs.Draft4Validator,
    6: jsonschema_rs.Draft6Validator,
    7: jsonschema_rs.Draft7Validator,
    2019: jsonschema_rs.Draft201909Validator,
    2020: jsonschema_rs.Draft202012Validator,
}
_MOST_FLAWS = 20


class BadSchemaError(ValueError):
    """The schema is not JSON Schema; the text says what is wrong where."""


class CheckStoppedError(ValueError):
    """Whether the value fits is not known: a pattern took too long."""


def compile_schema(schema: Mapping[str, Any], *, may_be_killed: bool = False) -> SchemaValidator:
    """A validator for drafts 4 to 2020-12, by `$schema`; 2020-12 where there is none. Raises BadSchemaError.

    References lead to places in the schema only: nothing is fetched, no file is read. `may_be_killed`: this process
    may, so patterns that can run for ever run in it, and not in one of their own.
    """
    try:
        cleaned = clean_schema(schema)
        if cleaned.references and looks(cleaned.body) > MAX_LOOKS:
            raise BadSchemaError("its references double so often that a check would not end")
        return SchemaValidator(cleaned._replace(body=as_json(cleaned.body)), may_be_killed)
    except NotJsonError as exc:
        raise BadSchemaError(f"it {exc}") from exc
    except RecursionError as exc:
        raise BadSchemaError("it is nested too deeply") from exc


class SchemaValidator:
    """`mismatch` says whether a value fits. Safe to use from several threads."""

    def __init__(self, schema: CleanSchema, may_be_killed: bool) -> None:
        self._schema, self._body = schema, schema.body
        try:
            self._patterns = SchemaPatterns(schema.body, _search_here if may_be_killed else _search_elsewhere)
        except PatternError as exc:
            raise BadSchemaError(f"a pattern is not a regular expression: {exc}") from exc
        self.is_linear = self._patterns.is_linear
        """Whether checking takes one pass over each text, whatever the text is."""
        self._trouble = KeywordTrouble()
        self._keywords = self._own_keywords()
        self._validator = self._compiled()

    def mismatch(self, value: Any) -> Mismatch | None:
        """What does not fit first; None when all does. Raises CheckStoppedError."""
        if self.is_linear and is_plain_json(value) and self._validator.is_valid(value):
            return None
        try:
            value = as_json(value)
        except NotJsonError as exc:
            return Mismatch("", str(exc), value)
        self._trouble.reason = ""
        try:
            return self._mismatch(value)
        except PatternStoppedError as exc:
            raise CheckStoppedError(f"a pattern of names {exc}") from exc

    def _mismatch(self, value: Any) -> Mismatch | None:
        validator = self._made(self._body, value) if self._patterns.need_names else self._validator
        fits = validator.is_valid(value)
        if self._trouble.reason:
            raise CheckStoppedError(self._trouble.reason)
        return None if fits else self._first_error(value)

    def _first_error(self, value: Any) -> Mismatch:
        """Of all errors only the first is made: a list with 100,000 of them took two seconds and 200 MB."""
        body = terse_schema(self._body)
        if body is None and not self._schema.references:
            body = self._body
        try:
            if body is not None:
                self._made(body, value).validate(value)
        except jsonschema_rs.ValidationError as error:
            return mismatch(error, value, self._patterns.sources, body or {})
        return Mismatch("", "does not fit the schema", value)

    def _own_keywords(self) -> dict[str, type[Any]]:
        """Keywords that replace the library's. Draft 7 has the last two itself, older ones have none."""
        found: dict[str, type[Any]] = {}
        if self._patterns.need_keyword:
            found["pattern"] = pattern_keyword(self._patterns.values, self._trouble)
        if self._schema.draft > 7 and self._schema.has_content:
            found |= {"contentMediaType": ContentMediaType, "contentEncoding": ContentEncoding}
        return found

    def _compiled(self) -> jsonschema_rs.Validator:
        """Flaws in what nobody looked at before jsonschema-rs are left out: what was served must be served."""
        for _ in range(_MOST_FLAWS):
            try:
                return self._made(self._body)
            except jsonschema_rs.ValidationError as exc:
                body = without_flaw(self._body, exc, self._schema.references)
                if body is None:
                    raise BadSchemaError(flaw(exc, self._schema.references)) from exc
                self._body = body
            except (ValueError, jsonschema_rs.ReferencingError) as exc:
                raise BadSchemaError(_library_words(exc)) from exc
        raise BadSchemaError("too much in it is not JSON Schema")

    def _made(self, body: dict[str, Any], value: Any = None) -> jsonschema_rs.Validator:
        """`value` is what will be checked: patterns of names may depend on it."""
        return library_validator(self._schema.draft, self._patterns.written(body, value), self._keywords)


def library_validator(
    draft: int, body: dict[str, Any], keywords: Mapping[str, type[Any]] | None = None
) -> jsonschema_rs.Validator:
    """The library's, with our formats and the linear engine. `keywords` replace its own. Raises its errors."""
    return _DRAFTS[draft](
        body,
        formats=formats_of(draft),
        validate_formats=True,
        pattern_options=LINEAR,
        keywords=dict(keywords) if keywords else None,
        offline=True,
    )


def _search_here(pattern: str, text: str) -> bool:
    return re.search(pattern, text) is not None


def _search_elsewhere(pattern: str, text: str) -> bool:
    from promptops.templating.json_schema.pattern_process import PATTERN_PROCESS

    return PATTERN_PROCESS.search(pattern, text)


def _library_words(exc: Exception) -> str:
    text = str(exc)
    return "it is nested too deeply" if text == "Recursion limit reached" else text.split("\n", 1)[0][:200]
