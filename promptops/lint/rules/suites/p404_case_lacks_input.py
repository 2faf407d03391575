"""A case has no value for an input of the prompt, or one that the input cannot have.

Such a case is never asked: it is counted as an error, and the rates rest on the cases that are left. A picture is a
path in the project (no link), a data URI or an https address, and what it says it is; messages so far have the roles
user, assistant and tool, and every call has its result.

Bad:   inputs: {message: …, plan: …}   {"message": "Hello"}
Good:  inputs: {message: …, plan: …}   {"message": "Hello", "plan": "free"}
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from promptops.lint.engine.limits import limited
from promptops.lint.engine.locations import locate_case, test_data
from promptops.lint.engine.one_for_many import FEW, one_for_all, places_of
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.json_schema.case_problems import CaseProblem, case_problem, short
from promptops.lint.located_values.joined_lists import joined_items
from promptops.lint.located_values.odd_choices import odd_choices
from promptops.model.finding import Finding
from promptops.model.prompt import Prompt
from promptops.model.suite import Case
from promptops.text.suggestions import closest, unseen_spelling

if TYPE_CHECKING:
    from promptops.lint.json_schema.chat_problems import ChatCheck

CODE = "P404"
PREFILTER = Prefilter(("prompt", "suite"), ("testData",))


@limited
def check(target: Target) -> Iterator[Finding]:
    """One finding for each cause: what all cases lack at `testData`, what many have at the input, else at the case."""
    tested, prompt, cases = target.tested, target.tested_prompt, target.cases
    if tested is None or prompt is None or not cases:
        return
    needed = tested.placeholders if prompt.plain else {item.name: None for item in prompt.inputs if item.required}
    given = Counter(name for case in cases for name in case.fields if name in needed)
    told = prompt.plain and target.kind == "prompt"  # by P102, at the placeholder that no case fills
    if told or len(cases) > 1:
        nowhere = [name for name in needed if name not in given]
        needed = {name: None for name in needed if name in given}
        for name in nowhere if not told else ():
            message = f"no case has a value for '{name[:80]}'"
            hint = _add(name, cases[0], prompt, "every case")
            yield Finding(target.path, test_data(target), CODE, message, hint, detail="so none of them can be asked")
    schemas = {
        item.name: item.schema
        for item in prompt.inputs
        if item.schema and not item.kind and not _told(tested, item.name)
    }
    for group in _groups(target, prompt, needed, schemas):
        yield from _of_group(target, tested, prompt, group)


def _told(tested: Target, name: str) -> bool:
    """Whether the list of the values that an input can have is itself broken: P016 or P306 says so, once and there."""
    declared = tested.node.group("inputs").get(name) if tested.node is not None else None
    choices = declared.get("enum") if declared is not None else None
    if choices is None or choices.kind != "sequence":
        return False
    return joined_items(choices, tested.rows) != () or odd_choices(choices) != []


class _Found(NamedTuple):
    """A case, and what is wrong with it."""

    case: Case
    problem: CaseProblem


def _groups(
    target: Target, prompt: Prompt, needed: Mapping[str, None], schemas: Mapping[str, Mapping[str, Any]]
) -> Iterable[Sequence[_Found]]:
    """The cases with something wrong, those with the same cause together."""
    groups: dict[Hashable, list[_Found]] = {}
    chat: ChatCheck | None = None
    if any(item.kind for item in prompt.inputs):
        from promptops.lint.json_schema.chat_problems import ChatCheck  # few prompts have pictures

        chat = ChatCheck(prompt)
    for case in target.cases:
        if problem := case_problem(case, needed, schemas) or (chat.problem(case) if chat is not None else None):
            groups.setdefault((case.path, problem.cause), []).append(_Found(case, problem))
    return groups.values()


def _of_group(target: Target, tested: Target, prompt: Prompt, group: Sequence[_Found]) -> Iterator[Finding]:
    """At the input where more than a few cases have what it does not let in: then most likely it was changed."""
    findings = [_finding(target, prompt, one) for one in group]
    misfit = next((item for item in prompt.inputs if item.name == group[0].problem.misfit), None)
    if len(group) <= FEW:
        yield from findings
    elif misfit is None:
        yield one_for_all(findings)
    else:
        first = findings[0]
        message = f"{len(group):,} cases have {_values(group, misfit.name)}, which must be {group[0].problem.wanted}"
        hint = f"allow it here, or change the cases; the first is at {first.span.place(first.path)}"
        places = places_of(findings)
        yield Finding(tested.path, misfit.span, CODE, message, hint, occurrences=len(group), places=places)


def _values(group: Sequence[_Found], name: str) -> str:
    """The value that the cases have for the input, or the first of several; none of held-out cases."""
    values = [one.case.fields[name] for one in group if not one.case.held_out]
    shown = list(dict.fromkeys(short(value) for value in values if isinstance(value, (str, int, float))))
    if len(shown) == 1 and len(values) == len(group):
        return f"the value '{shown[0]}' for '{name[:80]}'"
    return f"values like '{shown[0]}' for '{name[:80]}'" if shown else f"values for '{name[:80]}'"


def _finding(target: Target, prompt: Prompt, found: _Found) -> Finding:
    case, problem = found
    path, span = locate_case(target, case)
    whose = f"the case '{case.id}'" if case.held_out else "this case"
    hint = f"change the value, or what {prompt.path} allows under inputs"
    hint = _add(problem.missing, case, prompt, "the case") if problem.missing else hint
    return Finding(path, span, CODE, f"{whose} {problem.message}", hint)


def _add(name: str, case: Case, prompt: Prompt, where: str) -> str:
    for field, value in case.fields.items():
        if isinstance(value, dict) and name in value:
            return f"it stands below '{field[:80]}', but a case is flat: write its fields side by side"
    inputs = {item.name for item in prompt.inputs}
    others = [field for field in case.fields if field not in inputs][:50]
    hint = f"add the field '{name[:80]}' to {where}"
    if not prompt.plain:
        hint += f", or give the input a default in {prompt.path}"
    close = closest(name[:80], others)
    return f"is '{close[:80]}' meant?{unseen_spelling(name, close)} If not, {hint}" if close else hint
