from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.model.canonical_json import canonical_json, digest

# Any text, half a surrogate pair too: JSON may hold one.
TEXTS = st.text(st.characters(codec=None))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"b": 1, "a": [True, None, 1.5]}, b'{"a":[true,null,1.5],"b":1}'),
        ({"é": "😀"}, '{"é":"😀"}'.encode()),
        ((1, 2), b"[1,2]"),
        ("a\n\u2028b", '"a\\n\u2028b"'.encode()),
        ("\ud800", b'"\xed\xa0\x80"'),
    ],
)
def test_the_bytes_are_these(value: object, written: bytes) -> None:
    assert canonical_json(value) == written


@given(st.dictionaries(TEXTS, VALUES, max_size=6))
def test_the_order_of_keys_makes_no_difference(value: dict[str, Any]) -> None:
    turned = dict(reversed(value.items()))
    assert canonical_json(value) == canonical_json(turned)
    assert digest(value) == digest(turned)


@given(VALUES)
def test_the_bytes_say_the_whole_value_in_one_line(value: object) -> None:
    written = canonical_json(value)
    assert json.loads(written.decode("utf-8", "surrogatepass")) == value
    assert b"\n" not in written


def test_a_digest_is_the_sha256_of_the_bytes() -> None:
    assert digest({"a": 1}) == "sha256:" + hashlib.sha256(b'{"a":1}').hexdigest()
    assert digest({"a": 1}) != digest({"a": "1"})
