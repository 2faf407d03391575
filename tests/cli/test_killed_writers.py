"""Killed at any moment, or out of room: the old file is there or the new one, never a part; the next run goes on.

Real processes, really killed: by the system in the middle of a write (a limit on the size of files), and before the
n-th change of a file in the project (a hook in the process), so that every place is met.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from tests.conftest import GitRepository
from tests.full_disk import full_disk
from tests.workflows.pinning import digest
from tests.workflows.scene import GREET, Endpoint, files_for

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals and limits")

KILLS = int(os.environ.get("PROMPTOPS_KILLS", "3"))
"""Of each command; `PROMPTOPS_KILLS=30` for the whole figure."""

KILLED = """
import os, resource, signal, sys
left, most = int(sys.argv.pop(1)), int(sys.argv.pop(1))
if most >= 0:  # the system kills who writes on, in the middle of a write
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
def hook(event, arguments):
    global left
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
    if (writes or event in ("os.rename", "os.remove", "os.mkdir", "os.chmod")) and ours(arguments[0]):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
def ours(path):
    return isinstance(path, (str, bytes, os.PathLike)) and os.path.abspath(os.fsdecode(path)).startswith(os.getcwd())
sys.addaudithook(hook)
sys.argv[0] = "promptops"
from promptops.cli.main import main
main()
"""
UNMARKED = "model: small\ninputs: {s: {untrusted: true}}\nmessages: [{role: user, content: '{{ s }}'}]\n"


class Writer(NamedTuple):
    """A command line and the files that it writes, with folders; `before` is run first."""

    line: str
    files: tuple[str, ...]


WRITERS = [
    Writer("pin greet@HEAD --env prod", ("environments/prod.yml",)),
    Writer("rollback greet --env prod", ("environments/prod.yml",)),
    Writer("owners --write", (".github/CODEOWNERS",)),
    Writer("lint --fix", ("prompts/one.prompt.yml", "prompts/two.prompt.yml")),
    Writer("bundle --env prod --out prod.bundle", ("prod.bundle",)),
    Writer("schema --write", (".github/schemas",)),
    Writer("init .", (".github", ".pre-commit-config.yaml", ".gitignore")),
    Writer("eval greet --out out", ("out/greet/results.json",)),
    Writer("eval taped --record", ("evals/taped.replies.jsonl",)),
    Writer("github check --base none --out out --sarif lint.sarif", ("out/check.json", "lint.sarif")),
]


def content(root: Path, names: tuple[str, ...]) -> dict[str, bytes]:
    """The files that are there, and those of the folders, byte for byte."""
    found: dict[str, bytes] = {}
    for name in names:
        path = root / name
        files = [path] if path.is_file() else path.rglob("*") if path.is_dir() else []
        found |= {each.relative_to(root).as_posix(): each.read_bytes() for each in files if each.is_file()}
    return {name: data for name, data in found.items() if ".unfinished-" not in name}


@pytest.fixture
def make(tmp_path: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], GitRepository]:
    """The same project again and again: a pinned prompt, files to mend, a suite and one that is recorded."""
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_DATE", "2026-01-01T00:00:00Z")
    monkeypatch.setenv("OPENAI_API_KEY", "k")

    def build(name: str) -> GitRepository:
        repo = GitRepository(tmp_path / name)
        owned = GREET + "promptops: {owners: ['@acme/words']}\n"
        files = files_for(endpoint.url) | {"prompts/one.prompt.yml": UNMARKED, "prompts/two.prompt.yml": UNMARKED}
        files |= {
            "evals/taped.eval.yml": "prompt: greet\nreplies: taped.replies.jsonl\ntestData: [{id: a, who: Ada}]\n"
            "evaluators: [{name: hi, string: {contains: hi}}]\n",
            "evals/taped.replies.jsonl": "",
        }
        commits = [repo.commit({**files, "prompts/greet.prompt.yml": owned})]
        commits.append(repo.commit({"prompts/greet.prompt.yml": owned.replace("role: user", "role: system")}))
        for each in reversed(commits):
            row = f"pins:\n  greet:\n    commit: {each}\n    digest: {digest(repo.root, each)}\n"
            repo.commit({"environments/prod.yml": row})
        return repo

    return build


def run(line: str, root: Path) -> Result:
    before = Path.cwd()
    os.chdir(root)
    try:
        return CliRunner().invoke(cli, line.split())
    finally:
        os.chdir(before)


def killed(line: str, root: Path, at: int = 0, most: int = -1) -> bool:
    """Run the command until its n-th change of a file, or until a file has so many bytes; whether it came to that."""
    command = [sys.executable, "-B", "-c", KILLED, str(at), str(most), *line.split()]
    done = subprocess.run(command, cwd=root, capture_output=True, check=False, timeout=300)
    return done.returncode in (-signal.SIGKILL, -signal.SIGXFSZ)


@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.line.split(" -")[0])
def test_killed_at_any_change_of_a_file_nothing_is_torn_and_the_next_run_completes_it(
    writer: Writer, make: Callable[[str], GitRepository]
) -> None:
    whole = make("whole").root
    before = content(whole, writer.files)
    run(writer.line, whole)
    after = content(whole, writer.files)
    assert after != before
    compared = "eval" not in writer.line and "check" not in writer.line  # these say when they ran
    largest = max(len(data) for name, data in after.items() if data != before.get(name))
    moments = [*({"most": most} for most in (0, 1, largest // 2, largest - 1)), *({"at": n + 1} for n in range(KILLS))]
    kills = 0
    for number, moment in enumerate(moments):
        root = make(f"half-{number}").root
        if not killed(writer.line, root, **moment):
            break
        kills += 1
        for name, data in content(root, writer.files).items():
            assert data == before.get(name) or not compared or data == after.get(name), (name, moment)
        again = run(writer.line, root)
        assert again.exit_code in (0, 1, 2), again.output
        assert isinstance(again.exception, SystemExit | None), again.output
        if compared:
            assert content(root, writer.files) == after
        assert not [*root.rglob("*.unfinished-*")]
    assert kills > 2


@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.line.split(" -")[0])
def test_a_full_disk_is_one_sentence_and_the_old_files_stay(
    writer: Writer, make: Callable[[str], GitRepository]
) -> None:
    root = make("full").root
    before = content(root, writer.files)
    with full_disk():
        result = run(writer.line, root)
    assert isinstance(result.exception, SystemExit), result.output
    assert "Traceback" not in result.output
    assert result.exit_code == 2, result.output
    assert "File too large" in result.output
    assert content(root, writer.files) == before
    assert not [*root.rglob("*.unfinished-*")]
