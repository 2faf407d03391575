"""A sealed prompt read back: what a digest covers becomes a closure that can be filled."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from promptops.errors import PinError
from promptops.model.prompt import Input, Message, Prompt
from promptops.model.sealed_prompt import SealedPrompt, check_content, template_digests, text_digest
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
    templates: dict[str, str] = {}
    for path, expected in data["templates"].items():
        text = texts.get(expected)
        if text is None or text_digest(text) != expected:
            raise PinError(f"the text of '{path}' is not the one that was pinned", where=name)
        templates[path] = text
    prompt = Prompt(
        id=name,
        path=PurePosixPath(name),
        messages=tuple(Message(role, content) for role, content in data["messages"]),
        parameters=data["parameters"],
        inputs=tuple(Input(key, i["schema"], i["required"], i["default"]) for key, i in data["inputs"].items()),
        response_format=data["responseFormat"],
        json_schema=data["jsonSchema"],
        tools=tuple(data["tools"]),
        plain=data["plain"],
    )
    return Unsealed(Closure(prompt, templates, data["references"], data["format"]), data["model"])
