"""Pins of prompts with examples, tools and a schema in files: sealed, approved, served and bundled with all of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from promptops import Prompts
from promptops.errors import PinError, PromptopsError
from promptops.evals.registry import KINDS
from promptops.model.sealed_prompt import SealedPrompt, content_digest, template_digests
from promptops.pins.bundle import load_bundle
from promptops.pins.sealing import seal_prompt
from promptops.pins.unsealing import unseal
from promptops.source.files.worktree import Worktree
from promptops.source.project import Project
from promptops.workflows.bundle import save_bundle
from promptops.workflows.pin.pin import PinChoice, pin
from tests.conftest import GitRepository, RepositoryBuilder
from tests.pins.histories import Judged, Moment, write_history
from tests.workflows.scene import workspace_at

PROMPT = """inputs:
  history: {type: messages}
model: small
messages:
  - role: system
    content: Be kind.
  - examples: shared/a.jsonl
  - messages: history
tools: ./tools.yml
responseFormat: json_schema
jsonSchema: ../schemas/answer.json
"""
FILES = {
    "promptops.yml": "models: {small: {provider: openai, model: m}}\n",
    "prompts/a.prompt.yml": PROMPT,
    "prompts/shared/a.jsonl": '{"user": "Open?", "assistant": "From seven."}\n',
    "prompts/tools.yml": "- name: find\n",
    "schemas/answer.json": '{"type": "object"}\n',
}
PARTS = {
    "prompts/shared/a.jsonl": '{"user": "Open?", "assistant": "From eight."}\n',
    "prompts/tools.yml": "- name: look\n",
    "schemas/answer.json": '{"type": "object", "properties": {}}\n',
    "prompts/a.prompt.yml": PROMPT.replace("kind", "brief"),
}


@pytest.fixture
def repo(repository: RepositoryBuilder) -> GitRepository:
    made = repository()
    made.commit(FILES)
    return made


def said(prompts: Prompts) -> list[object]:
    call = prompts.get("a").render(history=[{"role": "user", "content": "Hi"}])
    return [call.messages(), call.tools, call.json_schema]


SAID = [
    [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Open?"},
        {"role": "assistant", "content": "From seven."},
        {"role": "user", "content": "Hi"},
    ],
    ({"type": "function", "function": {"name": "find"}},),
    {"name": "a", "schema": {"type": "object"}},
]


def from_git(root: Path, tmp_path: Path) -> Prompts:
    return Prompts.from_git(root, env="prod", cache=tmp_path / "cache")


def from_bundle(root: Path, tmp_path: Path) -> Prompts:
    save_bundle(workspace_at(root), "prod", tmp_path / "a.bundle")
    assert load_bundle(tmp_path / "a.bundle").texts
    return Prompts.from_bundle(tmp_path / "a.bundle")


def from_worktree(root: Path, tmp_path: Path) -> Prompts:
    return Prompts.from_worktree(root)


@pytest.mark.parametrize("opened", [from_git, from_bundle, from_worktree])
def test_an_application_is_served_all_of_it(
    repo: GitRepository, tmp_path: Path, opened: Callable[[Path, Path], Prompts]
) -> None:
    pin(workspace_at(repo.root), PinChoice((("a", None),), "prod"))
    repo.commit({})
    with opened(repo.root, tmp_path) as prompts:
        assert said(prompts) == SAID


@pytest.mark.parametrize("path", PARTS)
def test_each_file_decides_the_digest(repository: RepositoryBuilder, path: str) -> None:
    repo = repository()
    commits = write_history(repo, [Moment("one", [], FILES), Moment("two", ["one"], {**FILES, path: PARTS[path]})])
    found = Judged(repo.root, commits)
    assert found.pin("one").digest != found.pin("two").digest


@pytest.mark.parametrize("path", PARTS)
def test_a_version_is_approved_where_main_had_all_its_files_at_once(repository: RepositoryBuilder, path: str) -> None:
    repo = repository()
    edited = {**FILES, path: PARTS[path]}
    history = [
        Moment("one", [], FILES),
        Moment("aside", ["one"], edited),
        Moment("two", ["one"], {**FILES, "README.md": "Hi\n"}),
        Moment("merge", ["two", "aside"], {**edited, "README.md": "Hi\n"}),
    ]
    found = Judged(repo.root, write_history(repo, history))
    assert found.said("aside") == "holds at merge"
    before = Judged(repo.root, found.commits, main=found.commits["two"])
    assert "holds" not in before.said("aside")


def test_a_name_that_leads_nowhere_is_told_when_it_is_pinned(repo: GitRepository) -> None:
    repo.commit({"prompts/a.prompt.yml": PROMPT.replace("./tools.yml", "./tool.yml")})
    with pytest.raises(PromptopsError, match=r"'\./tool\.yml' cannot be read: no such file"):
        pin(workspace_at(repo.root), PinChoice((("a", None),), "prod"))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("format",), 3),  # which knows no histories
        (("format",), 4.0),
        (("requires",), ...),
        (("examples",), {}),
        (("files",), ...),
        (("references", ""), {}),
        (("references", ""), []),
        (("inputs", "history", "schema", "type"), "string"),
        (("inputs", "history", "schema"), None),
        (("inputs",), {}),
        (("messages", 0, 1), 5),
        (("messages", 0), {"role": "user", "content": [{"image": "history"}]}),
        (("messages", 0), {"role": "user", "content": [{"image": ["x"]}]}),
        (("messages", 0), {"messages": "other"}),
        (("messages", 1, "examples"), "other.jsonl"),
        (("tools", 0), "find"),
        (("parameters",), []),
        (("jsonSchema",), "x"),
        (("plain",), 0),
    ],
)
def test_a_content_that_somebody_wrote_is_refused_when_it_is_opened(
    repo: GitRepository, place: tuple[str | int, ...], value: object
) -> None:
    sealed = seal_prompt(Project(Worktree(repo.root), KINDS), "a")
    assert unseal(sealed, "a").model == "openai/m"
    data = group = json.loads(sealed.content)
    for key in place[:-1]:
        group = group[key]
    group[place[-1]] = value
    if value is ...:
        del group[place[-1]]
    content = json.dumps(data, separators=(",", ":")).encode()
    with pytest.raises(PinError, match="what its digest covers is not a prompt"):
        unseal(SealedPrompt(content_digest(content), content, sealed.texts), "a")


@pytest.mark.parametrize(
    ("requires", "words"),
    [
        ("0.9", "needs promptops ≥ 0.9"),
        ("1.0rc1", "needs promptops ≥ 1.0rc1"),
        ("x" * 50, "format 9, which is not known"),
        ("９", "format 9, which is not known"),
        ("1.0'; rm -r ~", "format 9, which is not known"),
        (5, "format 9, which is not known"),
    ],
)
def test_a_later_format_names_a_version_only_where_it_is_one(requires: object, words: str) -> None:
    content = json.dumps({"format": 9, "requires": requires, "templates": {}}).encode()
    with pytest.raises(PinError, match=words):
        template_digests(content)
