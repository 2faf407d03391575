"""P102 undeclared-variable."""

from __future__ import annotations

import re
from collections.abc import Iterator

from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.engine.text_spans import Passage
from promptops.model.finding import Finding
from promptops.model.prompt import Prompt
from promptops.templating import plain


class UndeclaredVariable:
    """A message or an included file reads a name that is not under inputs.

    Nobody can pass a value for it, so filling the prompt fails, or the place stays empty. A file without `inputs`
    declares nothing; there its own cases are looked at, and a name that none of them has a field for is a warning.

    Bad:   inputs: {name: …}   Hello {{ nme }}
    Good:  inputs: {name: …}   Hello {{ name }}
    """

    code = "P102"
    name = "undeclared-variable"
    prefilter = Prefilter(("prompt",), ("{",))

    def check(self, target: Target) -> Iterator[Finding]:
        """Each such name once a line, where it stands."""
        prompt = target.prompt
        if prompt is None:
            return
        if prompt.plain:
            yield from self._given_by_no_case(target, prompt)
        declared = [item.name for item in prompt.inputs]
        for passage in target.passages:
            lines = {reference.line for reference in passage.analysis.references if reference.name is None}
            dashed = _dashed(passage)
            for use in passage.analysis.uses:
                if use.name in declared or use.line in lines or use.name in target.given.get(passage, ()):
                    continue  # an include without quotes reads its name as a value: P104 says so
                if (name := dashed.get((use.name, use.line))) is not None:
                    if name:
                        better = name.replace("-", "_")
                        hint = f"write {{{{ {better} }}}} here and the same name under inputs"
                        span = passage.find(name, use.line)
                        yield Finding(passage.path, span, self.code, f"'{name}': a dash is a minus here", hint)
                    continue
                listed = "under inputs" if passage.path == target.path else f"under inputs in {target.path}"
                import difflib  # only where something is wrong

                close = difflib.get_close_matches(use.name, declared, 1)
                hint = f"add it under inputs:\n  {use.name}: {{type: string}}"
                if close:
                    hint = f"did you mean '{close[0]}'? If not, {hint}"
                message = f"'{use.name}' is used here but not listed {listed}"
                yield Finding(passage.path, passage.find(use.name, use.line), self.code, message, hint)

    def _given_by_no_case(self, target: Target, prompt: Prompt) -> Iterator[Finding]:
        fields = list(dict.fromkeys(name for case in prompt.test_data for name in case.fields))
        for passage in target.messages if fields else ():
            for name, start in plain.names(passage.text):
                if name in fields:
                    continue
                import difflib  # only where something is wrong

                close = difflib.get_close_matches(name, fields, 1)
                hint = f"did you mean '{close[0]}'?" if close else f"the cases' fields are: {', '.join(fields[:12])}"
                if below := _below(prompt, name):
                    hint = f"it stands below '{below}', which is one field: write '{name}' one step further left"
                begin = passage.text.index(name, start)
                span = passage.span(begin, begin + len(name))
                yield Finding(target.path, span, self.code, f"no case gives '{name}' a value", hint, "warning")


def _below(prompt: Prompt, name: str) -> str:
    """The field that holds a group in which the name stands, as other tools write their cases."""
    pairs = (pair for case in prompt.test_data for pair in case.fields.items())
    return next((field for field, value in pairs if isinstance(value, dict) and name in value), "")


def _dashed(passage: Passage) -> dict[tuple[str, int], str]:
    """Each part of a name with dashes and its line; with the first part the whole name, with the others nothing."""
    found: dict[tuple[str, int], str] = {}
    for tag in passage.tags if "-" in passage.text else ():
        name = tag.body.strip()
        if tag.kind == "{{" and re.fullmatch(r"[^\W\d]\w*(?:-[^\W\d]\w*)+", name):
            line = passage.text.count("\n", 0, tag.start) + 1
            for number, part in enumerate(name.split("-")):
                found.setdefault((part, line), "" if number else name)
    return found
