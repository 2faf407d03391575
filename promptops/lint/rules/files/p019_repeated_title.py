"""Two prompts have the same title (`name`).

Comments and reports call a prompt by its title, so nobody can tell which of the two is meant. Most often a file was
copied as the beginning of a new prompt, and its first line was forgotten.

Bad:   prompts/greeting.prompt.yml: name: Greeting   prompts/goodbye.prompt.yml: name: Greeting
Good:  prompts/greeting.prompt.yml: name: Greeting   prompts/goodbye.prompt.yml: name: Goodbye
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.target import Survey, Target
from promptops.model.finding import START, Finding

CODE = "P019"


def check(survey: Survey) -> Iterator[Finding]:
    """Each further prompt of a title, at its `name`; the message names the first."""
    first: dict[str, Target] = {}
    for target in survey.of("prompt"):
        prompt, node = target.prompt, target.get("name")
        title = " ".join(prompt.name.split()).casefold() if prompt is not None else ""
        if not title or (other := first.setdefault(title, target)) is target:
            continue
        message = f"{other.path} has the same title"
        detail, hint = "in a comment nobody can tell which of the two is meant", "give this one a title of its own"
        yield Finding(target.path, node.span if node else START, CODE, message, hint, "warning", detail=detail)
