"""`promptops render`: the messages a model would receive."""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from tests.conftest import GitRepository, write_files

Run = Callable[..., Result]
PROMPT = (
    "inputs: {who: {type: string}, times: {type: integer, default: 1}}\n"
    "messages:\n  - {role: system, content: Be kind.}\n  - {role: user, content: 'Greet {{ who }} {{ times }}×'}\n"
)
SUITE = "prompt: legal/greet\ntestData: [{id: ada, who: Ada Ü}]\nevaluators: [{string: {contains: x}}]\n"


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    """A committed prompt with a suite; the current folder is in it."""
    repo = GitRepository(tmp_path / "my prömpts")
    bare = "prompts/bare.prompt.yml"
    repo.commit({"prompts/legal/greet.prompt.yml": PROMPT, bare: PROMPT, "evals/greet.eval.yml": SUITE})
    monkeypatch.chdir(repo.root)
    return repo


@pytest.fixture
def run(repo: GitRepository) -> Run:
    """`promptops render …` in the project."""
    return lambda *args: CliRunner().invoke(cli, ["render", *args])


def test_text_for_people(run: Run) -> None:
    result = run("legal/greet", "--case", "ada")
    assert result.stdout == "── system ──\nBe kind.\n\n── user ──\nGreet Ada Ü 1×\n"
    assert (result.exit_code, result.stderr) == (0, "")


def test_without_a_case_it_is_the_first_one_and_that_is_said(run: Run, repo: GitRepository) -> None:
    result = run("legal/greet")
    assert result.stdout == "── system ──\nBe kind.\n\n── user ──\nGreet Ada Ü 1×\n"
    assert (result.exit_code, result.stderr) == (0, "Filled from ada, its only case.\n")
    more = SUITE.replace("who: Ada Ü}", "who: Ada Ü}, {id: bob, who: Bob}, {id: eve, who: Eve, split: held-out}")
    write_files(repo.root, {"evals/greet.eval.yml": more})
    assert run("legal/greet", "--format", "json").stderr == (
        "Filled from ada, the first of its 2 cases; --case lists them.\n"
    )
    listed = run("legal/greet", "--case")
    assert (listed.exit_code, listed.stdout, listed.stderr) == (0, "ada\nbob\n", "")


def test_values_by_hand_that_are_not_enough_are_completed_from_the_first_case(run: Run) -> None:
    result = run("legal/greet", "--set", "times=2")
    assert result.stdout.endswith("Greet Ada Ü 2×\n")
    assert result.stderr.startswith("Filled from ada")
    alone = run("legal/greet", "--set", "who=Bob")
    assert (alone.stdout.endswith("Greet Bob 1×\n"), alone.stderr) == (True, "")


def test_a_held_out_case_is_never_the_one_that_is_shown_unasked(run: Run, repo: GitRepository) -> None:
    held = SUITE.replace("{id: ada,", "{id: eve, split: held-out, who: Eve}, {id: ada,")
    write_files(repo.root, {"evals/greet.eval.yml": held})
    assert run("legal/greet").stdout.endswith("Greet Ada Ü 1×\n")
    write_files(repo.root, {"evals/greet.eval.yml": SUITE.replace("{id: ada,", "{id: ada, split: held-out,")})
    result = run("legal/greet")
    assert (result.exit_code, "Ada" in result.output) == (2, False)


def test_what_needs_no_values_is_filled_from_nothing(run: Run, repo: GitRepository) -> None:
    write_files(
        repo.root,
        {
            "prompts/fixed.prompt.yml": "messages: [{role: user, content: Hi}]\npromptops: {owners: ['@ana']}\n",
            "prompts/plain.prompt.yml": "messages: [{role: user, content: 'Hi {{ who }}'}]\n",
            "evals/fixed.eval.yml": SUITE.replace("legal/greet", "fixed"),
            "evals/plain.eval.yml": SUITE.replace("legal/greet", "plain"),
        },
    )
    assert (run("fixed").stdout, run("fixed").stderr) == ("── user ──\nHi\n", "")
    assert (run("plain").stdout, run("plain").stderr) == (
        "── user ──\nHi Ada Ü\n",
        "Filled from ada, its only case.\n",
    )


def test_a_value_cannot_act_on_a_terminal_and_a_pipe_gets_it_as_it_is(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Greet \x1b[2J 1×" in run("legal/greet", "--set", "who=\x1b[2J").stdout
    monkeypatch.setattr("promptops.cli.render.on_terminal", lambda: True)
    assert "Greet ⟨U+001B⟩[2J 1×" in run("legal/greet", "--set", "who=\x1b[2J").stdout


def test_json_for_programs(run: Run) -> None:
    result = run("legal/greet", "--set", "who=Bob", "--set", "times=3", "--format", "json")
    assert json.loads(result.stdout) == {
        "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Greet Bob 3×"}]
    }


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("who=7", "7"),
        ("who=true", "true"),
        ("who=a=b", "a=b"),
        ("who=", ""),
        ("who={{ x }}", "{{ x }}"),
        ("who=007", "007"),
        ("who=1.50", "1.50"),
        ("who=null", "null"),
    ],
)
def test_values_by_hand_come_out_as_they_were_typed(run: Run, given: str, shown: str) -> None:
    assert run("legal/greet", "--set", given).stdout.endswith(f"Greet {shown} 1×\n")


def test_values_by_hand_win_over_the_case(run: Run) -> None:
    assert run("legal/greet", "--case", "ada", "--set", "times=2").stdout.endswith("Greet Ada Ü 2×\n")


def test_a_file_from_a_subfolder(run: Run, repo: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo.root / "prompts/legal")
    assert run("greet.prompt.yml", "--set", "who=Bob").exit_code == 0
    assert run("legal/greet", "--set", "who=Bob").exit_code == 0


def test_at_shows_an_old_version(run: Run, repo: GitRepository) -> None:
    write_files(repo.root, {"prompts/legal/greet.prompt.yml": PROMPT.replace("kind", "rude")})
    assert "Be rude." in run("legal/greet", "--case", "ada").stdout
    assert "Be kind." in run("legal/greet", "--case", "ada", "--at", "HEAD").stdout
    (repo.root / "prompts/legal/greet.prompt.yml").unlink()
    assert "Be kind." in run("prompts/legal/greet.prompt.yml", "--case", "ada", "--at", "HEAD").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["legal/gret", "--case", "ada"], "did you mean 'legal/greet'?"),
        (["legal/greet", "--case", "bob"], "there are: ada"),
        (["legal/greet", "--set", "who"], "write it like --set audience=sales"),
        (["legal/greet", "--set", "=x"], "is not NAME=VALUE"),
        (["bare"], "who"),
        (["legal/greet", "--set", "who=x", "--set", "mood=y"], "mood"),
        (["legal/greet", "--set", "who=x", "--set", "times=often"], "times"),
        (["legal/greet", "--case", "ada", "--at", "nowhere"], "no such version"),
        ([], "Missing argument"),
    ],
)
def test_what_cannot_be_shown_is_2_with_a_hint(run: Run, arguments: list[str], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


WHOLE = """\
model: asked
modelParameters: {temperature: 0.2, maxTokens: 30, extra_body: {top_k: 4}}
inputs:
  history: {type: messages, default: []}
  photo: {type: image, default: null}
  who: {type: string}
  tags: {type: array, items: {type: string}, default: []}
messages:
  - {messages: history}
  - role: user
    content:
      - {type: text, text: "It's {{ who }}: {{ tags }}"}
      - {type: image, image: photo}
tools: [{name: find, parameters: {type: object}}]
"""
MODELS = """\
models:
  asked:
    provider: openai
    model: gpt-x
    baseUrl: https://eu.example/v1
    apiKeyEnv: EU_KEY
"""
PNG = b"\x89PNG\r\n\x1a\n0"


@pytest.fixture
def whole(repo: GitRepository) -> GitRepository:
    """A prompt with everything, and files with values in the current folder."""
    write_files(
        repo.root,
        {
            "promptops.yml": MODELS,
            "prompts/whole.prompt.yml": WHOLE,
            "evals/whole.eval.yml": SUITE.replace("legal/greet", "whole"),
            "chat.json": '[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]\n',
            "who.txt": "@Bo {{ x }}\n",
            "broken.json": '[{"role": "user",\n  "content": }]',
            "twice.json": '[{"role": "user", "role": "user", "content": ""}]',
        },
    )
    (repo.root / "cake.png").write_bytes(PNG)
    return repo


def test_json_is_the_whole_request(run: Run, whole: GitRepository) -> None:
    result = run("whole", "--set", "who=Bo", "--format", "json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == {
        "model": "gpt-x",
        "temperature": 0.2,
        "max_tokens": 30,
        "top_k": 4,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "It's Bo: []"}]}],
        "tools": [{"type": "function", "function": {"name": "find", "parameters": {"type": "object"}}}],
    }


@pytest.mark.parametrize("case", [(), ("--case", "ada")], ids=["values", "case"])
def test_values_come_from_files_as_the_input_has_them(run: Run, whole: GitRepository, case: tuple[str, ...]) -> None:
    given = ("history=@chat.json", "photo=@cake.png", "who=@who.txt", 'tags=["a"]')
    result = run("whole", *case, *(word for one in given for word in ("--set", one)), "--format", "json")
    assert result.exit_code == 0, result.stderr
    *history, last = json.loads(result.stdout)["messages"]
    assert [(one["role"], one["content"]) for one in history] == [("user", "Hi"), ("assistant", "Hello")]
    assert last["content"] == [
        {"type": "text", "text": 'It\'s @Bo {{ x }}\n: ["a"]'},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{base64.b64encode(PNG).decode()}"}},
    ]


def test_a_text_may_begin_with_an_at_sign(run: Run) -> None:
    assert run("legal/greet", "--set", "who=@@ada").stdout.endswith("Greet @ada 1×\n")
    assert run("legal/greet", "--set", "who=a@b").stdout.endswith("Greet a@b 1×\n")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("who=@gone.txt", ["gone.txt: the file cannot be read: No such file", "write it twice"]),
        ("who=@", [".: the file cannot be read", "write it twice"]),
        ("who=@cake.png", ["cake.png: the file is not UTF-8 text (byte 1)", "an input of the type image"]),
        ("history=@broken.json", ["broken.json:2:14: this is not JSON"]),
        ("history=@twice.json", ["twice.json: this JSON cannot be used: the key 'role' stands twice"]),
        ("tags=@who.txt", ["who.txt:1:1: this is not JSON"]),
        ("photo=@who.txt", ["the input 'photo' does not fit", "a picture is PNG"]),
        ("photo=@gone.png", ["the input 'photo' does not fit: there is no file 'gone.png'"]),
    ],
)
def test_a_file_that_holds_no_such_value_is_named(run: Run, whole: GitRepository, given: str, said: list[str]) -> None:
    result = run("whole", "--set", "who=Bo", "--set", given)
    assert (result.exit_code, result.stdout) == (2, "")
    for words in said:
        assert words in result.stderr


def test_a_command_sends_the_same_request_and_names_the_key(run: Run, whole: GitRepository) -> None:
    command = run("whole", "--set", "who=Bo's \x1b[2J $(id) `id` \\ \u202e", "--format", "curl").stdout
    assert command.startswith("curl https://eu.example/v1/chat/completions \\\n")
    assert '-H "Authorization: Bearer $EU_KEY"' in command
    assert all(each.isprintable() for line in command.splitlines() for each in line)
    words = shlex.split(command)
    body = json.loads(words[words.index("-d") + 1])
    assert body["messages"][0]["content"][0]["text"] == "It's Bo's \x1b[2J $(id) `id` \\ \u202e: []"
    same = run("whole", "--set", "who=Bo's \x1b[2J $(id) `id` \\ \u202e", "--format", "json")
    assert body == json.loads(same.stdout)


def test_a_command_for_the_embedded_model_says_where_its_address_comes_from(run: Run, whole: GitRepository) -> None:
    write_files(whole.root, {"promptops.yml": "models: {asked: {provider: local}}\n"})
    result = run("whole", "--set", "who=Bo", "--format", "curl")
    assert result.stdout.startswith('curl "$MODEL_URL/chat/completions" \\\n')
    assert "promptops model serve" in result.stderr
    assert "Authorization" not in result.stdout


def test_json_is_in_the_words_of_the_models_vendor(run: Run, whole: GitRepository) -> None:
    write_files(whole.root, {"promptops.yml": "models: {asked: {provider: anthropic, model: claude-opus-5-5}}\n"})
    prompt = WHOLE.replace(", extra_body: {top_k: 4}", "").replace("temperature: 0.2, ", "")
    write_files(whole.root, {"prompts/whole.prompt.yml": prompt})
    request = json.loads(run("whole", "--set", "who=Bo", "--set", "photo=@cake.png", "--format", "json").stdout)
    assert (request["model"], request["max_tokens"]) == ("claude-opus-5-5", 30)
    picture = {"type": "base64", "media_type": "image/png", "data": base64.b64encode(PNG).decode()}
    assert request["messages"][0]["content"][1]["source"] == picture


def test_without_a_model_there_is_a_request_and_no_command(run: Run) -> None:
    result = run("legal/greet", "--format", "curl")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "names no model" in result.stderr
