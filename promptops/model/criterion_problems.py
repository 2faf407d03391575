"""Why a criterion could never be answered, or would answer every reply alike: lint and eval say the same of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from promptops.model.evaluator_kind import OptionProblem
from promptops.model.suite import Case, Criterion


def option_problems(criterion: Criterion, *, prompt_has_schema: bool = True) -> Iterator[OptionProblem]:
    """What makes no sense in the options, or lets every reply pass; nothing is run or compiled that could take long.

    `prompt_has_schema`: whether the prompt has a `jsonSchema`, which is meant where the criterion has none.
    """
    kind, options = criterion.kind, criterion.options
    yield from kind.problems(options)
    if kind.reply_schema and options.get(kind.reply_schema) is None and not prompt_has_schema:
        yield OptionProblem("no schema", f"give one (`{kind.reply_schema}: …`), or add jsonSchema to the prompt")
    if kind.passes(0.0, criterion.threshold):
        yield OptionProblem("a threshold of 0 lets every reply pass", "give a larger one, or leave it out", "threshold")


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
