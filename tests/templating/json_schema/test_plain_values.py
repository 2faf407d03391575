from __future__ import annotations

import enum
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from promptops.templating.json_schema.json_values import NotJsonError, as_json
from promptops.templating.json_schema.plain_values import MAX_LEVELS, is_plain_json


class Colour(enum.Enum):
    RED = "red"


class Text(str):
    __slots__ = ()


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary(max_size=2)
    | st.sampled_from(["\ud800", "ä", "😀", Text("x"), Colour.RED, {1}, object()]),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner)
    | st.dictionaries(st.text(max_size=2) | st.integers() | st.just("\udfff"), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(_ANY)
def test_what_is_called_plain_is_what_json_has(value: Any) -> None:
    if is_plain_json(value):
        assert as_json(value) == (list(value) if isinstance(value, tuple) else value) or "(" in repr(value)


@given(_ANY)
@example([Colour.RED])
def test_what_is_not_json_is_never_called_plain(value: Any) -> None:
    try:
        as_json(value)
    except NotJsonError:
        assert not is_plain_json(value)


def test_what_is_deep_or_holds_itself_is_left_to_the_walk() -> None:
    cycle: list[Any] = []
    cycle.append(cycle)
    assert not is_plain_json(cycle)
    deep: Any = "x"
    for _ in range(MAX_LEVELS):
        deep = [deep]
    assert is_plain_json(deep)
    assert not is_plain_json([deep])
    for _ in range(200_000):
        deep = [deep]
    assert not is_plain_json(deep)
