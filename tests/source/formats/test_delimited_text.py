"""Tables: what `csv` reads is read alike, and what spreadsheets and people write besides."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from promptops.errors import PromptError
from promptops.source.formats.delimited_text import read_rows


def rows(text: str, delimiter: str = "") -> list[list[str]]:
    return [cells for _, cells in read_rows(text, "c.csv", delimiter)]


def refusal(text: str) -> PromptError:
    with pytest.raises(PromptError) as caught:
        rows(text)
    return caught.value


def test_spaces_around_a_cell_are_no_part_of_it_and_those_in_quotes_are() -> None:
    text = 'q, kind ,a\n1,capital, Paris\n2,"  city "," Rome "\n3, "Oslo" ,\t"a ""b"" "\t\n4,\u00a0x\u00a0,5" pipe\n'
    assert rows(text) == [
        ["q", "kind", "a"],
        ["1", "capital", "Paris"],
        ["2", "  city ", " Rome "],
        ["3", "Oslo", 'a "b" '],
        ["4", "x", '5" pipe'],
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_first_row_shows_what_parts_the_cells(delimiter: str) -> None:
    text = 'q,a\n"x, y; z\t!",3\n'.replace(",", delimiter)
    assert rows(text) == [["q", "a"], [f"x{delimiter} y; z\t!".replace(",", delimiter), "3"]]


def test_neither_rows_without_a_value_nor_line_breaks_in_names_hide_what_parts_the_cells() -> None:
    assert rows(';;\n""\n"a, or\nb";c\n1,5;2\n') == [["a, or\nb", "c"], ["1,5", "2"]]
    assert rows("\n;;\n;x;y\n1;2;3\n") == [["", "x", "y"], ["1", "2", "3"]]


def test_a_decimal_comma_stays_text() -> None:
    assert rows("Frage;Preis\nWas kostet das?;3,50\n") == [["Frage", "Preis"], ["Was kostet das?", "3,50"]]


@pytest.mark.parametrize("first", ["sep=;", "SEP=;", '"sep=;"', "sep=;;", "sep=;\r"])
def test_a_line_for_excel_says_what_parts_the_cells_and_is_no_row(first: str) -> None:
    assert list(read_rows(f"{first}\na,b;c\n1;2\n", "c.csv")) == [(2, ["a,b", "c"]), (3, ["1", "2"])]


def test_of_several_marks_in_the_first_row_the_one_that_fits_all_rows_parts_the_cells() -> None:
    assert rows("q,answer (a; b)\nx,1; 2; 3\n")[1] == ["x", "1; 2; 3"]
    assert rows("q;answer (a, b)\nx;1, 2, 3\n")[1] == ["x", "1, 2, 3"]
    assert rows('"q;r",a\nx,y\n') == [["q;r", "a"], ["x", "y"]]
    problem = refusal("a;b, c\n1;2, 3\n")
    assert "could be parted by commas or by semicolons" in str(problem)
    assert "sep=;" in problem.hint


@pytest.mark.parametrize("blank", ["", ",,", " , , ", '"",,', "\t"])
def test_rows_without_a_value_are_passed_over(blank: str) -> None:
    assert list(read_rows(f"{blank}\na,b,c\n{blank}\n1,2,3\n{blank}", "c.csv", ",")) == [
        (2, ["a", "b", "c"]),
        (4, ["1", "2", "3"]),
    ]


@pytest.mark.parametrize("end", ["\n", "\r"])
def test_lines_may_end_as_on_an_old_mac(end: str) -> None:
    assert rows(f"a,b{end}1,2{end}") == [["a", "b"], ["1", "2"]]


def test_a_cell_may_be_longer_than_python_reads() -> None:
    long = "x" * 3_000_000
    assert rows(f'a,b\n{long},"{long}"\n')[1] == [long, long]


@pytest.mark.parametrize(
    ("text", "message", "where"),
    [
        ('a\n1\n"x\ny\n', "the quote that opens here is never closed", "c.csv:3:1"),
        ('a,b\n1, "x""\n\n\n', "never closed", "c.csv:2:4"),
        ('a,b\n"1\n2" 3,x\n', "a text goes on after its closing quote", "c.csv:3:3"),
    ],
)
def test_a_quote_that_is_wrong_is_named_with_its_place(text: str, message: str, where: str) -> None:
    problem = refusal(text)
    assert message in str(problem)
    assert problem.where == where
    assert '""' in problem.hint


_CELLS = st.text(st.sampled_from('ab,;\t"\n é\u00a0=\u2028\r'), max_size=8)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.lists(_CELLS, min_size=2, max_size=4), max_size=6), st.sampled_from(",;\t"))
@example([['"', '""'], [" x ", "\n"]], ";")
def test_what_a_spreadsheet_puts_in_quotes_comes_back_as_it_was(table: list[list[str]], delimiter: str) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(table)
    assert rows(out.getvalue(), delimiter) == [row for row in table if any(row)]


@settings(deadline=None, max_examples=300)
@given(
    st.lists(st.lists(_CELLS.filter(lambda cell: "\r" not in cell), max_size=4), max_size=6), st.sampled_from(",;\t")
)
def test_what_needs_no_quotes_comes_back_without_its_outer_spaces(table: list[list[str]], delimiter: str) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows([*row, "end"] for row in table)
    read = csv.reader(io.StringIO(out.getvalue(), newline=""), delimiter=delimiter)
    stripped = [[cell.strip() for cell in row] for row in read]
    assert [[cell.strip() for cell in row] for row in rows(out.getvalue(), delimiter)] == stripped


@settings(deadline=None, max_examples=500)
@given(st.text(st.sampled_from('a,;\t"\n\r sep=|'), max_size=60))
@example('"' * 61)
@example('a\n"\t"x')
def test_any_text_gives_rows_or_a_place(text: str) -> None:
    try:
        found = list(read_rows(text, "c.csv"))
    except PromptError as exc:
        line = int(exc.where.split(":")[1])
        assert 1 <= line <= text.count("\n") + text.count("\r") + 1
    else:
        assert [line for line, _ in found] == sorted({line for line, _ in found})
        assert all(any(cells) for _, cells in found)
