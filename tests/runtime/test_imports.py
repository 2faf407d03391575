"""What an application pays and needs: no heavy import, no git for a bundle, and types a checker can read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import promptops
from promptops.pins.bundle import write_bundle
from promptops.runtime.prompts import Prompts
from tests.runtime.scene import scene_at

ROOT = Path(promptops.__file__).parents[1]
HEAVY = (
    "aiohttp", "asyncio", "click", "git", "httpx2", "logging", "multiprocessing", "numpy", "openai", "pathspec",
    "platformdirs", "pydantic", "rich", "sqlite3", "subprocess", "watchdog", "yaml",
)  # fmt: skip
SERVE = """\
from promptops import Prompts
prompts = Prompts.from_bundle(sys.argv[1])
call = prompts.get("greet").render(name="Ada")
print(call.messages()[-1]["content"], prompts.status().fresh, call.openai()["model"])
"""


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A bundle of `greet` and `part`."""
    scene = scene_at(tmp_path / "repository")
    file = tmp_path / "prompts.bundle"
    file.write_bytes(write_bundle(Prompts.from_git(scene.root, commit=scene.first)._refresher.current.bundle))
    return file


def said_by(code: str, *arguments: object, path: str | None = None) -> list[str]:
    """The lines a new Python prints, without the modules that a Python environment loads at its start."""
    environment = None if path is None else {"PATH": path, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; began = set(sys.modules)\n{code}", *map(str, arguments)],
        capture_output=True, text=True, check=False, cwd=ROOT, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_package_alone_loads_nothing_of_itself() -> None:
    (found,) = said_by("import promptops; print(sorted(n for n in set(sys.modules) - began if 'promptops' in n))")
    assert found == "['promptops']"


def test_a_bundle_is_served_without_anything_heavy(bundle: Path) -> None:
    code = f"{SERVE}print(sorted(name for name in {HEAVY} if name in set(sys.modules) - began))"
    assert said_by(code, bundle) == ["Hello, Ada (warm) True gpt-x", "[]"]


def test_a_bundle_is_served_where_there_is_no_git(bundle: Path) -> None:
    blocked = "".join(f"sys.modules['{name}'] = None\n" for name in ("git", "gitdb", "yaml", "openai", "subprocess"))
    assert said_by(blocked + SERVE, bundle, path="") == ["Hello, Ada (warm) True gpt-x"]


def test_rendering_imports_nothing_so_that_a_fork_finds_no_import_half_done(bundle: Path) -> None:
    code = """\
from promptops import Prompts
prompts = Prompts.from_bundle(sys.argv[1])
loaded = set(sys.modules)
call = prompts.get("greet", key="k").render(name="Ada")
call.messages(), call.openai(), call.openai_responses(), prompts.names(), prompts.status(), prompts.refresh()
try:
    prompts.get("greet").render(name=7)
except Exception as exc:
    print(exc)
print(sorted(set(sys.modules) - loaded))
"""
    problem, found = said_by(code, bundle)
    assert "'name' does not fit" in problem
    assert found == "[]"


USE = """\
from typing import Any

from anthropic import Anthropic
from anthropic.types import Message as AnthropicMessage
from openai import AsyncOpenAI, OpenAI
from openai.types.chat import ChatCompletion, ChatCompletionMessageParam

from promptops import Call, Change, Prompts, PromptopsError, ServedPrompt, Status, Version

def ask(client: OpenAI, call: Call) -> str | None:
    client.responses.create(**call.openai_responses())
    known: list[ChatCompletionMessageParam] = call.messages()
    first: str = call.messages()[0]["content"]
    again = client.chat.completions.create(model=call.model, messages=call.messages())
    reply: ChatCompletion = client.chat.completions.create(**call.openai())
    address: str = call.endpoint.base_url + call.endpoint.api_key_env + call.endpoint.alias
    return again.choices[0].message.content or reply.choices[0].message.content

def ask_anthropic(client: Anthropic, call: Call) -> str:
    reply: AnthropicMessage = client.messages.create(**call.anthropic())
    return reply.model

async def ask_later(client: AsyncOpenAI, call: Call) -> None:
    await client.chat.completions.create(**call.openai(), stream=True)
    await client.chat.completions.create(model=call.model, messages=[*call.messages(), {"role": "user", "content": ""}])

def changed(change: Change) -> None:
    names: tuple[str, ...] = change.changed + change.added + change.removed

def use(url: str) -> list[dict[str, str]]:
    with Prompts.from_git(url, env="prod", refresh=30, on_change=changed) as prompts:
        status: Status = prompts.status()
        age: float | None = status.age
        served: ServedPrompt = prompts.get("greet", key="user")
        try:
            call: Call = served.render(name="Ada", count=3)
        except PromptopsError as exc:
            where: str = exc.where
            raise
        version: Version = call.version
        commit: str | None = version.commit
        chat: dict[str, Any] = call.openai() | call.openai_responses()
        names: list[str] = prompts.names() + list(prompts)
        prompts.on_change(changed)
        return call.messages()

pinned: Prompts = Prompts.from_bundle("a.bundle", digest="sha256:")
files: Prompts = Prompts.from_worktree(".", watch=True)
"""
WRONG = """\
from promptops import Prompts
Prompts.from_git("x", environment="prod")
Prompts.from_bundle("x").get(7)
count: int = Prompts.from_bundle("x").render("greet").version.digest
place: int = Prompts.from_bundle("x").render("greet").endpoint.alias
"""


def test_an_application_is_checked_against_our_types(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MYPYPATH", "")
    assert (ROOT / "promptops/py.typed").is_file()
    (tmp_path / "use.py").write_text(USE)
    (tmp_path / "wrong.py").write_text(WRONG)
    options = ["--strict", "--config-file", "", "--cache-dir", str(tmp_path / "cache")]
    command = [sys.executable, "-m", "mypy", *options, str(tmp_path / "use.py"), str(tmp_path / "wrong.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    out = done.stdout
    assert done.stderr == ""
    assert [line.split(": ", 1)[0].rsplit("/", 1)[-1] for line in out.splitlines() if ": error: " in line] == [
        "wrong.py:2", "wrong.py:3", "wrong.py:4", "wrong.py:5",
    ], out  # fmt: skip
