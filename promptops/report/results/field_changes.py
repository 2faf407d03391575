"""A JSON reply, or the functions a reply calls, as rows: field, expected, before, after. Pure data, without markup."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from promptops.evals.evaluators.json_text import InvalidJsonError, parse_model_json
from promptops.model.chat.message import ToolCall
from promptops.model.results import CaseInfo, Sample
from promptops.text.json_words import FUNCTION, place_words, value_words

_DEEPEST = 8
"""Groups in groups that are taken apart; what lies deeper is one value."""
ABSENT = "–"
"""Stands where a reply has no such field."""
_WHOLE = "the reply"
_Fields = Mapping[str, str]


class FieldRow(NamedTuple):
    """One field as people read it: `–` where a reply has none, an empty `expected` where nothing says it."""

    place: str
    expected: str
    before: str
    after: str


def field_rows(case: CaseInfo, base: Sample, head: Sample) -> list[FieldRow] | None:
    """Fields that changed or are not as expected, these first; None where not both replies are JSON or calls."""
    before, after = _fields(base), _fields(head)
    if before is None or after is None:
        return None
    expected = _expected(case, (base, head))
    rows = [
        FieldRow(place, expected.get(place, ""), before.get(place, ABSENT), after.get(place, ABSENT))
        for place in dict.fromkeys([*before, *after, *expected])
    ]
    told = {row for row in rows if row.before != row.after or _is_unmet(row)}
    # The arguments that changed say little without the function.
    shown = [row for row in rows if row in told or (told and row.place.endswith(FUNCTION))]
    return sorted(shown, key=lambda row: (not row.place.endswith(FUNCTION), not row.expected))


def calls_words(calls: Sequence[ToolCall]) -> list[str]:
    """`calls find_order(order_id: 12)`; arguments that are no JSON as the model wrote them."""
    return [f"calls {call_words(call)}" for call in calls]


def call_words(call: ToolCall) -> str:
    """`find_order(order_id: 12)`."""
    value = _parsed(call.arguments or "{}")
    if not isinstance(value, dict):
        return f"{call.name}({call.arguments})"
    return f"{call.name}({', '.join(f'{name}: {value_words(item)}' for name, item in value.items())})"


def _is_unmet(row: FieldRow) -> bool:
    return bool(row.expected) and not row.expected == row.before == row.after


def _fields(sample: Sample) -> dict[str, str] | None:
    """Place → words; None for a reply that is text alone, or none."""
    if sample.error:
        return None
    if sample.tool_calls:
        return dict(_call_fields(sample))
    value = _parsed(sample.text)
    return dict(_flat(value)) if isinstance(value, dict | list) and value else None


def _parsed(text: str) -> Any:
    try:
        return parse_model_json(text)
    except InvalidJsonError:
        return None


def _call_fields(sample: Sample) -> Iterator[tuple[str, str]]:
    if sample.text.strip():
        yield "text", sample.text.strip()
    several = len(sample.tool_calls) > 1
    for number, call in enumerate(sample.tool_calls, 1):
        before = f"call {number}: " if several else ""
        yield f"{before}{FUNCTION}", call.name
        arguments = _parsed(call.arguments or "{}")
        if isinstance(arguments, dict):
            yield from ((f"{before}{place}", words) for place, words in _flat(arguments) if place)
        else:
            yield f"{before}arguments", call.arguments


def _flat(value: Any) -> Iterator[tuple[str, str]]:
    """Every value that holds no others, with its place, in the order of the reply. Without recursion."""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), value)]
    while waiting:
        steps, value = waiting.pop()
        inside: Iterable[tuple[str | int, Any]] = ()
        if len(steps) < _DEEPEST and isinstance(value, dict | list):
            inside = value.items() if isinstance(value, dict) else enumerate(value)
        children = [((*steps, step), item) for step, item in inside]
        if children:
            waiting += reversed(children)
        else:
            yield place_words(steps), value_words(value)


def _expected(case: CaseInfo, samples: Sequence[Sample]) -> dict[str, str]:
    """Place → what stands there in the case's `expected`, and what evaluators missed there."""
    value = case.fields.get("expected")
    value = _parsed(value) if isinstance(value, str) else value
    found = dict(_flat(value)) if isinstance(value, dict | list) and value else {}
    for sample in samples:
        for score in sample.scores.values():
            found |= {one.place or _WHOLE: one.words for one in score.expected}
    return found
