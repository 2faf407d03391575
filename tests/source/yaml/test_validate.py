from __future__ import annotations

from typing import Any

import pytest

from promptops.evals.registry import KINDS
from promptops.model.schemas.formats import ENVIRONMENT, PROJECT, prompt_schema, suite_schema
from promptops.source.yaml.reader import read_yaml
from promptops.source.yaml.validate import UNKNOWN_KEY, WRONG_TYPE, FormatProblem, to_schema_types, validate_node

MESSAGES = "messages: [{role: user, content: hi}]\n"

PROMPT, SUITE = prompt_schema(KINDS), suite_schema(KINDS)


def problems(text: str, schema: dict[str, Any] = PROMPT) -> list[FormatProblem]:
    return list(validate_node(read_yaml(text), schema))


def only(text: str, schema: dict[str, Any] = PROMPT) -> FormatProblem:
    (found,) = problems(text, schema)
    return found


def test_a_good_file_has_no_problems() -> None:
    assert problems(MESSAGES) == []


@pytest.mark.parametrize(
    ("line", "suggestion"),
    [
        ("modle: x", "model"),
        ("Messages: x", "messages"),
        ("modelparameters: {}", "modelParameters"),
        ("input: {}", "inputs"),
    ],
)
def test_a_misspelt_key_is_suggested_at_its_place(line: str, suggestion: str) -> None:
    problem = only(MESSAGES + line + "\n")
    assert problem.code == UNKNOWN_KEY
    assert problem.span.line == 2
    assert problem.span.column == 1
    assert problem.hint == f"did you mean '{suggestion}'?"


def test_a_key_like_nothing_gets_the_list() -> None:
    assert "messages" in only(MESSAGES + "zzz: 1\n").hint


def test_a_missing_key_is_named() -> None:
    problem = only("name: x\n")
    assert problem.code == WRONG_TYPE
    assert "the file has no 'messages'" in problem.message
    assert "messages:" in problem.hint


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("messages: hello\n", "'messages' is 'hello', but should be a list", 1),
        ("messages: []\n", "'messages' is an empty list", 1),
        ("messages:\n  - role: user\n", "item of 'messages' has no 'content'", 2),
        ("messages:\n  - just text\n", "but should be a group", 2),
        ("messages:\n  - role: user\n    content:\n", "'content' is empty, but should be a text", 3),
        ("messages:\n  - role: user\n    content: [a]\n", "an item of 'content' is 'a', but should be a group", 3),
        ("messages:\n  - {role: sistem, content: x}\n", "'sistem' is not a possible 'role'", 2),
        ("messages:\n  - {role: [a], content: x}\n", "'role' is a list, but should be one of: system", 2),
        ("messages:\n  - {role: , content: x}\n", "'role' is empty, but should be one of: system", 2),
        (MESSAGES + "responseFormat: {a: b}\n", "'responseFormat' is a group of keys, but should be one of", 2),
        (MESSAGES + "inputs:\n", "'inputs' is empty, but should be a group", 2),
        (MESSAGES + "promptops:\n", "'promptops' is empty, but should be a group", 2),
        (MESSAGES + "inputs: [a]\n", "'inputs' is a list, but should be a group", 2),
        (MESSAGES + "inputs:\n  a: text\n", "'a' is 'text', but should be a group of `key: value` lines or nothing", 3),
        (MESSAGES + "inputs:\n  a: {untrusted: yes}\n", "'untrusted' is 'yes', but should be true or false", 3),
        (MESSAGES + "testData: 5\n", "", 0),
        (MESSAGES + "testData: {a: 1}\n", "'testData' is a group of keys, but should be a list", 2),
        (MESSAGES + "testData:\n  - x\n", "item of 'testData' is 'x'", 3),
        (MESSAGES + "evaluators:\n  - {name: a, threshold: 2}\n", "'threshold' is 2", 3),
        (MESSAGES + "evaluators:\n  - {name: a, threshold: high}\n", "should be a number", 3),
        (MESSAGES + "evaluators:\n  - {name: a, threshold: true}\n", "should be a number", 3),
        (MESSAGES + "evaluators:\n  - {name: a, threshold: '0.5'}\n", "should be a number", 3),
    ],
)
def test_wrong_forms_are_said_in_plain_words(text: str, message: str, line: int) -> None:
    found = problems(text)
    if not message:
        assert found == []
        return
    (problem,) = found
    assert problem.code == WRONG_TYPE
    assert message in problem.message
    assert problem.span.line == line
    assert problem.hint


def test_whole_numbers_have_a_least_value() -> None:
    suite = "prompt: p\ntestData: []\nevaluators: [{string: {equals: x}}]\ntrials: {}\n"
    assert problems(suite.replace("{}\n", "3\n"), SUITE) == []
    assert "at least 1" in only(suite.replace("{}\n", "0\n"), SUITE).hint
    assert "a whole number" in only(suite.replace("{}\n", "1.5\n"), SUITE).message


@pytest.mark.parametrize("percent", ["10%", "ten", '"10 %"'])
def test_a_percent_is_not_told_to_be_written_as_a_share(percent: str) -> None:
    version = f"commit: {'a' * 40}, digest: sha256:{'b' * 64}"
    found = only(f"pins: {{greet: {{{version}, rollout: {{{version}, percent: {percent}}}}}}}\n", ENVIRONMENT)
    assert found.hint == "write a number from 0 to 100, without the sign: 10"


def test_any_of_takes_each_of_its_forms() -> None:
    for value in ("'10%'", "0.1"):
        assert problems(f"budget: {{maxCostIncrease: {value}}}", PROJECT) == []
    assert "a number or a text" in only("budget: {maxCostIncrease: [1]}", PROJECT).message


FORM = {"type": "string", "pattern": "^[a-z]{3}$", "form": "a code (three letters)", "hint": "write it like abc"}


@pytest.mark.parametrize("text", ["abcd", "Abc", "'abc\n'", '"abc\\n"', "123", "true", "x" * 500])
def test_a_text_of_another_form_is_told_what_it_should_be(text: str) -> None:
    problem = only(f"a: {text}\n", {"type": "object", "properties": {"a": FORM}})
    assert problem.code == WRONG_TYPE
    assert problem.message.endswith("' is not a code (three letters)")
    assert problem.hint == "write it like abc"
    assert len(problem.message) < 120


@pytest.mark.parametrize("text", ["abc", "'abc'"])
def test_a_text_of_the_right_form_passes(text: str) -> None:
    assert problems(f"a: {text}\n", {"type": "object", "properties": {"a": FORM}}) == []


def test_typed_values_are_what_the_format_says() -> None:
    schema = {
        "type": "object",
        "properties": {
            "text": {"type": "string"},
            "number": {"type": "number"},
            "texts": {"type": "array", "items": {"type": "string"}},
            "either": {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}]},
        },
        "additionalProperties": True,
    }
    node = read_yaml("text: 1.10\nnumber: 1.10\ntexts: [1.0, true]\neither: 010\nfree: {a: [1.50]}\n")
    assert to_schema_types(node, schema) == {
        "text": "1.10", "number": 1.1, "texts": ["1.0", "true"], "either": "010", "free": {"a": [1.5]},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("messages:\n  - {messages: h, roles: [user]}\n", "'user' is not a possible item of 'roles'"),
        ("messages:\n  - {role: assistant, content: x, toolCalls: []}\n", "this key has small letters and underlines"),
    ],
)
def test_words_of_the_interface_are_told_as_they_are_written(text: str, words: str) -> None:
    found = [problem.message for problem in problems(text)]
    assert any(words in message for message in found), found
