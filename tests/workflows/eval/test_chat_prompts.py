"""A support conversation with a history, tools and a picture, from its files to the report."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from promptops.report.formats import FORMATS
from promptops.store.results_file import parse_results, serialize_results
from promptops.workflows.eval.prepare import prepare
from promptops.workflows.eval.prepared_run import EvalChoice
from tests.conftest import RepositoryBuilder, write_files
from tests.providers.loopback import answer, completion
from tests.workflows.scene import Endpoint, answering_bodies, evaluate, settings, workspace_at

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
OTHER = b"\x89PNG\r\n\x1a\n" + bytes(range(100, 240))
HISTORY: list[dict[str, Any]] = [
    {"role": "user", "content": "Where is order 5?"},
    {"role": "assistant", "tool_calls": [{"id": "c1", "name": "find_order", "arguments": {"id": "5"}}]},
    {"role": "tool", "tool_call_id": "c1", "content": "baked"},
]
PROMPT = """inputs:
  history: {type: messages}
  photo: {type: image, default: null}
model: small
messages:
  - {role: system, content: You help customers of a bakery.}
  - messages: history
  - role: user
    content:
      - {type: text, text: Is this mine?}
      - {type: image, image: photo}
tools: ./tools.yml
"""
CASES = "".join(
    json.dumps({"id": name, "history": HISTORY, **more}) + "\n"
    for name, more in (("plain", {}), ("pictured", {"photo": "../photos/cake.png"}))
)
FILES = {
    "prompts/help.prompt.yml": PROMPT,
    "prompts/tools.yml": "- {name: find_order, parameters: {type: object}}\n",
    "evals/help.eval.yml": "prompt: help\ntestData: help.cases.jsonl\nevaluators: [{string: {contains: cake}}]\n",
    "evals/help.cases.jsonl": CASES,
    ".gitignore": ".promptops/\n",
}


def write_project(root: Path, url: str) -> None:
    write_files(root, {**FILES, "promptops.yml": settings(url)})
    (root / "photos").mkdir(exist_ok=True)
    (root / "photos/cake.png").write_bytes(PNG)


@pytest.fixture
def endpoint() -> Any:
    with answering_bodies(lambda body: answer(completion("A cake."))) as found:
        yield found


def test_the_model_receives_roles_calls_results_and_the_picture(tmp_path: Path, endpoint: Endpoint) -> None:
    write_project(tmp_path / "p", endpoint.url)
    results = evaluate(workspace_at(tmp_path / "p"))
    assert [one.error for one in results.samples] == ["", ""]
    sent = {len(body["messages"][-1]["content"]): body for body in endpoint.bodies}
    call = {"id": "c1", "type": "function", "function": {"name": "find_order", "arguments": '{"id":"5"}'}}
    assert sent[2]["messages"] == [
        {"role": "system", "content": "You help customers of a bakery."},
        {"role": "user", "content": "Where is order 5?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": "baked", "tool_call_id": "c1"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Is this mine?"},
                {
                    "type": "image_url",
                    "image_url": {"url": f"data:image/png;base64,{b64encode(PNG).decode()}"},
                },
            ],
        },
    ]
    assert sent[1]["messages"][-1]["content"] == [{"type": "text", "text": "Is this mine?"}]
    assert sent[1]["tools"][0]["function"]["name"] == "find_order"


def test_reports_name_the_picture_and_the_page_alone_shows_it(tmp_path: Path, endpoint: Endpoint) -> None:
    write_project(tmp_path / "p", endpoint.url)
    results = evaluate(workspace_at(tmp_path / "p"))
    rendered = {one.case: one.messages[-1] for one in results.rendered}
    assert rendered["pictured"][1].startswith("Is this mine?\n[image 'cake.png', 208 bytes, sha256 ")
    for name, form in FORMATS.items():
        is_page = name in ("html", "json")
        assert (b64encode(PNG).decode()[:40] in form(results)) is is_page, name
    assert parse_results(serialize_results(results)) == results


def test_a_held_out_picture_is_shown_nowhere(tmp_path: Path, endpoint: Endpoint) -> None:
    write_project(tmp_path / "p", endpoint.url)
    hidden = CASES.replace('"id": "pictured"', '"id": "pictured", "split": "held-out"')
    write_files(tmp_path / "p", {"evals/help.cases.jsonl": hidden})
    results = evaluate(workspace_at(tmp_path / "p"))
    assert results.pictures == {}
    assert b64encode(PNG).decode()[:40] not in serialize_results(results).decode()


def test_a_run_that_is_repeated_asks_nothing_and_another_picture_asks_one_case(
    tmp_path: Path, endpoint: Endpoint
) -> None:
    write_project(tmp_path / "p", endpoint.url)
    first = evaluate(workspace_at(tmp_path / "p"), out=tmp_path / "one")
    again = evaluate(workspace_at(tmp_path / "p"), out=tmp_path / "two")
    assert (again.calls.called, again.suite_digest) == (0, first.suite_digest)
    (tmp_path / "p/photos/cake.png").write_bytes(OTHER)
    other = evaluate(workspace_at(tmp_path / "p"), out=tmp_path / "three")
    assert (other.calls.called, other.calls.cached) == (1, 1)
    assert other.suite_digest != first.suite_digest


@pytest.mark.parametrize(
    ("path", "content", "chosen"),
    [
        ("photos/cake.png", OTHER, 1),
        ("prompts/tools.yml", "- {name: find_cake, parameters: {type: object}}\n", 1),
        ("photos/other.png", OTHER, 0),
    ],
)
def test_a_change_of_a_picture_or_the_tools_is_a_change_of_the_suite(
    repository: RepositoryBuilder, endpoint: Endpoint, path: str, content: str | bytes, chosen: int
) -> None:
    repo = repository()
    write_project(repo.root, endpoint.url)
    repo.commit({})
    repo.git("switch", "--quiet", "--create", "work")
    data = content if isinstance(content, bytes) else content.encode()
    (repo.root / path).write_bytes(data)
    repo.commit({})
    assert len(prepare(workspace_at(repo.root), EvalChoice((), base="main", changed=True))) == chosen


@pytest.mark.parametrize(
    ("photo", "words"),
    [
        ("../photos/none.png", "the file '../photos/none.png' cannot be read: no such file"),
        ("cake.png", "no such file; names begin at the project's folder, with ./ at the cases'"),
        ("../../outside.png", "outside the project"),
        ("../photos/linked.png", "symbolic link"),
        ("../photos/drawing.svg", "it is an SVG drawing"),
    ],
)
def test_a_picture_that_cannot_be_sent_is_the_error_of_its_case_alone(
    tmp_path: Path, endpoint: Endpoint, photo: str, words: str
) -> None:
    write_project(tmp_path / "p", endpoint.url)
    (tmp_path / "p/photos/linked.png").symlink_to("/etc/hostname")
    (tmp_path / "p/photos/drawing.svg").write_text("<svg onload='x()'></svg>")
    write_files(tmp_path / "p", {"evals/help.cases.jsonl": CASES.replace("../photos/cake.png", photo)})
    results = evaluate(workspace_at(tmp_path / "p"))
    errors = {one.case: one.error for one in results.samples}
    assert errors["plain"] == ""
    assert words in errors["pictured"]
    assert "help.cases.jsonl:2" in errors["pictured"]
