"""Two prompts, or two suites, have the same name, or one that differs only in capitals.

A prompt is asked for by its name, which is its path without the ending, so one of the two could never be reached.
macOS and Windows do not tell capitals apart: there one file takes the place of the other when git writes them.

Bad:   prompts/clause.prompt.yml   prompts/Clause.prompt.yml
Good:  prompts/clause.prompt.yml   prompts/clause-short.prompt.yml
"""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import normalize

from promptops.lint.engine.prefilter import FileKind
from promptops.lint.engine.target import Survey, Target
from promptops.model.finding import START, Finding

CODE = "P009"


def check(survey: Survey) -> Iterator[Finding]:
    """Each further file of a name; the message names the first."""
    kinds: tuple[FileKind, ...] = ("prompt", "suite")
    for kind in kinds:
        taken: dict[str, tuple[str, Target]] = {}
        for target in sorted(survey.of(kind), key=lambda one: one.path):
            identifier = survey.project.identifier_of(target.path, kind)
            first, other = taken.setdefault(normalize("NFC", identifier).casefold(), (identifier, target))
            if other is target:
                continue
            message, detail = f"this file and {other.path} are both called '{identifier}'", ""
            if first != identifier:
                message = f"this file is called '{identifier}' and {other.path} is called '{first}'"
                detail = "macOS and Windows do not tell such names apart"
            hint = f"rename one of the two, and the name in {'suites and ' if kind == 'prompt' else ''}environments"
            yield Finding(target.path, START, CODE, message, hint, detail=detail)
