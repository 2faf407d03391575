"""Where files name a model, and which model a prompt is for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from promptops.errors import PromptError
from promptops.lint.engine.target import Target
from promptops.lint.located_values.evaluators import option
from promptops.model.config import ModelSpec, resolve_model
from promptops.source.yaml.reader import Node


def named(target: Target) -> Iterator[Node]:
    """The values of a prompt, a suite or promptops.yml that name a model; values of another form are for P004."""
    root = target.node
    if root is None:
        return
    models = root.get("models")
    found = [root.get("model"), root.get("judge"), root.get("embeddings")]
    found += models.value if models and models.kind == "sequence" else []
    found += [option(options, kind.judge_model) for kind, options in target.evaluators]
    for node in found:
        if node is not None and node.kind == "scalar" and node.text:
            yield node


def model_of(target: Target) -> ModelSpec | None:
    """The model a prompt's `model` stands for; None when it names none, or one that nobody knows (P301)."""
    node = target.get("model")
    return known_model(target, node.text) if node is not None and node.kind == "scalar" else None


def known_model(target: Target, name: str) -> ModelSpec | None:
    """The model a name stands for in this project; None when nobody knows it."""
    try:
        return resolve_model(target.project.config, name) if target.files.models_known else None
    except PromptError:
        return None


def is_at_openai(spec: ModelSpec) -> bool:
    """Whether OpenAI itself answers; other servers speak the same language but take more, or less."""
    address = r"https://([\w-]+\.)?openai\.com(/|:|$)"
    said = spec.base_url or spec.base_url_env
    return spec.provider == "openai" and (not said or re.match(address, said) is not None)
