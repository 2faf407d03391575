"""A model is named that the project's policy does not allow.

promptops.yml says under `policy: {allowedModels: […]}` which models may be used, by alias or by full name. Other
models may be too dear, keep what they are sent, or stand in a country where the data must not go.

Bad:   model: openai/gpt-5.4      policy: {allowedModels: [small]}
Good:  model: small                policy: {allowedModels: [small]}
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.located_values.model_references import known_model, named
from promptops.model.config import ModelSpec
from promptops.model.finding import Finding
from promptops.model.vendors.table import VENDORS

CODE = "P302"
PREFILTER = Prefilter(("prompt", "suite", "project"), ("model", "judge", "embeddings"), ("judge_model",))


def check(target: Target) -> Iterator[Finding]:
    """Each name of a model the policy does not list; a model nobody knows is P301's."""
    allowed = target.project.config.policy.allowed_models
    if allowed is None or not target.files.models_known:
        return
    specs = [spec for name in allowed if (spec := known_model(target, name)) is not None]
    for node in named(target):
        spec = known_model(target, node.text)
        if spec is None or node.text in allowed or spec.full_name in allowed:
            continue
        if any(_same(spec, other) for other in specs):
            continue
        message = f"the model '{node.text}' is not one this project allows"
        listed = ", ".join(allowed[:12]) or "none"
        hint = f"use one of: {listed}; or ask who looks after promptops.yml to add it to allowedModels"
        yield Finding(target.path, node.span, CODE, message, hint)


def _same(one: ModelSpec, other: ModelSpec) -> bool:
    """Two names of one model at one address."""
    places = [(spec.base_url or VENDORS[spec.provider].address, spec.base_url_env) for spec in (one, other)]
    return one.full_name == other.full_name and places[0] == places[1]
