"""What a pin's digest covers, as bytes: a prompt can be served from it without git, YAML or its files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import NamedTuple

from promptops.errors import PinError

PREFIX = "sha256:"
FORMATS = (2, 3)
"""The forms of a content, oldest first; the form is part of every digest, and a pin does not say which it is.

What is sealed renders for ever as its format did when it was made. 2: filters and operators see values as Python writes
them. 3: every value becomes text by one rule (`promptops.templating.value_text`).
"""
_START = b'{"format":'


class SealedPrompt(NamedTuple):
    """One version of a prompt.

    `content` is JSON, and `digest` (`sha256:<64 hex>`) is taken over it. `texts` holds templates by the
    sha256 (64 hex) of their UTF-8 text; of those, the content names the ones that belong to it.
    """

    digest: str
    content: bytes
    texts: Mapping[str, str]

    @property
    def form(self) -> int:
        """Which of the FORMATS it is sealed in."""
        return int(self.content[len(_START) : self.content.index(b",")])


def content_digest(content: bytes) -> str:
    """The digest of these bytes."""
    return PREFIX + sha256(content).hexdigest()


def in_format(content: bytes, form: int) -> bytes:
    """The same prompt sealed in another of the FORMATS: the number, which comes first, is all that differs."""
    return b"%s%d%s" % (_START, form, content[content.index(b",") :])


def text_digest(text: str) -> str:
    """The sha256 (64 hex) of a template's text."""
    return sha256(text.encode()).hexdigest()


def check_content(digest: str, content: bytes, where: str = "") -> None:
    """PinError when the bytes are not those the digest was taken over."""
    found = content_digest(content)
    if found != digest:
        raise PinError(f"its digest is {found}, not {digest}", where=where, hint="this version is never served")


def template_digests(content: bytes) -> list[str]:
    """The sha256 (64 hex) of each template text that belongs to a content. PinError when it is no content of ours."""
    try:
        data = json.loads(content)
        form, found = data["format"], [str(each) for each in data["templates"].values()]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
        raise PinError("this is not a sealed prompt") from exc
    if form not in FORMATS:
        hint = "pin it again with this version of promptops, or use the version that pinned it"
        raise PinError(f"a prompt was sealed in format {form}, which is not known here", hint=hint)
    return found


def is_same_but_templates(one: bytes, other: bytes) -> bool:
    """Whether two contents differ only in the templates that belong to them, or in their form.

    ValueError when one is no content of ours.
    """
    parts = [json.loads(content) for content in (one, other)]
    for part in parts:
        for key in ("format", "templates", "references"):
            part.pop(key, None)
    return bool(parts[0] == parts[1])
