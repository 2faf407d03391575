"""Kinds people expect, from the suite's file over a model on loopback to results.json and the report."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from click.testing import CliRunner

from promptops.cli.main import cli
from promptops.model.results import Results
from tests.conftest import write_files
from tests.providers.loopback import Behaviour, answer, completion
from tests.workflows.scene import answering, evaluate, files_for, workspace_at

REPLY = unicodedata.normalize("NFD", "Ada's café (A+1)-7 owes 1.234,00 €, see party 711. It costs 10\xa0Euro for all.")
SUITE = """\
prompt: greet
testData: [{id: ada, who: Ada, code: (A+1), amount: 1234, word: café, expected: A café}]
evaluators:
  - {name: amount, number: {equals: "{{ amount }}", tolerance: 0.01}}
  - {name: no eleven, not: true, number: {equals: 11}}
  - {name: eleven, number: {equals: 11}}
  - {name: not cut, finish: {equals: length, not: true}}
  - {name: code, string: {matches: '{{ code }}-\\d'}}
  - {name: no art, not: true, string: {contains: art, wholeWord: true}}
  - {name: letters, string: {contains: "{{ word }}"}}
  - {name: euro, string: {contains: 10 Euro}}
  - {name: no café, not: true, string: {contains: "{{ word }}"}}
  - {name: whole reply, python: {file: checks.py, function: whole}}
  - {name: similar, uses: github/similarity}
  - {name: polite, not: true, judge: {question: Is it rude?}}
"""
CHECKS = """\
from __future__ import annotations
from promptops import Reply

def whole(reply: Reply, case: dict) -> bool:
    return (
        reply.finish_reason == "stop" and reply.usage.output_tokens == 3 and reply.model.startswith("m")
        and reply.cost > 0 and reply.latency > 0 and reply.tool_calls[0].parsed == {"city": "Lyon"}
    )
"""
CALL = [{"id": "1", "type": "function", "function": {"name": "find", "arguments": '{"city": "Lyon"}'}}]


def model(text: str, count: int) -> str | Behaviour:
    if "5 stars" in text:
        assert "A café" in text
        return json.dumps({"reason": "much the same", "stars": 4})
    if "Is it rude?" in text:
        return json.dumps({"reason": "friendly words", "verdict": "no"})
    return answer(completion(REPLY, tool_calls=CALL))


@pytest.fixture
def results(tmp_path: Path) -> Results:
    with answering(model) as endpoint:
        files = files_for(endpoint.url, more="judge: small\n")
        write_files(tmp_path / "p", files | {"evals/greet.eval.yml": SUITE, "evals/checks.py": CHECKS})
        return evaluate(workspace_at(tmp_path / "p"))


def test_every_kind_answers_from_end_to_end(results: Results) -> None:
    (sample,) = results.samples
    assert {name: score.passed for name, score in sample.scores.items()} == {
        "amount": True, "no eleven": True, "eleven": False, "not cut": True, "code": True, "no art": True,
        "letters": True, "euro": False, "no café": False, "whole reply": True, "similar": True, "polite": True,
    }, {name: score.reason for name, score in sample.scores.items()}  # fmt: skip
    reasons = {name: score.reason for name, score in sample.scores.items()}
    assert reasons["eleven"].endswith("1.234,00, 711, 10")
    assert "a no-break space (U+00A0) where a space was expected" in reasons["euro"]
    assert reasons["no café"] == "should not contain 'café'"
    assert reasons["similar"] == "4 of 5 stars: much the same"


def test_results_say_what_is_negated_and_what_is_advisory(results: Results) -> None:
    infos = {info.name: info for info in results.criteria}
    assert [name for name, info in infos.items() if info.negated] == [
        "no eleven", "not cut", "no art", "no café", "polite",
    ]  # fmt: skip
    assert [name for name, info in infos.items() if info.advisory] == ["similar", "polite"]


def test_the_plan_counts_the_stars_as_judgements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(model) as endpoint:
        files = files_for(endpoint.url, more="judge: small\n")
        write_files(tmp_path, files | {"evals/greet.eval.yml": SUITE, "evals/checks.py": CHECKS})
        monkeypatch.chdir(tmp_path)
        result = CliRunner().invoke(cli, ["eval", "--plan"])
        assert (result.exit_code, endpoint.asked) == (0, [])
    assert "2 judgements" in result.output
