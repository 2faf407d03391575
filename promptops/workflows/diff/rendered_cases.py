"""The messages of a prompt's real cases, before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain

from promptops.errors import PromptopsError
from promptops.model.chat.message import Message
from promptops.model.chat.template_data import readable_item
from promptops.model.chat.token_estimate import estimate_tokens
from promptops.model.outcomes.diff import CaseDiff, Messages
from promptops.model.prompt import Prompt
from promptops.model.suite import Case, Suite
from promptops.source.file_names import INLINE_PREFIX
from promptops.templating.guarded_renderer import GuardedRenderer
from promptops.templating.renderer_protocol import MakeRenderer
from promptops.workflows.versions.prompt_versions import ResolvedPrompt

RenderCase = Callable[[Case], tuple[Messages | None, str]]


def cases_of_prompt(prompt: Prompt, suites: Iterable[Suite]) -> dict[str, Case]:
    """The cases of the prompt and of the suites that test it, by identifier.

    The same case in two suites is one. Two cases of one name are told apart by their suite.
    """
    own = ((INLINE_PREFIX + prompt.id, case) for case in prompt.test_data)
    found: dict[str, Case] = {}
    for suite, case in chain(own, ((one.id, case) for one in suites for case in one.cases)):
        known = found.get(case.id)
        if known is None or (known.fields == case.fields and case.held_out):
            found[case.id] = case
        elif known.fields != case.fields:
            found[f"{case.id} ({suite})"] = case
    return found


def case_diffs(
    base: ResolvedPrompt, head: ResolvedPrompt, cases: dict[str, Case], filling: MakeRenderer = GuardedRenderer
) -> tuple[CaseDiff, ...]:
    """Each case filled into both versions; `filling` makes what fills them."""
    before, after = _case_renderer(base, filling), _case_renderer(head, filling)
    found = []
    for name, case in cases.items():
        (old, old_problem), (new, new_problem) = before(case), after(case)
        found.append(
            CaseDiff(name, case.fields, case.held_out, old, new, old_problem, new_problem, _tokens(old), _tokens(new))
        )
    return tuple(found)


def unrendered_messages(base: ResolvedPrompt, head: ResolvedPrompt) -> tuple[Messages, Messages]:
    """The messages before any value fills them, then the changed templates they include, by path."""
    old, new = base.closure.templates, head.closure.templates
    changed = [path for path in {**old, **new} if old.get(path) != new.get(path)]
    sides = [
        tuple(map(readable_item, version.prompt.messages))
        + tuple((path, texts[path]) for path in changed if path in texts)
        for version, texts in ((base, old), (head, new))
    ]
    return sides[0], sides[1]


def _case_renderer(version: ResolvedPrompt, filling: MakeRenderer) -> RenderCase:
    try:
        renderer = filling(version.closure)
    except PromptopsError as exc:  # found only when it is compiled, and then true for every case
        problem = str(exc)
        return lambda case: (None, problem)

    def fill(case: Case) -> tuple[Messages | None, str]:
        try:
            return as_pairs(renderer.render_case(case)), ""
        except PromptopsError as exc:
            return None, str(exc)

    return fill


def as_pairs(messages: Iterable[Message]) -> Messages:
    """Role and text of each message."""
    return tuple((message.role, message.readable) for message in messages)


def _tokens(messages: Messages | None) -> int:
    return sum(estimate_tokens(text) for _, text in messages or ())
