"""A tool is offered that the model cannot know when to call, or may not call at all, or is demanded and not offered.

A model chooses among tools by what is said about them: their descriptions, and the messages. A bare name is a
guess. With `toolChoice: none` all tools are sent, paid for, and never called. A `toolChoice` that names a function must
name one of the tools: else the vendor refuses the request.

Bad:   tools: [{name: lookup}]
Good:  tools: [{name: lookup, description: The customer's open orders. Call it before answering about an order.}]
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.located_values.model_parameters import parameters
from promptops.lint.located_values.tools import tools_of
from promptops.model.finding import Finding
from promptops.text.suggestions import did_you_mean

_MOST = 40
_NEVER, _NEVER_HINT = "the tools are sent, but the model may call none of them", "write auto, or delete the tools"

CODE = "P308"
PREFILTER = Prefilter(("prompt",), ("tools", "toolChoice"))


def check(target: Target) -> Iterator[Finding]:
    """Each tool without a word about it, and a choice that forbids them all."""
    tools = [tool for tool in tools_of(target) if tool.text("name")]
    if target.prompt is None:
        return
    yield from _unknown_choice(target, [tool.text("name") for tool in tools])
    if not tools:
        return
    choice = target.get("toolChoice")
    if choice is not None and choice.text == "none":
        yield Finding(target.path, choice.span, CODE, _NEVER, _NEVER_HINT, "warning")
        return
    for item in parameters(target):
        if item.name == "tool_choice" and item.value.kind == "scalar" and item.value.text == "none":
            yield Finding(target.path, item.value.span, CODE, _NEVER, _NEVER_HINT, "warning")
            return
    silent = [tool for tool in tools if not tool.text("description")]
    if not silent or not target.complete:
        return
    said = " ".join(text_span.text for text_span in (*target.messages, *target.templates)).lower()
    for tool in silent[:_MOST]:
        name = tool.text("name").lower()
        if name not in said and name.replace("_", " ").replace("-", " ") not in said:
            message = f"nothing says when to call '{tool.text('name')[:64]}'"
            hint = "add a description: what it does, and when the model is to call it"
            yield Finding(tool.path, tool.place("name"), CODE, message, hint, "warning")


def _unknown_choice(target: Target, names: list[str]) -> Iterator[Finding]:
    choice, sent = target.get("toolChoice"), target.prompt.parameters.get("tool_choice") if target.prompt else None
    function = sent.get("function") if isinstance(sent, dict) else None
    name = function.get("name") if isinstance(function, dict) else None
    if choice is None or not isinstance(name, str) or name in names:
        return
    if not names:
        message = f"'{name[:64]}' is to be called, and there are no tools"
        yield Finding(target.path, choice.span, CODE, message, f"add it: tools: [{{name: {name[:64]}, …}}]")
        return
    hint = did_you_mean(name, names)
    yield Finding(target.path, choice.span, CODE, f"'{name[:64]}' is to be called, and is none of the tools", hint)
