"""A kind of evaluator is added with its file, one line of the registry and a test; all else takes it from there."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

import pytest

from promptops.errors import PromptError
from promptops.evals import evaluators
from promptops.evals.registry import KINDS, NAMES
from promptops.evals.unmeasured import UNCHECKED_JUDGE
from promptops.lint.engine.runner import lint
from promptops.model.evaluator_kind import KindSpec
from promptops.source.project import Project
from promptops.workflows.eval.scoring_inputs import judge_names
from promptops.workflows.schemas import schema_text
from tests.conftest import ProjectBuilder
from tests.evals.evaluators.fakes import criterion
from tests.evals.factory import carry_out, case, plan, suite

SHOUTS = '''
"""`shouts`: the reply is in capitals, and a model finds it loud."""

from promptops.evals.evaluators.base import stateless
from promptops.model.evaluator_kind import KindSpec, OptionProblem
from promptops.model.schema_builders import group, string
from promptops.model.score import Score


def _problems(options):
    if not options["word"].isupper():
        yield OptionProblem("the word does not shout", "write it in capitals")


KIND = KindSpec(
    "shouts",
    group({"word": string("what must be shouted"), "ear": string("the model that listens")}, ("word",), "it is loud"),
    templates=("word",),
    judge_model="ear",
    passes=lambda score, threshold: score > 0.2,
    problems=_problems,
)


async def score(subject, criterion, services):
    await services.answer("judge", (), lambda reply: reply)
    word = services.render(criterion.options["word"], subject.case.fields)
    return Score(0.25 if word in subject.reply.text else 0.0)


build = stateless(score)
'''


@pytest.fixture
def shouts(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[KindSpec]:
    """A kind that nobody knew: one file beside the others, and one line in the registry."""
    folder = tmp_path_factory.mktemp("evaluators")
    (folder / "shouts.py").write_text(SHOUTS, encoding="utf-8")
    monkeypatch.setattr(evaluators, "__path__", [*evaluators.__path__, str(folder)])
    NAMES.append("shouts")
    yield KINDS["shouts"]
    NAMES.remove("shouts")
    del sys.modules["promptops.evals.evaluators.shouts"]


PROMPT = """\
inputs: {word: {type: string}}
messages: [{role: user, content: 'Say {{ word }}'}]
promptops: {owners: ['@a']}
"""
SUITE = """\
prompt: a
testData: [{id: one, word: x}]
evaluators: [{name: is loud, shouts: {word: '{{ LOUD }}', ear: small}}]
"""
FILE = PurePosixPath("evals/s.eval.yml")


def files(text: str) -> Mapping[str, str]:
    return {"prompts/a.prompt.yml": PROMPT, FILE.as_posix(): text}


def findings(project: Project) -> list[tuple[str, int]]:
    return [(found.code, found.span.line) for found in lint(project, [FILE]).findings]


def test_a_new_kind_is_read(shouts: KindSpec, project: ProjectBuilder) -> None:
    (first,) = project(files(SUITE)).suite("s").criteria
    assert (first.kind, first.options) == (shouts, {"word": "{{ LOUD }}", "ear": "small"})
    with pytest.raises(PromptError) as caught:
        project(files(SUITE.replace("shouts", "whispers"))).suite("s")
    assert "shouts" in caught.value.hint


def test_a_new_kind_is_linted(shouts: KindSpec, project: ProjectBuilder) -> None:
    assert ("P412", 3) in findings(project(files(SUITE))), "its templates are filled from the case"
    known = SUITE.replace("word: x", "word: x, LOUD: X").replace("ear: small", "ear: openai/x")
    assert findings(project(files(known))) == []
    assert ("P301", 3) in findings(project(files(known.replace("openai/x", "deaf"))))
    assert ("P004", 3) in findings(project(files(known.replace("word: '{{ LOUD }}'", "word: [X]"))))


def test_a_new_kind_is_in_the_schemas(shouts: KindSpec) -> None:
    for name in ("prompt", "suite"):
        properties: dict[str, Any] = json.loads(schema_text(name))["properties"]["evaluators"]["items"]["properties"]
        assert properties["shouts"]["properties"]["word"]["description"] == "what must be shouted"


def test_a_new_kind_is_run_and_its_model_is_counted(shouts: KindSpec, project: ProjectBuilder) -> None:
    of = suite(case("A", LOUD="A"), case("B", LOUD="Z"), criteria=[criterion("shouts", {"word": "{{ LOUD }}"}, 0.9)])
    ran = carry_out(plan(of))
    assert [sample.scores["the criterion"].passed for sample in ran.outcome.samples] == [True, False]
    assert ran.outcome.judgements == 2
    assert (ran.results.criteria[0].kind, ran.results.criteria[0].advisory_reason) == ("shouts", UNCHECKED_JUDGE)
    whole = project({**files(SUITE), "promptops.yml": "judge: small"})
    assert judge_names(whole, whole.suite("s")) == ["small"]
    with pytest.raises(PromptError, match="does not shout"):
        carry_out(plan(suite(criteria=[criterion("shouts", {"word": "hush"})])))
