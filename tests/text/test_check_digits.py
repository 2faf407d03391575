"""Check digits, against numbers that are published as valid, and the same numbers with a digit changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from promptops.text.check_digits import is_card_number, is_codice_fiscale, is_cpf, is_iban, is_resident_id

VALID: list[tuple[Callable[[str], object], str]] = [
    (is_iban, "DE12500105170648489890"),
    (is_iban, "GB94BARC10201530093459"),
    (is_cpf, "529.982.247-25"),
    (is_codice_fiscale, "MRTMTT91D08F205J"),
    (is_resident_id, "34052419800101001X"),
    (is_card_number, "4539881276341208"),
    (is_card_number, "371827465910286"),
]


@pytest.mark.parametrize(("holds", "number"), VALID)
def test_a_valid_number_is_one_and_with_another_digit_it_is_none(holds: Callable[[str], object], number: str) -> None:
    assert holds(number)
    place = 4
    other = str((int(number[place]) + 1) % 10) if number[place].isdigit() else "A"
    assert not holds(number[:place] + other + number[place + 1 :])


@pytest.mark.parametrize(
    ("holds", "number"),
    [(is_iban, "DE89370400440532013000"), (is_iban, "GB82WEST12345698765432"), (is_iban, "DE1250010517064848989"),
     (is_iban, "XX12500105170648489890"), (is_cpf, "111.444.777-35"), (is_cpf, "111.111.111-11"),
     (is_codice_fiscale, "RSSMRA85T10A562S"), (is_resident_id, "11010519491231002X"),
     (is_resident_id, "340524198013010014"), (is_card_number, "4242424242424242"), (is_card_number, "4111111111111111"),
     (is_card_number, "4000002500003155"), (is_card_number, "9007199254740993")],
)  # fmt: skip
def test_what_manuals_print_and_what_is_something_else_is_nobodys(holds: Callable[[str], object], number: str) -> None:
    assert not holds(number)
