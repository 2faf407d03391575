"""Parameters of a model, in a prompt or in promptops.yml, under the API's names."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any

from promptops.errors import PromptError
from promptops.source.yaml.reader import Node

_TWINS = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}


@lru_cache(maxsize=1024)
def parameter_name(key: str) -> str:
    """The API's name of a parameter: `max_tokens` of `maxTokens`."""
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", key).lower()


def read_parameters(node: Node, path: PurePosixPath) -> dict[str, Any]:
    """A group of parameters: `maxTokens` and `max_tokens` are one. Those without a value are left out.

    `max_completion_tokens` took the place of `max_tokens`, and no model takes both. PromptError for one
    that is given twice.
    """
    parameters: dict[str, Any] = {}
    for key, item in node.items():
        name, value = parameter_name(key), item.as_data()
        if value is None:
            continue
        twin = _TWINS.get(name, name)
        for other in {name, twin} & parameters.keys():
            if parameters[other] != value:
                also = "" if other == name else f", once as '{other}'"
                where = item.span.place(path)
                message = f"the parameter '{name}' is given twice{also}"
                raise PromptError(message, where=where, hint="keep one of the two")
        parameters[name] = value
    if "max_completion_tokens" in parameters:
        parameters.pop("max_tokens", None)
    return parameters
