"""What a user's command is kept from: keys wherever they may lie, other processes, the network.

Each test has its counterpart: the same command without isolation sees what it asks for.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .isolated import KEY, ask
from .listening import listening

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux isolates")
isolating = pytest.mark.usefixtures("namespaces")

CLOSED: dict[str, Any] = {}
ONLINE = {"network": True}


def sees(question: str, isolation: dict[str, Any] | None, **more: Any) -> Any:
    """The answer of a command that is isolated, or of one that is open where it is None."""
    found = ask([question], isolation, **more)
    assert not found["error"]
    assert bool(found["exposure"]) == bool(isolation is not None and more.get("refused"))
    return found["answers"][0]


@pytest.fixture
def port() -> Iterator[int]:
    with listening() as port:
        yield port


# Keys in other processes


@isolating
@pytest.mark.parametrize("isolation", [CLOSED, ONLINE])
@pytest.mark.parametrize("what", ["environ", "mem", "cmdline", "maps", "task/*/environ"])
def test_no_other_process_is_there_to_be_read(what: str, isolation: dict[str, Any]) -> None:
    question = f"len(everywhere('{what}')), [one for one in everywhere('{what}') if {KEY!r} in one]"
    assert sees(question, isolation)[1] == []
    if what == "environ":
        assert sees(question, None)[1] != []


@isolating
def test_only_processes_of_its_own_have_a_number() -> None:
    assert sees("sorted(int(one) for one in os.listdir('/proc') if one.isdecimal())", CLOSED) == [1, 2]
    assert len(sees("sorted(int(one) for one in os.listdir('/proc') if one.isdecimal())", None)) > 2
    assert sees("attempt(lambda: os.kill(3, 0))", CLOSED) == "ProcessLookupError"


@pytest.mark.parametrize("question", ["read(f'/proc/{os.getppid()}/environ')", "''.join(everywhere('environ'))"])
def test_the_environment_of_others_is_kept_from_it_even_where_namespaces_are_refused(question: str) -> None:
    """Landlock does it, and before Linux 5.13 what we say of ourselves: this test runs on every Linux."""
    assert KEY in sees(question, None, refused=True)
    assert KEY not in sees(question, CLOSED, refused=True)


def test_where_landlock_is_missing_too_our_own_process_cannot_be_read() -> None:
    question = "read(f'/proc/{os.getppid()}/environ')"
    assert KEY not in str(sees(question, CLOSED, refused=True, NO_LANDLOCK="1"))


def test_its_own_environment_is_a_short_list() -> None:
    for refused in (False, True):
        found = ask(["dict(os.environ)"], CLOSED, refused=refused, GITHUB_TOKEN="x", AWS_SECRET_ACCESS_KEY="x")
        assert set(found["answers"][0]) <= {"PATH", "PWD", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "OLDPWD"}


def test_no_file_of_ours_is_open_in_it() -> None:
    opened = "[attempt(lambda: os.readlink(f'/proc/self/fd/{one}')) for one in os.listdir('/proc/self/fd')]"
    for refused in (False, True):
        found = ask([opened], CLOSED, refused=refused)["answers"][0]
        assert {name.partition(":")[0] for name in found} <= {"pipe", "/dev/null", "FileNotFoundError"}


# Keys in files


HIDDEN = (
    ".git-credentials", ".netrc", ".aws/credentials", ".ssh/id_ed25519", ".config/gh/hosts.yml", ".npmrc", ".bashrc",
    ".zshenv", ".codex/auth.json", ".config/fish/config.fish", ".m2/settings.xml",
)  # fmt: skip


@isolating
@pytest.mark.parametrize("isolation", [CLOSED, ONLINE])
@pytest.mark.parametrize("name", HIDDEN)
def test_files_that_usually_hold_keys_are_not_there(name: str, isolation: dict[str, Any], tmp_path: Path) -> None:
    _write(tmp_path / name)
    question = f"attempt(lambda: read({str(tmp_path / name)!r}))"
    assert sees(question, None, HOME=str(tmp_path)) == KEY
    assert sees(question, isolation, HOME=str(tmp_path)) in ("", "FileNotFoundError")


@isolating
@pytest.mark.parametrize("name", [".git/config", ".env", ".env.local", ".envrc"])
def test_neither_is_what_a_checkout_leaves_behind(name: str, tmp_path: Path) -> None:
    """`http.extraheader` with the token of the job, where a workflow lets actions/checkout keep it."""
    _write(tmp_path / name)
    (tmp_path / "deep").mkdir()
    question = f"attempt(lambda: read({str(tmp_path / name)!r}))"
    for cwd in (tmp_path, tmp_path / "deep"):
        assert sees(question, CLOSED, cwd=cwd) == ""
        assert sees(question, None, cwd=cwd) == KEY


@isolating
@pytest.mark.parametrize("git", ["worktrees/w", "modules/w"])
def test_nor_the_configuration_of_a_worktrees_or_a_submodules_repository(git: str, tmp_path: Path) -> None:
    holder = tmp_path / "main/.git" if git.startswith("worktrees") else tmp_path / "main/.git" / git
    _write(holder / "config")
    (tmp_path / "main/.git" / git).mkdir(parents=True, exist_ok=True)
    (here := tmp_path / "here").mkdir()
    (here / ".git").write_text(f"gitdir: ../main/.git/{git}\n", "utf-8")
    question = f"attempt(lambda: read({str(holder / 'config')!r}))"
    assert sees(question, None, cwd=here) == KEY
    assert sees(question, CLOSED, cwd=here) == ""


@isolating
def test_nor_what_tools_keep_where_a_variable_says(tmp_path: Path) -> None:
    for told, name in {"XDG_CONFIG_HOME": "gh/hosts.yml", "AWS_CONFIG_FILE": "", "GH_CONFIG_DIR": "hosts.yml"}.items():
        _write(kept := tmp_path / told / name)
        question = f"attempt(lambda: read({str(kept)!r}))"
        assert sees(question, None, **{told: str(tmp_path / told)}) == KEY
        assert sees(question, CLOSED, **{told: str(tmp_path / told)}) in ("", "FileNotFoundError")


@isolating
def test_nor_what_a_runner_passes_from_step_to_step(tmp_path: Path) -> None:
    _write(passed := tmp_path / "set_env")
    _write(left := tmp_path / "git-credentials-1.config")
    told = {"GITHUB_ENV": str(passed), "RUNNER_TEMP": str(tmp_path)}
    question = f"[open(path, 'a').write('x') and read(path) for path in ({str(passed)!r}, {str(left)!r})]"
    assert sees(question, CLOSED, **told) == ["", ""]
    assert passed.read_text("utf-8") == KEY


@isolating
def test_nor_the_files_with_variables_of_a_job_on_gitlab(tmp_path: Path) -> None:
    _write(kept := tmp_path / "prompts.tmp" / "DEPLOY_KEY")
    question = f"attempt(lambda: read({str(kept)!r}))"
    assert sees(question, None, CI_PROJECT_DIR=str(tmp_path / "prompts")) == KEY
    assert sees(question, CLOSED, CI_PROJECT_DIR=str(tmp_path / "prompts")) in ("", "FileNotFoundError")


@isolating
@pytest.mark.parametrize("isolation", [CLOSED, ONLINE])
def test_no_socket_of_a_service_is_there(isolation: dict[str, Any]) -> None:
    """That of docker makes whoever may write to it root."""
    assert sees("[name for name in os.listdir('/run') if 'resolv' not in name and name != 'systemd']", isolation) == []


@isolating
def test_no_disk_is_there_to_be_read_past_its_files() -> None:
    """Root without rights owns them still."""
    question = (
        "[read(one)[:1] for one in glob.glob('/dev/*') if os.path.exists(one) and stat.S_ISBLK(os.stat(one).st_mode)]"
    )
    assert sees(question, CLOSED) == []


@isolating
def test_files_are_written_where_temporary_ones_lie_and_nowhere_else(tmp_path: Path) -> None:
    file, home = tmp_path / "kept", Path.cwd() / "tests"
    assert sees(f"open({str(file)!r}, 'w').write('x')", CLOSED) == 1
    if not home.is_relative_to("/tmp"):
        assert "Read-only" in sees(f"open({str(home / 'not')!r}, 'w')", CLOSED)
    assert sees("attempt(lambda: open('/etc/not', 'w'))", CLOSED) in ("OSError", "PermissionError")
    assert sees("open('/dev/null', 'w').write('x')", CLOSED) == 1


# The network


CONNECT = "attempt(lambda: socket.create_connection(('127.0.0.1', {port}), 5).recv(9).decode())"


@isolating
def test_there_is_no_network_unless_it_is_wished(port: int) -> None:
    question = CONNECT.format(port=port)
    assert sees(question, None) == "hello"
    assert sees(question, ONLINE) == "hello"
    assert sees(question, CLOSED) == "OSError"
    assert sees("[name for _, name in socket.if_nameindex()]", CLOSED) == ["lo"]


@isolating
def test_no_socket_without_a_file_is_reached() -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0promptops-test")
        server.listen()
        question = "attempt(lambda: socket.socket(socket.AF_UNIX).connect('\\0promptops-test'))"
        assert sees(question, None) is None
        assert sees(question, CLOSED) == "ConnectionRefusedError"


# No way out


@isolating
@pytest.mark.parametrize(
    "way", ["umount /proc", "umount -l /run", "unshare -Urm umount /proc", "mount -o remount,rw /"]
)
def test_nothing_of_it_can_be_undone(way: str) -> None:
    questions = [f"subprocess.run({way.split()!r}, capture_output=True).returncode", "''.join(everywhere('environ'))"]
    found = ask(questions, CLOSED)["answers"]
    assert found[0] != 0
    assert KEY not in found[1]


@isolating
def test_it_has_no_rights_of_root_and_gets_none() -> None:
    status = dict(line.split(":\t") for line in sees("read('/proc/self/status')", CLOSED).splitlines() if ":\t" in line)
    assert {int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}
    assert status["NoNewPrivs"] == "1"


def test_what_must_be_isolated_does_not_run_where_it_cannot_be(tmp_path: Path) -> None:
    file = tmp_path / "ran"
    found = ask([f"open({str(file)!r}, 'w').write('x')"], {"required": True}, refused=True)
    assert found["error"].startswith("cannot be kept from the network and from other processes here (")
    assert not file.exists()


def test_it_is_told_why_a_command_is_not_isolated() -> None:
    found = ask(["1 + 1"], CLOSED, refused=True)
    assert found["answers"] == [2]
    assert found["exposure"].startswith("unshare: ")


def _write(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(KEY, "utf-8")
