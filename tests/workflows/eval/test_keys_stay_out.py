"""A run whose server and whose check repeat its keys: none is shown, and none is written to the disk."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import RepositoryBuilder, write_files
from tests.providers.loopback import Behaviour, answer
from tests.text.test_key_mask import leaks
from tests.workflows.scene import SUITE, answering, command, environment, files_for, settings

KEY = "sk-live-9aF3kQ7zXw21LmNo_Zq4-7hT"
TOKEN = "ghs_1a2B3c4D5e6F7g8H9i0J1k2L3m4N5o6P"
CHECKS = f"""
import base64
def leaky(reply, case):
    print({KEY!r})
    if case["who"] == "Ada":
        raise ValueError("x" * case["before"] + {KEY!r} + "y" * 5000)
    raise ValueError("Basic " + base64.b64encode(b"user:" + {KEY.encode()!r}).decode() + {TOKEN!r})
"""
PYTHON = "{name: leaky, python: {file: checks.py, function: leaky}}, "


def reply(text: str, count: int) -> str | Behaviour:
    if "Eve" in text:
        return answer({"error": {"message": "x" * 190 + f"Bearer {KEY} is wrong"}}, 400)
    return f"You said: {text}. My key is {KEY}, in base64 {base64.b64encode(KEY.encode()).decode()}."


def kept(folder: Path) -> str:
    """Everything below a folder, whatever it is."""
    return "\n".join(path.read_bytes().decode("latin-1") for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.mark.parametrize("before", [0, 380, 395, 960, 990, 3_990])
def test_no_key_is_shown_or_kept(repository: RepositoryBuilder, before: int) -> None:
    with answering(reply) as endpoint:
        repo = repository()
        suite = SUITE.replace("evaluators: [", f"evaluators: [{PYTHON}").replace(
            "who: Ada", f"who: Ada, before: {before}"
        )
        text = settings(endpoint.url).replace("model: m,", "model: m, apiKeyEnv: TEAM_KEY,")
        repo.commit({**files_for(endpoint.url), "promptops.yml": text, "evals/greet.eval.yml": suite})
        write_files(repo.root, {"evals/checks.py": CHECKS})
        told = environment(TEAM_KEY=KEY, GITHUB_TOKEN=TOKEN)
        runs = [command("eval", "greet")]
        runs += [command("report", ".promptops/results/latest", "--format", form) for form in FORMATS]
        said = ""
        for one in runs:
            done = subprocess.run(one, cwd=repo.root, env=told, capture_output=True, text=True, check=False)
            assert "bug in promptops" not in done.stderr
            said += done.stdout + done.stderr
    assert len(endpoint.asked) == 3
    assert "checks.py line " in said
    assert "My key is [key]" in said
    for found in (said, kept(repo.root / ".promptops")):
        assert not leaks(found, KEY)
        assert not leaks(found, TOKEN)


FORMATS = ("text", "markdown", "html", "json", "junit")


def test_a_recorded_reply_has_no_key(repository: RepositoryBuilder) -> None:
    with answering(lambda text, count: f"{text} {KEY}") as endpoint:
        repo = repository()
        text = settings(endpoint.url).replace("model: m,", "model: m, apiKeyEnv: TEAM_KEY,")
        suite = SUITE + "replies: greet.replies.jsonl\n"
        repo.commit({**files_for(endpoint.url), "promptops.yml": text, "evals/greet.eval.yml": suite})
        run = command("eval", "greet", "--record")
        done = subprocess.run(
            run, cwd=repo.root, env=environment(TEAM_KEY=KEY), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    assert "[key]" in (repo.root / "evals/greet.replies.jsonl").read_text("utf-8")
    assert not leaks(kept(repo.root), KEY)


BUG = """
import sys
from promptops.cli import main
from promptops.workflows.workspace import Workspace
def at(*arguments):
    raise RuntimeError(sys.argv[1])
Workspace.at = at
sys.argv[1:] = ["eval"]
main.main()
"""


def test_the_traceback_of_a_bug_shows_no_key() -> None:
    told = environment(OPENAI_API_KEY=KEY, GITHUB_TOKEN=TOKEN)
    run = [sys.executable, "-c", BUG.replace("sys.argv[1]", repr(f"at {KEY} and {TOKEN[:25]}"))]
    done = subprocess.run(run, env=told, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "RuntimeError: at [key] and [key]" in done.stderr
    assert not leaks(done.stderr, KEY)
    assert not leaks(done.stderr, TOKEN)


@pytest.mark.parametrize("word", ["k", "secret"])
def test_a_short_key_garbles_no_message(word: str, tmp_path: Path) -> None:
    run = command("eval", "nothing")
    told = environment(OPENAI_API_KEY=word, MY_TOKEN="not")
    done = subprocess.run(run, cwd=tmp_path, env=told, capture_output=True, text=True, check=False)
    assert "[key]" not in done.stderr
