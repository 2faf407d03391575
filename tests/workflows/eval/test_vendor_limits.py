"""What a vendor cannot do ends a run once, at its place, before any call."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest
from click.testing import CliRunner

from promptops.cli.main import cli
from tests.conftest import write_files
from tests.workflows.scene import answering, files_for

PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)
URI = f"data:image/png;base64,{b64encode(PNG).decode()}"
PDF = f"data:application/pdf;base64,{b64encode(b'%PDF-1.7 x').decode()}"
PICTURE = """inputs: {photo: {type: image}}
model: tiny
messages:
  - role: user
    content:
      - {type: image, image: photo}
"""
HINT = """inputs: {hint: {type: string, default: ""}}
model: claude
messages:
  - {role: user, content: x}
  - {when: hint, role: system, content: "{{ hint }}"}
"""
HISTORY = "inputs: {h: {type: messages}}\nmodel: tiny\nmessages:\n  - {messages: h}\n"


def suite(cases: str) -> str:
    return f"prompt: greet\ntestData:\n{cases}evaluators: [{{name: a, string: {{contains: a}}}}]\n"


@pytest.mark.parametrize(
    ("prompt", "cases", "where", "words"),
    [
        (PICTURE, f"  - {{photo: '{URI}'}}\n" * 3, "prompts/greet.prompt.yml:6:30", "takes no pictures"),
        (
            PICTURE.replace("image", "file"),
            f"  - {{photo: '{PDF}'}}\n",
            "prompts/greet.prompt.yml:6:28",
            "takes no documents",
        ),
        (
            PICTURE.replace("type: image}", "type: image, default: null}", 1) + "      - {type: text, text: x}\n",
            f"  - {{note: x}}\n  - {{photo: '{URI}'}}\n",
            "prompts/greet.prompt.yml:6:30",
            "takes no pictures",
        ),
        (
            HISTORY,
            "  - {h: [{role: user, content: hi}]}\n"
            f"  - {{h: [{{role: user, content: [{{type: image_url, image_url: {{url: '{URI}'}}}}]}}]}}\n",
            "evals/greet.eval.yml:4",
            "takes no pictures",
        ),
        (
            "messages: [{role: user, content: x}]\nmodel: tiny\nmodelParameters: {stream: true}\n",
            "  - {note: x}\n",
            "prompts/greet.prompt.yml",
            "a reply that comes in pieces cannot be evaluated",
        ),
    ],
)
def test_a_run_ends_before_the_first_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prompt: str, cases: str, where: str, words: str
) -> None:
    settings = "models: {tiny: {provider: local}}\n"
    files = {"prompts/greet.prompt.yml": prompt, "evals/greet.eval.yml": suite(cases), "promptops.yml": settings}
    write_files(tmp_path, files_for("http://127.0.0.1:9/v1") | files)
    monkeypatch.chdir(tmp_path)
    for arguments in (["eval"], ["eval", "--plan"]):
        result = CliRunner().invoke(cli, arguments)
        assert result.exit_code == 2, result.output
        assert result.output.count(words) == 2  # of the suite, and of the command: not of each case
        assert f"{where}: the model 'tiny' cannot be asked: " in result.output


@pytest.mark.parametrize(("value", "is_refused"), [("closed", True), ("''", False)])
def test_a_message_that_hangs_on_a_value_is_a_reason_where_a_case_gives_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, is_refused: bool
) -> None:
    settings = "models: {claude: {provider: bedrock, model: amazon.nova-lite-v1:0, region: eu-west-1}}\n"
    files = {"prompts/greet.prompt.yml": HINT, "evals/greet.eval.yml": suite(f"  - {{note: a, hint: {value}}}\n")}
    write_files(tmp_path, files_for("http://127.0.0.1:9/v1") | files | {"promptops.yml": settings})
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, ["eval", "--plan"])
    assert ("prompts/greet.prompt.yml:5:5: the model 'claude' cannot be asked: " in result.output) is is_refused
    assert (result.exit_code == 2) is is_refused, result.output


def test_a_picture_that_no_case_gives_and_one_that_is_taken_are_no_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt = PICTURE.replace("tiny", "small").replace("type: image}", "type: image, default: null}", 1)
    prompt = prompt.replace("role: user", "role: system")
    prompt += "      - {type: text, text: x}\n  - {role: user, content: y}\n"
    with answering() as endpoint:
        files = {"prompts/greet.prompt.yml": prompt, "evals/greet.eval.yml": suite("  - {note: x}\n")}
        write_files(tmp_path, files_for(endpoint.url) | files)
        monkeypatch.chdir(tmp_path)
        result = CliRunner().invoke(cli, ["eval"])
    assert len(endpoint.asked) == 1, result.output
