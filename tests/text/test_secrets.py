"""Numbers nobody should find in ordinary words."""

from __future__ import annotations

import random
import string

import pytest

from promptops.text import secrets


@pytest.mark.parametrize("prefix", ["sk-", "ghp_", "api_key: ", "Bearer ", "password="])
def test_random_letters_and_digits_are_found_nearly_always(prefix: str) -> None:
    source = random.Random(7)  # the seed makes the count the same on every run
    letters = string.ascii_letters + string.digits
    texts = ["x " + prefix + "".join(source.choices(letters, k=40)) + "\n" for _ in range(300)]
    assert sum(bool(list(secrets.find_secrets(text))) for text in texts) >= 297


def test_made_up_values_are_none() -> None:
    for value in (
        "x" * 40,
        "your-key-" * 4,
        "a1b2" * 10,
        "1234567890" * 4,
        "EXAMPLE" + "q8Zt4LmX7v" * 3,
        "q8Zt4LmX7vRk2NpWb9aaaaaa",
    ):
        assert not list(secrets.find_secrets(f"api_key: {value} sk-{value}\n")), value
