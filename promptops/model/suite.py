"""An evaluation suite: cases, criteria, gates and a budget."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Protocol

from promptops.model.budget import MAX_ERRORS, Budget
from promptops.model.canonical_json import canonical_json
from promptops.model.evaluator_kind import KindSpec, OptionProblem
from promptops.model.finding import START, Span

RESERVED_KEYS = frozenset({"id", "tags", "split", "source", "promptops"})
HELD_OUT = "held-out"
SPLITS = (HELD_OUT, "dev", "train")
"""What `split` may say of a case: held back from people, used to write the prompt, or an example to learn from."""
TEMPLATE_TAG = re.compile(r"\{\{.*?\}\}", re.DOTALL)
"""A value in a text that is no template otherwise, such as a regular expression."""


class FileReader(Protocol):
    """What reads a file of the project, by its path below the root. SourceError where there is none."""

    def read(self, path: PurePosixPath) -> bytes:
        """The file's bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Case:
    """One example: a flat mapping of fields. `id` is stable across versions and orders of the file.

    `seems_held_out`: no `split` is given, and another field or a tag says `held-out`; it is hidden all the same.
    `files` are those of the project at the case's version, for the pictures that it names.
    """

    id: str
    fields: Mapping[str, Any]
    tags: tuple[str, ...] = ()
    split: str = ""
    path: PurePosixPath | None = None
    line: int = 0
    seems_held_out: bool = False
    files: FileReader | None = field(default=None, compare=False, repr=False)

    @property
    def place(self) -> str:
        """Its file and line, for messages; empty for one that stands in none."""
        return "" if self.path is None else f"{self.path}:{self.line}"

    @property
    def held_out(self) -> bool:
        """Held-out cases are summed up in comments, never shown."""
        return self.split == HELD_OUT


@dataclass(frozen=True, slots=True)
class Criterion:
    """One small yes/no question about a reply, answered by an evaluator of `kind`.

    `options` are the kind's own settings as written. A score of at least `threshold` passes. Criteria with `tags`
    look only at cases that carry one of them. Advisory criteria are shown and never block.
    """

    name: str
    kind: KindSpec
    options: Mapping[str, Any] = field(default_factory=dict)
    threshold: float = 1.0
    advisory: bool = False
    tags: tuple[str, ...] = ()
    span: Span = START

    @property
    def negated(self) -> bool:
        """Whether it passes where its kind would not (`not: true`, which is among the options)."""
        return self.options.get("not") is True

    def covers(self, case: Case) -> bool:
        """Whether this criterion looks at the case."""
        return not self.tags or any(tag in case.tags for tag in self.tags)

    @property
    def judge_model(self) -> str:
        """The model that is to answer, where the criterion names one."""
        return str(self.options.get(self.kind.judge_model) or "") if self.kind.judge_model else ""

    def template_texts(self) -> Iterator[tuple[str, str]]:
        """(option, text): the texts that are filled from a case, of patterns only the parts that are."""
        for option in self.kind.templates:
            waiting = [self.options.get(option)]
            while waiting:
                value = waiting.pop()
                if isinstance(value, str) and "{" in value:
                    parts = TEMPLATE_TAG.findall(value) if option in self.kind.patterns else [value]
                    yield from ((option, part) for part in parts)
                elif isinstance(value, (list, dict)):
                    waiting.extend(value.values() if isinstance(value, dict) else value)

    @property
    def python(self) -> tuple[str, str] | None:
        """The file beside the suite that is run, and the function in it; None where nothing of the suite is run."""
        kind, options = self.kind, self.options
        return (str(options[kind.python_file]), str(options[kind.python_function])) if kind.python_file else None


def option_problems(criterion: Criterion, *, plain: bool = True, has_schema: bool = True) -> Iterator[OptionProblem]:
    """What makes no sense in the options, or lets every reply pass; nothing is run or compiled that could take long.

    `plain` and `has_schema`: whether the prompt is of GitHub's format, and has a `jsonSchema`; it is, and has, where
    it is not known.
    """
    kind, options = criterion.kind, criterion.options
    yield from kind.problems(options)
    if not plain:
        yield from overlooked_options(criterion)
    if kind.reply_schema and options.get(kind.reply_schema) is None and not has_schema:
        yield OptionProblem("no schema", f"give one (`{kind.reply_schema}: …`), or add jsonSchema to the prompt")
    if kind.passes(0.0, criterion.threshold):
        yield OptionProblem("a threshold of 0 lets every reply pass", "give a larger one, or leave it out", "threshold")


def overlooked_options(criterion: Criterion) -> Iterator[OptionProblem]:
    """Options that are not looked at, because another stands before them."""
    given = [name for name in criterion.kind.first_counts if criterion.options.get(name) not in (None, "")]
    if len(given) > 1:
        message = f"several operators: {', '.join(given)}; only '{given[0]}' would be looked at"
        yield OptionProblem(message, "write one evaluator for each", given[1])


def no_judge(criterion: Criterion) -> OptionProblem:
    """What is said of a criterion that a model should answer, when none is named."""
    own = f", or `{criterion.kind.judge_model}: small` to the evaluator" if criterion.kind.judge_model else ""
    return OptionProblem("no judge is set", f"add to promptops.yml: `judge: small`{own}")


def unused_tags(criterion: Criterion) -> OptionProblem:
    """What is said of a criterion that looks at no case."""
    tags = [f"'{tag[:60]}'" for tag in criterion.tags[:5]]
    said = f"the tag {tags[0]}" if len(tags) == 1 else f"one of the tags {', '.join(tags)}"
    hint = "give cases the tag, or take it out of the evaluator"
    return OptionProblem(f"no case has {said}, so nothing is measured", hint, "tags")


def missing_fields(criterion: Criterion, cases: Iterable[Case]) -> Iterator[OptionProblem]:
    """Fields the kind needs that none of the cases has."""
    needed = criterion.kind.fields(criterion.options)
    given = {name for case in cases for name in needed if case.fields.get(name) not in (None, "")} if needed else ()
    for name in needed:
        if name not in given:
            yield OptionProblem(f"no case has a field '{name}' to compare with", f"add '{name}' to the cases")


@dataclass(frozen=True, slots=True)
class Gate:
    """What must hold for a criterion before a change may be merged; rates and margins are shares in [0, 1]."""

    criterion: str
    at_least: float | None = None
    no_worse_than_base: float | None = None
    undecided_fails: bool = False
    span: Span = START


@dataclass(frozen=True, slots=True)
class Suite:
    """An `.eval.yml` file, or a prompt's own `testData` and `evaluators` (then the id is `prompt:ID`).

    `max_errors`: the share of cases in [0, 1] that may lack an answer before the suite counts as not measured. Cases
    whose field `cluster` has the same value belong together.
    """

    id: str
    path: PurePosixPath
    prompt: str
    cases: tuple[Case, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    models: tuple[str, ...] = ()
    trials: int = 1
    gates: tuple[Gate, ...] = ()
    budget: Budget = field(default_factory=Budget)
    replies: str = ""
    name: str = ""
    max_errors: float = MAX_ERRORS
    cluster: str = ""

    def cluster_of(self, case: Case) -> str:
        """What the case shares with those that belong to it; empty for a case of its own.

        A text stands for itself, so `7` and `"7"` are the same; nothing and an empty text are no cluster.
        """
        value = case.fields.get(self.cluster) if self.cluster else None
        if value is None or isinstance(value, str):
            return (value or "").strip()
        return canonical_json(value).decode()

    def count_units(self, cases: Iterable[Case]) -> int:
        """How many pieces of evidence the cases are: a cluster is one, and so is a case of its own."""
        clusters = [self.cluster_of(case) for case in cases]
        return clusters.count("") + len({cluster for cluster in clusters if cluster})


def folder_name(suite: str) -> str:
    """The suite's identifier as a folder's name; different suites have different names."""
    signs = {"/": "+", ":": "=", "-": "-", "_": "_", ".": "."}
    return "".join(char if char.isalnum() else signs.get(char) or f"%{ord(char):x}" for char in suite)
