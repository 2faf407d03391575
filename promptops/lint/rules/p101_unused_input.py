"""P101 unused-input."""

from __future__ import annotations

import re
from collections.abc import Iterator

from promptops.lint.base import Target
from promptops.model.finding import Finding


class UnusedInput:
    """An input is declared but no message reads it.

    Callers must still pass it, so the file lies about what it needs. Often the name is spelled differently in the
    text, or stands between single braces, which mean nothing.

    Bad:   inputs: {name: …, tone: …}   Hello {{ name }}
    Good:  inputs: {name: …}            Hello {{ name }}
    """

    code = "P101"
    name = "unused-input"

    def check(self, target: Target) -> Iterator[Finding]:
        """Each input that neither a message nor an included file reads."""
        prompt = target.prompt
        if prompt is None or prompt.plain or not target.complete:
            return
        used = {use.name for passage in target.passages for use in passage.analysis.uses}
        for item in prompt.inputs:
            if item.name not in used:
                hint = f"write {{{{ {item.name} }}}} where the value belongs, or delete the input"
                single = re.compile(rf"(?<!\{{)\{{ ?{re.escape(item.name)} ?\}}(?!\}})")
                for passage in target.messages:
                    if found := single.search(passage.text):
                        line = passage.span(*found.span()).line
                        hint = f"line {line} has it between single braces: write {{{{ {item.name} }}}} there"
                yield Finding(target.path, item.span, self.code, f"'{item.name}' is declared but never used", hint)
