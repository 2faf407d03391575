from __future__ import annotations

from typing import Any

import pytest

from promptops.text.json_words import number_words, place_words, value_words


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ((), ""),
        (("address", "city"), "address.city"),
        (("items", 2, "price"), "items[2].price"),
        ((0, "a b"), "[0].a b"),
        (("next step", "a.b", ""), "next step.'a.b'.''"),
    ],
)
def test_places_are_told_as_people_write_them(steps: tuple[str | int, ...], words: str) -> None:
    assert place_words(steps) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("notice", "notice"), ("12", '"12"'), ("", '""'), (" ", '" "'), ("True", '"True"'), ("nothing", '"nothing"'),
        (None, "nothing (null)"), (True, "true"), (12, "12"), (1 / 3, "0.333333"), (1e21, "1e+21"), (0.1, "0.1"),
        (123456.789, "123457"), ([], "an empty list"), ({}, "an empty group"), ([1, "a"], '[1, "a"]'), ("{x", '"{x"'),
    ],
)  # fmt: skip
def test_values_are_told_without_python_or_quotation_marks(value: Any, words: str) -> None:
    assert value_words(value) == words


def test_a_value_nested_too_deeply_and_a_long_blank_are_answered() -> None:
    deep: list[Any] = []
    for _ in range(200_000):
        deep = [deep]
    assert value_words(deep) == "(nested too deeply to be shown)"
    assert value_words(" " * 100_000 + "x").endswith("x")
    assert number_words(0.0000001) == "1e-07"
