"""What a person is told to mend in a line of cases that is not JSON."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.errors import PromptError
from promptops.source.formats.case_files import read_case_file
from promptops.source.formats.json_text.strict_json import json_hint

PATH = PurePosixPath("c.jsonl")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"q": 1} // the first', "JSON knows no comments"),
        ("# the cases", "JSON knows no comments"),
        ("// the cases", "JSON knows no comments"),
        ('{"q": 1}{"q": 2}', "begin a new line there"),
        ('{"q": 1};', "something stands behind the case"),
        ('{"q": True}', "JSON writes true, false and null"),
        ('{"q": None}', "JSON writes true, false and null"),
        ('{"q": undefined}', "JSON writes true, false and null"),
        ('{"q": .5}', "JSON writes numbers like 0.5"),
        ('{"q": +1}', "JSON writes numbers like 0.5"),
        ('{"q": 01}', "JSON writes numbers like 0.5"),
        ('{"q": 1.}', "JSON writes numbers like 0.5"),
        ('{"q": 0x1F}', "JSON writes numbers like 0.5"),
        ('{q: "a"}', "a name stands in quotes"),
        ('{"q": "a", q: 1}', "a name stands in quotes"),
        ('{"q": "a"', "a closing } is missing"),
        ("{'q': 'a'}", "write \" and not '"),
        ('{"q": 1,}', "take out the comma before"),
        ('{"q": 1, "q": 2}', "keep one of the two"),
        ('{"q": 1e400}', "correct the value"),
    ],
)
def test_the_hint_says_what_to_mend(line: str, words: str) -> None:
    with pytest.raises(PromptError) as caught:
        list(read_case_file(line.encode(), PATH))
    assert words in caught.value.hint


@given(st.text(max_size=30), st.integers(1, 40))
def test_every_line_has_a_hint(line: str, column: int) -> None:
    assert json_hint(line, column)
