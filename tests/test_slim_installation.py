"""`pip install git-promptops` in a real environment that has nothing else: what works, and what says what it needs.

The package is built and installed; what it asks for is linked from the environment of the tests, with what that needs
in turn and nothing more, so that no network is needed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from importlib.metadata import PackagePath, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from promptops.cli.github import COMMANDS as GITHUB
from promptops.cli.gitlab import COMMANDS as GITLAB
from promptops.cli.registry import COMMANDS
from tests.conftest import GitRepository

ROOT = Path(__file__).parents[1]
MEGABYTE = 1_000_000
MOST = 60 * MEGABYTE
SUITE = """\
prompt: greet
testData: [{id: ada, name: Ada}]
evaluators: [{name: says the name, string: {contains: "{{ name }}"}}]
replies: greet.replies.jsonl
"""
FILES = {
    "promptops.yml": "paths: {prompts: 'prompts/**'}\n",
    "prompts/greet.prompt.yml": "model: openai/gpt-4o\ninputs: {name: {type: string}}\n"
    "messages: [{role: user, content: 'Hello {{ name }}'}]\npromptops: {owners: ['@acme/words']}\n",
    "evals/greet.eval.yml": SUITE,
    "evals/greet.replies.jsonl": "",
}
Run = Callable[..., subprocess.CompletedProcess[str]]


def _needed(names: list[str]) -> set[str]:
    """The distributions, and all that they need on this machine."""
    found: set[str] = set()
    while names:
        name = names.pop()
        if name not in found:
            found.add(name)
            needs = map(Requirement, distribution(name).requires or [])
            names += [each.name for each in needs if each.marker is None or each.marker.evaluate({"extra": ""})]
    return found


def _built(folder: Path) -> Path:
    """The package as a wheel, from a copy of the files."""
    shutil.copytree(ROOT / "promptops", folder / "promptops", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / name)
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(folder)], check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def slim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the programs of the environment are."""
    folder = tmp_path_factory.mktemp("slim")
    venv.create(folder / "venv", symlinks=os.name != "nt")
    programs = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    wheel = _built(tmp_path_factory.mktemp("build"))
    options = ["--quiet", "--no-deps", "--no-index"]
    pip = [sys.executable, "-m", "pip", "--python", str(programs / "python")]
    subprocess.run([*pip, "install", *options, str(wheel)], check=True)
    where = [str(programs / "python"), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    site = Path(subprocess.run(where, capture_output=True, text=True, check=True).stdout.strip())
    (info,) = site.glob("git_promptops-*.dist-info")
    asked = [
        Requirement(line.partition(": ")[2])
        for line in (info / "METADATA").read_text("utf-8").splitlines()
        if line.startswith("Requires-Dist: ")
    ]
    base = [each.name for each in asked if each.marker is None or each.marker.evaluate({"extra": ""})]
    for name in _needed(base):
        for file in distribution(name).files or []:
            _link(site, file)
    return programs


def _link(site: Path, file: PackagePath) -> None:
    top = file.parts[0]
    if top not in ("..", "__pycache__") and not (site / top).exists():
        (site / top).symlink_to(Path(str(file.locate())).parents[len(file.parts) - 1] / top)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> GitRepository:
    """A repository with a prompt, a suite and an environment that pins the prompt."""
    repository = GitRepository(tmp_path_factory.mktemp("scene"))
    repository.commit(FILES)
    return repository


@pytest.fixture(scope="module")
def run(slim: Path, scene: GitRepository) -> Run:
    """Run a program of the environment in the repository."""
    hidden = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}

    def run_program(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [slim / program, *arguments],
            cwd=scene.root, env=environment, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    return run_program


def test_it_takes_no_more_than_60_megabytes(slim: Path) -> None:
    (site,) = slim.parent.rglob("site-packages")
    files = [Path(top, name) for top, _, names in os.walk(site, followlinks=True) for name in names]
    size = sum(-(-file.stat().st_size // 4096) * 4096 for file in files)
    assert MEGABYTE < size <= MOST, f"{size / MEGABYTE:.1f} MB"


def test_nothing_that_an_extra_brings_is_there(run: Run) -> None:
    code = """from promptops.extras import EXTRAS, missing_modules
print({*EXTRAS} - {name for extra in EXTRAS.values() for name in missing_modules(extra)})"""
    done = run("python", "-c", code)
    assert (done.stdout.strip(), done.stderr) == ("set()", "")


SERVE = """\
import sys, promptops
from promptops import Prompts
for name in promptops.__all__:
    getattr(promptops, name)
for prompts in (
    Prompts.from_worktree("."),
    Prompts.from_git(".", commit=sys.argv[1], cache="cache"),
    Prompts.from_git(".", env="prod", cache="cache", refresh=None),
    Prompts.from_bundle("prompts.bundle"),
):
    call = prompts.get("greet").render(name="Ada")
    print(call.openai()["model"], call.openai_responses()["model"], call.messages()[0]["content"])
watched = Prompts.from_worktree(".", watch=True)
print(watched.render("greet", name="Bob").messages()[0]["content"])
watched.close()
"""


def test_versions_are_pinned_bundled_verified_and_served(run: Run, scene: GitRepository) -> None:
    for arguments in (
        ("pin", "greet", "--env", "prod"),
        ("verify",),
        ("bundle", "--env", "prod", "--out", "prompts.bundle"),
        ("verify", "prompts.bundle"),
    ):
        done = run("promptops", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        if arguments[0] == "pin":
            scene.commit({})
    done = run("python", "-c", SERVE, scene.git("rev-parse", "HEAD").strip())
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["gpt-4o gpt-4o Hello Ada"] * 4 + ["Hello Bob"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lint"], "no problems"),
        (["lint", "prompts/greet.prompt.yml", "--format", "json"], '"findings"'),
        (["lint", "--staged"], "no problems"),
        (["render", "greet", "--set", "name=Ada"], "Hello Ada"),
        (["diff"], "Nothing that a model receives has changed"),
        (["history", "greet"], "greet"),
        (["owners"], "@acme/words"),
        (["audit"], ""),
        (["schema", "prompt"], '"messages"'),
        (["model", "list"], ""),
        (["--version"], "promptops 0"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_reads_writes_and_shows_prompts_works(arguments: list[str], said: str, run: Run) -> None:
    done = run("promptops", *arguments)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert said in done.stdout + done.stderr
    assert "not installed" not in done.stdout + done.stderr


def _commands() -> list[list[str]]:
    below = {"github": GITHUB, "gitlab": GITLAB, "model": ["pull", "list", "serve"]}
    return [[], *([name] for name in COMMANDS), *([name, each] for name, names in below.items() for each in names)]


@pytest.mark.parametrize("command", _commands(), ids=" ".join)
def test_every_command_says_what_it_does(command: list[str], run: Run) -> None:
    done = run("promptops", *command, "--help")
    assert done.returncode == 0, done.stderr
    assert "Usage: promptops" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "extra"),
    [
        (["eval"], "eval"),
        (["eval", "greet", "--plan"], "eval"),
        (["check"], "eval"),
        (["report"], "eval"),
        (["bisect", "greet", "HEAD", "HEAD", "--criterion", "c"], "eval"),
        (["watch", "--eval"], "eval"),
        (["github", "check"], "eval"),
        (["github", "comment", "--run", "1"], "eval"),
        (["github", "label"], "eval"),
        (["github", "notes", "."], "eval"),
        (["github", "pin", "greet", "--env", "prod"], "eval"),
        (["gitlab", "check"], "eval"),
        (["model", "serve"], "local"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_command_without_its_extra_says_the_line_to_type(arguments: list[str], extra: str, run: Run) -> None:
    done = run("promptops", *arguments)
    first, *others = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (2, "")
    assert first.startswith(f"error: `promptops {' '.join(arguments[: 2 if arguments[0] in GROUPS else 1])}")
    assert "not installed" in first
    assert others == [f"  pip install 'git-promptops[{extra}]'"]


GROUPS = ("github", "gitlab", "model")


def test_a_hint_of_init_names_what_an_evaluation_needs(run: Run, scene: GitRepository) -> None:
    done = run("promptops", "init", "fresh")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "git-promptops[" in done.stdout + done.stderr


def test_lint_says_what_it_cannot_know_and_fails_nobody_for_it(run: Run, scene: GitRepository) -> None:
    long = scene.root / "prompts" / "long.prompt.yml"
    long.write_text(f"model: openai/gpt-4\nmessages: [{{role: user, content: '{'word ' * 10_000}'}}]\n")
    done = run("promptops", "lint", "prompts/long.prompt.yml", "--notes")
    long.unlink()
    assert (done.returncode, done.stderr) == (0, "")
    assert "P309 note: whether openai/gpt-4 takes about 12,500 tokens is not known here" in done.stdout
    assert "to have it checked: pip install 'git-promptops[eval]'" in done.stdout.lower()


def test_a_project_without_models_here_is_told_the_packages_of_evaluations(run: Run, scene: GitRepository) -> None:
    done = run("promptops", "init")
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'pip install "git-promptops[eval]"' in done.stdout + done.stderr
    scene.git("clean", "-fdq")
