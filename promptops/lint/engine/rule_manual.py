"""The manual: every rule's docstring is its page."""

from __future__ import annotations

import inspect
from typing import NamedTuple

from promptops.errors import SourceError
from promptops.lint.engine.registry import MODULES, NAMES, load
from promptops.text.suggestions import closest


class Page(NamedTuple):
    """A rule's manual page: what it finds in one sentence, why that matters, a bad and a good example."""

    code: str
    name: str
    what: str
    why: str
    examples: str

    def __str__(self) -> str:
        return f"{self.code} {self.name}\n\n{self.what}\n\n{self.why}\n\n{self.examples}"


def pages() -> tuple[Page, ...]:
    """Every rule's page, in the order of the codes."""
    parts = {code: (inspect.getdoc(load(module)) or "").split("\n\n", 2) for code, module in MODULES.items()}
    return tuple(Page(code, NAMES[code], what, why, examples) for code, (what, why, examples) in parts.items())


def page(name: str) -> str:
    """The page of the rule with this code or name. SourceError with the nearest one when there is none."""
    known = pages()
    for one in known:
        if name.lower() in (one.code.lower(), one.name):
            return str(one)
    names = [name for one in known for name in (one.code, one.name)]
    close = closest(name, names) or closest(name.upper(), names)
    hint = f"did you mean '{close}'? " if close else ""
    raise SourceError("there is no such rule", where=name, hint=f"{hint}`promptops lint --rules` lists them all")


def listing() -> str:
    """All rules, one a line: code, name, and what it finds."""
    known = pages()
    width = max(len(one.name) for one in known)
    return "\n".join(f"{one.code}  {one.name:<{width}}  {one.what}" for one in known)
