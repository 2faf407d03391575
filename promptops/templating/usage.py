"""The variables and files a template uses; `analysis` and `syntax` find them."""

from __future__ import annotations

from typing import NamedTuple

from promptops.errors import PromptError


class TemplateSyntaxProblem(PromptError):
    """The text is not a template; `line` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class TemplateReference(NamedTuple):
    """An include, import or extends. `name` is None when it is computed."""

    name: str | None
    line: int
    optional: bool = False


class VariableUse(NamedTuple):
    """A variable that must come from outside, with the line where it is read."""

    name: str
    line: int


class TemplateAnalysis(NamedTuple):
    """All a template reads: free variables in order of appearance (each once a line) and other templates."""

    uses: tuple[VariableUse, ...]
    references: tuple[TemplateReference, ...]
