"""A reply as JSON, and comparing JSON values as people mean it; shared by `json`, `schema` and `tool`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from promptops.evals.evaluators.base import excerpt, quoted
from promptops.model.chat.finish_reason import was_cut
from promptops.source.formats.json_text.strict_json import RefusedJsonError, finite_number
from promptops.templating.value_text import as_text
from promptops.text.comparable import comparable, made_plain, unseen_difference
from promptops.text.json_words import NOTHING, number_words

if TYPE_CHECKING:
    from promptops.model.model_call import Reply


_SEEN = 30
"""Characters of a reply that show where it is no JSON."""


class InvalidJsonError(ValueError):
    """The text is not JSON; the message says why in plain words."""


def parse_model_json(text: str) -> Any:
    """The value of what a model wrote, as a program would read it that is strict about RFC 8259.

    InvalidJsonError where there is a fence around it, NaN, or a number that a program would take for infinite. Of two
    equal keys the last one counts: a model may repeat one, which in files of people is an error (`strict_json`).
    """
    text = text.strip()
    if not text:
        raise InvalidJsonError("it is empty")
    if text.startswith("```"):
        raise InvalidJsonError("it is wrapped in a ``` fence, which programs cannot read; ask for the bare JSON")
    try:
        return json.loads(text, parse_constant=_refuse_constant, parse_float=finite_number)
    except InvalidJsonError:
        raise
    except RefusedJsonError as exc:
        raise InvalidJsonError(str(exc)) from exc
    except json.JSONDecodeError as exc:
        raise InvalidJsonError(_syntax_words(exc)) from exc
    except ValueError as exc:
        raise InvalidJsonError("it holds a number with thousands of digits") from exc
    except RecursionError as exc:
        raise InvalidJsonError("it is nested too deeply") from exc


_SYNTAX = {
    "Extra data": "other text follows the JSON",
    "Expecting value": "a value is missing",
    "Expecting ',' delimiter": "a comma is missing",
    "Expecting ':' delimiter": "a colon is missing",
    "Expecting property name enclosed in double quotes": "a name in double quotes is missing",
    "Illegal trailing comma before end of object": "a comma stands before the closing brace",
    "Illegal trailing comma before end of array": "a comma stands before the closing bracket",
    "Invalid control character at": "a text holds a line break or a tab, which JSON writes as \\n or \\t",
    "Unterminated string starting at": "a text is never closed",
    "Invalid \\escape": "a backslash stands where JSON allows none",
    "Invalid \\uXXXX escape": "four digits are missing behind \\u",
}


def _syntax_words(exc: json.JSONDecodeError) -> str:
    """`a comma is missing in line 3 before '"owner"'`; `it begins with 'Sure! Here'`."""
    if not exc.pos and exc.msg == "Expecting value":
        return f"it begins with {quoted(exc.doc, _SEEN)}"
    there = exc.doc[exc.pos :].strip()
    line = f" in line {exc.lineno}" if "\n" in exc.doc else ""
    what = _SYNTAX.get(exc.msg, exc.msg)
    if not there:
        return f"{what} at its end"
    return f"{what}{line}{':' if exc.msg == 'Extra data' else ' before'} {quoted(there, _SEEN)}"


def not_json(reply: Reply, problem: InvalidJsonError) -> str:
    """Why a reply is not JSON, in a sentence."""
    cut = describe_cut(reply)
    return f"{cut}, so its JSON is not whole" if cut else f"the reply is not JSON: {problem}"


def describe_cut(reply: Reply) -> str:
    """`the reply was cut at 40 tokens`; empty where it came to its own end."""
    tokens = reply.usage.output_tokens
    at = f"{tokens} tokens" if tokens else "its limit of tokens"
    return f"the reply was cut at {at}" if was_cut(reply.finish_reason) else ""


def _refuse_constant(name: str) -> Any:
    raise InvalidJsonError(f"{name} is not a JSON value")


class RenderedText(str):
    """A text that came out of a template: it also stands for the number, list or other value it spells."""

    __slots__ = ()


def render_value(value: Any, render: Callable[[str, Mapping[str, Any]], str], fields: Mapping[str, Any]) -> Any:
    """An expected value with every text in it rendered from the case's fields."""
    if isinstance(value, str):
        rendered = render(value, fields)
        return RenderedText(rendered) if rendered != value else value
    if isinstance(value, list):
        return [render_value(item, render, fields) for item in value]
    if isinstance(value, dict):
        return {key: render_value(item, render, fields) for key, item in value.items()}
    return value


def json_equal(expected: Any, actual: Any) -> bool:
    """Equal as JSON values: numbers by value, never a number and a truth value, text by its letters.

    A RenderedText equals other values too, as it is spelled: `{{ total }}` filled with 42 equals 42 and "42".
    """
    if isinstance(expected, RenderedText) and not isinstance(actual, str):
        try:
            return json_equal(parse_model_json(expected), actual)
        except InvalidJsonError:
            return False
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if isinstance(expected, str):
        return isinstance(actual, str) and comparable(expected) == comparable(actual)
    if isinstance(expected, dict):
        if not isinstance(actual, dict):
            return False
        left, right = _by_comparable_key(expected), _by_comparable_key(actual)
        return left.keys() == right.keys() and all(json_equal(value, right[key]) for key, value in left.items())
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(expected) == len(actual)
            and all(json_equal(left, right) for left, right in zip(expected, actual, strict=True))
        )
    return bool(expected == actual)


def _by_comparable_key(group: Mapping[str, Any]) -> dict[str, Any]:
    return {comparable(key): value for key, value in group.items()}


def member(group: Mapping[str, Any], key: str, absent: Any = None) -> Any:
    """What stands under this key, however its letters are spelled."""
    if key in group:
        return group[key]
    return absent if key.isascii() else _by_comparable_key(group).get(comparable(key), absent)


def mismatch_words(expected: Any, actual: Any) -> tuple[str, str]:
    """(`should be 'paris'`, `is 'Paris'`); where nobody would see the difference, with its name."""
    wanted, found = format_value(expected), format_value(actual)
    if wanted == found and not isinstance(expected, str):
        wanted, found = repr(expected), repr(actual)
    unseen = unseen_in_values(expected, actual)
    return f"should be {wanted}", f"is {found}" + (f" ({unseen})" if unseen else "")


def unseen_in_values(expected: Any, actual: Any) -> str:
    """The name of a difference between two values that nobody sees, wherever in them it stands; empty without one."""
    if type(expected) is not type(actual) and not (isinstance(expected, str) and isinstance(actual, str)):
        return ""
    try:
        return unseen_difference(_in_one_text(expected), _in_one_text(actual), str.__eq__)
    except RecursionError:
        return ""


def unseen_in_names(group: Any, name: str) -> str:
    """The name of the difference between a missing field and one that looks as if it were it; empty without one."""
    names = group if isinstance(group, dict) else ()
    return next(filter(None, (unseen_difference(name, key, str.__eq__) for key in names)), "")


def _in_one_text(value: Any) -> str:
    """A value as a text in which no sign stands for another."""
    if isinstance(value, dict):
        pairs = sorted((made_plain(key), key, _in_one_text(item)) for key, item in value.items())
        return "{" + "\0".join(f"{key}\1{text}" for _, key, text in pairs) + "}"
    if isinstance(value, list):
        return "[" + "\0".join(map(_in_one_text, value)) + "]"
    return value if isinstance(value, str) else format_value(value)


def format_value(value: Any) -> str:
    """A value for a reason: texts in quotes, all else as JSON, cut short."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, (list, dict)):
        try:
            return excerpt(as_text(value))
        except RecursionError:
            return "a deeply nested value"
    if isinstance(value, float):
        return number_words(value)
    return NOTHING if value is None else as_text(value)
