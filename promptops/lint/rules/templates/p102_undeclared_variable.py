"""A message or an included file reads a name that is not under inputs.

Nobody passes a value for it, so filling the prompt fails, or the place stays empty. A new name under inputs is not
enough: the application must pass its value, and every case must have one. A file without `inputs` declares nothing;
there its own cases are looked at, and a name that none of them has a field for is a warning.

Bad:   inputs: {name: …}   Hello {{ nme }}
Good:  inputs: {name: …}   Hello {{ name }}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.engine.text_spans import TextSpan
from promptops.lint.templates.undeclared_names import advice, undeclared_uses
from promptops.model.finding import Finding
from promptops.model.prompt import Prompt
from promptops.templating import plain
from promptops.text.suggestions import closest

CODE = "P102"
PREFILTER = Prefilter(("prompt",), ("{", "when"))


def check(target: Target) -> Iterator[Finding]:
    """Each such name once a line, where it stands."""
    prompt = target.prompt
    if prompt is None:
        return
    if prompt.plain:
        yield from _given_by_no_case(target, prompt)
    names = {item.name for item in prompt.inputs}
    dashed: dict[TextSpan, dict[tuple[str, int], str]] = {}
    for text_span, use in undeclared_uses(target):
        if text_span not in dashed:
            dashed[text_span] = _dashed(text_span)
        if (name := dashed[text_span].get((use.name, use.line))) is not None:
            if name:
                better = name.replace("-", "_")
                hint = f"write {{{{ {better} }}}}"
                hint += "" if better in names else " here and the same name under inputs"
                span = text_span.find(name, use.line)
                yield Finding(text_span.path, span, CODE, f"'{name}': a dash is a minus here", hint)
            continue
        listed = "under inputs" if text_span.path == target.path else f"under inputs in {target.path}"
        message = f"'{use.name}' is used here but not listed {listed}"
        span = text_span.find(use.name, use.line)
        yield Finding(text_span.path, span, CODE, message, advice(target, prompt, use.name))


def _given_by_no_case(target: Target, prompt: Prompt) -> Iterator[Finding]:
    fields = list(dict.fromkeys(name for case in prompt.test_data for name in case.fields))
    for text_span in target.messages if fields else ():
        for name, start in plain.find_placeholders(text_span.text):
            if name in fields:
                continue
            close = closest(name, fields)
            hint = f"did you mean '{close}'?" if close else f"the cases' fields are: {', '.join(fields[:12])}"
            if below := _below(prompt, name):
                hint = f"it stands below '{below}', which is one field: write '{name}' one step further left"
            begin = text_span.text.index(name, start)
            span = text_span.span(begin, begin + len(name))
            yield Finding(target.path, span, CODE, f"no case gives '{name}' a value", hint, "warning")


def _below(prompt: Prompt, name: str) -> str:
    """The field that holds a group in which the name stands, as other tools write their cases."""
    pairs = (pair for case in prompt.test_data for pair in case.fields.items())
    return next((field for field, value in pairs if isinstance(value, dict) and name in value), "")


def _dashed(text_span: TextSpan) -> dict[tuple[str, int], str]:
    """Each part of a name with dashes and its line; with the first part the whole name, with the others nothing."""
    found: dict[tuple[str, int], str] = {}
    for tag in text_span.tags if "-" in text_span.text else ():
        name = tag.body.strip()
        if tag.kind == "{{" and re.fullmatch(r"[^\W\d]\w*(?:-[^\W\d]\w*)+", name):
            line = text_span.text.count("\n", 0, tag.start) + 1
            for number, part in enumerate(name.split("-")):
                found.setdefault((part, line), "" if number else name)
    return found
