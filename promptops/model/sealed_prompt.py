"""What a pin's digest covers, as bytes: a prompt can be served from it without git, YAML or its files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import NamedTuple

from promptops.errors import PinError

PREFIX = "sha256:"
FORMATS = (2, 3, 4)
"""The forms of a content, oldest first; the form is part of every digest, and a pin does not say which it is.

What is sealed renders for ever as its format did when it was made. 2: filters and operators see values as Python writes
them. 3: every value becomes text by one rule (`promptops.templating.value_text`). 4: as 3, and messages may be more
than a role and a text (histories, examples, parts, conditions, calls of tools).
"""
MESSAGES_FORMAT = 4
REQUIRED_VERSIONS = {MESSAGES_FORMAT: "0.1"}
"""The first version of promptops that knows a format; it stands in the content, so that older ones can name it."""
_START = b'{"format":'
_VERSION = re.compile(r"[0-9]+(\.[0-9a-z]+){0,4}")
"""What may stand in a line to be typed, whoever wrote the content."""


class ModelEndpoint(NamedTuple):
    """Where a prompt's model is called, as `promptops.yml` says at the prompt's own version.

    `alias` is what the prompt calls the model; `api_key_env` and `base_url_env` are *names* of environment variables,
    with the key and with an address that comes before `base_url`. What is not known is empty: a digest does not cover
    it and a bundle does not hold it.
    """

    alias: str = ""
    base_url: str = ""
    api_key_env: str = ""
    base_url_env: str = ""


UNKNOWN_ENDPOINT = ModelEndpoint()


class SealedPrompt(NamedTuple):
    """One version of a prompt.

    `content` is JSON, and `digest` (`sha256:<64 hex>`) is taken over it. `texts` holds templates by the
    sha256 (64 hex) of their UTF-8 text; of those, the content names the ones that belong to it. `endpoint` is known
    where it was sealed just now.
    """

    digest: str
    content: bytes
    texts: Mapping[str, str]
    endpoint: ModelEndpoint = UNKNOWN_ENDPOINT

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


def interchangeable(form: int) -> tuple[int, ...]:
    """The formats that one and the same prompt may be pinned in: what format 4 says no other can."""
    return FORMATS[:-1] if form < MESSAGES_FORMAT else (form,)


def text_digest(text: str) -> str:
    """The sha256 (64 hex) of a template's text."""
    return sha256(text.encode()).hexdigest()


def check_content(digest: str, content: bytes, where: str = "") -> None:
    """PinError when the bytes are not those the digest was taken over."""
    found = content_digest(content)
    if found != digest:
        raise PinError(f"its digest is {found}, not {digest}", where=where, hint="this version is never served")


def _unknown_format_error(form: object, requires: object) -> PinError:
    if isinstance(requires, str) and _VERSION.fullmatch(requires):
        hint = f"pip install --upgrade 'git-promptops>={requires}'"
        return PinError(f"this prompt needs promptops ≥ {requires}", hint=hint)
    hint = "pin it again with this version of promptops, or use the version that pinned it"
    return PinError(f"a prompt was sealed in format {form}, which is not known here", hint=hint)


def template_digests(content: bytes) -> list[str]:
    """The sha256 (64 hex) of each text that belongs to a content: of templates and of examples.

    PinError when it is no content of ours, or one of a later version.
    """
    try:
        data = json.loads(content)
        form, found = data["format"], [str(each) for each in data["templates"].values()]
        found += [str(each) for each in data.get("examples", {}).values()]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
        raise PinError("this is not a sealed prompt") from exc
    if form not in FORMATS:
        raise _unknown_format_error(form, data.get("requires"))
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
