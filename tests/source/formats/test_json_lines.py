"""Lines of JSON: what is built from them, and the line that is told to be wrong."""

from __future__ import annotations

import pytest

from promptops.errors import PromptError
from promptops.source.formats.json_text.json_lines import parse_json_lines


def parse(text: str) -> tuple[int, ...]:
    return parse_json_lines(text, "evals/labels/a.jsonl", lambda entry: int(entry["n"]), "a number", "write one")


def test_blank_lines_count_and_say_nothing() -> None:
    assert parse("") == ()
    assert parse('{"n": 1}\n\n \r\n{"n": "2"}') == (1, 2)


@pytest.mark.parametrize("line", ["{", "[]", "1", "{}", '{"n": "x"}', '{"n": null}', "[" * 100_000])
def test_the_first_wrong_line_is_named(line: str) -> None:
    with pytest.raises(PromptError, match=r"^evals/labels/a.jsonl:3: this line is not a number") as caught:
        parse(f'{{"n": 1}}\n\n{line}\n{{')
    assert caught.value.hint == "write one"


@pytest.mark.parametrize(
    ("line", "reason"), [('{"n": 1, "n": 2}', "the key 'n' stands twice"), ('{"n": NaN}', "NaN is not a value")]
)
def test_json_that_would_not_mean_what_it_says_is_told_with_the_reason(line: str, reason: str) -> None:
    with pytest.raises(PromptError, match=rf"^evals/labels/a.jsonl:1: this line is not a number: {reason}"):
        parse(line)
