"""P109 unfilled-placeholder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from promptops.lint.engine.offsets import MOST
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.engine.text_spans import Passage
from promptops.lint.templates.placeholders import OPENERS, Placeholder, around, placeholders
from promptops.model.finding import Finding, Fix

_ABOUT_FORM = r"(?i)\b(?:format|template|placeholder|replace|schema|pattern|example|json)"
_LABEL = r"[-*#>_ \t]*[^\W\d][\w'’()-]{0,30}(?: [\w'’()-]{1,30}){0,3}:[*_]*[ \t]*[\"'“]?"
_MOST_PLACES = 1000
"""More places for values than that are no prompt."""


class UnfilledPlaceholder:
    """A place for a value is written as other tools write it, so nothing fills it.

    Only double braces are filled: {{ name }}. The model receives `{name}`, `${name}`, `<<name>>`, `[[name]]` and
    `%(name)s` as they stand, and answers about the word in them.

    Bad:   Summarise this letter: {letter}
    Good:  Summarise this letter: {{ letter }}
    """

    code = "P109"
    name = "unfilled-placeholder"
    prefilter = Prefilter(("prompt",), OPENERS)

    def check(self, target: Target) -> Iterator[Finding]:
        """Each one of an input or a case's field; others only where a whole file is written that way."""
        yield from islice(self._findings(target), MOST)

    def _findings(self, target: Target) -> Iterator[Finding]:
        prompt = target.prompt
        if prompt is None:
            return
        known = {item.name for item in prompt.inputs}
        if prompt.plain:
            known = {name for case in prompt.test_data for name in case.fields} - {"expected"}
        for passage in target.messages if prompt.plain else target.passages:
            if prompt.plain or passage.problem is None:
                for found in placeholders(passage, plain=prompt.plain, known=known):
                    yield self._finding(passage, found, plain=prompt.plain, sure=True)
        if not known and not any("{{" in passage.text for passage in target.passages or target.messages):
            for passage, found in _of_another_tool(target.messages, plain=prompt.plain):
                yield self._finding(passage, found, plain=prompt.plain, sure=False)

    def _finding(self, passage: Passage, found: Placeholder, *, plain: bool, sure: bool) -> Finding:
        better = f"{{{{{found.name}}}}}" if plain else f"{{{{ {found.name} }}}}"
        shown = passage.text[found.start : found.end]
        message, detail = f"{shown} is never filled", "the model receives it as it stands"
        if found.style == "{{{n}}}":
            message = f"{shown} has one brace too many on each side"
            detail = "the value would stand between braces"
        hint = f"write {better}"
        if not plain and not sure:
            hint += f" and under inputs:\n  {found.name}: {{type: string}}"
        span = passage.span(found.start, found.end)
        fix = Fix(span, better) if sure and passage.origin.exact and _stays_text(passage, found) else None
        return Finding(passage.path, span, self.code, message, hint, "warning", fix, detail=detail)


def _stays_text(passage: Passage, found: Placeholder) -> bool:
    """Whether the file can be read with braces there: a text without quotes cannot begin with one."""
    if found.start:
        return True
    head = passage.rows[passage.origin.line - 1][: passage.origin.column - 1]
    return not head.strip() or head.endswith(("'", '"'))


def _of_another_tool(messages: tuple[Passage, ...], *, plain: bool) -> Iterator[tuple[Passage, Placeholder]]:
    """Places for values in a file that fills none: all in one style, each where only a value can be meant."""
    every = ((passage, one) for passage in messages for one in placeholders(passage, plain=plain))
    found = list(islice(every, _MOST_PLACES))
    if len({one.style for _, one in found}) != 1 or any(re.search(_ABOUT_FORM, text) for text in _texts(found)):
        return
    if any(passage.role == "user" and _is_place(passage.text, one) for passage, one in found):
        yield from (pair for pair in found if _is_place(pair[0].text, pair[1]))


def _texts(found: list[tuple[Passage, Placeholder]]) -> set[str]:
    return {passage.text for passage, _ in found}


def _is_place(text: str, found: Placeholder) -> bool:
    """Whether it fills its line, or the rest of a line after a label, or what stands between tags."""
    before, after = around(text, found.start, found.end)
    in_tags = before.endswith(">") and after.startswith("</")
    if not found.name.islower() or not (in_tags or not after.strip(" \t.\"'”")):
        return False
    return not before.strip(" \t\"'“") or before.endswith(">") or re.fullmatch(_LABEL, before) is not None
