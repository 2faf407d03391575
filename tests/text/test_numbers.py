"""Numbers as they are written: read whole, or not at all."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.text.numbers import DecimalMark, find_numbers, parse_number


def likeliest(text: str, mark: DecimalMark | None = None) -> list[str]:
    return [str(found.values[0]) for found in find_numbers(text, mark)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("It is $29.00 in all.", ["29.00"]),
        ("711", ["711"]),
        ("between 10-20 and 3/5", ["10", "20", "3", "5"]),
        ("10%-20% or 10€-20€ or 10°-20°", ["10", "20"] * 3),
        ("[29,30] and [1,2.5,3]", ["29", "30", "1", "2.5", "3"]),
        ("$1,234.50 or 1.234,50 € or 1'234.50", ["1234.50", "1234.50", "1234.50"]),
        ("12 000, 12\xa0000,5 and 12\u202f000", ["12000", "12000.5", "12000"]),
        ("1,00,000 rupees, 1.000.000 pesos", ["100000", "1000000"]),
        ("-5, −5, –5 °C, -$5, $-5, (-5)", ["-5"] * 6),
        ("a – 5 and - 5", ["5", "5"]),
        ("29,00 and 3,5 %", ["29.00", "3.5"]),
        ("USD29, US$ 30, R$ 31, Rs.32", ["29", "30", "31", "32"]),
        ("29kg, 2nd, #12, x=3", ["29", "2", "12", "3"]),
        ("1.5e-3 and 3e5", ["0.0015", "3E+5"]),
        (".5 and 0.5 and end.", ["0.5", "0.5"]),
        ("1,2,3", ["1", "2", "3"]),
        ("٢٩ and ２９", ["29", "29"]),
        ("in 2024 500 came", ["2024", "500"]),
        ("**29**, _30_, `31` and x=__32__", ["29", "30", "31", "32"]),
    ],
)
def test_numbers_are_read_as_they_are_written(text: str, numbers: list[str]) -> None:
    assert likeliest(text) == numbers


@pytest.mark.parametrize(
    "text", ["2026-11-30", "30.11.2026", "10:30", "12:30:45", "v1.2.3", "192.168.0.1", "A29", "3f8c", "COVID-19",
             "555-123-4567", "twenty-nine", "R2D2", "snake_29", "29_a", "9" * 5000],
)  # fmt: skip
def test_what_only_looks_like_numbers_is_none(text: str) -> None:
    assert likeliest(text) == []


def test_the_decimal_mark_settles_what_may_mean_two_things() -> None:
    (found,) = find_numbers("1.234")
    assert found.values == (Decimal("1.234"), Decimal(1234))
    assert (likeliest("1.234", ","), likeliest("1,234", ",")) == (["1234"], ["1.234"])
    assert (likeliest("1.234", "."), likeliest("1,234", "."), likeliest("1,234")) == (["1.234"], ["1234"], ["1234"])


@given(st.text(alphabet="0123456789.,-'’ \xa0$€eE+:/_xA\n٫", max_size=60))
def test_any_text_is_read(text: str) -> None:
    for found in find_numbers(text):
        assert all(value.is_finite() for value in found.values)
    parse_number(text)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9))
def test_what_python_writes_is_read_back(value: Decimal) -> None:
    for text in (f"{value}", f"about {value} Euro", f"{value:,}"):
        assert parse_number(text) == value
