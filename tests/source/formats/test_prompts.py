from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptops.errors import PromptError
from promptops.model.prompt import Prompt
from promptops.source.formats.chat.text_origins import text_origin
from promptops.source.project import Project
from promptops.source.yaml.reader import YamlProblem, read_yaml
from tests.conftest import ProjectBuilder

MESSAGES = "messages:\n  - role: user\n    content: Hello {{ name }}\n"


@pytest.fixture
def load(project: ProjectBuilder) -> Any:
    """`load(text, id)`: the prompt of this text."""

    def run(text: str | bytes, name: str = "a", files: Mapping[str, str | bytes] | None = None) -> Prompt:
        built: Project = project({f"prompts/{name}.prompt.yml": text, **(files or {})})
        return built.prompt(name)

    return run


def refusal(load: Any, text: str) -> PromptError:
    with pytest.raises(PromptError) as caught:
        load(text)
    return caught.value


# Files in the shape of GitHub's own examples: every key, evaluator and spelling that stands in those.
FOREIGN = {
    "variables": """\
# A comment first
name: Support reply
description: Many placeholders, no cases
model: openai/gpt-4o-mini
modelParameters:
    temperature: 0.3
    maxTokens: 200
messages:
    - role: system
      content: You are {{persona}} for {{product_line}}.
    - role: user
      content: |
        Dear {{user_name}},

        {{#if urgent}}hurry{{/if}} {% 5 {# note
""",
    "evaluated": """\
name: "Echo"
model: "openai/gpt-4o"
testData:
  - input: 'hello world'
    string: hello
    expected: "a greeting"
  - input: "2 + 2?"
    expected: "4"
messages:
  - role: user
    content: '{{input}}'
evaluators:
  - name: has it
    string:
      contains: '{{string}}'
  - name: braces
    string:
      startsWith: "{"
  - name: similarity
    uses: github/similarity
  - name: rated
    llm:
      modelId: openai/gpt-4o
      prompt: "Rate {{completion}}"
      systemPrompt: Be strict.
      choices:
        - choice: 1
          score: 0.0
        - {choice: "2", score: 1}
""",
    "structured": """\
name: Birds
model: openai/gpt-4o-mini
responseFormat: json_schema
jsonSchema: |-
  {
    "name": "bird",
    "strict": true,
    "schema": {"type": "object", "properties": {"song": {"enum": ["loud", "soft"]}}, "additionalProperties": false}
  }
messages:
  - role: user
    content: "Describe a {{bird}}."
testData:
  - bird: "wren"
""",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_files_load_unchanged_in_plain_mode(load: Any, name: str) -> None:
    prompt = load(FOREIGN[name])
    assert prompt.plain
    assert prompt.model.startswith("openai/gpt-4o")


def test_what_a_foreign_file_says_is_kept(load: Any) -> None:
    prompt = load(FOREIGN["evaluated"])
    assert [case.fields for case in prompt.test_data] == [
        {"input": "hello world", "string": "hello", "expected": "a greeting"},
        {"input": "2 + 2?", "expected": "4"},
    ]
    assert [(c.name, c.kind.name, c.options) for c in prompt.evaluators] == [
        ("has it", "string", {"contains": "{{string}}"}),
        ("braces", "string", {"startsWith": "{"}),
        ("similarity", "uses", {"uses": "github/similarity"}),
        ("rated", "llm", {
            "modelId": "openai/gpt-4o",
            "prompt": "Rate {{completion}}",
            "systemPrompt": "Be strict.",
            "choices": [{"choice": "1", "score": 0.0}, {"choice": "2", "score": 1}],
        }),
    ]  # fmt: skip
    assert load(FOREIGN["variables"]).texts[1].content.endswith("{{#if urgent}}hurry{{/if}} {% 5 {# note\n")
    schema = load(FOREIGN["structured"]).json_schema
    assert (schema["name"], schema["strict"], schema["schema"]["type"]) == ("bird", True, "object")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("maxTokens", "max_tokens"),
        ("max_tokens", "max_tokens"),
        ("maxCompletionTokens", "max_completion_tokens"),
        ("max_completion_tokens", "max_completion_tokens"),
        ("topP", "top_p"),
        ("temperature", "temperature"),
    ],
)
def test_parameters_go_by_the_apis_names(load: Any, written: str, name: str) -> None:
    assert load(f"modelParameters: {{{written}: 0.50}}\n{MESSAGES}").parameters == {name: 0.5}


def test_a_parameter_in_two_spellings_is_refused(load: Any) -> None:
    problem = refusal(load, f"modelParameters:\n  maxTokens: 1\n  max_tokens: 2\n{MESSAGES}")
    assert "'max_tokens' is given twice" in str(problem)
    assert problem.where == "prompts/a.prompt.yml:3:15"
    problem = refusal(load, f"modelParameters:\n  maxTokens: 1\n  maxCompletionTokens: 2\n{MESSAGES}")
    assert "'max_completion_tokens' is given twice, once as 'max_tokens'" in str(problem)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("{maxTokens: 9, max_tokens: 9}", {"max_tokens": 9}),
        ("{maxTokens: 9, maxCompletionTokens: 9}", {"max_completion_tokens": 9}),
        ("{max_completion_tokens: 9, max_tokens: 9, maxTokens: 9}", {"max_completion_tokens": 9}),
        ("{maxTokens: , max_tokens: 9, temperature: }", {"max_tokens": 9}),
    ],
)
def test_a_parameter_given_twice_with_one_value_is_sent_once(load: Any, written: str, sent: dict[str, Any]) -> None:
    assert load(f"modelParameters: {written}\n{MESSAGES}").parameters == sent


def test_our_own_keys(load: Any) -> None:
    prompt = load(
        "name: A title\ndescription: d\nmodel: small\npromptops: {owners: ['@acme/legal', ada]}\n"
        "inputs:\n  name: {type: string, untrusted: true, description: who}\n"
        "  age: {type: number, minimum: .50}\n  any:\n"
        "responseFormat: json_object\n" + MESSAGES,
    )
    assert (prompt.name, prompt.title, prompt.description, prompt.model) == ("A title", "A title", "d", "small")
    assert prompt.owners == ("@acme/legal", "ada")
    assert prompt.model_span.line == 3
    assert prompt.response_format == "json_object"
    name, age, anything = prompt.inputs
    assert (name.schema, name.untrusted, name.description, name.required) == ({"type": "string"}, True, "who", True)
    assert (age.schema, age.untrusted, age.span.line) == ({"type": "number", "minimum": 0.5}, False, 7)
    assert (anything.name, anything.schema, anything.required) == ("any", {}, True)
    assert load(MESSAGES, "b").title == "b"


@pytest.mark.parametrize(
    ("keys", "plain"),
    [
        ("", True),
        ("name: x\nmodel: y\n", True),
        ("inputs: {}\n", False),
        ("promptops: {}\n", False),
        ("extra: 1\n", True),
    ],
)
def test_a_file_with_neither_inputs_nor_promptops_is_plain(load: Any, keys: str, plain: bool) -> None:
    assert load(keys + MESSAGES).plain is plain


@pytest.mark.parametrize(
    ("written", "default"),
    [
        ("{default: null}", None),
        ("{default: 010}", "010"),
        ("{type: number, default: 1.50}", 1.5),
        ("{default: [a]}", ["a"]),
    ],
)
def test_an_input_with_a_default_is_not_required(load: Any, written: str, default: Any) -> None:
    (item,) = load(f"inputs:\n  x: {written}\n{MESSAGES}").inputs
    assert not item.required
    assert item.default == default
    assert "default" not in item.schema


def test_a_misspelt_untrusted_is_not_lost(load: Any) -> None:
    assert "'untrusted' is 'yes'" in str(refusal(load, f"inputs:\n  x: {{untrusted: yes}}\n{MESSAGES}"))


@pytest.mark.parametrize(
    ("written", "schema"),
    [
        ('\'{"type": "object"}\'', {"type": "object"}),
        ("{type: object}", {"type": "object"}),
        ("{name: n, schema: {type: object, minProperties: 1}}", {"type": "object", "minProperties": 1}),
    ],
)
def test_a_json_schema_is_text_or_yaml_bare_or_wrapped(load: Any, written: str, schema: Any) -> None:
    prompt = load(f"jsonSchema: {written}\n{MESSAGES}", "legal/ä b")
    assert prompt.json_schema["schema"] == schema
    assert prompt.json_schema["name"] == ("n" if "name" in written else "legal---b")


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("'{'", "4:15"),
        ("'[1]'", "4:13"),
        ("'3'", "4:13"),
        ("'" + "[" * 3000 + "'", "4:13"),
        ('|\n  {\n    "type": "object",\n  }', "6:21"),
        ('|\n  {\n    "type": "object"\n    "title": "a"\n  }', "6:20"),
        ("|\n\n  {\n    “type”: 1\n  }", "7:5"),
        ('>\n  {\n    "type": "object",\n  }', "4:13"),
    ],
)
def test_a_broken_json_schema_is_refused_at_its_place(load: Any, written: str, place: str) -> None:
    problem = refusal(load, f"{MESSAGES}jsonSchema: {written}\n")
    assert "jsonSchema is not" in str(problem)
    assert problem.where == f"prompts/a.prompt.yml:{place}"


def test_tools_come_in_the_apis_form(load: Any) -> None:
    prompt = load(
        "tools:\n  - {name: f, parameters: {maximum: 1.50}}\n"
        f"  - {{type: function, function: {{name: g}}}}\n{MESSAGES}"
    )
    assert prompt.tools == (
        {"type": "function", "function": {"name": "f", "parameters": {"maximum": 1.5}}},
        {"type": "function", "function": {"name": "g"}},
    )


def test_all_problems_are_told_at_once_with_their_places(load: Any) -> None:
    problem = refusal(load, "messages:\n  - role: sistem\n    content: [x]\nname: a\nname: b\n")
    assert problem.where == "prompts/a.prompt.yml:5:1"
    for part in (
        "'name' stands here and on line 4",
        "prompts/a.prompt.yml:2:11: 'sistem'",
        "prompts/a.prompt.yml:3:15",
    ):
        assert part in str(problem)


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"\xef\xbb\xbfmessages: []", "1:1"),
        ("name: é".encode("latin-1"), "1:1"),
        (b"a: 1\nb: \0", "2:1"),
        (b"\xff\xfea\0", "1:1"),
    ],
)
def test_a_file_in_another_encoding_is_refused(load: Any, data: bytes, where: str) -> None:
    with pytest.raises(PromptError) as caught:
        load(data)
    assert caught.value.where == f"prompts/a.prompt.yml:{where}"


@pytest.mark.parametrize("text", ["", "# nothing\n", "just words\n", "- a\n", "---\n"])
def test_what_is_no_prompt_is_refused(load: Any, text: str) -> None:
    assert refusal(load, text).where.startswith("prompts/a.prompt.yml:")


# Where the characters of a text stand in its file.

CONTENT = "messages:\n  - role: user\n    content: "
TEXTS = {
    "literal": CONTENT + "|\n      One {{ a }}\n        two {{ b }}\n\n      três {{ c }}\n",
    "blank lines first": CONTENT + "|-\n\n\n      {{ a }} x\n      y\n  - role: user\n    content: z\n",
    "spaces of its own": CONTENT + "|2\n         {{ a }}\n      b\n      c\n",
    "at the end of the file": CONTENT + "|+\n      {{ a }}\n      b",
    "with a comment": CONTENT + "|  # why\n      {{ a }}\n# done\n",
    "plain": "messages:\n  - {content: Hé {{a}} there, role: user}\n".replace("{{a}}", "a"),
    "plain in a block": CONTENT + "Hello 😀 {{ a }}   # comment\n",
    "single quotes": CONTENT + "'{{ a }} {% if b %}x{% endif %}'\n",
    "double quotes": CONTENT + '"é {{ a }}"\n',
}


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("name", TEXTS)
def test_every_character_has_its_place(load: Any, name: str, ends: str) -> None:
    prompt = load(TEXTS[name].replace("\n", ends).encode())
    message = prompt.texts[0]
    assert message.origin.exact
    assert_places(TEXTS[name], message.content, message.origin)


def assert_places(file: str, text: str, origin: Any) -> None:
    rows = file.split("\n")
    for number, line in enumerate(text.split("\n"), 1):
        for column, char in enumerate(line, 1):
            span = origin.span(number, column)
            assert rows[span.line - 1][span.column - 1] == char, (number, column)
            assert origin.line_of(number) == span.line


@pytest.mark.parametrize(
    "content",
    [
        "'it''s {{ a }}'",
        '"a\\n{{ b }}"',
        '"\\t{{ b }}"',
        "one\n      {{ two }}",
        "'one\n\n      two'",
        ">\n      one\n      {{ two }}",
    ],
)
def test_a_text_whose_characters_move_is_placed_at_its_beginning(load: Any, content: str) -> None:
    origin = load(f"{CONTENT}{content}\n").texts[0].origin
    assert not origin.exact
    assert origin.span(2, 5).line == 3
    assert origin.line_of(2) == 3


lines = st.lists(st.text(st.sampled_from("ab {%}é😀'\"#:-"), max_size=8), min_size=1, max_size=5)


@given(lines, st.integers(1, 4), st.sampled_from(["|", "|-", "|+"]), st.booleans())
@settings(deadline=None)
def test_every_literal_block_is_placed(rows: list[str], indent: int, style: str, explicit: bool) -> None:
    header = f"{style[0]}{indent if explicit else ''}{style[1:]}"
    file = f"k: {header}\n" + "".join(" " * indent + row + "\n" for row in rows) + "z: 1\n"
    try:
        node = read_yaml(file).value["k"]
    except YamlProblem:
        return  # leading spaces without an indicator
    if node.text.strip():
        assert_places(file, node.text, text_origin(node, file.split("\n")))


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("toolChoice: required", {"tool_choice": "required"}),
        ("toolChoice: find", {"tool_choice": {"type": "function", "function": {"name": "find"}}}),
        ("parallelToolCalls: false", {"parallel_tool_calls": False}),
        ("modelParameters: {toolChoice: find}", {"tool_choice": "find"}),  # as it was sealed before
    ],
)
def test_how_tools_are_called_is_a_parameter(load: Any, written: str, sent: dict[str, Any]) -> None:
    assert load(f"{MESSAGES}{written}\n").parameters == sent


def test_how_tools_are_called_is_said_once(load: Any) -> None:
    problem = refusal(load, f"{MESSAGES}toolChoice: auto\nmodelParameters: {{toolChoice: none}}\n")
    assert "'toolChoice' is given twice" in str(problem)
