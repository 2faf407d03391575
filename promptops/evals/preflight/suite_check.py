"""What keeps a suite's criteria from ever being answered, found before a model is asked.

Lint says the same with places (P103, P301, P412, P414, P415); here it ends a run before it costs anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from promptops.errors import PromptError, RenderError
from promptops.evals.evaluators.base import excerpt
from promptops.evals.plan import Plan
from promptops.model.evaluator_kind import OptionProblem
from promptops.model.model_call import Usage
from promptops.model.requests.interfaces import require_supported
from promptops.model.suite import Case, Criterion, missing_fields, no_judge, option_problems, unused_tags
from promptops.providers.cassette import RECORDED
from promptops.providers.prices import reply_cost
from promptops.templating.renderer_protocol import CaseRenderer, RenderStoppedError

_MOST_CASES = 1_000
"""A text that cannot be filled for so many cases can be filled for none."""


def check_suite(plan: Plan) -> None:
    """PromptError with the first problem of the plan's criteria, and how many more have one.

    RenderError where a model's interface has no place for what the prompt asks of it.
    """
    for planned in plan.planned_arms:  # the base's prompt cannot be mended any more: its calls say so
        if planned.arm.side == "head" and not planned.target.fingerprint.startswith(RECORDED):
            asked = planned.parameters, planned.prompt.tools, planned.prompt.response_format, planned.prompt.json_schema
            require_supported(planned.target.spec, *asked, where=str(planned.prompt.path))
    first = [(one, next(criterion_problems(plan, one), None)) for one in plan.suite.criteria]
    found = [(criterion, problem) for criterion, problem in first if problem is not None]
    if not found:
        return
    criterion, problem = found[0]
    more = f" ({len(found) - 1} more of the suite's criteria cannot be used either)" if len(found) > 1 else ""
    where = criterion.span.place(plan.suite.path)
    raise PromptError(f"the criterion '{criterion.name}': {problem.message}{more}", where=where, hint=problem.hint)


def criterion_problems(plan: Plan, criterion: Criterion) -> Iterator[OptionProblem]:
    """Why no reply of this plan could be scored, or why each would get the same score."""
    prompt = plan.prompt
    own = list(option_problems(criterion, plain=prompt.plain, has_schema=prompt.json_schema is not None))
    yield from own
    yield from _judge(plan, criterion)
    yield from _python(plan, criterion)
    yield from _price(plan, criterion)
    yield from _schema(plan, criterion)
    cases = [case for case in plan.suite.cases if criterion.covers(case)]
    if not cases and not criterion.advisory:
        yield unused_tags(criterion)
    if cases and not own:
        yield from missing_fields(criterion, cases)
        yield from _texts(plan, criterion, cases)


def _judge(plan: Plan, criterion: Criterion) -> Iterator[OptionProblem]:
    scoring = plan.scoring
    name = criterion.judge_model or scoring.judge
    if not criterion.kind.asks_model:
        return
    if not name:
        yield no_judge(criterion)
    elif name not in scoring.judges and name in scoring.unresolved:
        yield OptionProblem(scoring.unresolved[name])


def _python(plan: Plan, criterion: Criterion) -> Iterator[OptionProblem]:
    if criterion.python is None:
        return
    file, function = criterion.python
    if (code := plan.scoring.files.get(file)) is not None:
        from promptops.source.python_functions import function_problem  # it parses Python, which most suites have not

        if problem := function_problem(code, function, file):
            yield OptionProblem(problem)


def _price(plan: Plan, criterion: Criterion) -> Iterator[OptionProblem]:
    if not criterion.kind.needs_price:
        return
    for planned in plan.planned_arms:
        spec = planned.target.spec
        if planned.arm.side == "head" and reply_cost(spec, Usage(1, 1)) is None:
            hint = "add `prices: {input: …, output: …}` in promptops.yml, US dollars for a million tokens"
            yield OptionProblem(f"no price is known for the model '{spec.alias}'", hint)


def _schema(plan: Plan, criterion: Criterion) -> Iterator[OptionProblem]:
    """A JSON Schema that is none; a stranger's is compiled in a process of its own, once there is a reply."""
    option = criterion.kind.reply_schema
    if not option or plan.untrusted:
        return
    own = criterion.options.get(option)
    schema = own if own is not None else (plan.prompt.json_schema or {}).get("schema")
    if schema is not None:
        from promptops.templating.json_schema.validator import BadSchemaError, compile_schema

        try:
            compile_schema(schema)
        except BadSchemaError as exc:
            yield OptionProblem(f"the JSON Schema is not valid: {excerpt(str(exc), 200)}", "", option)


def _texts(plan: Plan, criterion: Criterion, cases: Sequence[Case]) -> Iterator[OptionProblem]:
    """Texts that can be filled for no case: a misspelt field, a brace too few, a filter that does not exist."""
    for option, text in criterion.template_texts():
        problem = _never_filled(plan.fillings["head"], option, text, criterion, cases)
        if problem is not None:
            yield OptionProblem(f"its text cannot be filled for any case: {problem.args[0]}", problem.hint, option)


def _never_filled(
    filling: CaseRenderer, option: str, text: str, criterion: Criterion, cases: Sequence[Case]
) -> RenderError | None:
    """Why the first case cannot fill the text; None as soon as one can, or had to be stopped: that is no answer.

    To be empty is to be filled only where a reply may be compared with an empty text, or in a part of a pattern.
    """
    may_be_empty = option == "equals" or option in (*criterion.kind.patterns, *criterion.kind.json_values)
    told: dict[bool, RenderError] = {}
    for case in islice(cases, _MOST_CASES):
        try:
            filled = filling.text(text, {**dict.fromkeys(criterion.kind.template_names, ""), **case.fields})
        except RenderStoppedError:
            return None
        except RenderError as exc:
            problem = exc
        else:
            if (flaw := _flaw(criterion, option, filled, may_be_empty)) is None:
                return None
            problem = RenderError(flaw.message, hint=flaw.hint)
        # It may hold a value of the case, which nobody may read of one that is held out.
        hidden = RenderError("a value is missing, or cannot be used")
        told[case.held_out] = told.get(case.held_out) or (hidden if case.held_out else problem)
    return told.get(False) or told.get(True)


def _flaw(criterion: Criterion, option: str, filled: str, may_be_empty: bool) -> OptionProblem | None:
    """Why the option is of no use as a case fills it; a pattern's values are not what it is made of."""
    if not filled.strip() and not may_be_empty:
        return OptionProblem("it is empty", "give the cases the value that it is filled with")
    if not isinstance(criterion.options.get(option), str) or option in criterion.kind.patterns:
        return None
    return next(iter(criterion.kind.problems({**criterion.options, option: filled})), None)
