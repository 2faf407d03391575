"""A sealed prompt read back: what a digest covers becomes a closure that can be filled."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from promptops.errors import PinError
from promptops.model.chat.template_data import item_from_data
from promptops.model.prompt import Input, Prompt
from promptops.model.sealed_prompt import SealedPrompt, check_content, template_digests, text_digest
from promptops.pins.content_shape import require_closed, require_content
from promptops.templating.closure import Closure


class Unsealed(NamedTuple):
    """A closure and the model it was sealed with (`provider/model`)."""

    closure: Closure
    model: str


def unseal(sealed: SealedPrompt, name: str) -> Unsealed:
    """The closure, every byte of it covered by the digest. PinError for anything else.

    `name` stands for the prompt's file in error messages; nothing depends on it.
    """
    check_content(sealed.digest, sealed.content, name)
    template_digests(sealed.content)
    try:
        return _opened(json.loads(sealed.content), sealed.texts, name)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
        raise PinError(f"what its digest covers is not a prompt ({type(exc).__name__})", where=name) from exc


def _opened(data: dict[str, Any], texts: Any, name: str) -> Unsealed:
    require_content(data)
    templates = _pinned_texts(data["templates"], texts, name)
    examples = _pinned_texts(data.get("examples", {}), texts, name)
    prompt = Prompt(
        id=name,
        path=PurePosixPath(name),
        messages=tuple(map(item_from_data, data["messages"])),
        parameters=data["parameters"],
        inputs=tuple(Input(key, i["schema"], i["required"], i["default"]) for key, i in data["inputs"].items()),
        response_format=data["responseFormat"],
        json_schema=data["jsonSchema"],
        tools=tuple(data["tools"]),
        plain=data["plain"],
    )
    closure = Closure(prompt, templates, data["references"], data["format"], examples)
    require_closed(closure)
    return Unsealed(closure, data["model"])


def _pinned_texts(digests: dict[str, str], texts: Any, name: str) -> dict[str, str]:
    """Each text by its path; PinError where it is not the one with the digest."""
    found: dict[str, str] = {}
    for path, expected in digests.items():
        text = texts.get(expected)
        if text is None or text_digest(text) != expected:
            raise PinError(f"the text of '{path}' is not the one that was pinned", where=name)
        found[path] = text
    return found
