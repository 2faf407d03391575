"""A parameter has a value that models do not take.

Most servers refuse the whole request then, others take another value without saying so. A number between quotes is
a text, and a decimal comma makes a text, too.

Bad:   modelParameters: {temperature: 20, maxTokens: "300"}
Good:  modelParameters: {temperature: 0.2, maxTokens: 300}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.located_values.model_parameters import (
    MAX_STOPS,
    NUMBERS,
    WHOLE,
    WORDS,
    YES_NO,
    Parameter,
    Range,
    parameter_groups,
)
from promptops.lint.located_values.model_references import is_at_openai
from promptops.model.chat.parameters import FIXED, is_reasoning_model
from promptops.model.config import ModelSpec
from promptops.model.finding import Finding, Fix, Severity
from promptops.source.yaml.meant_numbers import meant_number
from promptops.source.yaml.reader import Node

_TAKEN_BY_OTHERS = ("max_tokens", "max_completion_tokens", "top_logprobs")
"""Servers other than OpenAI's give values outside the range a meaning: -1 tokens are as many as there is room for."""

CODE = "P303"
PREFILTER = Prefilter(("prompt", "project"), ("modelParameters", "parameters"))


def check(target: Target) -> Iterator[Finding]:
    """Each value outside its range, or of another kind."""
    for spec, found in parameter_groups(target):
        yield from _check_group(target, spec, found)


def _check_group(target: Target, spec: ModelSpec | None, items: list[Parameter]) -> Iterator[Finding]:
    strict = spec is None or is_at_openai(spec)
    for item in items:
        if item.value.kind == "scalar" and item.value.value is None:
            continue  # left out
        found = _wrong_kind(target, item, strict) or _outside(target, item, strict)
        if found is None and spec is not None and strict:
            found = _not_for_reasoning(target, item, spec)
        if found is not None:
            yield found


def _wrong_kind(target: Target, item: Parameter, strict: bool) -> Finding | None:
    name, node = item.name, item.value
    shown = _shown(node)
    if name in NUMBERS or name in WHOLE:
        if node.kind == "scalar" and type(node.value) in (int, float) and not _is_thousands(name, node):
            return None
        wanted = "a whole number" if name in WHOLE else "a number"
        message = f"'{item.key}' is {shown}, but should be {wanted}"
        number = meant_number(node.text, whole=name in WHOLE) if node.kind == "scalar" else ""
        if not number:
            return Finding(target.path, node.span, CODE, message, "write digits only, like 1")
        detail = "only digits and a point make a number"
        if _is_thousands(name, node):
            detail = f"a point parts off fractions, so this is {node.value:g}"
        fits = _within(float(number), NUMBERS.get(name) or WHOLE[name]) and (name in NUMBERS or "." not in number)
        fix = Fix(node.span, number) if fits and node.span.line == node.span.end_line else None
        return Finding(target.path, node.span, CODE, message, f"write {number}", fix=fix, detail=detail)
    if name in YES_NO and not (node.kind == "scalar" and isinstance(node.value, bool)):
        message = f"'{item.key}' is {shown}, but should be true or false"
        severity: Severity = "error" if strict else "warning"
        return Finding(target.path, node.span, CODE, message, "write true or false, without quotes", severity)
    return None


def _outside(target: Target, item: Parameter, strict: bool) -> Finding | None:
    name, node = item.name, item.value
    severity: Severity = "error" if strict else "warning"
    if name in WORDS:
        if node.kind == "scalar" and node.text in WORDS[name]:
            return None
        words = ", ".join(WORDS[name])
        message = f"'{item.key}' is {_shown(node)}, which no model is known to take"
        return Finding(target.path, node.span, CODE, message, f"models know: {words}", "warning")
    if name == "stop":
        return _stop(target, item, strict)
    limits = NUMBERS.get(name) or WHOLE.get(name)
    if limits is None:
        return None
    if name in WHOLE and isinstance(node.value, float) and not node.value.is_integer():
        message = f"'{item.key}' is {node.text[:40]}, but should be a whole number"
        return Finding(target.path, node.span, CODE, message, "leave out what follows the point")
    if not _within(node.value, limits) and (strict or name not in _TAKEN_BY_OTHERS):
        message = f"'{item.key}' is {node.text[:40]}, but models take {_words(limits)}"
        hint = f"write a value of {_words(limits)}"
        return Finding(target.path, node.span, CODE, message, hint, severity)
    return None


def _stop(target: Target, item: Parameter, strict: bool) -> Finding | None:
    node = item.value
    texts: list[Node] = node.value if node.kind == "sequence" else [node]
    for text in texts:
        if text.kind != "scalar" or not isinstance(text.value, str):
            message = f"'{item.key}' must be a text, or a list of texts"
            hint = 'put what ends the reply in quotes, like "END"'
            return Finding(target.path, text.span, CODE, message, hint)
    if strict and len(texts) > MAX_STOPS:
        message = f"'{item.key}' has {len(texts)} texts, but models take {MAX_STOPS} at the most"
        return Finding(target.path, texts[MAX_STOPS].span, CODE, message, "keep the four that matter most")
    return None


def _not_for_reasoning(target: Target, item: Parameter, spec: ModelSpec) -> Finding | None:
    """OpenAI's models that think before they write take no other than the usual values."""
    if item.name not in ("max_tokens", *FIXED) or not is_reasoning_model(spec.model):
        return None
    why = f"{spec.model} thinks before it writes, and OpenAI refuses the request"
    if item.name == "max_tokens":
        other = "max_completion_tokens" if "_" in item.key else "maxCompletionTokens"
        fix = Fix(item.span, other)
        message = f"{spec.model} takes no '{item.key}'"
        hint = f"write {other}: it counts the thinking, too"
        return Finding(target.path, item.span, CODE, message, hint, "warning", fix, detail=why)
    usual = FIXED[item.name]
    if item.value.value == usual:
        return None
    message = f"{spec.model} takes no other '{item.key}' than {usual}"
    return Finding(target.path, item.value.span, CODE, message, "delete the line", "warning", detail=why)


def _shown(node: Node) -> str:
    return f"'{node.text[:40]}'" if node.kind == "scalar" else "no single value"


def _is_thousands(name: str, node: Node) -> bool:
    """Whether a whole number is written with a point between its thousands, as in German."""
    return (
        name in WHOLE and isinstance(node.value, float) and re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", node.text) is not None
    )


def _within(value: float, limits: Range) -> bool:
    low, high = limits
    return (low is None or value >= low) and (high is None or value <= high)


def _words(limits: Range) -> str:
    low, high = limits
    return f"{low} to {high}" if high is not None else f"{low} or more"
