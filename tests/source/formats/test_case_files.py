"""Whatever a file of cases holds, there are cases that can be used, or one error that says where and what to do."""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from promptops.errors import PromptopsError
from promptops.model.canonical_json import canonical_json
from promptops.source.formats.case_files import read_case_file
from promptops.source.formats.cases import make_cases
from promptops.templating.value_text import as_text

_WORDS = ("split ", "tags", "id", "1e400", "NaN", "\\ud800", "\\u0000", "\ufeff", "sep=;", "held-out", "Split")
_PIECES = st.sampled_from([*"\"',;\t\n\ra{}[]# é\0", "\r\n", ": ", "- ", '{"a": 1}', '{"split": "held-out"}', *_WORDS])
_BYTES = st.one_of(st.lists(_PIECES, max_size=30).map(lambda parts: "".join(parts).encode()), st.binary(max_size=200))


@pytest.mark.parametrize(("name", "text"), [("c.jsonl", '{"q": "a"}'), ("c.csv", "q\na"), ("c.tsv", "q\na")])
def test_a_byte_order_mark_at_the_beginning_is_passed_over(name: str, text: str) -> None:
    ((fields, _),) = read_case_file(f"\ufeff{text}\n".encode(), PurePosixPath(name))
    assert fields == {"q": "a"}


@pytest.mark.parametrize("name", ["c.jsonl", "c.csv", "c.tsv", "c.yml"])
@settings(deadline=None, max_examples=150)
@given(_BYTES)
@example(b'{"a": "\\ud800"}')
@example("\ufeffa,b\n1,2".encode("utf-16"))
@example(b"a,b\n" + b'"' * 999)
@example(b"[" * 9999)
def test_any_bytes_give_cases_or_a_place(name: str, content: bytes) -> None:
    path = PurePosixPath(name)
    problem = None
    try:
        cases = make_cases((fields, path, line) for fields, line in read_case_file(content, path))
    except PromptopsError as exc:
        problem, cases = exc, ()
    if problem is not None:
        assert re.fullmatch(rf"{name}(:\d+(:\d+)?)?", problem.where)
        assert problem.args[0]
    assert len({case.id for case in cases}) == len(cases)
    for case in cases:
        canonical_json(case.fields).decode()
        for value in case.fields.values():
            as_text(value).encode()


_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=10,
)


@settings(deadline=None, max_examples=200)
@given(st.dictionaries(st.text(), _VALUES, max_size=4), st.booleans())
def test_what_json_writes_is_read_as_it_was(fields: dict[str, Any], ascii_only: bool) -> None:
    written = json.dumps(fields, ensure_ascii=ascii_only).encode()
    assert list(read_case_file(written, PurePosixPath("c.jsonl"))) == [(fields, 1)]
