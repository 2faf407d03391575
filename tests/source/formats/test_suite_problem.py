"""A prompt whose cases or evaluators cannot be used can still be filled, compared, pinned and served."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptops import Prompts
from promptops.errors import PromptError
from promptops.evals.registry import KINDS
from promptops.source.project import Project
from promptops.workflows.render.render import render_case, render_values
from tests.conftest import write_files

HEAD = "model: small\ninputs: {q: {}}\nmessages: [{role: user, content: 'Hi {{ q }}'}]\n"
BROKEN = {
    "an unknown kind": "testData: [{q: a}]\nevaluators: [{name: n, sentiment: good}]\n",
    "an option that there is not": "testData: [{q: a}]\nevaluators: [{name: n, string: {contains: [x]}}]\n",
    "no list of evaluators": "testData: [{q: a}]\nevaluators: {string: {contains: x}}\n",
    "no file of cases": "testData: gone.jsonl\nevaluators: [{name: n, string: {contains: x}}]\n",
    "cases that are no cases": "testData: [1, 2]\nevaluators: [{name: n, string: {contains: x}}]\n",
}


@pytest.fixture(params=BROKEN.values(), ids=list(BROKEN))
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    write_files(
        tmp_path,
        {"promptops.yml": "models: {small: {provider: local}}\n", "prompts/p.prompt.yml": HEAD + request.param},
    )
    return Project.worktree(tmp_path, KINDS)


def test_it_is_filled_and_served(project: Project, tmp_path: Path) -> None:
    (message,) = render_values(project, "p", {"q": "Ana"})
    assert message.content == "Hi Ana"
    call = Prompts.from_worktree(tmp_path).get("p").render(q="Ana")
    assert call.messages()[0]["content"] == "Hi Ana"


def test_its_suite_says_what_is_wrong(project: Project) -> None:
    with pytest.raises(PromptError):
        project.suite("prompt:p")
    assert project.all_suites() == ["prompt:p"]


def test_cases_are_used_where_only_the_evaluators_are_wrong(tmp_path: Path) -> None:
    text = HEAD + "testData: [{id: one, q: a}]\nevaluators: [{name: n, llm-rubric: good}]\n"
    write_files(tmp_path, {"promptops.yml": "models: {small: {provider: local}}\n", "prompts/p.prompt.yml": text})
    project = Project.worktree(tmp_path, KINDS)
    (message,) = render_case(project, "p", "one", {})
    assert message.content == "Hi a"
    with pytest.raises(PromptError) as raised:
        project.suite("prompt:p")
    assert raised.value.hint == "write judge: {question: …}, a question that yes or no answers"


def test_what_is_wrong_with_the_text_itself_is_refused(tmp_path: Path) -> None:
    write_files(
        tmp_path,
        {
            "promptops.yml": "models: {small: {provider: local}}\n",
            "prompts/p.prompt.yml": "messages: hello\ntestData: [{q: a}]\n",
        },
    )
    with pytest.raises(PromptError):
        Project.worktree(tmp_path, KINDS).prompt("p")
