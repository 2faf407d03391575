"""A tool is offered that the model cannot know when to call, or that it may not call at all.

A model chooses among tools by what is said about them: their descriptions, and the messages. A bare name is a
guess. With `toolChoice: none` all tools are sent, paid for, and never called.

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

_MOST = 40

CODE = "P308"
PREFILTER = Prefilter(("prompt",), ("tools",))


def check(target: Target) -> Iterator[Finding]:
    """Each tool without a word about it, and a choice that forbids them all."""
    tools = [tool for tool in tools_of(target) if tool.text("name")]
    if not tools or target.prompt is None:
        return
    for item in parameters(target):
        if item.name == "tool_choice" and item.value.kind == "scalar" and item.value.text == "none":
            message = "the tools are sent, but the model may call none of them"
            hint = "write auto, or delete the tools"
            yield Finding(target.path, item.value.span, CODE, message, hint, "warning")
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
