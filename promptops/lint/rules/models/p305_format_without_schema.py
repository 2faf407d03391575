"""The form of the reply and what is said about it do not go together.

`json_schema` without a schema is refused. A schema without `json_schema` is never sent, so the model does not know
it. With `json_object`, OpenAI refuses a request that does not say the word JSON, and other models write anything.

Bad:   responseFormat: json_schema
Good:  responseFormat: json_schema   jsonSchema: {type: object, properties: {owner: {type: string}}}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.located_values.linked_files import example_texts
from promptops.lint.located_values.model_references import is_at_openai, model_of
from promptops.model.finding import Finding, Severity
from promptops.model.prompt import Prompt

CODE = "P305"
PREFILTER = Prefilter(("prompt",), ("json_", "jsonSchema"))


def check(target: Target) -> Iterator[Finding]:
    """At most one: at `responseFormat`, or at `jsonSchema` when it is that which is of no use."""
    prompt, root = target.prompt, target.node
    if prompt is None or root is None:
        return
    chosen, schema = root.get("responseFormat"), root.get("jsonSchema")
    if prompt.response_format == "json_schema":
        if schema is None and chosen is not None:
            message = "there is no schema: a reply in the form json_schema needs one"
            hint = "add jsonSchema, with the fields the reply must have; or write json_object for any JSON"
            yield Finding(target.path, chosen.span, CODE, message, hint)
    elif schema is not None and not _is_used(prompt):
        message = "this schema is never sent to the model"
        detail = f"responseFormat is {prompt.response_format}" if chosen else "there is no responseFormat"
        hint = "write `responseFormat: json_schema`, or delete the schema"
        span = root.key_spans["jsonSchema"]
        yield Finding(target.path, span, CODE, message, hint, "warning", detail=detail)
    if prompt.response_format == "json_object" and chosen is not None and not _says_json(target, prompt):
        message = "no message says the word JSON"
        spec = model_of(target)
        refused = spec is not None and is_at_openai(spec)
        detail = "OpenAI refuses such a request" if refused else "the model may write blanks without an end"
        hint = "say in a message that the reply is JSON, and which fields it has"
        severity: Severity = "error" if refused else "warning"
        yield Finding(target.path, chosen.span, CODE, message, hint, severity, detail=detail)


def _is_used(prompt: Prompt) -> bool:
    """Whether something else reads it: a parameter of the request, or a criterion that checks the reply."""
    checked = any(item.kind.reply_schema and not item.options.get(item.kind.reply_schema) for item in prompt.evaluators)
    return checked or "response_format" in prompt.parameters


def _says_json(target: Target, prompt: Prompt) -> bool:
    """Whether a message, a template or a value that is pasted in brings the word."""
    said: list[Any] = [one.text for one in (*target.messages, *target.templates)]
    if not prompt.is_text_only:
        said += [one.text for one in example_texts(target)]
    said += [value for item in prompt.inputs for value in (item.default, item.schema.get("enum"))]
    said += [value for case in prompt.test_data for value in case.fields.values()]
    return not target.complete or any("json" in str(value).lower() for value in said)
