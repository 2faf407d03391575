"""Values that are pictures, documents and sounds: where they may come from, and whether they are what they say.

Nothing is fetched and nothing is decoded: the first bytes tell what a file is.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from promptops.errors import SourceError
from promptops.model.chat.media import Media, MediaKind
from promptops.model.suite import Case
from promptops.source.references import resolve_reference
from promptops.source.source import refuse_pointer

MOST_BYTES: dict[MediaKind, int] = {"image": 8 * 2**20, "file": 20 * 2**20, "audio": 20 * 2**20}
"""Larger ones no vendor takes in one request, or only some."""
_WORDS: dict[MediaKind, str] = {"image": "a picture", "file": "a document", "audio": "a sound"}
_FORMS: dict[MediaKind, str] = {"image": "PNG, JPEG, WebP or GIF", "file": "PDF", "audio": "WAV or MP3"}
_ROOT = PurePosixPath()
_DATA_URI = re.compile(r"data:(?P<type>[\w.+-]+/[\w.+-]+)(?:;[\w.=+-]+)*?;base64,(?P<data>[A-Za-z0-9+/=_\s-]*)", re.I)
_URL_SAFE = str.maketrans("-_", "+/")
_SAME_TYPE = {
    "image/jpg": "image/jpeg", "audio/x-wav": "audio/wav", "audio/wave": "audio/wav", "audio/mp3": "audio/mpeg",
}  # fmt: skip

ReadMedia = Callable[[MediaKind, Any], Media]
"""A picture, document or sound from a value; ValueError, with the reason as a sentence's end, for what is none."""


def media_of_application(kind: MediaKind, value: Any) -> Media:
    """From a value that an application passes: a text is a data URI or an https address, a file is a `pathlib.Path`.

    A text never names a file: it may come from a user. Bytes are taken as they are.
    """
    if isinstance(value, Media):
        return _of_kind(value, kind)
    if isinstance(value, (bytes, bytearray)):
        return _checked(kind, bytes(value))
    if isinstance(value, Path):
        return _checked(kind, _read_path(value, kind), name=value.name)
    if isinstance(value, str):
        if found := _from_text(kind, value):
            return found
        raise ValueError("a text must be a data URI or an https address; pass a file as pathlib.Path")
    raise ValueError(f"it is {_type_name(value)}, not a data URI, an https address, bytes or a pathlib.Path")


def media_of_case(case: Case) -> ReadMedia:
    """Reads what a case names: a file inside the project, a data URI or an https address."""

    def read(kind: MediaKind, value: Any) -> Media:
        if isinstance(value, Path):  # from the command line: no file holds one
            return media_of_application(kind, value)
        if not isinstance(value, str):
            raise ValueError(f"it is {_type_name(value)}, not a path in the project, a data URI or an https address")
        if found := _from_text(kind, value):
            return found
        if case.files is None:
            raise ValueError("a file can be named only in a case of the project")
        try:
            path = resolve_reference(value, case.path or _ROOT, _ROOT)
            data = case.files.read(path)
            refuse_pointer(data, str(path))
        except SourceError as exc:
            where = "" if value.startswith(".") else "; names begin at the project's folder, with ./ at the cases'"
            raise ValueError(f"the file '{value[:200]}' cannot be read: {exc.args[0]}{where}") from exc
        found = _checked(kind, data, name=path.name)
        return replace(found, content=data, load=partial(case.files.read, path))

    return read


def sniffed_type(data: bytes) -> str:
    """What the bytes begin like (`image/png`); empty for what is none of the forms that are known here."""
    for start, found in _SIGNATURES:
        if data.startswith(start):
            return found
    if data[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(data[8:12], "")
    if data[:1] == b"\xff" and data[1:2] and data[1] & 0xE6 in (0xE2, 0xE4, 0xE6):
        return "audio/mpeg"
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return "image/svg+xml" if head.startswith((b"<svg", b"<?xml", b"<!doctype svg")) and b"<svg" in head else ""


_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"), (b"%PDF-", "application/pdf"), (b"ID3", "audio/mpeg"),
)  # fmt: skip
_KINDS: dict[str, MediaKind] = {
    "image/png": "image", "image/jpeg": "image", "image/gif": "image", "image/webp": "image",
    "application/pdf": "file", "audio/wav": "audio", "audio/mpeg": "audio",
}  # fmt: skip


def _from_text(kind: MediaKind, text: str) -> Media | None:
    """A data URI or an address; None for any other text."""
    if text[:5].lower() == "data:":
        return _from_data_uri(kind, text)
    if text[:8].lower() == "https://":
        host = re.match(r"https://(\[[0-9a-f:.]+\]|[\w.-]+)(:\d+)?([/?#]\S*)?$", text, re.I)
        if host is None or len(text) > 2048 or not text.isprintable():
            raise ValueError("this is not an https address that a model's vendor could fetch")
        return Media(kind, url=text)
    if text[:7].lower() == "http://":
        raise ValueError("an address must begin with https://")
    return None


def _from_data_uri(kind: MediaKind, text: str) -> Media:
    if len(text) > MOST_BYTES[kind] * 4 // 3 + 200:
        raise ValueError(_too_large(kind, len(text) * 3 // 4))
    found = _DATA_URI.fullmatch(text)
    if found is None:
        raise ValueError("this is not a data URI: it must read data:TYPE;base64,…")
    try:
        written = re.sub(r"\s", "", found["data"]).translate(_URL_SAFE)
        data = base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("the base64 of this data URI is damaged or cut off") from None
    return _checked(kind, data, said=found["type"].lower())


def _checked(kind: MediaKind, data: bytes, name: str = "", said: str = "") -> Media:
    if len(data) > MOST_BYTES[kind]:
        raise ValueError(_too_large(kind, len(data)))
    found, said = sniffed_type(data), _SAME_TYPE.get(said, said)
    if not data:
        raise ValueError("it is empty")
    if found == "image/svg+xml":
        raise ValueError("it is an SVG drawing, which models do not take and which may hold a script; save it as PNG")
    if said and found != said:
        raise ValueError(f"it says that it is {said}, but its first bytes are {found or 'something else'}")
    if _KINDS.get(found) != kind:
        raise ValueError(f"it is {found or 'of no form that is known here'}; {_WORDS[kind]} is {_FORMS[kind]}")
    return Media(kind, found, data, name=name)


def _of_kind(value: Media, kind: MediaKind) -> Media:
    if value.kind != kind:
        raise ValueError(f"it is {_WORDS[value.kind]}, not {_WORDS[kind]}")
    return value


def _read_path(path: Path, kind: MediaKind) -> bytes:
    most = MOST_BYTES[kind]
    try:
        if not path.is_file():
            raise ValueError(f"there is no file '{path}'")
        with path.open("rb") as file:
            data = file.read(most + 1)
            if len(data) > most:
                raise ValueError(_too_large(kind, max(len(data), path.stat().st_size)))
            return data
    except OSError as exc:
        raise ValueError(f"the file '{path}' cannot be read: {exc.strerror or exc}") from exc


def _too_large(kind: MediaKind, count: int) -> str:
    return f"it has {count / 2**20:.1f} MiB; {_WORDS[kind]} may have {MOST_BYTES[kind] // 2**20}; make it smaller"


def _type_name(value: Any) -> str:
    words = {type(None): "nothing", bool: "true or false", int: "a number", float: "a number", list: "a list"}
    return words.get(type(value), "a group of fields" if isinstance(value, dict) else f"a {type(value).__name__}")
