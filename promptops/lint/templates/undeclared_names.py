"""Names that a text reads and that are not under inputs: which they are, and what their reader can do about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from promptops.lint.engine.suites_by_prompt import suites_testing
from promptops.lint.engine.target import Target
from promptops.lint.engine.text_spans import TextSpan
from promptops.model.prompt import Prompt, real_owners
from promptops.templating.usage import VariableUse
from promptops.text.suggestions import closest, unseen_spelling

_MOST_NAMED = 6


def undeclared_uses(target: Target) -> Iterator[tuple[TextSpan, VariableUse]]:
    """Each place where a message or an included file reads a name that nothing gives it."""
    declared = {item.name for item in target.prompt.inputs} if target.prompt is not None else set()
    for text_span in target.text_spans:
        lines = {reference.line for reference in text_span.analysis.references if reference.name is None}
        for use in text_span.analysis.uses:
            # An include without quotes reads its name as a value: P104 says so.
            if not (use.name in declared or use.line in lines or use.name in target.given.get(text_span, ())):
                yield text_span, use


def forgotten_input(target: Target) -> str:
    """The one input that no text reads, where one name is read that is none: a translation, or a new word for it."""
    prompt = target.prompt
    if prompt is None or not target.complete:
        return ""
    read = {use.name for text_span in target.text_spans for use in text_span.analysis.uses}
    unread = [item.name for item in prompt.inputs if item.name not in read]
    unknown = {use.name for _, use in undeclared_uses(target)}
    return unread[0] if len(unread) == len(unknown) == 1 else ""


def advice(target: Target, prompt: Prompt, name: str) -> str:
    """What to write instead, or whom to ask: a value that the application does not pass cannot be had by writing."""
    hint = _way_to_get_it(target, prompt, name)
    if close := closest(name, [item.name for item in prompt.inputs]):
        return f"did you mean '{close}'?{unseen_spelling(name, close)} If not, {hint}"
    if unread := forgotten_input(target):
        return f"did you mean '{unread}', which no text uses? If not, {hint}"
    return hint


def _way_to_get_it(target: Target, prompt: Prompt, name: str) -> str:
    cases = [case for suite in suites_testing(target) for case in suite.cases]
    lacking = sum(name not in case.fields for case in cases)
    line = f"  {name}: {{type: string}}"
    if prompt.inputs and (lacking or not cases):
        owners = _owners(target, prompt)
        asked = f"ask {' or '.join(owners) or 'whoever looks after the application'}"
        passed = _listed([item.name for item in prompt.inputs])
        only = f"only the application can supply '{name}'; it passes {passed}."
        return f"{only} Take the name out, or {asked} to have it added"
    if lacking:
        return f"add it under inputs:\n{line}\nand the field '{name}' to every case"
    if cases:
        return f"add it under inputs, as the cases have it:\n{line}\nand see that the application passes it too"
    return f"add it under inputs:\n{line}"


def _owners(target: Target, prompt: Prompt) -> tuple[str, ...]:
    if owners := real_owners(prompt.owners)[:3]:
        return owners
    from promptops.source.formats.codeowners import find_codeowners

    found = find_codeowners(target.project.source)
    rule = found.rule_for(target.path) if found is not None else None
    return real_owners(rule.owners)[:3] if rule is not None else ()


def _listed(names: Sequence[str]) -> str:
    shown = [f"'{name[:40]}'" for name in names[:_MOST_NAMED]]
    if len(names) > _MOST_NAMED:
        return f"{', '.join(shown)} and {len(names) - _MOST_NAMED} more"
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else shown[0]
