"""Which parameters a model is asked with: the prompt's, the model's own defaults, and what reasoning models refuse."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from promptops.model.config import ModelSpec

TOKEN_LIMITS = frozenset({"max_tokens", "max_completion_tokens"})
"""Two names of one limit: the second took the place of the first, and no model takes both."""
FIXED = {"temperature": 1, "top_p": 1, "presence_penalty": 0, "frequency_penalty": 0}
"""The only values that OpenAI's reasoning models take."""
EXTRA_BODY = "extra_body"
"""Where parameters hold what goes into a body as it is: the official client's own name for it."""
REASONING_TOKENS = 4_000
"""Room for a reasoning judge to think before its verdict."""
# Later ones take a temperature when they are told not to think: they are not meant here.
_REASONING = re.compile(r"(openai/)?(o[1-4](-mini|-pro|-preview)?|gpt-5(-mini|-nano)?)(-\d{4}-\d{2}-\d{2})?")


def is_reasoning_model(model: str) -> bool:
    """Whether this is a model of OpenAI's that thinks before it writes and refuses the parameters of others."""
    return _REASONING.fullmatch(model) is not None


def resolve_parameters(spec: ModelSpec, own: Mapping[str, Any]) -> Mapping[str, Any]:
    """A prompt's `own` parameters over the model's; `extra_body` holds what both add to the body under no other name.

    So what `extraBody` says of a model is in the digest of each pin, and reaches applications.
    """
    return _merge(_of_model(spec), own) if spec.parameters or spec.extra_body else own


def judge_parameters(spec: ModelSpec, tokens: int | None) -> Mapping[str, Any]:
    """What a judge is asked with: temperature 0 and so many tokens, unless the model's own parameters say otherwise.

    `tokens` None leaves both to the model. Anthropic's models think before they answer, and take no temperature.
    """
    is_anthropic = spec.provider == "anthropic"
    room = REASONING_TOKENS if is_anthropic or is_reasoning_model(spec.model) else 0
    calm = {} if is_anthropic else {"temperature": 0}
    defaults = {} if tokens is None else {**calm, "max_tokens": tokens + room}
    return accepted_parameters(spec.model, _merge(defaults, _of_model(spec)))


def accepted_parameters(model: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parameters as the model takes them: a reasoning model's limit has the newer name, and no temperature goes."""
    if not is_reasoning_model(model) or not parameters.keys() & {"max_tokens", *FIXED}:
        return parameters
    return {
        "max_completion_tokens" if name == "max_tokens" else name: value
        for name, value in parameters.items()
        if FIXED.get(name, value) == value
    }


def describe_changes(model: str, written: Mapping[str, Any], sent: Mapping[str, Any]) -> str:
    """What a run sends otherwise than written, as a note; empty where all is sent as it is."""
    left_out = [f"'{name}'" for name in written if name not in sent and name != "max_tokens"]
    done = [f"left out {' and '.join(left_out)}"] if left_out else []
    if "max_tokens" in written and "max_tokens" not in sent:
        done.append("sent 'max_tokens' as 'max_completion_tokens'")
    if not done:
        return ""
    return (
        f"{model} refuses what the prompt asks for, so this run {' and '.join(done)}, as `call.openai()` does: "
        "correct modelParameters, or the model's parameters in promptops.yml"
    )


def token_limit(parameters: Mapping[str, Any]) -> int | None:
    """The most tokens a reply may have; None where nothing is said."""
    found = next((parameters[name] for name in TOKEN_LIMITS if name in parameters), None)
    return found if type(found) is int and found > 0 else None


def _of_model(spec: ModelSpec) -> Mapping[str, Any]:
    return _merge(spec.parameters, {EXTRA_BODY: spec.extra_body}) if spec.extra_body else spec.parameters


def _merge(defaults: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Both, where `own` win; a limit of tokens also under its other name, and key by key inside `extra_body`."""
    replaced = TOKEN_LIMITS if TOKEN_LIMITS & own.keys() else frozenset()
    merged = {name: value for name, value in defaults.items() if name not in replaced} | dict(own)
    both = [one[EXTRA_BODY] for one in (defaults, own) if isinstance(one.get(EXTRA_BODY), Mapping)]
    return merged | {EXTRA_BODY: {**both[0], **both[1]}} if len(both) == 2 else merged
