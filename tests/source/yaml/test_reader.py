from __future__ import annotations

import re
import time
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from promptops.model.finding import Span
from promptops.source.yaml.reader import MAX_DEPTH, Node, YamlProblem, all_duplicates, read_yaml, resolve_scalar


def at(node: Node, *path: str | int) -> Node:
    for step in path:
        node = node.value[step]
    return node


def refusal(text: str) -> YamlProblem:
    with pytest.raises(YamlProblem) as caught:
        read_yaml(text, "f.yml")
    return caught.value


STYLES = """\
plain: some words
single: 'it''s'
double: "a\\tb"
literal: |
  one
  two
folded: >-
  one
  two
flow: {a: [1, "zwei"], b: }
empty:
list:
  - first
  -   - nested
"""


def test_every_value_has_its_place_and_style() -> None:
    node = read_yaml(STYLES)
    places = {
        ("plain",): (1, 8, None),
        ("single",): (2, 9, "'"),
        ("double",): (3, 9, '"'),
        ("literal",): (4, 10, "|"),
        ("folded",): (7, 9, ">"),
        ("flow",): (10, 7, None),
        ("flow", "a"): (10, 11, None),
        ("flow", "a", 0): (10, 12, None),
        ("flow", "a", 1): (10, 15, '"'),
        ("empty",): (11, 7, None),
        ("list", 0): (13, 5, None),
        ("list", 1): (14, 7, None),
        ("list", 1, 0): (14, 9, None),
    }
    for path, (line, column, style) in places.items():
        found = at(node, *path)
        assert (found.span.line, found.span.column, found.style) == (line, column, style), path
    assert node.key_spans["single"] == Span(2, 1, 2, 7)
    assert at(node, "plain").span == Span(1, 8, 1, 18)
    assert at(node, "flow").span == Span(10, 7, 10, 28)
    assert node.as_written() == {
        "plain": "some words", "single": "it's", "double": "a\tb", "literal": "one\ntwo\n", "folded": "one two",
        "flow": {"a": [1, "zwei"], "b": None}, "empty": None, "list": ["first", ["nested"]],
    }  # fmt: skip


def test_columns_count_characters_not_bytes() -> None:
    node = read_yaml("ключ: 😀\n😀: {x: é, y: z}\n")
    assert at(node, "ключ").span == Span(1, 7, 1, 8)
    assert at(node, "😀", "y").span == Span(2, 14, 2, 15)


@pytest.mark.parametrize(
    "text", ["on", "off", "yes", "no", "y", "n", "12:30:45", "0x1F", "0o17", "1_000", ".inf", ".nan"]
)
def test_words_and_times_stay_text(text: str) -> None:
    assert resolve_scalar(text) == text
    assert read_yaml(f"k: {text}").as_written() == {"k": text}


def test_keys_are_always_text() -> None:
    node = read_yaml("on: 1\n010: 2\ntrue: 3\n~: 4\n")
    assert list(node.value) == ["on", "010", "true", "~"]


@pytest.mark.parametrize(
    ("text", "value", "written"),
    [
        ("010", 10, "010"),
        ("1.10", 1.1, "1.10"),
        ("+5", 5, "+5"),
        ("-0", 0, "-0"),
        ("1e3", 1000.0, "1e3"),
        (".5", 0.5, ".5"),
        ("7", 7, 7),
        ("-1.5", -1.5, -1.5),
        ("true", True, True),
        ("~", None, None),
    ],
)
def test_a_spelling_is_kept_as_data_of_a_case_and_is_a_number_as_a_setting(text: str, value: Any, written: Any) -> None:
    node = read_yaml(f"k: [{text}]")
    for found, wanted in ((node.as_data(), value), (node.as_written(), written)):
        assert found == {"k": [wanted]}
        assert type(found["k"][0]) is type(wanted)


def test_quoted_scalars_are_text() -> None:
    assert read_yaml("- '1'\n- \"true\"\n- ''\n- |-\n  5\n").as_written() == [
        "1",
        "true",
        "",
        "5",
    ]


@pytest.mark.parametrize("text", ["12345678901234567890", "9" * 5000, "1e999", "-1e999"])
def test_numbers_too_large_to_be_meant_stay_text(text: str) -> None:
    assert resolve_scalar(text) == text


def test_duplicate_keys_keep_both_places_and_the_first_value() -> None:
    node = read_yaml("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n")
    assert node.as_written() == {"a": 1, "b": {"c": 1}}
    assert [(key, one.line, other.line) for key, one, other in all_duplicates(node)] == [("a", 1, 5), ("c", 3, 4)]


def test_a_bomb_of_merge_keys_is_refused_at_once() -> None:
    levels = "".join(f"l{n}: &a{n}\n  <<: [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 13))
    start = time.perf_counter()
    problem = refusal("l0: &a0 {x: 1}\n" + levels)
    assert time.perf_counter() - start < 0.05
    assert "cannot begin with &" in problem.message
    assert problem.span.line == 1


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("a: 1\nb: *x\n", "begin with *", 2, 4),
        ("a: &x 1\n", "begin with &", 1, 4),
        ("a:\n  <<: {b: 1}\n", "merge keys", 2, 3),
        ("a: !!python/object:os.system x\n", "begin with !", 1, 4),
        ("a: !!python/object {}\n", "begin with !", 1, 4),
        ("a: ! x\n", "begin with !", 1, 4),
        ("a: 1\n---\nb: 2\n", "second document", 2, 1),
        ("", "empty", 1, 1),
        ("# only a comment\n", "empty", 1, 1),
        ("[" * 900, f"more than {MAX_DEPTH} levels", 1, MAX_DEPTH + 1),
        ("- " * 100_000, f"more than {MAX_DEPTH} levels", 1, 2 * MAX_DEPTH + 1),
        ("{a: " * 1000, f"more than {MAX_DEPTH} levels", 1, 4 * MAX_DEPTH + 1),
        ("é: 'ü'\nb: x\x07y\n", "U+0007", 2, 5),
        ("a: 1\nb: x\u2028y\n", "U+2028", 2, 5),
        ("a: x\ry\n", "U+000D", 1, 5),
        ("a: \x85\n", "U+0085", 1, 4),
        ("\ud800", "U+D800", 1, 1),
    ],
)
def test_what_could_explode_or_be_guessed_is_refused_at_its_place(
    text: str, message: str, line: int, column: int
) -> None:
    problem = refusal(text)
    assert message in problem.message
    assert (problem.span.line, problem.span.column) == (line, column)
    assert problem.where == f"f.yml:{line}:{column}"


def test_as_many_brackets_as_libyaml_itself_refuses_are_told_alike() -> None:
    problem = refusal("[" * 100_000)
    assert problem.message == f"nested more than {MAX_DEPTH} levels deep"
    # Newer versions of libyaml read brackets ahead and stop at the thousandth.
    assert problem.span.line == 1
    assert problem.span.column in (MAX_DEPTH + 1, 1001)


@pytest.mark.parametrize("text", ["? [a]\n: b\n", "{a: b}: c\n", "content: {{ name }}\n"])
def test_a_list_or_group_as_a_key_is_refused(text: str) -> None:
    assert refusal(text).span.line == 1


def test_quoted_merge_signs_are_ordinary_keys() -> None:
    assert read_yaml("'<<': 1").as_written() == {"<<": 1}


def test_depth_just_below_the_limit_is_read() -> None:
    assert read_yaml("[" * MAX_DEPTH + "]" * MAX_DEPTH).kind == "sequence"


def test_a_mistake_is_told_with_its_line_and_what_to_do() -> None:
    problem = refusal("a: 1\nb: x: y\n")
    assert problem.span.line == 2
    assert problem.hint


class Core(yaml.CSafeLoader):
    """PyYAML with the scalars of YAML 1.2: the yardstick for ordinary documents."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012


for tag, pattern, first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+0123456789."),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
):
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))

words = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\ufeff\ufffe\uffff")
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | words
    | st.sampled_from(["on", "010", "1.10", "a\nb\n"])
)
documents = st.recursive(
    scalars,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(words, children, max_size=4),
    max_leaves=12,
)


@given(documents, st.booleans())
@settings(deadline=None)
def test_documents_written_by_pyyaml_come_back(document: object, flow: bool) -> None:
    text = yaml.safe_dump(document, default_flow_style=flow, allow_unicode=True, width=40)
    assert read_yaml(text).as_data() == document


@pytest.mark.parametrize(
    "text",
    [
        STYLES,
        "a: 1\nb: -2.5\nc: [x, 'y', {z: 1e3}]\n",
        "text: |+\n  a\n\n\nnext: >\n  folded\n  text\n\n  more\n",
        "multi: one\n  two\n  three\nquoted: 'one\n\n  two'\n",
        "- {}\n- []\n-\n- ''\n- |2\n    indented\n",
        "? a\n: b\nurl: http://x/y#z\ntime: 12:30\n",
    ],
)
def test_ordinary_documents_read_as_yaml_1_2_reads_them(text: str) -> None:
    assert read_yaml(text).as_data() == yaml.load(text, Loader=Core)


@given(st.text(st.sampled_from("ab:-[]{}#|>'\"\n \t&*!?%,0.~\u2028é")) | st.text())
@settings(deadline=None, max_examples=400)
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    lines = text.count("\n") + 2
    problem, node = None, None
    try:
        node = read_yaml(text)
    except YamlProblem as exc:
        problem = exc
    if node is None:
        assert problem is not None
        assert 1 <= problem.span.line <= lines
        assert problem.span.column >= 1
        return
    rows = [*text.split("\n"), ""]
    for found in walk(node):
        assert 1 <= found.span.line <= lines
        if found.kind == "scalar" and found.style is None and found.span.line == found.span.end_line:
            assert rows[found.span.line - 1][found.span.column - 1 : found.span.end_column - 1] == found.text


def walk(node: Node) -> list[Node]:
    children = list(node.value.values()) if node.kind == "mapping" else node.value if node.kind == "sequence" else []
    return [node, *(found for child in children for found in walk(child))]
