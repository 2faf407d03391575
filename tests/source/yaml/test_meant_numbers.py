from __future__ import annotations

import pytest

from promptops.source.yaml.meant_numbers import joined_by_comma, meant_number


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("90%", "0.9"), ("90 %", "0.9"), ("90 percent", "0.9"), ("90 per cent", "0.9"), ("97,5 %", "0.975"),
        ("90", "0.9"), ("0,9", "0.9"), (",9", "0.9"), ("0.9", "0.9"), (">= 0.9", "0.9"),
        ("≥90%", "0.9"), ("8/10", "0.8"),
        ("0,900", "0.9"), ("O.9", ""), ("ninety", ""), ("120", ""), ("9/0", ""), ("0.9.1", ""), ("", ""),
        ("9" * 500, ""),
    ],
)  # fmt: skip
def test_a_share_is_understood_as_people_write_it(written: str, meant: str) -> None:
    assert meant_number(written, most=1) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1.000", "1000"), ("1,000", "1000"), ("1 000", "1000"), ("1\u00a0000", "1000"), ("1'000", "1000"),
        ("1.000.000", "1000000"), ("20 words", "20"), ("20 Wörter", "20"), ("2O", "20"), ("l0", "10"), ('"', ""),
        ("3.5", ""), ("-5", "-5"), ("1.00", "1"), ("two", ""), ("20%", ""),
    ],
)  # fmt: skip
def test_a_count_is_understood_as_people_write_it(written: str, meant: str) -> None:
    assert meant_number(written, whole=True) == meant


@pytest.mark.parametrize(
    ("before", "after", "meant"),
    [("0", "9", "0.9"), ("1", "000", "1000"), ("0", "125", "0.125"), ("12", "50", "12.50"), ("1", "x", "")],
)  # fmt: skip
def test_two_runs_of_digits_with_a_comma_are_one_number(before: str, after: str, meant: str) -> None:
    assert joined_by_comma(before, after) == meant
