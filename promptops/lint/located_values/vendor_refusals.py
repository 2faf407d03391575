"""What the vendor of a prompt's model cannot do of what the prompt asks for, with its places."""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.target import Target
from promptops.lint.located_values.model_parameters import parameter_groups
from promptops.lint.located_values.model_references import known_model, model_of
from promptops.model.finding import Finding, Severity, Span
from promptops.model.requests.vendor_limits import (
    RefusalKind,
    VendorRefusal,
    message_refusals,
    parameter_refusal,
)


def refused_of(target: Target, kind: RefusalKind, code: str) -> Iterator[Finding]:
    """A finding for each: in a prompt at its place, in a suite at the model that it names besides the prompt's own."""
    if target.kind == "suite":
        yield from _of_suite(target, kind, code)
    elif kind == "parameter":
        yield from _of_parameters(target, code)
    elif target.prompt is not None and (spec := model_of(target)) is not None:
        for one in message_refusals(target.prompt, spec):
            if one.kind == kind:
                yield _finding(target, one, one.span or Span.at(1, 1), code)


def _of_parameters(target: Target, code: str) -> Iterator[Finding]:
    for spec, found in parameter_groups(target):
        for item in found:
            value = item.value.value if item.value.kind == "scalar" else item.value
            if value is not None and (one := parameter_refusal(spec, item.name, value)) is not None:
                yield _finding(target, one, item.span, code)


def _of_suite(target: Target, kind: RefusalKind, code: str) -> Iterator[Finding]:
    listed, prompt = target.get("models"), target.tested_prompt
    if prompt is None or listed is None or listed.kind != "sequence":
        return
    for node in listed.value:
        spec = known_model(target, node.text)
        if spec is None or node.text == prompt.model:
            continue
        for one in [one for one in message_refusals(prompt, spec) if one.kind == kind][:1]:
            message = f"the prompt asks '{node.text[:80]}' for what it cannot do: {one.message}"
            where = prompt.path if one.span is None else one.span.place(prompt.path)
            hint = f"leave this model out, or change {where}"
            yield _finding(target, one._replace(message=message, hint=hint), node.span, code)


def _finding(target: Target, refusal: VendorRefusal, span: Span, code: str) -> Finding:
    severity: Severity = "error" if refusal.is_refused else "warning"
    place = span if span.line == span.end_line else Span.at(span.line, span.column)
    return Finding(target.path, place, code, refusal.message, refusal.hint, severity)
