"""`.eval.yml` files, and the small suites inside prompt files, into `Suite` values."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import PurePosixPath

from promptops.errors import PromptError
from promptops.model.config import Config
from promptops.model.evaluator_kind import Kinds
from promptops.model.finding import Span
from promptops.model.prompt import Prompt
from promptops.model.schemas.formats import suite_schema
from promptops.model.suite import RESERVED_KEYS, Case, Gate, Suite
from promptops.source.file_names import INLINE_PREFIX
from promptops.source.formats.budgets import make_budget
from promptops.source.formats.cases import load_cases
from promptops.source.formats.criteria import make_criteria
from promptops.source.formats.shares import read_share
from promptops.source.source import Source
from promptops.source.yaml.document import read_document, require_valid
from promptops.source.yaml.reader import Node
from promptops.text.suggestions import closest

_NO_SETTINGS = Config()


def load_suite(
    source: Source, path: PurePosixPath, identifier: str, kinds: Kinds, defaults: Config = _NO_SETTINGS
) -> Suite:
    """The suite in the file, with the project's `defaults` for what it does not say itself.

    A key it cannot have is an error here: a misspelt gate must not be lost.
    """
    node = require_valid(read_document(source, path, suite_schema(kinds)), strict=True)
    trials = node.get("trials")
    criteria = make_criteria(node.list("evaluators"), path, kinds)
    cases = load_cases(source, node.get("testData"), path)
    return Suite(
        id=identifier,
        path=path,
        prompt=node.string("prompt"),
        cases=cases,
        criteria=criteria,
        models=node.strings("models"),
        trials=trials.value if trials else 1,
        gates=_gates(node.group("gates"), path, {criterion.name for criterion in criteria}),
        budget=make_budget(node.get("budget"), path, defaults.budget),
        replies=node.string("replies"),
        name=node.string("name"),
        max_errors=read_share(node.get("maxErrors"), path, defaults.max_errors, most=1),
        cluster=_cluster(node.get("cluster"), path, cases),
    )


def inline_suite(prompt: Prompt, defaults: Config = _NO_SETTINGS) -> Suite | None:
    """The suite a prompt file carries in itself, or None. PromptopsError where it cannot be used."""
    if prompt.suite_problem is not None:
        raise prompt.suite_problem
    if not prompt.test_data or not prompt.evaluators:
        return None
    return Suite(
        INLINE_PREFIX + prompt.id,
        prompt.path,
        prompt.id,
        prompt.test_data,
        prompt.evaluators,
        budget=make_budget(None, prompt.path, defaults.budget),
        name=prompt.title,
        max_errors=defaults.max_errors,
    )


def unknown_gates(node: Node, names: Collection[str]) -> Iterator[tuple[Span, str, str]]:
    """Gates whose key is none of the criteria's `names`: the key's place, what is wrong, what to write instead."""
    known = sorted(names)[:100]
    for name, span in node.key_spans.items():
        if _spelled(name, names):
            continue
        hint = f"the criteria are: {', '.join(known[:12])}"
        if close := closest(name, known):
            hint = f"did you mean '{close}'?{f' If not: {hint}' if len(known) > 1 else ''}"
        yield span, f"no criterion is called '{name[:80]}', for which a rule stands here", hint


def _gates(node: Node, path: PurePosixPath, names: set[str]) -> tuple[Gate, ...]:
    gates = []
    for span, message, hint in unknown_gates(node, names):
        raise PromptError(message, where=span.place(path), hint=hint, code="P410")
    for name, item in node.items():
        span, least, drop = node.key_spans[name], item.number("atLeast"), item.number("noWorseThanBase")
        if least is None and drop is None:
            where = span.place(path)
            raise PromptError(f"the rule '{name}' asks for nothing", where=where, hint="add atLeast or noWorseThanBase")
        if least == 0 or drop == 1:
            all_pass = "every rate is at least 0" if least == 0 else "no drop is larger than 1"
            hint = "ask for more than 0" if least == 0 else "allow less than 1"
            raise PromptError(f"the rule '{name}' asks for nothing: {all_pass}", where=span.place(path), hint=hint)
        gates.append(Gate(_spelled(name, names), least, drop, item.string("undecided") == "fail", span))
    return tuple(gates)


def _spelled(name: str, names: Collection[str]) -> str:
    """The criterion's name as the criterion spells it, however its letters are spelled here; empty for none."""
    if name in names or name.isascii():
        return name if name in names else ""
    from promptops.text.comparable import comparable  # hardly ever needed

    return next((one for one in names if comparable(one) == comparable(name)), "")


def _cluster(node: Node | None, path: PurePosixPath, cases: Sequence[Case]) -> str:
    """The field that says which cases belong together; PromptError where no case has a value in it."""
    if node is None:
        return ""
    name = node.text.strip()
    values = [case.fields.get(name) for case in cases]
    if not cases or any(value is not None and str(value).strip() for value in values):
        return name
    known = list(dict.fromkeys(field for case in cases for field in case.fields))[:100]
    close = closest(name[:80], known) if name not in known else ""
    hint = f"did you mean '{close}'?" if close else f"the cases' fields are: {', '.join(known[:12]) or 'none'}"
    if name in RESERVED_KEYS:
        hint = f"'{name}' is kept for promptops; give what belongs together a field of its own. {hint}"
    message = f"no case says anything under '{name[:80]}', which says which cases belong together"
    raise PromptError(message, where=node.span.place(path), hint=hint)
