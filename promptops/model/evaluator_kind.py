"""What everybody may know of a kind of evaluator; the specs stand beside their builders in evals/evaluators/."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from operator import ge
from typing import TYPE_CHECKING, Any, NamedTuple

from promptops.model.schema_builders import BOOLEAN, described

if TYPE_CHECKING:
    from promptops.model.schema_builders import Schema

NOT = described(BOOLEAN, "turns the answer round: what would pass fails; an answer that cannot be had stays an error")
"""`not: true` of any evaluator, beside its kind or among the kind's options: both say the same."""


class OptionProblem(NamedTuple):
    """Options that make no sense, or none together, and what to write instead; `option` is the one where it shows."""

    message: str
    hint: str = ""
    option: str = ""


Options = Mapping[str, Any]
"""An evaluator's options as they are written."""


class KindSpec(NamedTuple):
    """One kind of evaluator; `name` is the key under `evaluators:` that chooses it, `schema` describes its options.

    A kind whose schema is a text has one option, called like the kind. The other fields name options, or say what a
    kind does; what a kind does not have is empty.
    """

    name: str
    schema: Schema
    templates: tuple[str, ...] = ()
    """Options that are filled from the case, and compared with or shown to somebody as text."""
    patterns: tuple[str, ...] = ()
    """Those of them that are regular expressions: only `{{ … }}` in them is filled, and means its characters."""
    template_names: frozenset[str] = frozenset()
    """Names in templates that have a value without any case."""
    first_counts: tuple[str, ...] = ()
    """Options of which GitHub's format looks at the first alone, in this order; elsewhere only one may be given."""
    json_values: tuple[str, ...] = ()
    """Options that are compared as JSON values, so that 1 is another value than "1"."""
    question: str = ""
    """The option with a question that yes or no answers."""
    reply_schema: str = ""
    """The option with a JSON Schema for the reply; without it the prompt's own is meant."""
    judge_model: str = ""
    """The option that names the model that is asked; without it the project's judge is."""
    asks_judge: bool = False
    """Whether the project's judge is asked although no option could name another."""
    limits_length: bool = False
    """Whether its options are the least and the largest number of words, sentences and so on in the reply."""
    fields: Callable[[Options], tuple[str, ...]] = lambda options: ()
    """Fields a case must have besides those that templates name."""
    python_file: str = ""
    """The option that names a Python file beside the suite, which is run…"""
    python_function: str = ""
    """…and the one that names the function in it."""
    asks_people: bool = False
    """Whether people's labels, and nothing else, are the answer."""
    takes_labels: bool = False
    """Whether a person's label says something about it: the answer, or whether a model's answer was right."""
    needs_price: bool = False
    """Whether it can answer only where the model's price is known."""
    checks_tool_calls: bool = False
    """Whether it looks at the functions the model calls (`name`, `arguments`)."""
    threshold: float = 1.0
    """The least score that passes where the suite gives none."""
    times_the_call: bool = False
    """Whether it measures the call itself, of which a reply that was asked earlier may say nothing."""
    passes: Callable[[float, float], bool] = ge
    """(score, threshold) → whether the reply passes."""
    problems: Callable[[Options], Iterable[OptionProblem]] = lambda options: ()
    """What makes no sense in options that fit the schema; nothing is run or compiled for it that could take long."""

    def __repr__(self) -> str:
        return f"<kind {self.name}>"

    @property
    def asks_model(self) -> bool:
        """Whether a model answers, which costs money and may be wrong."""
        return bool(self.judge_model) or self.asks_judge

    @property
    def written(self) -> Schema:
        """What may stand under the kind's key: its options, and `not` beside them."""
        if "properties" not in self.schema:
            return self.schema
        return {**self.schema, "properties": {**self.schema["properties"], "not": {**NOT, "blank": True}}}


class Kinds(Mapping[str, KindSpec]):
    """Kinds by name, in the order of the registry; each is loaded when it is asked for."""

    __hash__ = object.__hash__  # schemas made of them are kept

    def __init__(self, names: Collection[str], load: Callable[[str], KindSpec]) -> None:
        self._names, self._load = names, load

    def __getitem__(self, name: str) -> KindSpec:
        if name not in self._names:
            raise KeyError(name)
        return self._load(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


NO_KINDS = Kinds((), dict[str, KindSpec]().__getitem__)
"""For readers of prompts that are served: an application evaluates nothing."""
