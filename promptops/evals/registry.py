"""Every kind of evaluator. A new one is one file in evaluators/, one line here, and one file of tests.

A file is imported when a kind is asked for: most suites use two or three of them, and lint must start fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from promptops.model.evaluator_kind import Kinds, KindSpec

if TYPE_CHECKING:
    from promptops.evals.evaluators.base import Evaluator, Services
    from promptops.model.suite import Criterion

NAMES = [
    "string", "number", "json", "schema", "length", "finish", "tool", "latency", "cost", "tokens",
    "python", "judge", "llm", "human", "uses",
]  # fmt: skip
"""Every kind as suites call it, which is its file in evaluators/; messages and schemas list them in this order."""


class _Module(Protocol):
    KIND: KindSpec

    def build(self, criterion: Criterion, services: Services) -> Evaluator:
        """An evaluator for a criterion with whose options its kind has no problems; PromptError when it has."""
        ...


def _module(name: str) -> _Module:
    return cast(_Module, import_module(f"promptops.evals.evaluators.{name}"))


KINDS = Kinds(NAMES, lambda name: _module(name).KIND)


def build(criterion: Criterion, services: Services) -> Evaluator:
    """The criterion's evaluator. PromptError for options that make no sense together."""
    from promptops.evals.evaluators.base import options_error
    from promptops.model.suite import option_problems

    if (problem := next(option_problems(criterion), None)) is not None:
        raise options_error(criterion, problem.message, problem.hint)
    return _module(criterion.kind.name).build(criterion, services)
