"""What the workflows bring along depends on the models that are asked, not on those that are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptops.evals.registry import KINDS
from promptops.source.project import Project
from promptops.workflows.init.models import LocalRuntime, local_runtime, project_models
from promptops.workflows.workspace import Workspace
from tests.conftest import write_files

SETTINGS = (
    "models:\n  small: {provider: local}\n  own: {provider: local, model: models/own.gguf}\n"
    "  big: {provider: openai, model: m}\njudge: JUDGE\n"
)
PROMPT = "model: MODEL\nmessages: [{role: user, content: hi}]\n"
SUITE = "prompt: a\nMODELStestData: [{y: 1}]\nevaluators: [{name: n, WHAT}]\n"
STRING = "string: {contains: a}"
JUDGE = "judge: {question: Is it?, pass: 'yes'}"
NOTHING, ENGINE, ALL = LocalRuntime(False, False), LocalRuntime(True, False), LocalRuntime(True, True)


@pytest.mark.parametrize(
    ("prompt", "judge", "models", "what", "needed"),
    [
        ("small", "big", "", STRING, ALL),
        ("own", "big", "", STRING, ENGINE),
        ("big", "small", "", STRING, NOTHING),
        ("big", "small", "", JUDGE, ALL),
        ("big", "big", "models: [small]\n", STRING, ALL),
        ("big", "big", "", "judge: {question: Is it?, pass: 'yes', model: small}", ALL),
        ("unknown/m", "small", "", STRING, NOTHING),
    ],
)
def test_what_is_asked_says_what_is_needed(
    prompt: str, judge: str, models: str, what: str, needed: LocalRuntime, tmp_path: Path
) -> None:
    suite = SUITE.replace("MODELS", models).replace("WHAT", what)
    write_files(tmp_path, {"promptops.yml": SETTINGS.replace("JUDGE", judge), "evals/a.eval.yml": suite})
    write_files(tmp_path, {"prompts/a.prompt.yml": PROMPT.replace("MODEL", prompt)})
    space = Workspace(tmp_path, tmp_path / "cache")
    assert local_runtime(space, project_models(space, space.project())) == needed


def test_a_prompt_that_no_suite_tests_counts_and_one_that_is_broken_does_not(tmp_path: Path) -> None:
    write_files(tmp_path, {"promptops.yml": SETTINGS.replace("JUDGE", "big"), "prompts/b.prompt.yml": "messages: 3\n"})
    write_files(tmp_path, {"prompts/a.prompt.yml": PROMPT.replace("MODEL", "small")})
    space = Workspace(tmp_path, tmp_path / "cache")
    assert local_runtime(space, project_models(space, Project.worktree(tmp_path, KINDS))) == ALL
