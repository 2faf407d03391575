"""A comparison loads only the prompts that may differ, and misses none that does."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pytest

from promptops.errors import PromptopsError
from promptops.model.outcomes.diff import ProjectDiff
from promptops.source.source import Source
from promptops.source.yaml.document import Document, read_document
from promptops.workflows.diff.diff import DiffChoice, compare
from promptops.workflows.diff.unchanged_prompts import UnchangedPrompts
from promptops.workflows.pin.pin import PinChoice, pin
from tests.conftest import Files, GitRepository, RepositoryBuilder, write_files
from tests.workflows.scene import workspace_at

SETTINGS = "models:\n  small: {provider: openai, model: m}\n  other: {provider: openai, model: n}\n"
HEAD = "inputs: {who: {type: string}}\nmodel: small\nmessages:\n"


def prompt(content: str) -> str:
    """A prompt whose message is this YAML value."""
    return f"{HEAD}  - role: user\n    content: {content}\n"


def block(text: str) -> str:
    return prompt("|\n" + "".join(f"      {line}\n" for line in text.split("\n")))


FILES: Files = {
    "promptops.yml": SETTINGS,
    "prompts/plain.prompt.yml": block("Hello {{ who }}"),
    "prompts/other.prompt.yml": block("Bye {{ who }}").replace("model: small", "model: other"),
    "prompts/near.prompt.yml": block('{% include "shared/near.j2" %}'),
    "prompts/far.prompt.yml": block("{% include 'shared/outer.j2' %} {{ who }}"),
    "prompts/shared/near.j2": "Near.\n",
    "prompts/shared/outer.j2": "{% include './inner.j2' %}\n",
    "prompts/shared/inner.j2": "Inner.\n",
    "evals/plain.eval.yml": "prompt: plain\ntestData: [{who: Ada}]\nevaluators: [{string: {contains: x}}]\n",
}
WAYS = {
    "in single quotes of YAML": prompt("'{% include ''shared/inner.j2'' %}'"),
    "in double quotes of YAML": prompt('"{% include \\"shared/inner.j2\\" %}"'),
    "spelt with an escape of YAML": prompt("\"{% incl\\x75de 'shared/inner.j2' %}\""),
    "spelt with an escape of Jinja": block('{% include "shared/\\x69nner.j2" %}'),
    "in two strings": block('{% include "shared/" "inner.j2" %}'),
    "as one of several": block('{% include ["shared/none.j2", "shared/inner.j2"] ignore missing %}'),
    "folded by YAML": prompt(">\n      Hi {%\n      include\n      'shared/inner.j2'\n      %}"),
    "by an import": block("{%- import './shared/inner.j2' as inner -%}{{ inner }}"),
    "by a name from it": block("{% from '../prompts/shared/inner.j2' import nothing with context %}"),
    "as its base": block("{% extends 'shared/inner.j2' %}"),
    "through another": block("{% include 'shared/outer.j2' without context %}"),
    "as examples": prompt("Hi\n  - examples: shared/few.jsonl"),
    "as examples of the flow": f"{HEAD}  [{{role: user, content: Hi}}, {{'examples': 'shared/few.jsonl'}}]\n",
    "as tools": prompt("Hi\ntools: ./tools.json"),
    "as tools on the next line": prompt("Hi\ntools:\n  ./tools.json"),
    "as tools in a block": prompt("Hi\ntools: >\n  ./tools.json"),
    "as tools in quotes": prompt("Hi\n'tools' : './tools.json'"),
    "as a schema": prompt("Hi\njsonSchema: shared/answer.yml"),
    "as a schema behind a comment": prompt("Hi\njsonSchema: # here\n  shared/answer.yml"),
    "if it is there": block("{% include 'shared/new.j2' ignore missing %}"),
}
EDITS: Files = {
    "prompts/shared/inner.j2": "Other.\n", "prompts/shared/new.j2": "New.\n", "prompts/cases.jsonl": "{",
    "prompts/shared/few.jsonl": '{"user": "a", "assistant": "c"}\n', "prompts/tools.json": '[{"name": "g"}]',
    "prompts/shared/answer.yml": "type: array\n",
}  # fmt: skip
LINKED: Files = {
    "prompts/shared/few.jsonl": '{"user": "a", "assistant": "b"}\n', "prompts/tools.json": '[{"name": "f"}]',
    "prompts/shared/answer.yml": "type: object\n",
}  # fmt: skip


@pytest.fixture
def repo(repository: RepositoryBuilder) -> GitRepository:
    found = repository()
    found.commit(FILES)
    return found


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The identifiers of prompts whose files were read as YAML, in order."""
    found: list[str] = []

    def noted(source: Source, path: PurePosixPath, schema: dict[str, Any]) -> Document:
        found.append(path.name.removesuffix(".prompt.yml"))
        return read_document(source, path, schema)

    monkeypatch.setattr("promptops.source.formats.prompts.read_document", noted)
    return found


def diff(repo: GitRepository, edits: Files | None = None, *names: str, at: str | None = None) -> ProjectDiff:
    write_files(repo.root, edits or {})
    return compare(workspace_at(repo.root), DiffChoice("main", at=at, prompts=names))


def told(found: ProjectDiff) -> list[tuple[str, str]]:
    return [(one.id, one.status) for one in found.prompts]


def test_where_nothing_changed_no_prompt_is_loaded(repo: GitRepository, loaded: list[str]) -> None:
    assert (diff(repo).unchanged, loaded) == (4, [])
    repo.git("switch", "--quiet", "--create", "work")
    assert (diff(repo, at="work").unchanged, loaded) == (4, [])


def test_what_no_prompt_is_made_of_loads_none(repo: GitRepository, loaded: list[str]) -> None:
    edits: Files = {
        "README.md": "New\n",
        "evals/plain.eval.yml": "prompt: plain\n",
        "environments/prod.yml": "pins: {}",
    }
    assert (diff(repo, edits).unchanged, loaded) == (4, [])
    repo.git("switch", "--quiet", "--create", "work")
    repo.commit(edits)
    assert (diff(repo, at="work").unchanged, loaded) == (4, [])


def test_line_ends_of_windows_are_no_edit(repo: GitRepository, loaded: list[str]) -> None:
    write_files(
        repo.root, {path: str(text).replace("\n", "\r\n") for path, text in FILES.items() if "prompts/" in path}
    )
    assert (diff(repo).unchanged, loaded) == (4, [])


def test_a_changed_prompt_is_loaded_and_no_other(repo: GitRepository, loaded: list[str]) -> None:
    found = diff(repo, {"prompts/plain.prompt.yml": block("Hail {{ who }}")})
    assert (told(found), found.unchanged, set(loaded)) == ([("plain", "changed")], 3, {"plain"})
    assert [suite for one in found.prompts for suite in one.reach.suites] == ["plain"]


def test_a_changed_template_loads_all_it_reaches_and_no_other(repo: GitRepository, loaded: list[str]) -> None:
    found = diff(repo, {"prompts/shared/inner.j2": "Other.\n"})
    assert (told(found), set(loaded)) == ([("far", "changed")], {"far"})
    assert [(one.what, one.reach.prompts) for one in found.shared] == [("prompts/shared/inner.j2", ("far",))]


def test_a_changed_model_reaches_whoever_names_it(repo: GitRepository) -> None:
    found = diff(repo, {"promptops.yml": SETTINGS.replace("model: n", "model: o")})
    assert told(found) == [("other", "changed")]
    assert [(one.what, one.reach.prompts) for one in found.shared] == [("other", ("other",))]


@pytest.mark.parametrize("way", WAYS)
def test_no_way_to_include_a_file_is_overlooked(repo: GitRepository, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit({"prompts/odd.prompt.yml": WAYS[way], "prompts/cases.jsonl": '{"who": "Ada"}\n', **LINKED})
    repo.git("switch", "--quiet", "--create", "work")
    found = diff(repo, EDITS)
    repo.commit({})
    between = diff(repo, at="work")
    assert "odd" in dict(told(found))
    monkeypatch.setattr(UnchangedPrompts, "is_same", lambda *_: False)
    thorough = diff(repo, at="work")
    assert between == thorough
    assert [found.prompts, found.shared, found.unchanged] == [thorough.prompts, thorough.shared, thorough.unchanged]


@pytest.mark.parametrize(("name", "more"), [("plain", set()), ("far", set())])
def test_one_prompt_is_compared_without_the_others(
    repo: GitRepository, loaded: list[str], name: str, more: set[str]
) -> None:
    edits: Files = {path: str(text) + "# more\n" for path, text in FILES.items() if path.endswith(".prompt.yml")}
    found = diff(repo, edits, name)
    assert set(loaded) == {name, *more}
    assert found.unchanged + len(found.prompts) == 1


def test_one_prompt_that_shares_what_changed_is_told_with_whom_it_shares_it(
    repo: GitRepository, loaded: list[str]
) -> None:
    repo.commit({"prompts/third.prompt.yml": block("{% include 'shared/outer.j2' %}")})
    found = diff(repo, {"prompts/shared/outer.j2": "Outer.\n", "prompts/plain.prompt.yml": block("Hm")}, "third")
    assert told(found) == [("third", "changed")]
    assert found.shared[0].reach.prompts == ("far", "third")
    assert set(loaded) == {"far", "third", "plain"}


def test_a_prompt_that_is_asked_for_is_told_to_be_broken_though_nothing_changed(repo: GitRepository) -> None:
    repo.commit({"prompts/bad.prompt.yml": "messages: [\n"})
    assert told(diff(repo)) == []
    assert told(diff(repo, {}, "bad")) == [("bad", "unreadable")]
    with pytest.raises(PromptopsError):
        diff(repo, {}, "none")


def test_a_pin_loads_the_prompt_that_is_pinned_and_no_other(repo: GitRepository, loaded: list[str]) -> None:
    report = pin(workspace_at(repo.root), PinChoice((("plain", None),), "prod"))
    assert report.written
    assert report.prompts[0].suites == ("plain",)
    repo.commit({"prompts/plain.prompt.yml": block("Hail {{ who }}")})
    assert pin(workspace_at(repo.root), PinChoice((("plain", None),), "prod")).prompts[0].kind == "pinned"
    assert set(loaded) == {"plain"}
