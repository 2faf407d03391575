"""What a template uses, found without running it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from promptops.templating.usage import TemplateAnalysis, TemplateReference, TemplateSyntaxProblem, VariableUse

_OPENER = re.compile(r"\{[{%#]")
_SIMPLE_TAG = re.compile(
    r"""\{\{[ \t]*([A-Za-z_][A-Za-z0-9_]*)[ \t]*\}\}|\{%[ \t]*include[ \t]+(?:"([^"\\\n]*)"|'([^'\\\n]*)')[ \t]*%\}"""
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
MAX_CODE = 30_000
"""Characters between braces that are read in one text: reading takes Jinja a second for every 100,000."""
_CLOSERS = {"{{": "}}", "{%": "%}", "{#": "#}"}
_RESERVED = frozenset({
    "true", "false", "none", "True", "False", "None", "not", "and", "or", "in", "is", "if", "else",
    "self", "super", "range", "dict", "cycler", "joiner", "namespace",
})  # fmt: skip


@lru_cache(maxsize=4096)
def analyse_template(text: str) -> TemplateAnalysis:
    """Free variables and references of a template. Raises TemplateSyntaxProblem, also for nesting beyond reason."""
    if "{" not in text:
        return TemplateAnalysis((), ())
    if line := _line_over_limit(text):
        raise TemplateSyntaxProblem(f"the template has more than {MAX_CODE:,} characters between its braces", line)
    if (simple := _analyse_simple(text)) is not None:
        return simple
    from promptops.templating.syntax import analyse_tree

    return analyse_tree(text)


def _analyse_simple(text: str) -> TemplateAnalysis | None:
    """The same for a text of names and includes alone, as most are: a thousand files need no syntax tree.

    None where anything else stands between braces, or where Jinja gives a name a meaning of its own.
    """
    uses: dict[VariableUse, None] = {}
    references: list[TemplateReference] = []
    position, line, counted = 0, 1, 0
    if "\r" in text:
        return None
    while found := _OPENER.search(text, position):
        tag = _SIMPLE_TAG.match(text, found.start())
        if tag is None or tag[1] in _RESERVED:
            return None
        line, counted = line + text.count("\n", counted, tag.start()), tag.start()
        if tag[1]:
            uses[VariableUse(tag[1], line)] = None
        else:
            references.append(TemplateReference(tag[2] if tag[2] is not None else tag[3], line))
        position = tag.end()
    return TemplateAnalysis(tuple(uses), tuple(references))


def is_name(expression: str) -> bool:
    """Whether the expression is no more than a name that has to come from outside."""
    return _NAME.fullmatch(expression) is not None and expression not in _RESERVED


def is_simple(text: str) -> bool:
    """Whether the template only fills in names and includes files; found without a syntax tree."""
    return _analyse_simple(text) is not None


def code_length(text: str) -> int:
    """How many characters stand between braces, the braces counted and comments not."""
    return sum(end - start for start, end in _code_spans(text))


def excess_code(texts: Sequence[str]) -> int:
    """How many characters several texts have between braces, if together that is more than is read of one; else 0."""
    if len(texts) < 2 or sum(map(len, texts)) <= MAX_CODE:
        return 0
    length = sum(map(code_length, texts))
    return length if length > MAX_CODE else 0


def _line_over_limit(text: str) -> int:
    """The line where the text has more between its braces than is read; 0 where it has not."""
    length = 0
    for start, end in _code_spans(text) if len(text) > MAX_CODE else ():
        length += end - start
        if length > MAX_CODE:
            return text.count("\n", 0, start) + 1
    return 0


def _code_spans(text: str) -> Iterator[tuple[int, int]]:
    position = 0
    while found := _OPENER.search(text, position):
        close = text.find(_CLOSERS[found[0]], found.end())
        position = close + 2 if close >= 0 else len(text)
        if found[0] != "{#":
            yield found.start(), position
