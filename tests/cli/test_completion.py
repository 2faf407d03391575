"""Completion by the protocol that click's scripts speak: variables in, lines out, and silence where nothing fits."""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from promptops.cli.registry import COMMANDS
from tests.conftest import write_files

SCRIPTS = Path(sys.executable).parent
FILES = {
    "promptops.yml": "models:\n  small: {provider: local}\n  tiny: {provider: local}\n",
    "prompts/greet.prompt.yml": "messages: [{role: user, content: 'Hi {{ who }}'}]\ninputs: {who: {type: string}}\n",
    "prompts/legal/terms.prompt.yml": (
        "messages: [{role: user, content: Hi}]\ntestData: [{id: own-1}]\nevaluators: [{string: {contains: x}}]\n"
    ),
    "evals/greeting.eval.yml": (
        "prompt: greet\ntestData: greeting.cases.jsonl\nevaluators:\n"
        "  - {name: names the guest, string: {contains: x}}\n  - {name: it's 100% polite, string: {contains: y}}\n"
    ),
    "evals/greeting.cases.jsonl": (
        '{"id": "ada", "who": "Ada"}\n{"id": "bob", "who": "Bob"}\n{"id": "secret", "who": "C", "split": "held-out"}\n'
    ),
    "environments/prod.yml": "pins: {}\n",
    "environments/staging.yml": "pins: {}\n",
}
GIT_COMPLETION = Path("/usr/share/bash-completion/completions/git")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_files(tmp_path / "acme", FILES)
    return tmp_path / "acme"


def _ask(folder: Path, *words: str, shell: str = "bash", program: str = "promptops") -> list[str]:
    """The values offered for the last word; nothing may be said besides."""
    line = ("\n" if shell == "bash" else " ").join([program, *words])
    asked = {"COMP_WORDS": line, "COMP_CWORD": words[-1] if shell == "fish" else str(len(words))}
    done = subprocess.run(
        [SCRIPTS / program],
        cwd=folder,
        env={**os.environ, **asked, "_PROMPTOPS_COMPLETE": f"{shell}_complete"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.removesuffix("\n").split("\n")
    if shell == "zsh":
        return lines[1::3]
    return [line.partition(",")[2] for line in lines if line]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["render", "gr"], ["greet"]),
        (["render", "greet", "--case", ""], ["ada", "bob"]),
        (["render", "legal/terms", "--case", ""], ["own-1"]),
        (["render", "--case", "b", "greet"], ["greet"]),
        (["watch", "greet", "--case", "b"], ["bob"]),
        (["eval", ""], ["greeting", "prompt:legal/terms"]),
        (["eval", "--model", "t"], ["tiny"]),
        (["lint", "gre"], ["greet", "greeting"]),
        (["lint", "--explain", "P20"], ["P201", "P202", "P203", "P204", "P205", "P206"]),
        (["pin", "--env", ""], ["prod", "staging"]),
        (["pin", "le"], ["legal/terms"]),
        (["verify", "s"], ["staging"]),
        (["audit", "--env", "p"], ["prod"]),
        (["github", "pin", "--env", "p"], ["prod"]),
        (["bisect", "greeting", "A", "B", "--criterion", "n"], [r"names\\ the\\ guest"]),
        (["bisect", "greeting", "A", "B", "--criterion", '"na'], ["names the guest"]),
        (["bisect", "greeting", "A", "B", "--criterion", "it"], [r"it\\'s\\ 100%\\ polite"]),
        (["schema", "p"], ["prompt", "project"]),
        (["github", "c"], ["check", "comment"]),
        (["report", "--format", "m"], ["markdown"]),
        (["hist"], ["history"]),
    ],
    ids=" ".join,
)
def test_what_fits_is_offered(project: Path, words: list[str], offered: list[str]) -> None:
    assert _ask(project, *words) == offered


def test_every_command_is_offered_in_every_folder(tmp_path: Path) -> None:
    assert _ask(tmp_path, "") == list(COMMANDS)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize("program", ["promptops", "git-promptops"])
def test_each_shell_gets_its_script_and_its_answers(project: Path, shell: str, program: str) -> None:
    env = {**os.environ, "_PROMPTOPS_COMPLETE": f"{shell}_source"}
    script = subprocess.run([SCRIPTS / program], env=env, capture_output=True, text=True, check=True).stdout

    assert f"_{program.replace('-', '_')}_completion" in script
    assert f"_PROMPTOPS_COMPLETE={shell}_complete" in script
    assert _ask(project, "render", "gre", shell=shell, program=program) == ["greet"]


def test_a_path_is_left_to_the_shell(project: Path) -> None:
    assert _ask(project, "lint", "prompts/gr") == ["prompts/gr"]


@pytest.mark.parametrize("words", [["render", ""], ["eval", ""], ["lint", ""], ["pin", "--env", ""], ["lnit", "--fi"]])
def test_outside_of_a_project_there_is_silence(tmp_path: Path, words: list[str]) -> None:
    assert _ask(tmp_path, *words) == []


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("promptops.yml", "models: [", ["render", ""]),
        ("prompts/greet.prompt.yml", "messages: [", ["render", "greet", "--case", ""]),
        ("evals/greeting.eval.yml", "evaluators: 3", ["bisect", "greeting", "A", "B", "--criterion", ""]),
        ("evals/greeting.cases.jsonl", "{", ["render", "greet", "--case", ""]),
    ],
    ids=["settings", "prompt", "suite", "cases"],
)
def test_what_is_broken_is_passed_over_in_silence(project: Path, file: str, text: str, words: list[str]) -> None:
    write_files(project, {file: text})

    assert _ask(project, *words) == []


def test_a_name_that_could_act_on_the_terminal_is_not_offered(project: Path) -> None:
    write_files(project, {"prompts/gr\x1b[2J.prompt.yml": "messages: [{role: user, content: Hi}]\n"})

    assert _ask(project, "render", "gr") == ["greet"]


needs_bash = pytest.mark.skipif(shutil.which("bash") is None or os.name == "nt", reason="there is no bash here")


def _readme(beginning: str) -> str:
    """The README's lines for a shell that begin so."""
    text = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    found = re.search(rf"^{re.escape(beginning)}.*?(?=\n```|  #)", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[0].strip()


@needs_bash
@pytest.mark.parametrize("program", ["promptops", "git-promptops"])
def test_bash_itself_completes_and_what_it_writes_can_be_run(project: Path, program: str) -> None:
    script = _readme(f'eval "$(_PROMPTOPS_COMPLETE=bash_source {program})"')

    assert "Hi Bob" in _typed_in_bash(project, script, f"{program} render gre\t--case bo\t\n", until="Hi Bob")
    quoted = r"--criterion names\ the\ guest"
    assert quoted in _typed_in_bash(project, script, f"{program} bisect greeting A B --criterion nam\t", until=quoted)


@needs_bash
@pytest.mark.skipif(not GIT_COMPLETION.exists(), reason="git's completion is not installed")
def test_bash_completes_after_git(project: Path) -> None:
    script = f". {GIT_COMPLETION}; " + _readme('eval "$(_PROMPTOPS_COMPLETE=bash_source git-promptops)"')

    assert "Hi Bob" in _typed_in_bash(project, script, "git promptops render gre\t--case bo\t\n", until="Hi Bob")


def _typed_in_bash(folder: Path, script: str, typed: str, until: str) -> str:
    """What an interactive bash shows when this is typed, until it shows the end."""
    import pty

    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.environ.update(PATH=f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}", TERM="dumb", PS1="$ ", COLUMNS="200")
        os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
    shown = ""
    try:
        for text, end in ((f"{script}; echo re''ady\n", "ready"), (typed, until)):
            os.write(terminal, text.encode())
            deadline = time.monotonic() + 60
            while end not in shown:
                assert select.select([terminal], [], [], deadline - time.monotonic())[0], shown
                shown += os.read(terminal, 65536).decode("utf-8", "replace")
        return shown
    finally:
        os.close(terminal)
        os.kill(pid, 9)
        os.waitpid(pid, 0)
