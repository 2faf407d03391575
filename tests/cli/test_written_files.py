"""Every command that writes, and everything that may stand where it writes: what is no plain file stays untouched.

The list is held against the commands themselves, so that one of tomorrow cannot be forgotten.
"""

from __future__ import annotations

import os
import signal
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import click
import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from tests.conftest import GitRepository
from tests.workflows.pinning import digest
from tests.workflows.scene import GREET, Endpoint, files_for

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has neither pipes nor sockets in folders")

UNMARKED = "model: small\ninputs: {s: {untrusted: true}}\nmessages: [{role: user, content: '{{ s }}'}]\n"
NEW = ["promptops.yml", "prompts/greet.prompt.yml", "evals/greet.eval.yml"]


class Writer(NamedTuple):
    """A command line that writes `target`; it ends with one of `codes` where it cannot.

    `without` are files that must not be there first; `variable`: the environment variable that names the target.
    """

    line: str
    target: str
    codes: tuple[int, ...] = (2,)
    without: tuple[str, ...] = ()
    variable: str = ""


WRITERS = [
    Writer("init .", "promptops.yml", (0, 2), tuple(NEW)),
    Writer("init .", ".gitignore", (0, 2), (".gitignore",)),
    Writer("init .", ".pre-commit-config.yaml", (0, 2)),
    Writer("init .", ".github/workflows/prompts.yml", (0, 2)),
    Writer("init .", ".github/schemas/prompt.schema.json", (0, 2)),
    Writer("init .", ".github/CODEOWNERS", (0, 2)),
    Writer("init . --forge gitlab", ".gitlab-ci.yml", (0, 2)),
    Writer("init . --forge gitlab", ".gitlab/promptops.yml", (0, 2)),
    Writer("lint --fix", "prompts/fixable.prompt.yml", (1, 2)),
    Writer("eval greet --out out", "out/greet/results.json"),
    Writer("eval greet --out out", "out/greet/journal.jsonl"),
    Writer("eval greet --out out", "out/greet/report.html"),
    Writer("eval taped --record", "evals/taped.replies.jsonl"),
    Writer("pin greet@HEAD --env prod", "environments/prod.yml"),
    Writer("pin greet@HEAD --env fresh", "environments/fresh.yml"),
    Writer("rollback greet --env prod", "environments/prod.yml"),
    Writer("bundle --env prod --out build/prod.bundle", "build/prod.bundle"),
    Writer("owners --write", ".github/CODEOWNERS"),
    Writer("schema --write", ".github/schemas/prompt.schema.json"),
    Writer("types --out build/prompts_types.py", "build/prompts_types.py"),
    Writer("check --base none --out out", "out/summary.json"),
    Writer("check --base none --out out", "out/index.html"),
    Writer("check --base none --out out", "out/greet/results.json"),
    # A step goes on without its by-products, and its log says so.
    Writer("github check --base none --sarif build/lint.sarif", "build/lint.sarif", (0, 1, 2)),
    Writer("github check --base none", "build/summary.md", (0, 1, 2), variable="GITHUB_STEP_SUMMARY"),
    Writer("github check --base none", "build/outputs", (0, 1, 2), variable="GITHUB_OUTPUT"),
    Writer("github check --base none --out out", "out/check.json", (0, 1, 2)),
    Writer("github check --base none --out out", "out/greet/results.json"),
    Writer("gitlab check --base none --out out", "out/greet/junit.xml", (0, 1, 2)),
    Writer("gitlab check --base none --out out", "out/greet/results.json"),
]
ELSEWHERE = {
    "watch": "writes the state folder only",
    "render": "prints", "diff": "prints", "report": "prints", "history": "prints", "verify": "prints",
    "audit": "prints", "bisect": "writes the state folder only",
    "github comment": "writes on GitHub", "github label": "writes on GitHub", "github notes": "writes git notes",
    "github pin": "writes as `pin` does, then on GitHub",
    "model pull": "writes the user's cache", "model list": "prints", "model serve": "prints",
}  # fmt: skip
"""The other commands, and why they write no file that somebody may have replaced."""


def leaves(group: click.Group, before: str = "") -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if isinstance(found, click.Group):
            yield from leaves(found, f"{before}{name} ")
        else:
            yield f"{before}{name}"


def test_every_command_is_in_one_of_the_lists() -> None:
    known = set(leaves(cli))
    written = {name for name in known if any(f"{writer.line} ".startswith(f"{name} ") for writer in WRITERS)}
    assert known == written | ELSEWHERE.keys()
    assert not written & ELSEWHERE.keys()


def test_every_option_that_names_a_file_to_write_is_among_them() -> None:
    lines = " ".join(writer.line for writer in WRITERS)
    for name in leaves(cli):
        command: click.Command = cli
        for part in name.split():
            assert isinstance(command, click.Group)
            found = command.get_command(click.Context(command), part)
            assert found is not None
            command = found
        for option in command.params:
            reads = option.name in ("signers", "wheel", "run")
            if isinstance(option, click.Option) and isinstance(option.type, click.Path) and not reads:
                assert any(each in lines for each in option.opts), f"{name} {option.opts}: who writes there?"


@pytest.fixture
def repo(tmp_path: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitRepository]:
    """Two versions of a prompt, the second one pinned before the first; nothing of it takes a minute."""
    repo = GitRepository(tmp_path / "work")
    files = files_for(endpoint.url) | {
        "prompts/fixable.prompt.yml": UNMARKED,
        "evals/taped.eval.yml": "prompt: greet\nreplies: taped.replies.jsonl\ntestData: [{id: a, who: Ada}]\n"
        "evaluators: [{name: hi, string: {contains: hi}}]\n",
        "evals/taped.replies.jsonl": "",
    }
    owned = GREET + "promptops: {owners: ['@acme/words']}\n"
    commits = [repo.commit({**files, "prompts/greet.prompt.yml": owned})]
    commits.append(repo.commit({"prompts/greet.prompt.yml": owned.replace("role: user", "role: system")}))
    for each in reversed(commits):
        row = f"pins:\n  greet:\n    commit: {each}\n    digest: {digest(repo.root, each)}\n"
        repo.commit({"environments/prod.yml": row})
    monkeypatch.chdir(repo.root)
    before = signal.signal(signal.SIGALRM, _waited)
    signal.alarm(120)  # a command that waits for a pipe would wait for ever
    yield repo
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def _waited(*_: object) -> None:
    raise AssertionError("the command waits")


def run(writer: Writer, root: Path) -> Result:
    env = {"OPENAI_API_KEY": "k", **({writer.variable: str(root / writer.target)} if writer.variable else {})}
    return CliRunner().invoke(cli, writer.line.split(), env=env)


# What may stand there


def _linked(path: Path, away: Path) -> None:
    if path.exists():
        path.rename(away / "theirs")
    else:
        (away / "theirs").write_bytes(b"theirs\n")
    path.symlink_to(away / "theirs")


def _dangling(path: Path, away: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(away / "nothing")


def _pipe(path: Path, _away: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def _socket(path: Path, _away: Path) -> None:
    path.unlink(missing_ok=True)
    here = os.getcwd()
    os.chdir(path.parent)  # a socket's path has 107 bytes at the most
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(path.name)
    os.chdir(here)


def _device(path: Path, _away: Path) -> None:
    path.unlink(missing_ok=True)
    try:
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("nobody may make a device here")


def _folder(path: Path, _away: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()


def _read_only(path: Path, _away: Path) -> None:
    if not path.exists():
        path.write_bytes(b"theirs\n")
    path.chmod(0o444)


def _in_linked_folder(path: Path, away: Path) -> None:
    path.parent.rename(away / "folder")
    path.parent.symlink_to(away / "folder")


REASONS = (
    "link",
    "pipe",
    "not a plain file",
    "socket",
    "device",
    "folder",
    "directory",
    "only be read",
    "is taken by",
    "not made by",
    "lacks owners",
    "should be a group",
)
HOSTILE = [_linked, _dangling, _pipe, _socket, _device, _folder, _read_only, _in_linked_folder]


def state(path: Path) -> object:
    """What is there, byte for byte; of a folder all that is in it."""
    info = path.lstat()
    if stat.S_ISLNK(info.st_mode):
        return "link", os.readlink(path)
    if stat.S_ISDIR(info.st_mode):
        return {each.name: state(each) for each in path.iterdir()}
    return info.st_ino, info.st_mode, path.read_bytes() if stat.S_ISREG(info.st_mode) else b""


@pytest.mark.parametrize("put", HOSTILE, ids=lambda put: put.__name__.strip("_"))
@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: f"{writer.line.split()[0]}:{writer.target}")
def test_what_is_no_plain_file_is_left_alone(
    writer: Writer, put: Callable[[Path, Path], None], repo: GitRepository, tmp_path: Path
) -> None:
    target, away = repo.root / writer.target, tmp_path / "away"
    if put is _in_linked_folder and (target.parent == repo.root or writer.variable):
        pytest.skip("the project's own folder may be reached by a link, and the runner's files lie elsewhere")
    away.mkdir()
    for name in writer.without:
        (repo.root / name).unlink()
    target.parent.mkdir(parents=True, exist_ok=True)
    put(target, away)
    before = state(target) if target.exists() or target.is_symlink() else None, state(away)
    result = run(writer, repo.root)
    if put is _folder and writer.line == "lint --fix":
        return  # a folder is no prompt, whatever it is called
    assert result.exit_code in writer.codes, result.output
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    assert (state(target) if before[0] is not None else None, state(away)) == before, result.output
    assert [*tmp_path.rglob("*.unfinished-*")] == []
    if not (put is _read_only and writer.line.startswith("init .")):  # a file that is there is kept, whatever it may be
        assert any(word in result.output for word in REASONS), result.output


@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: f"{writer.line.split()[0]}:{writer.target}")
def test_a_plain_file_is_written(writer: Writer, repo: GitRepository) -> None:
    """Else nothing above would say anything."""
    target = repo.root / writer.target
    for name in writer.without:
        (repo.root / name).unlink()
    before = state(target) if target.exists() else None
    target.parent.mkdir(parents=True, exist_ok=True)
    result = run(writer, repo.root)
    assert target.is_file(), result.output
    assert state(target) != before, result.output
