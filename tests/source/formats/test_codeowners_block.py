"""The block in CODEOWNERS: written at the end, written again in its place, and nothing else touched."""

from __future__ import annotations

import pytest

from promptops.errors import SourceError
from promptops.source.formats.codeowners_block import render_block, replace_block, split_around_block

ROWS = ["/a @x", "/b @y"]


def written(text: str, rows: list[str], name: str = "") -> str:
    return replace_block(split_around_block(text, name, "CODEOWNERS"), name, rows)


@pytest.mark.parametrize(
    ("text", "above"),
    [
        ("", ""),
        ("* @all\n", "* @all\n\n"),
        ("* @all", "* @all\n\n"),
        ("* @all\r\n# two", "* @all\r\n# two\r\n\r\n"),
        ("\ufeff* @\udce9\x0c\u2028x\n", "\ufeff* @\udce9\x0c\u2028x\n\n"),
    ],
)
def test_a_new_block_goes_to_the_end_with_the_files_own_line_ends(text: str, above: str) -> None:
    line_end = "\r\n" if "\r" in text else "\n"
    found = written(text, ROWS)
    assert found == above + render_block("", ROWS, line_end)
    assert written(found, ROWS) == found


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_a_block_is_replaced_where_it_is(line_end: str, last: bool) -> None:
    above, below = f"* @all{line_end}", "" if last else f"{line_end}/mine @me"
    block = render_block("", ["/old @x"], line_end)
    assert written(above + block + below, ROWS) == above + render_block("", ROWS, line_end) + below


def test_a_block_at_the_end_without_a_newline_stays_without_one() -> None:
    text = render_block("", ["/old @x"]).rstrip("\n")
    assert written(text, ROWS) == render_block("", ROWS).rstrip("\n")


def test_no_rows_write_no_block_and_empty_one_that_is_there() -> None:
    assert written("* @all", []) == "* @all"
    assert written(render_block("", ROWS), []) == render_block("", [])


def test_each_project_of_a_repository_has_its_own_block() -> None:
    one = written("* @all\n", ["/a/x @a"], "/a")
    both = written(one, ["/b/x @b"], "/b")
    assert both == f"* @all\n\n{render_block('/a', ['/a/x @a'])}\n{render_block('/b', ['/b/x @b'])}"
    assert written(both, ["/a/y @a"], "/a") == both.replace("/a/x @a", "/a/y @a")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("* @all\n# promptops: begin\n/a @x\n", 2),
        ("# promptops: end\n# promptops: begin\n", 1),
        ("x @x\n" + render_block("", ROWS) * 2, 2),
        ("# promptops: end\n", 1),
    ],
)
def test_marks_that_make_no_pair_are_told_with_their_line(text: str, line: int) -> None:
    with pytest.raises(SourceError, match="cannot be told") as caught:
        written(text, ROWS)
    assert caught.value.where == f"CODEOWNERS:{line}"
    assert "take both out" in caught.value.hint
