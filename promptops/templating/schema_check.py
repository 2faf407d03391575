"""JSON values against JSON Schemas. A worker gets this file's text, so it imports nothing of promptops."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

Validate = Callable[[Any], Any]

_compiled: list[Validate] = []


class _NoRemoteReferences(dict[str, Callable[[str], Any]]):
    """fastjsonschema opens addresses of any kind, files too, unless a handler stands in: this one always does."""

    def __contains__(self, scheme: object) -> bool:
        return True

    def __getitem__(self, scheme: str) -> Callable[[str], Any]:
        def refuse(address: str) -> Any:
            raise BadSchemaError(f"a reference leads out of the schema: {address}")

        return refuse


class BadSchemaError(ValueError):
    """The schema is not JSON Schema as fastjsonschema (drafts 4, 6 and 7) knows it."""


def compile_schema(schema: dict[str, Any]) -> Validate:
    """A validator. References lead to places in the schema only: nothing is fetched, no file is read."""
    import fastjsonschema

    try:
        made: Validate = fastjsonschema.compile(schema, handlers=_NoRemoteReferences(), use_default=False)
    except (MemoryError, BadSchemaError):
        raise
    except Exception as exc:  # a wrong schema ends in whatever error its wrong part leads to
        raise BadSchemaError(str(exc) or type(exc).__name__) from exc
    return made


def first_error(validate: Validate, value: Any) -> str:
    """What does not fit and where, nothing when all does."""
    import fastjsonschema

    try:
        validate(value)
    except fastjsonschema.JsonSchemaValueException as exc:
        place = str(exc.name).removeprefix("data").removeprefix(".")
        what = str(exc.message).removeprefix(str(exc.name)).strip()
        found = ""
        with contextlib.suppress(RecursionError):
            found = f" (it is {repr(exc.value)[:80]})" if not isinstance(exc.value, (dict, list)) else ""
        return f"{place or 'the reply'} {what}{found}"
    except RecursionError:
        return "the reply is nested too deeply"
    return ""


def check(reply: str, case: dict[str, Any]) -> tuple[float, str]:
    """A worker's function: a text that is JSON, with `{"schema": …}`."""
    if not _compiled:
        _compiled.append(compile_schema(case["schema"]))
    found = first_error(_compiled[0], json.loads(reply))
    return (0.0 if found else 1.0), found
