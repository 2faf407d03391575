"""`number`: the reply holds a number that is as it should be.

    number: {equals: "{{ amount }}", tolerance: 0.01}    $29.00 and 29,00 € are 29; 711 does not hold 11
    number: {atLeast: 1, atMost: 5}                       one number between the two, both included
    number: {equals: 1234, decimalMark: ","}              German: 1.234 is 1234, and 1,234 is not

Numbers are read whole, with sign, thousands separators, currency and percent sign (29 % is 29). Of several numbers any
one may fit; ask for nothing but the number where only one shall count. `1.234` may be German for 1234: `equals` takes
either, a bound only what both keep; `decimalMark` settles it. Not read: dates, times, versions, digits inside names,
numbers in words, letters behind a number (3k is 3). `tolerance` is how far from `equals` is still near enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, localcontext
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from promptops.errors import EvalError
from promptops.evals.evaluators.base import Services, Subject, contrast, excerpt, full_score, stateless
from promptops.model.evaluator_kind import KindSpec, OptionProblem, Options
from promptops.model.schema_builders import described, group, number
from promptops.model.score import Score
from promptops.model.suite import Criterion

if TYPE_CHECKING:
    from promptops.text.numbers import DecimalMark, FoundNumber

_BOUNDS = ("equals", "atLeast", "atMost")
_DIGITS = 700
"""Enough for a number with as many digits as are read and an exponent of three."""
_MOST_TOLD = 5
_MOST_READ = 10_000
"""Numbers of one reply that are looked at."""


def _problems(options: Options) -> Iterator[OptionProblem]:
    """Nothing to compare with, two ways at once, a text that is no number, or a least that is more than the most."""
    given = [name for name in _BOUNDS if options.get(name) is not None]
    if not given:
        yield OptionProblem("no number to compare with", "give equals, atLeast or atMost")
    if "equals" in given and len(given) > 1:
        hint = "write one evaluator for each, or equals with a tolerance"
        yield OptionProblem(f"several comparisons: {', '.join(given)}", hint)
    if options.get("tolerance") is not None and "equals" not in given:
        yield OptionProblem("a tolerance belongs to equals", "take it out, or move the bound by as much", "tolerance")
    written = {name: options[name] for name in given if "{" not in str(options[name])}
    values = {name: _parse(value, options) for name, value in written.items()}
    for name, value in values.items():
        if value is None:
            yield OptionProblem(f"'{name}' is '{excerpt(str(written[name]), 40)}', not one number", "write 29.5", name)
    least, most = values.get("atLeast"), values.get("atMost")
    if least is not None and most is not None and least > most:
        yield OptionProblem(f"atLeast {least} is more than atMost {most}", "no number is between them", "atLeast")


def _parse(value: Any, options: Options) -> Decimal | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Decimal(str(value))
    from promptops.text.numbers import parse_number

    return parse_number(str(value), _decimal_mark(options))


def _decimal_mark(options: Options) -> DecimalMark | None:
    return cast("DecimalMark | None", options.get("decimalMark"))


_NUMBER_OR_TEXT = {"anyOf": [{"type": "number"}, {"type": "string"}]}

KIND = KindSpec(
    "number",
    group(
        {
            "equals": described(_NUMBER_OR_TEXT, "a number in the reply is this one"),
            "tolerance": number("how far from `equals` is near enough", 0),
            "atLeast": described(_NUMBER_OR_TEXT, "a number in the reply is this one or larger"),
            "atMost": described(_NUMBER_OR_TEXT, "a number in the reply is this one or smaller"),
            "decimalMark": described({"enum": [".", ","]}, "what stands before the decimals; without it both are read"),
        },
        description="a number in the reply is as expected",
    ),
    templates=_BOUNDS,
    problems=_problems,
)


async def score(subject: Subject, criterion: Criterion, services: Services) -> Score:
    """1 or 0, with the numbers that are there."""
    from promptops.text.numbers import find_numbers

    options = criterion.options
    wanted = {
        name: _wanted(name, options, services, subject.case.fields) for name in _BOUNDS if options.get(name) is not None
    }
    tolerance = Decimal(str(options.get("tolerance") or 0))
    told: list[str] = []
    for found in islice(find_numbers(subject.reply.text, _decimal_mark(options)), _MOST_READ):
        if _fits(found, wanted, tolerance):
            return full_score(criterion, f"to contain {excerpt(found.text, 40)}")
        if len(told) <= _MOST_TOLD:
            told.append(excerpt(found.text, 40))
    more = " …" if len(told) > _MOST_TOLD else ""
    there = f"contains {', '.join(islice(told, _MOST_TOLD))}{more}" if told else "contains no number"
    return Score(0.0, contrast(criterion, f"should contain {_words(wanted, tolerance)}", there))


build = stateless(score)


def _wanted(name: str, options: Options, services: Services, fields: Mapping[str, Any]) -> Decimal:
    value = options[name]
    text = services.render(value, fields) if isinstance(value, str) else value
    parsed = _parse(text, options)
    if parsed is None:
        # Not with its text: errors are told of held-out cases too.
        raise EvalError(f"'{name}' is filled with what is not one number for this case")
    return parsed


def _fits(found: FoundNumber, wanted: Mapping[str, Decimal], tolerance: Decimal) -> bool:
    with localcontext(prec=_DIGITS):
        if (target := wanted.get("equals")) is not None:
            return any(abs(value - target) <= tolerance for value in found.values)
        least, most = wanted.get("atLeast"), wanted.get("atMost")
        return all((least is None or value >= least) and (most is None or value <= most) for value in found.values)


def _words(wanted: Mapping[str, Decimal], tolerance: Decimal) -> str:
    """`29, give or take 0.01`; `a number of at least 1 and at most 5`."""
    if (target := wanted.get("equals")) is not None:
        return f"{_digits(target)}, give or take {_digits(tolerance)}" if tolerance else _digits(target)
    bounds = (("atLeast", "at least"), ("atMost", "at most"))
    parts = [f"{words} {_digits(wanted[name])}" for name, words in bounds if name in wanted]
    return f"a number of {' and '.join(parts)}"


def _digits(number: Decimal) -> str:
    return excerpt(f"{number:f}", 40)
