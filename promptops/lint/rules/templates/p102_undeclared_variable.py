"""A message or an included file reads a name that is not under inputs.

Nobody can pass a value for it, so filling the prompt fails, or the place stays empty. A file without `inputs`
declares nothing; there its own cases are looked at, and a name that none of them has a field for is a warning.

Bad:   inputs: {name: …}   Hello {{ nme }}
Good:  inputs: {name: …}   Hello {{ name }}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.engine.text_spans import TextSpan
from promptops.model.finding import Finding
from promptops.model.prompt import Prompt
from promptops.templating import plain
from promptops.text.suggestions import closest, unseen_spelling

CODE = "P102"
PREFILTER = Prefilter(("prompt",), ("{",))


def check(target: Target) -> Iterator[Finding]:
    """Each such name once a line, where it stands."""
    prompt = target.prompt
    if prompt is None:
        return
    if prompt.plain:
        yield from _given_by_no_case(target, prompt)
    declared = [item.name for item in prompt.inputs]
    for text_span in target.text_spans:
        lines = {reference.line for reference in text_span.analysis.references if reference.name is None}
        dashed = _dashed(text_span)
        for use in text_span.analysis.uses:
            if use.name in declared or use.line in lines or use.name in target.given.get(text_span, ()):
                continue  # an include without quotes reads its name as a value: P104 says so
            if (name := dashed.get((use.name, use.line))) is not None:
                if name:
                    better = name.replace("-", "_")
                    hint = f"write {{{{ {better} }}}} here and the same name under inputs"
                    span = text_span.find(name, use.line)
                    yield Finding(text_span.path, span, CODE, f"'{name}': a dash is a minus here", hint)
                continue
            listed = "under inputs" if text_span.path == target.path else f"under inputs in {target.path}"
            hint = f"add it under inputs:\n  {use.name}: {{type: string}}"
            if close := closest(use.name, declared):
                hint = f"did you mean '{close}'?{unseen_spelling(use.name, close)} If not, {hint}"
            message = f"'{use.name}' is used here but not listed {listed}"
            yield Finding(text_span.path, text_span.find(use.name, use.line), CODE, message, hint)


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
