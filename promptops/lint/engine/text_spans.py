"""Template texts with their places: offsets in a text become lines and columns of its file."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import PurePosixPath

from promptops.lint.engine.template_tags import Tag, find_tags
from promptops.model.chat.message_template import TextOrigin
from promptops.model.finding import Span
from promptops.templating.analysis import analyse_template, is_name
from promptops.templating.chat.conditions import BEFORE, check_condition, condition_template
from promptops.templating.usage import TemplateAnalysis, TemplateSyntaxProblem, VariableUse

NOTHING = TemplateAnalysis((), ())
_SETS_NAMES = re.compile(r"\{%[-+]?\s*(?:set|for|with|macro|import|from|call|block)\b")
REFERRING = ("include", "import", "from", "extends")


class TextSpan:
    """A template text and its place: a message of a prompt, or a file that messages include.

    `rows` are the lines of the file `path`, `last_line` the last one the text may reach.
    """

    def __init__(
        self, path: PurePosixPath, text: str, rows: list[str], origin: TextOrigin, role: str = "", last_line: int = 0
    ) -> None:
        self.path = path
        self.text = text
        self.rows = rows
        self.origin = origin
        self.role = role
        self.last_line = last_line or len(rows)
        self._places: dict[str, list[tuple[int, int]]] = {}

    @cached_property
    def _analysed(self) -> tuple[TemplateAnalysis, TemplateSyntaxProblem | None]:
        try:
            return analyse_template(self.text), None
        except TemplateSyntaxProblem as exc:
            return NOTHING, exc

    @property
    def analysis(self) -> TemplateAnalysis:
        """What the text reads; nothing when it is not a template."""
        return self._analysed[0]

    @property
    def problem(self) -> TemplateSyntaxProblem | None:
        """Why the text is not a template."""
        return self._analysed[1]

    @cached_property
    def tags(self) -> tuple[Tag, ...]:
        """Everything in double braces."""
        return tuple(find_tags(self.text))

    @cached_property
    def without_tags(self) -> str:
        """The text with a blank for each character of a tag, so that every place stays."""
        parts, position = [], 0
        for tag in self.tags:
            parts += [self.text[position : tag.start], " " * (tag.end - tag.start)]
            position = max(position, tag.end)
        return "".join([*parts, self.text[position:]])

    @cached_property
    def _ends(self) -> list[int]:
        return [tag.end for tag in self.tags]

    @cached_property
    def _starts(self) -> list[int]:
        """Where each line begins."""
        return [0, *(found.end() for found in re.finditer("\n", self.text))]

    @property
    def sets(self) -> frozenset[str]:
        """Names the text sets somewhere: files it includes may see them."""
        if self.problem is not None or not _SETS_NAMES.search(self.text):
            return frozenset()
        from promptops.templating.syntax import assigned_names

        return assigned_names(self.text)

    def span(self, start: int, end: int) -> Span:
        """The file's span for offsets of the text, cut at the end of the first line."""
        line_end = self.text.find("\n", start)
        end = max(start + 1, end if line_end < 0 else min(end, line_end))
        before = self.text.rfind("\n", 0, start) + 1
        if self.origin.exact:
            return self.origin.span(self.text.count("\n", 0, start) + 1, start - before + 1, end - start)
        # A folded text moved its characters: look for the same words, as often as they stand before.
        words = self.text[start:end].strip()
        return self._nth(words, self.text.count(words, 0, start)) if words else self.origin.span(1)

    def _nth(self, words: str, number: int) -> Span:
        if words not in self._places:
            self._places[words] = [
                (line, column)
                for line in range(self.origin.line, min(self.last_line, len(self.rows)) + 1)
                for column in _columns(self.rows[line - 1], words)
            ]
        places = self._places[words]
        if not places:
            return Span.at(self.origin.line, self.origin.column)
        return Span.at(*places[min(number, len(places) - 1)], len(words))

    def find(self, words: str, line: int) -> Span:
        """Where `words` stand in the braces of the text's line; the whole line when they do not.

        No words: the first tag of the line that names another file.
        """
        start = self._starts[min(line, len(self._starts)) - 1]
        end = self.text.find("\n", start)
        end = len(self.text) if end < 0 else end
        pattern = re.compile(rf"(?<!\w){re.escape(words)}(?!\w)" if words else r"\{%.*?%\}")
        for index in range(bisect_right(self._ends, start), len(self.tags)):
            tag = self.tags[index]
            if tag.start >= end:
                break
            found = pattern.search(self.text, max(start, tag.start), min(end, tag.end))
            if found and (words or tag.word in REFERRING):
                return self.span(found.start(), found.end())
        blank = len(self.text[start:end]) - len(self.text[start:end].lstrip())
        return self.span(start + blank, end)


class ConditionSpan(TextSpan):
    """The expression under `when` of a message, as the template that its value decides; places are the expression's."""

    def __init__(
        self, path: PurePosixPath, expression: str, rows: list[str], origin: TextOrigin, last_line: int
    ) -> None:
        super().__init__(path, condition_template(expression), rows, origin, last_line=last_line)
        self.expression = expression.strip()
        self._written = TextSpan(path, expression, rows, origin, last_line=last_line)
        self._shift = len(BEFORE) - expression.find(self.expression)

    @cached_property
    def _analysed(self) -> tuple[TemplateAnalysis, TemplateSyntaxProblem | None]:
        if is_name(self.expression):
            return TemplateAnalysis((VariableUse(self.expression, 1),), ()), None
        try:
            check_condition(self.expression)
            return analyse_template(self.text), None
        except TemplateSyntaxProblem as exc:
            return NOTHING, exc

    def span(self, start: int, end: int) -> Span:
        """The file's span for offsets of the template; what is not of the expression is its beginning or its end."""
        length = len(self._written.text)
        first = min(max(0, start - self._shift), max(0, length - 1))
        return self._written.span(first, min(max(first + 1, end - self._shift), length))

    @property
    def whole(self) -> Span:
        """Where the expression stands."""
        return self._written.span(0, len(self._written.text))


def given_names(
    messages: Sequence[TextSpan],
    templates: Sequence[TextSpan],
    references_of: Callable[[TextSpan], Iterable[tuple[str, int, PurePosixPath]]],
) -> dict[TextSpan, set[str]]:
    """Names that each of the included files may read besides the inputs: what the texts set that include it."""
    by_path = {text_span.path: text_span for text_span in templates}
    given: dict[TextSpan, set[str]] = {text_span: set() for text_span in templates}
    waiting = [*messages, *templates] if templates else []
    while waiting:
        text_span = waiting.pop()
        seen = given.get(text_span, set()) | text_span.sets
        for _, _, path in references_of(text_span):
            included = by_path.get(path)
            if included is not None and not seen <= given[included]:
                given[included] |= seen
                waiting.append(included)
    return given


def _columns(row: str, words: str) -> Iterator[int]:
    """Where `words` begin in a row, from 1. No expression: the words may be a megabyte."""
    start = row.find(words)
    while start >= 0:
        yield start + 1
        start = row.find(words, start + len(words))
