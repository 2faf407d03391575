"""Values that stand in files: `--set history=@chat.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from promptops.errors import EvalError
from promptops.model.chat.media import MEDIA_KINDS
from promptops.model.chat.message_template import MESSAGES
from promptops.model.prompt import Input
from promptops.source.formats.json_text.strict_json import RefusedJsonError, parse_json

MOST_BYTES = 32 * 2**20


class ValueFile(NamedTuple):
    """The file that holds an input's value: a picture, a text, or JSON, whatever the input takes."""

    path: Path


def read_value(file: ValueFile, item: Input | None) -> Any:
    """The value. A picture, document or sound stays a path, which the renderer reads; None: nothing declares the input.

    EvalError, with the file and the place in it, for what cannot be read.
    """
    if item is not None and item.kind in MEDIA_KINDS:
        return file.path
    text = _read_text(file.path)
    return _parse(text, file.path) if item is not None and _is_json(item) else text


def _is_json(item: Input) -> bool:
    """Whether no text could be meant. Where one could, it is for the input to say what it is (see `_coerce`)."""
    kinds = item.schema.get("type", "string")
    return item.kind == MESSAGES or "string" not in ([kinds] if isinstance(kinds, str) else kinds)


def _read_text(path: Path) -> str:
    where, other = str(path), "for a text that begins with @ write it twice: @@…"
    try:
        with path.open("rb") as opened:
            data = opened.read(MOST_BYTES + 1)
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or exc
        raise EvalError(f"the file cannot be read: {reason}", where=where, hint=other) from exc
    if len(data) > MOST_BYTES:
        raise EvalError(f"the file has more than {MOST_BYTES // 2**20} MiB", where=where, hint="give a smaller one")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as exc:
        message = f"the file is not UTF-8 text (byte {exc.start + 1})"
        raise EvalError(
            message, where=where, hint="save it as UTF-8; a picture needs an input of the type image"
        ) from exc


def _parse(text: str, path: Path) -> Any:
    try:
        return parse_json(text)
    except json.JSONDecodeError as exc:
        where = f"{path}:{exc.lineno}:{exc.colno}"
        raise EvalError(f"this is not JSON: {exc.msg}", where=where, hint="correct it at this place") from exc
    except RefusedJsonError as exc:
        raise EvalError(f"this JSON cannot be used: {exc}", where=str(path), hint="correct the value") from exc
