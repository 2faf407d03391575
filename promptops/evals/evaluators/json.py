"""`json`: the reply is JSON, and a part of it is as expected.

    json: {}                                         any JSON
    json: {path: $.items[0].price, equals: 9.5}
    json: {path: "summary['next step']", contains: call}
    json: {path: $.error, exists: false}

A path is the part of RFC 9535 that names one place: `.name`, `['any name']`, `[0]`, `[-1]`; `$.` may be left out.
`equals` compares numbers by value and texts letter by letter, after filling them from the case; a filled text equals a
number spelled the same way too. `contains` looks for a text in a text (ignoring case, as everywhere), an item in a
list, a key in a group. A path alone means `exists: true`. Where the reply is no JSON, nothing holds: with `not: true`
it passes, so a criterion `json: {}` belongs beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from promptops.evals.evaluators.base import Services, Subject, contrast, excerpt, full_score, stateless
from promptops.evals.evaluators.json_text import (
    InvalidJsonError,
    format_value,
    json_equal,
    member,
    mismatch_words,
    not_json,
    parse_model_json,
    render_value,
    unseen_in_names,
    unseen_in_values,
)
from promptops.model.evaluator_kind import KindSpec, OptionProblem, Options
from promptops.model.schema_builders import ANYTHING, BOOLEAN, described, group, string
from promptops.model.score import Expectation, Score
from promptops.model.suite import Criterion
from promptops.text.comparable import casefolded, unseen_difference
from promptops.text.json_words import place_words, value_words

_ABSENT = object()
_STEP = re.compile(
    r"""\.?\[(?P<index>-?[0-9]{1,9})\]
      | \.?\[(?:'(?P<single>(?:[^'\\]|\\.)*)'|"(?P<double>(?:[^"\\]|\\.)*)")\]
      | (?P<dot>\.?)(?P<name>[^.\[\]\s'"{}*?@]+)""",
    re.VERBOSE,
)

Step = str | int


def parse_path(path: str) -> tuple[Step, ...]:
    """Names and indices from the root. ValueError says where the path cannot be read."""
    position = 1 if path.startswith("$") and path[1:2] in ("", ".", "[") else 0
    at_root = position == 0
    steps: list[Step] = []
    while position < len(path):
        match = _STEP.match(path, position)
        # Names need a dot before them, except one that begins a path without `$`.
        if match is None or (match["name"] is not None and bool(match["dot"]) == at_root):
            raise ValueError(f"'{path}' cannot be read from character {position + 1} on")
        if match["index"] is not None:
            steps.append(int(match["index"]))
        elif match["name"] is not None:
            steps.append(match["name"])
        else:
            steps.append(re.sub(r"\\(.)", r"\1", match["single"] if match["single"] is not None else match["double"]))
        position, at_root = match.end(), False
    return tuple(steps)


def _problems(options: Options) -> Iterator[OptionProblem]:
    """A path that is none, or a value expected where nothing may be."""
    try:
        steps = parse_path(_path(options))
    except ValueError as exc:
        hint = "paths look like $.items[0].name or ['any name']; wildcards and filters are not supported"
        yield OptionProblem(str(exc), hint)
        return
    wanted = _wanted(options)
    if wanted.get("contains") == "":
        hint = "write what to look for"
        yield OptionProblem("the text of 'contains' is empty, so every reply would pass", hint, "contains")
    if wanted.get("exists") is False and (len(wanted) > 1 or not steps):
        yield OptionProblem("exists: false needs a path, and nothing besides")


def _path(options: Options) -> str:
    return str(options.get("path") or "").strip()


def _wanted(options: Options) -> dict[str, Any]:
    return {name: options[name] for name in ("equals", "contains", "exists") if name in options}


KIND = KindSpec(
    "json",
    group(
        {
            "path": string("where to look: $.a.b[0]"),
            "equals": described(ANYTHING, "the value there is exactly this"),
            "contains": described(ANYTHING, "the text or list there holds this"),
            "exists": described(BOOLEAN, "whether anything must be there"),
        },
        description="the reply is JSON, and a part of it is as expected",
    ),
    templates=("equals", "contains"),
    json_values=("equals", "contains"),
    problems=_problems,
)


def value_at(value: Any, steps: tuple[Step, ...]) -> Any:
    """What stands there, `_ABSENT` when nothing does."""
    for step in steps:
        if isinstance(step, str):
            value = member(value, step, _ABSENT) if isinstance(value, dict) else _ABSENT
        else:
            inside = isinstance(value, list) and -len(value) <= step < len(value)
            value = value[step] if inside else _ABSENT
        if value is _ABSENT:
            break
    return value


async def score(subject: Subject, criterion: Criterion, services: Services) -> Score:
    """1 or 0, with what was found instead: everything that is asked of the place must hold."""
    path, wanted = _path(criterion.options), _wanted(criterion.options)
    try:
        whole, steps = parse_model_json(subject.reply.text), parse_path(path)
        value = value_at(whole, steps)
    except InvalidJsonError as exc:
        return Score(0.0, not_json(subject.reply, exc))
    place = place_words(_counted(whole, steps))
    name = place or "the reply"
    if wanted.get("exists") is False:
        if value is _ABSENT:
            return full_score(criterion, f"to be without {name}")
        return _unmet(criterion, place, ("should not be there", f"is {format_value(value)}"), "not to be there")
    missing = f"is missing{_unseen_name(whole, steps)}" if value is _ABSENT else ""
    fields = subject.case.fields
    if "equals" in wanted:
        expected = render_value(wanted["equals"], services.render, fields)
        if missing or not json_equal(expected, value):
            words = (f"should be {format_value(expected)}", missing) if missing else mismatch_words(expected, value)
            return _unmet(criterion, place, words, value_words(expected))
    if "contains" in wanted:
        needle = render_value(wanted["contains"], services.render, fields)
        if needle == "":
            return Score.error("the text to look for is empty for this case, so every reply would pass")
        if missing or not _contains(value, needle):
            words = (f"should contain {format_value(needle)}", missing or _without(needle, value))
            return _unmet(criterion, place, words, f"contains {format_value(needle)}")
    if missing:
        return _unmet(criterion, place, ("should be there", missing), "any value")
    return full_score(criterion, f"to have {format_value(value)} as {name}")


def _unmet(criterion: Criterion, place: str, words: tuple[str, str], expected: str) -> Score:
    """The score of a place that is not as it should be; `words` are what it should be, and what it is."""
    reason = contrast(criterion, *words, about=place or "the reply")
    return Score(0.0, reason, expected=(Expectation(place, excerpt(expected, 200)),))


build = stateless(score)


def _counted(value: Any, steps: tuple[Step, ...]) -> Iterator[Step]:
    """The steps with an index from the end counted from the beginning, where there is such a list."""
    for step in steps:
        is_from_end = isinstance(step, int) and step < 0 and isinstance(value, list) and -len(value) <= step
        yield len(value) + step if is_from_end and isinstance(step, int) else step
        value = value_at(value, (step,))


def _unseen_name(value: Any, steps: tuple[Step, ...]) -> str:
    """Why a path leads nowhere, where the name on which it ends only looks like the one that is there: ` (…)`."""
    unseen = _unseen_step(value, steps)
    return f" ({unseen})" if unseen else ""


def _unseen_step(value: Any, steps: tuple[Step, ...]) -> str:
    for place, step in enumerate(steps):
        if value_at(value, steps[: place + 1]) is _ABSENT:
            return unseen_in_names(value_at(value, steps[:place]), step) if isinstance(step, str) else ""
    return ""


def _contains(value: Any, needle: Any) -> bool:
    if isinstance(value, list):
        return any(json_equal(needle, item) for item in value)
    if isinstance(value, dict):
        return isinstance(needle, str) and member(value, needle, _ABSENT) is not _ABSENT
    if isinstance(value, str) and not isinstance(needle, (list, dict)):
        text = needle if isinstance(needle, str) else format_value(needle)
        return casefolded(text) in casefolded(value)
    return False


def _without(needle: Any, value: Any) -> str:
    """`is 'Lyon'`; where nobody would see the difference, with its name."""
    words = f"is {format_value(value)}"
    if isinstance(needle, str) and isinstance(value, str):
        unseen = unseen_difference(casefolded(needle), casefolded(value), lambda part, whole: part in whole)
    elif isinstance(value, list):
        unseen = next(filter(None, (unseen_in_values(needle, item) for item in value)), "")
    else:
        unseen = unseen_in_names(value, needle) if isinstance(needle, str) else ""
    return f"{words} ({unseen})" if unseen else words
