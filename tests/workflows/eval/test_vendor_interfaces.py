"""Suites whose models speak another language than OpenAI's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from promptops.errors import EvalError
from tests.conftest import write_files
from tests.providers.loopback import answer, serving
from tests.workflows.scene import GREET, SUITE, evaluate, workspace_at

JUDGED = SUITE.replace("evaluators: [", "evaluators: [{name: kind, judge: {question: Is it kind?}}, ")


def settings(url: str) -> str:
    base = url.removesuffix("/v1")
    return f"models:\n  small: {{provider: anthropic, model: claude-opus-5-5, baseUrl: {base}}}\njudge: small\n"


def said(text: str) -> dict[str, Any]:
    usage = {"input_tokens": 1, "output_tokens": 1}
    return {"content": [{"type": "text", "text": text}], "stop_reason": "end_turn", "model": "m", "usage": usage}


def test_a_suite_is_answered_and_judged_through_the_messages_interface(tmp_path: Path) -> None:
    with serving(answer(said('{"reason": "it is", "verdict": "yes"}'))) as server:
        files = {"promptops.yml": settings(server.url), "prompts/greet.prompt.yml": GREET}
        write_files(tmp_path / "p", files | {"evals/greet.eval.yml": JUDGED})
        results = evaluate(workspace_at(tmp_path / "p"))
    assert all(sample.scores["kind"].passed for sample in results.samples)
    assert {one.path for one in server.requests} == {"/v1/messages"}
    assert not [one for one in server.requests if "temperature" in one.body]
    # A limit of its length would be refused.
    judged = [one.body["output_config"] for one in server.requests if "output_config" in one.body]
    assert judged[0]["format"]["schema"]["properties"]["reason"] == {"type": "string"}


def test_what_an_interface_has_no_place_for_ends_the_run_before_the_first_call(tmp_path: Path) -> None:
    with serving(answer(said("Hello."))) as server:
        prompt = GREET + "modelParameters: {temperature: 0.1, seed: 3}\n"
        files = {"promptops.yml": settings(server.url), "prompts/greet.prompt.yml": prompt}
        write_files(tmp_path / "p", files | {"evals/greet.eval.yml": SUITE})
        with pytest.raises(EvalError, match="no parameter 'temperature'") as caught:
            evaluate(workspace_at(tmp_path / "p"))
        assert caught.value.where == "prompts/greet.prompt.yml"
        assert not server.requests
