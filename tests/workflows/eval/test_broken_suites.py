"""What could never be measured is said by lint, by the plan and by eval, before a model is asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from promptops.cli.main import cli
from tests.conftest import write_files
from tests.workflows.scene import answering, files_for

SUITE = (
    "prompt: greet\ntestData: [{{id: ada, who: Ada, n: x, empty: ''}}, {{id: bob, who: Bob, empty: ''}}]\n"
    "evaluators:\n  - {}\n"
)

BROKEN = [
    # an evaluator; what eval and the plan say; the rule of lint
    ("{name: k, string: {matches: '(ok'}}", "not a regular expression", "P414"),
    ("{name: k, string: {matches: '(?<n>x)'}}", "(?P<n>…)", "P414"),
    ("{name: k, string: {matches: '.*'}}", "fits every text", "P414"),
    ("{name: k, string: {matches: 'a{{ who'}}", "never closed", "P414"),
    ("{name: k, string: {}}", "no text to compare with", "P414"),
    ("{name: k, string: {contains: a, matches: b}}", "several operators", "P414"),
    ("{name: k, string: {equals: a, contains: b}}", "only 'equals' would be looked at", "P414"),
    ("{name: k, string: {contains: ''}}", "every reply would pass", "P414"),
    ("{name: k, string: {containsAny: []}}", "empty list", "P414"),
    ("{name: k, string: {containsAll: [a, '']}}", "every reply would pass", "P414"),
    ("{name: k, string: {contains: a}, threshold: 0}", "a threshold of 0", "P414"),
    ("{name: k, length: {minWords: 3, maxWords: 2}}", "more than maxWords", "P414"),
    ("{name: k, length: {}}", "no bound", "P414"),
    ("{name: k, length: {minWords: 0}}", "kept by every reply", "P414"),
    ("{name: k, tokens: {}}", "no bound", "P414"),
    ("{name: k, json: {path: 'a['}}", "cannot be read", "P414"),
    ("{name: k, json: {path: a, contains: ''}}", "every reply would pass", "P414"),
    ("{name: k, tool: {}}", "no function to expect", "P414"),
    ("{name: k, schema: {}}", "no schema", "P414"),
    ("{name: k, number: {}}", "no number to compare with", "P414"),
    ("{name: k, number: {atLeast: 5, atMost: 1}}", "is more than atMost", "P414"),
    ("{name: k, number: {equals: five}}", "not one number", "P414"),
    ("{name: k, finish: {equals: lenght, not: true}}", "did you mean 'length'?", "P414"),
    ("{name: k, llm: {prompt: 'Is it? {{completion}}', choices: [], modelId: small}}", "no choices", "P414"),
    ("{name: k, llm: {prompt: p, choices: [{choice: '', score: 1}], modelId: small}}", "a choice is empty", "P414"),
    ("{name: k, llm: {prompt: p, choices: [{choice: a, score: 0}], modelId: small}}", "no reply could pass", "P414"),
    ("{name: k, judge: {question: '', model: small}}", "no question", "P414"),
    ("{name: k, judge: {question: Is it kind?}}", "no judge is set", "P414"),
    ("{name: k, judge: {question: Is it kind?, model: nobody}}", "'nobody' is not known", "P301"),
    ("{name: k, human: {question: ' '}}", "no question", "P414"),
    ("{name: k, uses: github/nothing}", "no built-in evaluator", "P414"),
    ("{name: k, python: {file: gone.py, function: f}}", "gone.py", "P414"),
    ("{name: k, python: {file: checks.py, function: gone}}", "has no function 'gone' (it has: f)", "P414"),
    ("{name: k, python: {file: broken.py, function: f}}", "broken.py line 1", "P414"),
    ("{name: k, string: {contains: '{{ who'}}", "cannot be filled for any case", "P103"),
    ("{name: k, string: {contains: '{{ who | nosuchfilter }}'}}", "nosuchfilter", "P103"),
    ("{name: k, string: {matches: '{{ who | nosuchfilter }}'}}", "nosuchfilter", "P103"),
    ("{name: k, string: {contains: '{{ nobody }}'}}", "nobody", "P412"),
    ("{name: k, json: {path: a, equals: {b: ['{{ who']}}}", "cannot be filled for any case", "P103"),
    ("{name: k, number: {equals: '{{ who'}}", "cannot be filled for any case", "P103"),
    ("{name: k, string: {contains: '{{ empty }}'}}", "cannot be filled for any case: it is empty", ""),
    (
        "{name: k, number: {equals: '{{ who }}'}}",
        "cannot be filled for any case: 'equals' is 'Ada', not one number",
        "",
    ),
    ("{name: k, number: {atMost: 5, atLeast: '{{ who | length + 7 }}'}}", "atLeast 10 is more than atMost 5", ""),
    ("{name: k, schema: {schema: {type: strng}}}", "the JSON Schema is not valid", "P306"),
    ("{name: k, schema: {schema: {$ref: '#/nope'}}}", "a reference leads nowhere", "P306"),
    ("{name: k, schema: {schema: {properties: {a: {pattern: '(a'}}}}}", "not a regular expression", "P306"),
    ("{name: k, tags: [gone], string: {contains: a}}", "no case has the tag 'gone'", "P415"),
    ("{name: k, not: true, string: {contains: a, not: true}}", "`not` twice", "P004"),
    ("{name: k, string: {contains: a}, json: {}}", "several kinds", "P004"),
    ("{name: k}", "no kind", "P004"),
]


@pytest.mark.parametrize(("evaluator", "said", "rule"), BROKEN, ids=[one[0][9:60] for one in BROKEN])
def test_it_is_found_before_a_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, evaluator: str, said: str, rule: str
) -> None:
    with answering() as endpoint:
        files = files_for(endpoint.url) | {
            "evals/greet.eval.yml": SUITE.format(evaluator),
            "evals/checks.py": "def f(reply, case):\n    return True\n",
            "evals/broken.py": "def f(reply, case:\n",
        }
        write_files(tmp_path, files)
        monkeypatch.chdir(tmp_path)
        for arguments in (["eval"], ["eval", "--plan"]):
            result = CliRunner().invoke(cli, arguments)
            assert result.exit_code == 2, result.output
            assert said in result.output
        assert endpoint.asked == []
        result = CliRunner().invoke(cli, ["lint", "evals/greet.eval.yml", "--format", "json"])
        assert not rule or f'"{rule}"' in result.output


@pytest.mark.parametrize(
    "evaluator",
    [
        "{name: k, string: {equals: ''}}",
        "{name: k, string: {equals: '', contains: a}}",
        "{name: k, string: {contains: '{{ n }}'}, tags: []}",
        "{name: k, string: {contains: '{{ n | default(who) }}'}}",
        "{name: k, advisory: true, tags: [gone], string: {contains: a}}",
        "{name: k, string: {equals: '{{ empty }}'}}",
        "{name: k, string: {matches: '^{{ empty }}Greet'}}",
        "{name: k, json: {}}",
        "{name: k, python: {file: checks.py, function: later}}",
        "{name: k, tool: {none: false}}",
        "{name: k, length: {minWords: 0, maxWords: 9}}",
    ],
)
def test_what_some_case_can_answer_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, evaluator: str) -> None:
    with answering() as endpoint:
        checks = "import random\nif random:\n    def later(reply, case):\n        return True\n"
        write_files(
            tmp_path,
            files_for(endpoint.url) | {"evals/greet.eval.yml": SUITE.format(evaluator), "evals/checks.py": checks},
        )
        monkeypatch.chdir(tmp_path)
        result = CliRunner().invoke(cli, ["eval"])
    assert len(endpoint.asked) == 2, result.output


@pytest.mark.parametrize("address", ["localhost:1234/v1", "ftp://example.org/v1", "http://", "example.org/v1"])
def test_an_address_that_cannot_be_called_is_found_before_a_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    write_files(tmp_path, files_for(address))
    monkeypatch.chdir(tmp_path)
    for arguments in (["eval"], ["eval", "--plan"]):
        result = CliRunner().invoke(cli, arguments)
        assert result.exit_code == 2, result.output
        assert "cannot be called" in result.output
        assert "://" in result.output.partition("write http")[2]
    assert '"P310"' in CliRunner().invoke(cli, ["lint", "--format", "json"]).output


def test_several_broken_criteria_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two = "{name: one, length: {}}\n  - {name: two, tokens: {}}"
    write_files(tmp_path, files_for("http://127.0.0.1:9/v1") | {"evals/greet.eval.yml": SUITE.format(two)})
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, ["eval"])
    assert "evals/greet.eval.yml:4:5: the criterion 'one': no bound (1 more" in result.output


@pytest.mark.parametrize("prices", ["", ", prices: {input: 1, output: 2}"])
def test_a_criterion_on_the_cost_needs_a_price(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prices: str) -> None:
    with answering() as endpoint:
        settings = f"models:\n  small: {{provider: openai, model: unheard-of, baseUrl: '{endpoint.url}'{prices}}}\n"
        suite = SUITE.format("{name: cheap, cost: {maxUsd: 1}}")
        write_files(tmp_path, files_for(endpoint.url) | {"promptops.yml": settings, "evals/greet.eval.yml": suite})
        monkeypatch.chdir(tmp_path)
        result = CliRunner().invoke(cli, ["eval"])
    assert (result.exit_code, len(endpoint.asked)) == ((0, 2) if prices else (2, 0)), result.output
    assert ("no price is known for the model 'small'" in result.output) is not bool(prices)


@pytest.mark.parametrize("evaluator", ["string: {contains: '{{ 1 / n }}'}", "number: {equals: '{{ n }}'}"])
def test_no_value_of_a_held_out_case_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, evaluator: str) -> None:
    cases = "testData: [{id: ada, who: Ada, n: hidden-value, split: held-out}]"
    suite = f"prompt: greet\n{cases}\nevaluators: [{{name: k, {evaluator}}}]\n"
    write_files(tmp_path, files_for("http://127.0.0.1:9/v1") | {"evals/greet.eval.yml": suite})
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, ["eval"])
    assert (result.exit_code, "hidden-value" in result.output) == (2, False)
    assert "cannot be filled for any case" in result.output


def test_arguments_that_are_empty_in_every_case_are_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering() as endpoint:
        suite = SUITE.format("{name: k, tool: {name: f, arguments: {note: '{{ empty }}'}}}")
        write_files(tmp_path, files_for(endpoint.url) | {"evals/greet.eval.yml": suite})
        monkeypatch.chdir(tmp_path)
        CliRunner().invoke(cli, ["eval"])
    assert len(endpoint.asked) == 2
