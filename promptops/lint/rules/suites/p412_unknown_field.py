"""An evaluator's text has a `{{ name }}` that its cases have no field for.

The text cannot be filled then: each such case ends in an error instead of an answer, and the rate rests on the
cases that are left.

Bad:   string: {contains: "{{ ownr }}"}    {"owner": "Marta", …}
Good:  string: {contains: "{{ owner }}"}   {"owner": "Marta", …}
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from promptops.lint.engine.limits import limited
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.engine.text_spans import TextSpan
from promptops.lint.located_values.evaluators import Coverage, options_of, text_span_of
from promptops.model.finding import Finding, Span
from promptops.source.yaml.reader import Node
from promptops.text.suggestions import closest, unseen_spelling

if TYPE_CHECKING:  # 3 ms that most files need not pay
    from promptops.model.suite import Case, Criterion

_RESERVED = ("id", "tags", "split", "source", "promptops")
_MOST_NAMES = 20
_LONGEST = 20_000
_DEFAULT = r"\{\{ *\w+ *\| *default\( *([A-Za-z_]\w*) *\) *\}\}"
_MOST_COUNTED = 2_000_000

CODE = "P412"
PREFILTER = Prefilter(("prompt", "suite"), ("evaluators",))


@limited
def check(target: Target) -> Iterator[Finding]:
    """Each name once a text: an error where no case has the field, a warning where some lack it."""
    prompt = target.tested_prompt
    if prompt is None or not target.cases:
        return
    coverage, fields = Coverage(target.cases), _Fields()
    for criterion, options in options_of(target):
        for node in _texts(criterion, options):
            covered = coverage.of(criterion)
            counts = fields.of(criterion.tags, covered) if covered else None
            if not covered or counts is None:
                continue
            text_span = text_span_of(target, node)
            for use in _names(text_span, plain=prompt.plain):
                if use[0] not in criterion.kind.template_names:
                    yield from _finding(target, use, covered, counts, plain=prompt.plain)


def _finding(
    target: Target, use: tuple[str, Span, bool], covered: tuple[Case, ...], counts: Mapping[str, int], *, plain: bool
) -> Iterator[Finding]:
    name, span, certain = use
    have, all_of_them, shown = counts.get(name, 0), len(covered), name[:80]
    if have == 0:
        message = f"no case has a field '{shown}'" if len(covered) == len(target.cases) else ""
        message = message or f"none of the {all_of_them} cases with this tag has a field '{shown}'"
        detail = "so the text cannot be filled, and every answer is an error"
        yield Finding(target.path, span, CODE, message, _instead(name, counts), detail=detail)
    elif have < all_of_them and certain:
        first = next(case.id for case in covered if name not in case.fields)
        message = f"{all_of_them - have} of {all_of_them} cases have no field '{shown}', the first is '{first[:80]}'"
        detail = "for those the text cannot be filled, and the answer is an error"
        hint = "give them the field, or give the evaluator tags, so that it looks only at cases that have it"
        if not plain:
            hint += f"; or write {{{{ {shown} | default('…') }}}}"
        yield Finding(target.path, span, CODE, message, hint, "warning", detail=detail)


class _Fields:
    """How many of a criterion's cases have each field, counted once for each set of tags."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, ...], Counter[str] | None] = {}
        self._left = _MOST_COUNTED

    def of(self, tags: tuple[str, ...], cases: tuple[Case, ...]) -> Counter[str] | None:
        """Field → cases; None where counting would take too long."""
        if tags not in self._held:
            self._left -= sum(len(case.fields) for case in cases) if self._held else 0
            self._held[tags] = Counter(name for case in cases for name in case.fields) if self._left >= 0 else None
        return self._held[tags]


def _texts(criterion: Criterion, options: Node) -> Iterator[Node]:
    for key in criterion.kind.templates:
        waiting = [node] if (node := options.get(key)) is not None else []
        while waiting:
            node = waiting.pop()
            if node.kind == "scalar":
                is_text = isinstance(node.value, str) and len(node.text) <= _LONGEST
                if is_text and ("{{" in node.text or "{%" in node.text):
                    yield node
            else:
                waiting.extend(node.value.values() if node.kind == "mapping" else node.value)


def _names(text_span: TextSpan, *, plain: bool) -> Iterator[tuple[str, Span, bool]]:
    """Names that must have a value, where they stand, and whether they must have one in every case."""
    text = text_span.text
    if plain:
        from promptops.templating import plain as mode

        places: dict[str, int] = {}
        for name, start in mode.find_placeholders(text):
            places.setdefault(name, text.index(name, start))
        for name, begin in list(places.items())[:_MOST_NAMES]:
            yield name, text_span.span(begin, begin + len(name)), True
        return
    if "defined" in text:
        return
    from promptops.templating.analysis import analyse_template
    from promptops.templating.usage import TemplateSyntaxProblem

    try:
        # With the most common default taken out, most texts are names alone, which are read without Jinja.
        uses = analyse_template(re.sub(_DEFAULT, r"{{ \1 }}", text)).uses
    except TemplateSyntaxProblem:
        return
    certain = not re.search(
        r"\{%|\b(?:if|and|or|default)\b", "".join(f"{tag.kind}{tag.body}" for tag in text_span.tags)
    )
    seen: set[str] = set()
    for use in uses:
        if use.name in seen or len(seen) >= _MOST_NAMES:
            continue
        seen.add(use.name)
        if not re.search(rf"\b{re.escape(use.name)}\b[^{{}}|\n]{{0,200}}\|\s*(?:default|d)\b", text):
            yield use.name, text_span.find(use.name, use.line), certain


def _instead(name: str, fields: Mapping[str, int]) -> str:
    if name in _RESERVED:
        return f"'{name}' is kept for promptops and is not a field; give the value under another name"
    known = list(fields)[:100]
    if close := closest(name[:80], known):
        return f"did you mean '{close[:80]}'?{unseen_spelling(name, close)}"
    return f"the cases' fields are: {', '.join(field[:80] for field in known[:12]) or 'none'}"
