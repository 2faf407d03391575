"""The double braces in a text cannot be read, or would not do what they look like.

`{{ name }}` shows a value and `{% if name %} … {% endif %}` keeps or drops a part; everything that opens must
close. `when: name` takes an expression without braces. A file without `inputs` is read in the plain way of other
tools: only `{{ name }}` is replaced, and the model receives all else as it stands. Add `inputs:` to have the rest
obeyed.

Bad:   Hello {{ name }
Good:  Hello {{ name }}
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from promptops.lint.engine.prefilter import TEXTS, Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.engine.text_spans import ConditionSpan, TextSpan
from promptops.model.finding import Finding
from promptops.templating.usage import TemplateSyntaxProblem, VariableUse
from promptops.text.suggestions import closest

_MEANT = (
    r"\{%[-+]?\s*(?:if|for|set|include|import|from|extends|macro|block|raw|with)\b[^\n]*?%\}"
    r"|\{\{-?[ \t]*[\w.]+[ \t]*(?:\|[ \t]*\w+|\()[^\n]*?\}\}|\{\{-[^\n]*?\}\}"
)
_NEVER_FILLED = r"\{\{[ \t]*([\w.-]+)[ \t]*(?:\}(?!\})|\|[^}\n]*(?:\}\})?|$)"
_HALF_CLOSED = r"\{\{[ \t]*[\w.-]+[ \t]*\}(?!\})"
_MAY_BE_UNUSABLE = re.compile(
    r"\b(?:block|extends|loop|macro|call)\b|\bset\b[^=]*\||=[^=].*=[^=]|\d[eE]\+?\d{3}|\d{309}", re.DOTALL
)

CODE = "P103"
PREFILTER = Prefilter((*TEXTS, "suite"), ("{", "when"))


def check(target: Target) -> Iterator[Finding]:
    """The first mistake of each text; filters that do not exist; in plain files what looks like an instruction."""
    tested = target.tested_prompt
    evaluators: tuple[TextSpan, ...] = ()
    if tested is not None and "evaluators" in target.text:
        from promptops.lint.templates.evaluator_texts import evaluator_texts

        evaluators = tuple(evaluator_texts(target))
    if target.prompt is not None and target.prompt.plain:
        yield from _plain(target)
    if tested is not None and tested.plain:
        yield from _never_filled(evaluators)
        evaluators = ()
    for text_span in (*target.text_spans, *evaluators):
        if isinstance(text_span, ConditionSpan) and text_span.problem is not None:
            yield _no_condition(text_span, text_span.problem)
            continue
        if text_span.problem is not None:
            from promptops.lint.templates.template_errors import explain

            message, start, end, hint = explain(text_span)
            yield Finding(text_span.path, text_span.span(start, end), CODE, message, hint)
            continue
        if any("|" in tag.body or " is " in tag.body for tag in text_span.tags):
            yield from _filters(text_span)
        if any(_MAY_BE_UNUSABLE.search(tag.body) for tag in text_span.tags if tag.kind != "{#"):
            yield from _unusable(text_span)


def _no_condition(condition: ConditionSpan, problem: TemplateSyntaxProblem) -> Finding:
    written = condition.expression
    message = f"'{' '.join(written.split())[:60]}' is no condition"
    hint = "write the name of an input, or a comparison, like: plan == 'free'"
    if bare := re.fullmatch(r"\{\{-?\s*(.*?)\s*-?\}\}|\{%-?\s*if\s+(.*?)\s*-?%\}", written, re.DOTALL):
        hint = f"write it without braces: {(bare[1] or bare[2])[:80]}"
    elif re.search(r"[^=!<>]=[^=]", written):
        hint = "write == between the two"
    elif problem.message.startswith("the template"):
        message, hint = f"this condition cannot be read: {problem.message}", "write a shorter one"
    return Finding(condition.path, condition.whole, CODE, message, hint)


def _filters(text_span: TextSpan) -> Iterator[Finding]:
    from promptops.templating.syntax import filter_names, unknown_filters

    first: dict[str, VariableUse] = {}
    counts: dict[str, int] = {}
    for use in unknown_filters(text_span.text):
        first.setdefault(use.name, use)
        counts[use.name] = counts.get(use.name, 0) + 1
    for use in first.values():
        close = closest(use.name, filter_names())
        hint = f"did you mean '{close}'?" if close else "take it out; after a | stands what to do with the value"
        message = f"nothing called '{use.name}' can be done with a value"
        message += f" ({counts[use.name]} places)" if counts[use.name] > 1 else ""
        yield Finding(text_span.path, text_span.find(use.name, use.line), CODE, message, hint)


def _unusable(text_span: TextSpan) -> Iterator[Finding]:
    from promptops.lint.templates.unusable_statements import unusable_statements

    try:
        found = unusable_statements(text_span.text)
    except RecursionError:  # what is nested too deeply is told where it is read
        return
    for word, line, message, hint in found:
        yield Finding(text_span.path, text_span.find(word, line), CODE, message, hint)


def _never_filled(texts: Iterable[TextSpan]) -> Iterator[Finding]:
    """Texts of evaluators that would be compared as they stand, braces and all."""
    for text_span in texts:
        if found := re.search(_NEVER_FILLED, text_span.text):
            message = "this is not filled from the case: it is compared as it stands"
            hint = f"write {{{{ {found[1]} }}}}, which a file without inputs replaces; it knows no filters"
            yield Finding(text_span.path, text_span.span(*found.span()), CODE, message, hint, "warning")


def _plain(target: Target) -> Iterator[Finding]:
    for text_span in target.messages:
        if found := re.search(_HALF_CLOSED, text_span.text):
            message = "a closing brace is missing, so the model would receive the name, not the value"
            hint = f"write {found[0]}}}"
            yield Finding(text_span.path, text_span.span(*found.span()), CODE, message, hint, "warning")
        if found := re.search(_MEANT, text_span.text):
            message = "this would not be obeyed: the model receives it as it stands"
            hint = "this file has no inputs, so only {{ name }} is replaced; to change that add\n"
            hint += "  inputs:\n    name: {type: string}\nwith a line for each name the text uses"
            yield Finding(text_span.path, text_span.span(*found.span()), CODE, message, hint, "warning")
