"""The hooks as people get them: the real pre-commit, which installs this package from a git repository.

Only what the package needs is not installed anew: `PYTHONPATH` shows the hook's own environment what is here already,
so that the tests need no network. The package itself comes from the clone that pre-commit makes.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import site
import subprocess
import sys
from pathlib import Path

import pytest

from promptops.workflows.init.github import hooks_text
from tests.conftest import GitRepository, write_files
from tests.workflows.scene import POLITE, answering, files_for

ROOT = Path(__file__).parent.parent
PRE_COMMIT = str(Path(sys.executable).parent / "pre-commit")
GOOD = "messages: [{role: user, content: hi}]\n"
UNMARKED = "inputs: {s: {untrusted: true}}\nmessages: [{role: user, content: '{{ s }}'}]\n"
SUITE = "prompt: good\ntestData: {}\nevaluators:\n  - {{name: a, string: {{contains: a}}}}\n"
PYTHON = "  - {name: own, python: {file: c.py, function: check}}\n"
CHECK = "def check(reply, case): return True\n"
INCLUDING = "inputs: {}\nmessages: [{role: user, content: '{% include \"style.md\" %}'}]\n"
BAD = "modle: x\n" + GOOD
UNTIDY = ("__pycache__", "*.egg-info")


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that offers this package's hooks, as the work tree is now."""
    folder = tmp_path_factory.mktemp("hooks") / "promptops"
    folder.mkdir()
    shutil.copytree(ROOT / "promptops", folder / "promptops", ignore=shutil.ignore_patterns(*UNTIDY))
    for name in ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"):
        shutil.copy(ROOT / name, folder / name)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.example"]
    for command in ([*git, "init", "--quiet"], [*git, "add", "--all"], [*git, "commit", "--quiet", "--message=1"]):
        subprocess.run(command, cwd=folder, check=True)
    return folder


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps the environments it makes: one for all tests of this file."""
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture
def environment(store: Path) -> dict[str, str]:
    """What pre-commit runs in: no package index, and what is installed here in sight."""
    return {
        **os.environ,
        "PRE_COMMIT_HOME": str(store),
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "false",  # pip reads this as: build with what is there
        "PYTHONPATH": os.pathsep.join(site.getsitepackages()),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "GIT_CONFIG_COUNT": "0",
    }


def _run(repository: GitRepository, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [PRE_COMMIT, *arguments]
    return subprocess.run(
        command, cwd=repository.root, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


def _use(repository: GitRepository, hooks: Path, *identifiers: str) -> None:
    revision = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=hooks, capture_output=True, text=True, check=True
    ).stdout.strip()
    listed = "".join(f"      - id: {identifier}\n" for identifier in identifiers)
    text = f"repos:\n  - repo: {hooks.as_posix()}\n    rev: {revision}\n    hooks:\n{listed}"
    write_files(repository.root, {".pre-commit-config.yaml": text})


@pytest.fixture
def repo(tmp_path: Path) -> GitRepository:
    """A repository with a good prompt and a template that has nothing to do with prompts."""
    repository = GitRepository(tmp_path / "acme prompts")
    repository.commit({"prompts/good.prompt.yml": GOOD, "ansible/roles/x.j2": "{{ a b }}"})
    return repository


def test_the_manifest_and_our_own_config_are_valid(environment: dict[str, str], repo: GitRepository) -> None:
    for command, name in (
        ("validate-manifest", ".pre-commit-hooks.yaml"),
        ("validate-config", ".pre-commit-config.yaml"),
    ):
        done = _run(repo, environment, command, str(ROOT / name))
        assert done.returncode == 0, done.stdout + done.stderr


# Files that no pattern of names can know: each commit makes one finding that only reading the project can make.
HIDDEN: dict[str, tuple[dict[str, str], dict[str, str], str]] = {
    "a folder of one's own": (
        {"promptops.yml": "paths: {prompts: 'src/llm/**', evals: checks/**}\n", "src/llm/a.prompt.yml": GOOD},
        {"src/llm/shared/x.jinja2": "{{ a b }}"},
        "src/llm/shared/x.jinja2",
    ),
    "cases with a name of one's own": (
        {"evals/a.eval.yml": SUITE.format("data.yml"), "evals/data.yml": "[{id: one}]\n"},
        {"evals/data.yml": "[{id: one}, {id: one}]\n"},
        "P403",
    ),
    "Python of a check": (
        {"evals/a.eval.yml": SUITE.format("data.yml") + PYTHON, "evals/data.yml": "[{id: one}]\n", "evals/c.py": CHECK},
        {"evals/c.py": "def other(reply, case): return True\n"},
        "P414",
    ),
    "a template that is gone": (
        {"prompts/b.prompt.yml": INCLUDING, "prompts/style.md": "Be kind.\n"},
        {"prompts/style.md": ""},
        "P104",
    ),
    "an environment": (
        {"environments/prod.yaml": "pins:\n"},
        {"environments/prod.yaml": "pins: {good: {commit: abc, digest: x}}\n"},
        "environments/prod.yaml",
    ),
}


@pytest.mark.parametrize("what", HIDDEN)
def test_a_real_commit_is_stopped_whatever_the_files_are_called(
    what: str, environment: dict[str, str], repo: GitRepository, hooks: Path
) -> None:
    before, change, said = HIDDEN[what]
    _use(repo, hooks, "promptops-lint")
    repo.commit(before)
    assert _run(repo, environment, "install").returncode == 0
    write_files(repo.root, change)
    for name in [name for name, text in change.items() if not text]:
        (repo.root / name).unlink()
    repo.git("add", "--all")
    commit = ["git", "commit", "--message=new"]
    refused = subprocess.run(commit, cwd=repo.root, env=environment, capture_output=True, text=True, check=False)
    assert refused.returncode == 1, refused.stdout + refused.stderr
    assert said in refused.stdout + refused.stderr


def test_try_repo_lints_all_files_of_the_project(environment: dict[str, str], repo: GitRepository, hooks: Path) -> None:
    repo.commit({"prompts/old.prompt.yml": UNMARKED})
    write_files(repo.root, {"prompts/new.prompt.yml": UNMARKED, "evals/x.cases.jsonl": "{}\n"})
    repo.git("add", "--all")
    done = _run(repo, environment, "try-repo", str(hooks), "promptops-lint")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "prompts/new.prompt.yml:2:35: P201" in done.stdout
    assert "prompts/old.prompt.yml:2:35: P201" in done.stdout
    assert "ansible" not in done.stdout


def test_the_hook_that_init_writes_knows_the_project_in_a_folder(
    environment: dict[str, str], repo: GitRepository, hooks: Path
) -> None:
    """The hook's own line, as `init` wrote it, with this package instead of a release."""
    project = {"app/promptops.yml": "", "app/prompts/a.prompt.yml": UNMARKED, "prompts/bad.prompt.yml": "x"}
    repo.commit(project)
    text = hooks_text("1.0", "app").replace("[git-promptops==1.0]", f"['{hooks.as_posix()}']")
    write_files(repo.root, {".pre-commit-config.yaml": text})
    repo.git("add", "--all")
    done = _run(repo, environment, "run")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "app/prompts/a.prompt.yml:2:35: P201" in done.stdout
    assert "P401" in done.stdout or "1 note" in done.stdout  # what only all files together tell
    assert "bad.prompt.yml" not in done.stdout


def test_a_commit_is_stopped_and_goes_through_once_mended(
    environment: dict[str, str], repo: GitRepository, hooks: Path
) -> None:
    _use(repo, hooks, "promptops-lint")
    assert _run(repo, environment, "install").returncode == 0
    write_files(repo.root, {"prompts/new.prompt.yml": UNMARKED})
    repo.git("add", "--all")
    commit = ["git", "commit", "--message=new"]
    refused = subprocess.run(commit, cwd=repo.root, env=environment, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "P201" in refused.stdout + refused.stderr
    write_files(repo.root, {"prompts/new.prompt.yml": UNMARKED.replace("{{ s }}", "<s>{{ s }}</s>")})
    repo.git("add", "--all")
    passed = subprocess.run(commit, cwd=repo.root, env=environment, capture_output=True, text=True, check=False)
    assert passed.returncode == 0, passed.stdout + passed.stderr


def test_case_15_5000_files_in_chunks_give_what_one_run_gives(
    environment: dict[str, str], repo: GitRepository, hooks: Path
) -> None:
    kinds = [GOOD, UNMARKED, "name: a: b\n", "model: nope\n" + GOOD]
    folder = "prompts/a-team-whose-folder-has-a-long-name-so-that-one-command-cannot-hold-all-of-them"
    write_files(repo.root, {f"{folder}/p{n:04}.prompt.yml": kinds[n % 4] for n in range(5_000)})
    repo.git("add", "--all")
    _use(repo, hooks, "promptops-lint")
    with (repo.root / ".pre-commit-config.yaml").open("a") as file:  # whoever wants only what changed
        file.write("        pass_filenames: true\n        files: \\.prompt\\.yml$\n")
    done = _run(repo, environment, "run", "--all-files", "promptops-lint")
    assert done.returncode == 1, done.stderr
    place = re.compile(r"^(\S+\.yml:\d+:\d+: P\d{3}) ", re.MULTILINE)
    in_chunks = place.findall(done.stdout)
    assert len(re.findall(r"^\d+ problems in", done.stdout, re.MULTILINE)) > 1, "pre-commit made only one chunk"
    whole = subprocess.run(
        [sys.executable, "-m", "promptops", "lint", "--format", "json", "prompts"],
        cwd=repo.root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    expected = [f"{f['path']}:{f['line']}:{f['column']}: {f['code']}" for f in json.loads(whole.stdout)["findings"]]
    assert len(expected) >= 3 * 1_250
    assert sorted(in_chunks) == sorted(expected)


def test_before_a_push_changed_prompts_are_evaluated_within_the_cap(
    environment: dict[str, str], repo: GitRepository, hooks: Path
) -> None:
    with answering() as endpoint:
        repo.commit(files_for(endpoint.url))
        repo.git("update-ref", "refs/remotes/origin/main", "HEAD")
        repo.git("checkout", "--quiet", "-b", "polite")
        arguments = ("try-repo", str(hooks), "promptops-eval", "--hook-stage", "pre-push", "--all-files")
        nothing = _run(repo, environment, *arguments)
        assert nothing.returncode == 0, nothing.stdout + nothing.stderr
        assert endpoint.asked == []
        repo.commit({"prompts/greet.prompt.yml": POLITE})
        done = _run(repo, environment, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "says the name" in done.stdout
        asked = {f"Greet{how} {who}" for how in ("", " politely:") for who in ("Ada", "Bob", "Eve")}
        assert set(endpoint.asked) == asked
        dear = files_for(endpoint.url, prices="{input: 100000, output: 100000}")
        repo.commit({"promptops.yml": dear["promptops.yml"], "prompts/greet.prompt.yml": POLITE.replace("Greet", "Do")})
        stopped = _run(repo, environment, *arguments)
        assert stopped.returncode == 1, stopped.stdout
        assert "$0.50" in stopped.stdout, stopped.stdout
        assert len(endpoint.asked) < 2 * len(asked)


def test_our_own_config_passes_on_our_own_files(environment: dict[str, str], tmp_path: Path) -> None:
    repository = GitRepository(tmp_path / "self")
    for name in ("prompts", "evals", "promptops.yml", ".pre-commit-config.yaml", "pyproject.toml"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, repository.root / name, ignore=shutil.ignore_patterns(*UNTIDY))
        else:
            shutil.copy(source, repository.root / name)
    repository.commit()
    done = _run(repository, environment, "run", "--all-files")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("Passed") == 3, done.stdout


def _commit(repo: GitRepository, environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        ["git", "commit", "--message=new", *arguments], cwd=repo.root, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("ours", [True, False], ids=["the manifest's hook", "the hook that init writes"])
def test_a_commit_answers_for_what_is_staged_and_for_nothing_else(
    ours: bool, environment: dict[str, str], repo: GitRepository, hooks: Path
) -> None:
    """Both hooks mean the same: nothing untracked, nothing that is not added, nothing old; and all that breaks."""
    if ours:
        _use(repo, hooks, "promptops-lint")
    else:
        text = hooks_text("1.0").replace("[git-promptops==1.0]", f"['{hooks.as_posix()}']")
        write_files(repo.root, {".pre-commit-config.yaml": text})
    repo.commit({"prompts/b.prompt.yml": INCLUDING, "prompts/style.md": "Be kind.\n", "prompts/old.prompt.yml": BAD})
    assert _run(repo, environment, "install").returncode == 0
    write_files(repo.root, {"prompts/untracked.prompt.yml": UNMARKED, "README.md": "new\n"})
    repo.git("add", "README.md")
    write_files(repo.root, {"prompts/good.prompt.yml": UNMARKED})
    code, said = _commit(repo, environment)
    assert code == 0, said
    repo.git("rm", "--quiet", "prompts/style.md")
    code, said = _commit(repo, environment)
    assert (code, "prompts/b.prompt.yml:2:" in said, "old.prompt.yml" in said) == (1, True, False), said
    repo.git("reset", "--quiet", "--hard")
    write_files(repo.root, {"prompts/good.prompt.yml": UNMARKED, "README.md": "newer\n"})
    code, said = _commit(repo, environment, "--all")
    assert (code, "prompts/good.prompt.yml:2:35: P201" in said) == (1, True), said
    code, said = _commit(repo, environment, "README.md")
    assert code == 0, said
    everything = _run(repo, environment, "run", "--all-files")
    assert everything.returncode == 1
    assert "prompts/old.prompt.yml" in everything.stdout
    assert "untracked" not in everything.stdout
