"""A parameter is none of the model's, but an option of the client that calls it.

Parameters go into the body of a request, and `extra_headers`, `extra_query` and `timeout` never do, so an evaluation
asks without them. What belongs to an endpoint stands once, at the model in promptops.yml.

Bad:   modelParameters: {extra_headers: {X-Team: search}}
Good:  models: {small: {provider: openai, model: …, headers: {X-Team: search}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.located_values.model_parameters import parameter_groups
from promptops.model.finding import Finding
from promptops.model.requests.chat_completions import CALL_OPTIONS

CODE = "P314"
PREFILTER = Prefilter(("prompt", "project"), ("modelParameters", "parameters"))


def check(target: Target) -> Iterator[Finding]:
    """Each one."""
    for _, found in parameter_groups(target):
        for item in found:
            if (instead := CALL_OPTIONS.get(item.name)) and item.value.value is not None:
                message = f"'{item.key}' is no parameter of a model"
                hint = f"write {instead} at the model in promptops.yml"
                yield Finding(target.path, item.span, CODE, message, hint)
