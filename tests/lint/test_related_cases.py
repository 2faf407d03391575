"""Which ids look like several questions about one thing (P413)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.lint.rules.suites.p413_related_cases import _stem


@pytest.mark.parametrize(
    ("identifier", "stem"),
    [
        ("doc1-q1", "doc1"),
        ("doc1q12", "doc1"),
        ("doc_3_2", "doc_3"),
        ("invoice-001-b", "invoice-001"),
        ("contract-a-1", "contract-a"),
        ("lease-7-question-3", "lease-7"),
        ("smith.v2", "smith"),
        ("Ärzte-q2", "Ärzte"),
    ],
)
def test_one_of_several(identifier: str, stem: str) -> None:
    assert _stem(identifier) == stem


@pytest.mark.parametrize(
    "identifier",
    [
        "order-01",
        "refund-1",
        "es-article",
        "2026-11-01",
        "mail-2026-11-01",
        "1-2",
        "v1.2.3",
        "0123456789ab-2",
        "a",
        "q1",
        "",
    ],
)
def test_one_by_itself(identifier: str) -> None:
    assert _stem(identifier) == ""


@given(st.text(max_size=300) | st.text("-_.1aq/ ", max_size=120))
def test_any_id_has_a_stem_that_it_begins_with(identifier: str) -> None:
    assert identifier.startswith(_stem(identifier))
