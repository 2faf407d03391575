"""A prompt sealed: the bytes that decide what a model receives, and the digest over them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from promptops.errors import PromptError, ProviderError
from promptops.model.canonical_json import digest, ordered_json
from promptops.model.chat.parameters import resolve_parameters
from promptops.model.chat.template_data import item_to_data
from promptops.model.config import ModelSpec, resolve_model
from promptops.model.sealed_prompt import (
    MESSAGES_FORMAT,
    REQUIRED_VERSIONS,
    ModelEndpoint,
    SealedPrompt,
    content_digest,
    in_format,
    interchangeable,
    text_digest,
)
from promptops.source.formats.prompts import load_prompt
from promptops.source.project import Project
from promptops.templating.closure import Closure, make_closure


def seal_prompt(project: Project, name: str, *, pinned: str = "", guess: bool = False) -> SealedPrompt:
    """The prompt with this identifier or path as the project has it. PromptopsError with what keeps it from that.

    `pinned`: in the format that gives this digest, if there is one; else in the one that a new pin gets.
    `guess`: as for `make_closure`; another digest than the one that must come out says nothing.
    """
    path = project.path_of(name)
    prompt = load_prompt(
        project.source, path, project.identifier_of(path), project.kinds, project.template_folder, served=True
    )
    try:
        closure = make_closure(project.source, prompt, project.template_folder, guess=guess)
        model = resolve_model(project.config, prompt.model)
        return as_pinned(seal_closure(closure, model), pinned)._replace(endpoint=model_endpoint(model))
    except PromptError as exc:
        if exc.where:
            raise
        raise PromptError(exc.args[0], where=str(path), hint=exc.hint, code=exc.code) from exc
    except RecursionError as exc:
        message = f"a value of '{name}' is nested too deeply"
        raise PromptError(message, where=str(path), hint="is this schema intended?") from exc


def seal_closure(closure: Closure, model: ModelSpec) -> SealedPrompt:
    """What an application is served, and its digest."""
    prompt = closure.prompt
    prints = {path: text_digest(text) for path, text in closure.templates.items()}
    texts = {text_digest(text): text for text in (*closure.templates.values(), *closure.examples.values())}
    content = ordered_json(
        {
            "format": closure.sealed_format,
            **_of_format_4(closure),
            "plain": prompt.plain,
            "messages": [item_to_data(item) for item in prompt.messages],
            "templates": _sorted(prints),
            "references": {path: _sorted(names) for path, names in sorted(closure.references.items())},
            "inputs": {
                i.name: {"schema": i.schema, "required": i.required, "default": i.default}
                for i in sorted(prompt.inputs, key=lambda item: item.name)
            },
            "responseFormat": prompt.response_format,
            "jsonSchema": prompt.json_schema,
            "tools": prompt.tools,
            "model": model.full_name,
            "parameters": _sorted(resolve_parameters(model, prompt.parameters)),
        }
    ).encode("utf-8", "surrogatepass")
    return SealedPrompt(content_digest(content), content, texts)


def _of_format_4(closure: Closure) -> dict[str, Any]:
    """What only that format has, so that the bytes of the others stay as they are."""
    if closure.sealed_format < MESSAGES_FORMAT:
        return {}
    digests = [
        {path: text_digest(text) for path, text in sorted(texts.items())}
        for texts in (closure.examples, closure.prompt.files)
    ]
    return {"requires": REQUIRED_VERSIONS[closure.sealed_format], "examples": digests[0], "files": digests[1]}


def as_pinned(sealed: SealedPrompt, pinned: str) -> SealedPrompt:
    """The same prompt in the format that gives this digest; as it is where none does."""
    for form in interchangeable(sealed.form):
        content = in_format(sealed.content, form)
        if content_digest(content) == pinned:
            return sealed._replace(digest=pinned, content=content)
    return sealed


def digests_of(sealed: SealedPrompt) -> tuple[str, ...]:
    """The digests by which this version may be known: its own, and those of the other formats.

    So results and pins of the time before there was a format still belong to their version.
    """
    others = (content_digest(in_format(sealed.content, form)) for form in reversed(interchangeable(sealed.form)))
    return tuple(dict.fromkeys([sealed.digest, *others]))


def pin_digest(closure: Closure, model: ModelSpec) -> str:
    """Equal digests behave the same (addresses, prices and titles are not in it)."""
    return seal_closure(closure, model).digest


def evaluation_digest(closure: Closure, model: ModelSpec, address: str) -> str:
    """The pin digest and where the model is: its base address, or the local file's sha256."""
    return digest({"pin": pin_digest(closure, model), "at": address})


@lru_cache(maxsize=256)
def model_endpoint(model: ModelSpec) -> ModelEndpoint:
    """Where the settings say that a model is called; no address for the embedded one, which every machine starts."""
    # Imported here: what serves from a bundle never needs it.
    from promptops.providers.endpoint import endpoint_url, key_variable, parse_host

    if model.provider in ("local", "recorded"):
        return ModelEndpoint(model.alias)
    try:
        parse_host(address := endpoint_url(model))
        return ModelEndpoint(model.alias, address, key_variable(model, address), model.base_url_env)
    except ProviderError:  # none is said, or none that can be called: whoever calls it will say so
        return ModelEndpoint(model.alias, "", model.api_key_env, model.base_url_env)


def _sorted(mapping: Mapping[str, Any]) -> dict[str, Any]:
    return dict(sorted(mapping.items()))
