from __future__ import annotations

import json
import random
import re
import sys
from pathlib import PurePosixPath
from typing import Any

import pytest

from promptops.errors import PromptError, PromptopsError
from promptops.model.suite import Case
from promptops.source.formats.cases import make_cases
from promptops.templating.value_text import as_text
from tests.conftest import ProjectBuilder

HEAD = "prompt: a\nevaluators: [{name: c, string: {contains: x}}]\n"


@pytest.fixture
def load(project: ProjectBuilder) -> Any:
    """`load(testData, files)`: the cases of a suite with this `testData:` value."""

    def run(data: str, files: dict[str, str | bytes] | None = None) -> tuple[Case, ...]:
        built = project({"evals/s.eval.yml": HEAD + f"testData: {data}\n", **(files or {})})
        return built.suite("s").cases

    return run


def refusal(load: Any, data: str, files: dict[str, str | bytes] | None = None) -> PromptopsError:
    with pytest.raises(PromptopsError) as caught:
        load(data, files)
    return caught.value


def test_inline_cases(load: Any) -> None:
    first, second = load(
        "\n  - {q: one, id: a, tags: [x, 7], split: held-out, source: run}\n  - q: 1.10\n    expected: 010\n    n: 5"
    )
    assert first == Case("a", {"q": "one"}, ("x", "7"), "held-out", PurePosixPath("evals/s.eval.yml"), 4)
    assert first.held_out
    assert not second.held_out
    assert second.fields == {"q": "1.10", "expected": "010", "n": 5}
    assert second.line == 5
    assert re.fullmatch("[0-9a-f]{12}", second.id)


def test_reserved_keys_are_no_fields_and_change_no_id(load: Any) -> None:
    plain, dressed = load("\n  - {q: 1}\n  - {q: 1, tags: t, split: dev, source: s, promptops: {a: 1}, id: }")
    assert dressed.fields == plain.fields == {"q": 1}
    assert dressed.id == f"{plain.id}-2"
    assert dressed.tags == ("t",)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("c.jsonl", '\n{"q": "é", "n": "1"}\n   \n{"q": "b", "n": "2"}'),
        ("c.jsonl", '\r\n{"q": "\\u00e9", "n": "1"}\r\n\r\n{"n": "2", "q": "b"}\r\n'),
        ("c.csv", "\nq,n\né,1\nb,2\n"),
        ("c.csv", b"\xef\xbb\xbf" + 'n,q\r\n1,"é"\r\n2,b\r\n'.encode()),
        ("c.yml", '- {q: é, n: "1"}\n- n: "2"\n  q: b\n'),
    ],
)
def test_every_format_gives_the_same_cases_and_ids(load: Any, name: str, content: str | bytes) -> None:
    cases = load(name, {f"evals/{name}": content})
    assert [case.fields for case in cases] == [{"q": "é", "n": "1"}, {"q": "b", "n": "2"}]
    assert [case.id for case in cases] == [case.id for case in load('[{q: é, n: "1"}, {q: b, n: "2"}]')]
    assert {case.path for case in cases} == {PurePosixPath(f"evals/{name}")}


def test_cases_have_the_line_where_they_begin(load: Any) -> None:
    text = 'q,n\n\n"one\ntwo",1\nb,2\n"c\r\nd",3\n'
    assert [(case.line, case.fields["q"]) for case in load("c.csv", {"evals/c.csv": text})] == [
        (3, "one\ntwo"), (5, "b"), (6, "c\nd"),
    ]  # fmt: skip
    assert [case.line for case in load("c.jsonl", {"evals/c.jsonl": '{"a": 1}\n\n{"a": 2}\n'})] == [1, 3]
    assert [case.line for case in load("c.yml", {"evals/c.yml": "\n- a: 1\n\n- a: 2\n"})] == [2, 4]


def test_a_glob_of_yaml_files_one_case_or_many_each(load: Any) -> None:
    files = {"evals/set/b.yml": "- a: 2\n- a: 3\n", "evals/set/a.yml": "a: 1\n", "evals/set/deep/c.yaml": "a: 4\n"}
    assert [case.fields["a"] for case in load("set/*.yml", files)] == [1, 2, 3]
    assert [case.fields["a"] for case in load("set/**/*.y*ml", files)] == [1, 2, 3, 4]
    assert [case.fields["a"] for case in load("../evals/set/a.yml", files)] == [1]


def test_csv_cells_are_text_and_an_empty_id_is_none(load: Any) -> None:
    one, two = load("c.csv", {"evals/c.csv": "id,q,tags\nx,010,a b\n,true,\n"})
    assert (one.id, one.fields, one.tags) == ("x", {"q": "010"}, ("a", "b"))
    assert (two.fields, two.tags) == ({"q": "true"}, ())
    assert len(two.id) == 12


def test_ids_survive_a_new_order_of_cases_and_keys() -> None:
    raw = [{"q": f"question {n}", "deep": {"b": n, "a": [1, None]}} for n in range(20)]
    shuffled = [dict(reversed(fields.items())) for fields in random.Random(1).sample(raw, 20)]
    path = PurePosixPath("c.jsonl")
    ids = {json.dumps(c.fields, sort_keys=True): c.id for c in make_cases((f, path, 1) for f in raw)}
    assert {json.dumps(c.fields, sort_keys=True): c.id for c in make_cases((f, path, 9) for f in shuffled)} == ids
    assert len(set(ids.values())) == 20


def test_an_id_is_the_same_in_every_release() -> None:
    (case,) = make_cases([({"input": "hello", "n": 1}, PurePosixPath("c"), 1)])
    # sha256 of {"input":"hello","n":1}: labels and base results name cases by it
    assert case.id == "c0e49ece6a91"


def test_twins_are_numbered(load: Any) -> None:
    first, second, third = load("[{q: a}, {q: a}, {q: a}]")
    assert [second.id, third.id] == [f"{first.id}-2", f"{first.id}-3"]


def test_in_foreign_cases_every_key_is_a_field() -> None:
    written = {"q": "a", "id": 7, "tags": "x y", "split": "dev", "source": "s", "promptops": {"a": 1}}
    raw = [(fields, PurePosixPath("c"), 1) for fields in (written, written | {"q": "b"}, {"id": "7-2"})]
    first, *others = make_cases(raw, foreign=True)
    assert (first.fields, first.tags, first.split) == (written, ("x", "y"), "dev")
    assert [case.id for case in (first, *others)] == ["7", "7-2", "7-2-2"]


def test_only_a_prompt_without_inputs_has_foreign_cases(project: ProjectBuilder) -> None:
    text = "messages: [{role: user, content: hi}]\ntestData: [{q: a, source: s}]\n"
    own = project({"prompts/a.prompt.yml": text + "inputs: {}\n"}).prompt("a").test_data[0]
    foreign = project({"prompts/a.prompt.yml": text}).prompt("a").test_data[0]
    assert (own.fields, foreign.fields) == ({"q": "a"}, {"q": "a", "source": "s"})


def test_an_id_used_twice_names_both_lines(load: Any) -> None:
    text = '{"id": "x"}\n{"id": "y"}\n{"id": "x", "a": 1}\n'
    problem = refusal(load, "c.jsonl", {"evals/c.jsonl": text})
    assert "'x' is used twice" in str(problem)
    assert problem.where == "evals/c.jsonl:3"
    assert problem.hint == "the other is at evals/c.jsonl:1"


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ('{"a": 1,}', 8 if sys.version_info >= (3, 13) else 9),  # the comma, or what should follow it
        ("{'a': 1}", 2),
        ("nonsense", 1),
        ('{"a": 1} x', 10),
    ],
)
def test_a_bad_json_line_is_named_with_its_place(load: Any, line: str, column: int) -> None:
    problem = refusal(load, "c.jsonl", {"evals/c.jsonl": f'{{"a": 1}}\n{line}\n'})
    assert "this line is not JSON" in str(problem)
    assert problem.where == f"evals/c.jsonl:2:{column}"


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ('{"a": 1},', "take out the comma at the end of the line"),
        ('{"a": 1,}', "take out the comma before the closing }"),
        ("{“a”: “b”}", "write straight quotes"),
        ('{"a": "b\tc"}', "write \\t for a tab"),
        ('{"a": "b"', "a closing } is missing"),
        ("[", "begins with {"),
        ("{'a': 'b'}", "write \" and not '"),
    ],
)
def test_what_is_most_likely_wrong_with_a_line_is_said(load: Any, line: str, hint: str) -> None:
    assert hint in refusal(load, "c.jsonl", {"evals/c.jsonl": f"{line}\n"}).hint


@pytest.mark.parametrize(
    ("line", "reason", "column"),
    [
        ('{"a": 1, "a": 2}', "the key 'a' stands twice", 10),
        ('{"a": {"b": 1, "b": 1}}', "the key 'b' stands twice", 16),
        ('{"a": NaN}', "NaN is not a value", 7),
        ('{"a": [-Infinity]}', "-Infinity is not a value", 8),
        ('{"a": 1e400}', "1e400 is too large for a number", 7),
        ('{"a": -1.5e+999}', "-1.5e+999 is too large for a number", 7),
        ('{"a": 1e-400}', "1e-400 is too close to 0 for a number", 7),
        (f'{{"a": {"7" * 5000}}}', "a number has thousands of digits", 1),
        ("[" * 100_000, "nested more than 50 levels deep", 1),
        ('{"a": ' + "[" * 51 + "]" * 51 + "}", "nested more than 50 levels deep", 1),
        ('{"a": "\\uD83D"}', "\\ud83d is only half of a character", 1),
    ],
)
def test_json_that_would_not_mean_what_it_says_is_refused(load: Any, line: str, reason: str, column: int) -> None:
    problem = refusal(load, "c.jsonl", {"evals/c.jsonl": f'{{"a": 1}}\n{line}\n'})
    assert reason in str(problem)
    assert problem.where == f"evals/c.jsonl:2:{column}"
    assert problem.hint


@pytest.mark.parametrize(
    ("written", "value", "text"),
    [
        ("1e21", 1e21, "1e+21"),
        ("1E2", 100.0, "100.0"),
        ("0e-400", 0.0, "0.0"),
        ("-0", 0, "0"),
        ("-0.0", 0.0, "-0.0"),
        ("1.0", 1.0, "1.0"),
        ("12345678901234567890123", 12345678901234567890123, "12345678901234567890123"),
        ('"\\ud83d\\ude00"', "😀", "😀"),
    ],
)
def test_a_number_is_what_json_says_and_reads_as_json_writes_it(load: Any, written: str, value: Any, text: str) -> None:
    (case,) = load("c.jsonl", {"evals/c.jsonl": f'{{"a": {written}}}'})
    assert case.fields["a"] == value
    assert type(case.fields["a"]) is type(value)
    assert as_text(case.fields["a"]) == text


@pytest.mark.parametrize(
    ("name", "text", "message", "where"),
    [
        ("c.jsonl", "[1]\n", "not a case", "evals/c.jsonl:1"),
        ("c.csv", "a,b\n1\n", "1 cell, the first row has 2", "evals/c.csv:2"),
        ("c.csv", "a,b\n1,2,3\n", "3 cells", "evals/c.csv:2"),
        ("c.csv", "a,a\n1,2\n", "same name", "evals/c.csv:1"),
        ("c.csv", 'a\n"x"y\n', "not a CSV table", "evals/c.csv:2"),
        ("c.csv", 'a\n"x\n', "not a CSV table", "evals/c.csv:2"),
        ("c.yml", "- a: 1\n  a: 2\n", "'a' stands here and on line 1", "evals/c.yml:2:3"),
        ("c.yml", "- a\n", "not a case", "evals/c.yml:1"),
        ("c.yml", "a: [\n", "", "evals/c.yml:"),
        ("c.txt", "a", "not a file of cases", "evals/s.eval.yml:3:11"),
        ("c.xlsx", "a", "not a file of cases", "evals/s.eval.yml:3:11"),
        ("c.json", "[]", "not a file of cases", "evals/s.eval.yml:3:11"),
    ],
)
def test_a_bad_file_is_named_with_the_line(load: Any, name: str, text: str, message: str, where: str) -> None:
    problem = refusal(load, name, {f"evals/{name}": text})
    assert message in str(problem)
    assert problem.where.startswith(where)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("none.jsonl", "'evals/none.jsonl' cannot be read: no such file"),
        ("set/*.yml", "no file matches"),
        ("sub.jsonl", "a folder"),
    ],
)
def test_a_missing_file_is_told_where_it_is_named(load: Any, data: str, message: str) -> None:
    problem = refusal(load, data, {"evals/sub.jsonl/x": ""})
    assert isinstance(problem, PromptError)
    assert message in str(problem)
    assert problem.where == "evals/s.eval.yml:3:11"
    assert problem.hint


@pytest.mark.parametrize(
    ("data", "instead"),
    [("data\\cases.jsonl", "data/cases.jsonl"), ("..\\evals\\data\\*.jsonl", "../evals/data/*.jsonl")],
)
def test_a_path_of_windows_is_told_in_words(load: Any, data: str, instead: str) -> None:
    problem = refusal(load, data, {"evals/data/cases.jsonl": "{}"})
    assert problem.args[0] == f"'{data}': a backslash parts folders on Windows only"
    assert (problem.where, problem.hint) == ("evals/s.eval.yml:3:11", f"write {instead}")


def test_a_path_on_a_drive_of_windows_is_no_path_to_write_with_other_slashes(load: Any) -> None:
    problem = refusal(load, "C:\\data\\c.csv")
    assert problem.args[0] == "'C:\\data\\c.csv': the path is outside the project"
    assert problem.hint == "use a path inside the project"


def test_a_row_with_curly_quotes_is_told_what_quotes_a_table_has(load: Any) -> None:
    problem = refusal(load, "c.csv", {"evals/c.csv": "q,note\nWas?,“Drei, vielleicht”\n"})
    assert problem.hint.startswith('write straight quotes (") and not curly ones')


@pytest.mark.parametrize(
    "written",
    [["a", " b "], " a , b", "a;b", "a b", '["a", "b"]', ["a", None, "", "b"]],
)
def test_tags_in_every_spelling(written: Any) -> None:
    (made,) = make_cases([({"tags": written}, PurePosixPath("c.csv"), 1)])
    assert made.tags == ("a", "b")


@pytest.mark.parametrize("data", ["../../x.jsonl", "/etc/passwd.jsonl", '"a\\0b.jsonl"', "../../*.jsonl"])
def test_a_file_outside_the_project_is_refused(load: Any, data: str) -> None:
    assert "outside the project" in str(refusal(load, data)) or "not allow" in str(refusal(load, data))


def test_spaces_of_a_csv_cell_are_not_what_is_looked_for(load: Any) -> None:
    one, two = load("c.csv", {"evals/c.csv": 'id , kind,expected\n1,capital, Paris\n2 , capital ," Oslo"\n'})
    assert (one.id, one.fields) == ("1", {"kind": "capital", "expected": "Paris"})
    assert (two.id, two.fields) == ("2", {"kind": "capital", "expected": " Oslo"})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("c.csv", "q;note\r\nWas?;3,50\r\n"),
        ("c.csv", "sep=;\r\nq;note\r\nWas?;3,50\r\n"),
        ("c.csv", "q\tnote\nWas?\t3,50\n"),
        ("c.tsv", "q\tnote\nWas?\t3,50\n"),
        ("C.CSV", "q;note\nWas?;3,50\n"),
        ("c.tsv", "\ufeffq\tnote\r\nWas?\t3,50\r\n"),
        ("c.csv", 'q,note,,\nWas?,"3,50",,\n,,,\n'),
        ("c.tsv", "q;note\nWas?;3,50\n"),
        ("c.csv", "q|note\nWas?|3,50\n"),
        ("c.csv", "q,note\rWas?,\"3,50\"\r"),
        ("c.csv", "\ufeffq , note\nWas?,\"3,50\",\n"),
    ],
)  # fmt: skip
def test_tables_are_read_as_spreadsheets_of_all_countries_save_them(load: Any, name: str, text: str) -> None:
    (case,) = load(name, {f"evals/{name}": text})
    assert case.fields == {"q": "Was?", "note": "3,50"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("q\ncafé\n".encode("cp1252"), "é is saved in an old Windows encoding, not UTF-8"),
        ("q\ncafé\n".encode("utf-16"), "the file is saved as UTF-16"),
        ("q\ncafé\n".encode("utf-16-le"), "holds a NUL character"),
        (b"PK\x03\x04 and so on", "this is a spreadsheet and no CSV table"),
    ],
)
@pytest.mark.parametrize("name", ["c.csv", "c.tsv"])
def test_a_table_in_another_encoding_says_how_to_save_it(load: Any, name: str, content: bytes, message: str) -> None:
    problem = refusal(load, name, {f"evals/{name}": content})
    assert message in str(problem)
    assert problem.where.startswith(f"evals/{name}")
    assert 'choose "CSV UTF-8"' in problem.hint


@pytest.mark.parametrize(
    ("text", "message", "where"),
    [
        ("a,b,\n1,2,x\n", "this row has 3 cells, the first row has 2", "evals/c.csv:2"),
        ("a,,b\n1,,2\n1,x,2\n", "a cell stands in a column without a name", "evals/c.csv:3"),
        ("a, a\n1,2\n", "two columns have the same name: 'a'", "evals/c.csv:1"),
        ('a,"a "\n1,2\n', "two columns have the same name: 'a'", "evals/c.csv:1"),
        ("q\nHello, you\n", "this row has 2 cells, the first row has 1", "evals/c.csv:2"),
    ],
)
def test_cells_without_a_column_are_named(load: Any, text: str, message: str, where: str) -> None:
    problem = refusal(load, "c.csv", {"evals/c.csv": text})
    assert (message in str(problem), problem.where) == (True, where)


def test_a_table_of_names_alone_has_no_cases(load: Any) -> None:
    assert load("c.csv", {"evals/c.csv": "q,a\n,\n"}) == load("c.csv", {"evals/c.csv": "\n"}) == ()
