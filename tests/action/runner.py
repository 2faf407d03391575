"""action.yml executed step by step, as GitHub's runner executes a composite action.

`run` steps are really run by bash, with GitHub's files for outputs, environment, path and summary; `uses` steps must be
pinned by a commit's id and are replaced by `stand_ins`. Three programs are wrapped, and record how they were called:
`python -I -m pip install …` installs nothing, as the package under test is there already, `promptops model pull` brings
nothing, and `sudo` refuses: it would change this machine.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests.action.expressions import fill, holds
from tests.action.stand_ins import STAND_INS, Kept

ACTION = Path(__file__).parents[2] / "action.yml"
SECONDS = 120
_PINNED = re.compile(r"([\w.-]+/[\w./-]+)@[0-9a-f]{40}")
_COMMAND = re.compile(r"::([\w-]+)(?: ([^:]*))?::(.*)")
_PASSED_ON = (
    *("PATH", "HOME", "LANG", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"),
    *("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_CEILING_DIRECTORIES"),
)
_WRAPPED = """#!/bin/sh
echo "$@" >> '{calls}'
case "$*" in *"{idle}"*) exit 0 ;; esac
exec '{real}' "$@"
"""


class Annotation(NamedTuple):
    """What GitHub would show beside a line."""

    level: str
    properties: Mapping[str, str]
    message: str


@dataclass
class Job:
    """One job: where it works, what started it, and what stays of it."""

    workspace: Path
    temp: Path
    github: dict[str, Any]
    environment: dict[str, str]
    kept: Kept = field(default_factory=Kept)


@dataclass
class Ran:
    """How the action ended. `calls` are the wrapped programs' calls, `log` all that the steps wrote."""

    failed: bool = False
    code: int = 0
    outputs: dict[str, str] = field(default_factory=dict)
    log: str = ""
    summary: str = ""
    calls: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    @property
    def annotations(self) -> list[Annotation]:
        """Every line that the runner would obey; only the three kinds of annotations are ever meant."""
        return list(_annotations(self.log))


def run_action(job: Job, inputs: Mapping[str, str] | None = None, path: Path = ACTION) -> Ran:
    """All steps in their order. A failing step makes those after it skip, unless they say `always()`."""
    action = yaml.safe_load(path.read_text("utf-8"))
    assert action["runs"]["using"] == "composite"
    unknown = set(inputs or {}) - set(action["inputs"])
    assert not unknown, f"action.yml has no input {unknown}"
    base = {"github": job.github, "runner": {"temp": str(job.temp), "os": "Linux"}}
    defaults = {name: fill(str(told.get("default", "")), base) for name, told in action["inputs"].items()}
    steps: dict[str, Any] = {}
    context = {**base, "inputs": {**defaults, **(inputs or {})}, "steps": steps}
    ran = Ran()
    shell = _Shell(job, ran)
    for step in action["runs"]["steps"]:
        if not holds(str(step.get("if", "success()")), context, ran.failed):
            ran.skipped.append(step["name"])
            steps.setdefault(step.get("id", step["name"]), {"outcome": "skipped", "outputs": {}})
            continue
        if "uses" in step:
            _use(step, context, job)
            continue
        code, outputs = shell.run(step, context)
        steps[step.get("id", step["name"])] = {"outcome": "failure" if code else "success", "outputs": outputs}
        if code and not step.get("continue-on-error"):
            ran.failed, ran.code = True, code
    ran.outputs = {name: fill(told["value"], context) for name, told in action["outputs"].items()}
    return ran


def _use(step: Mapping[str, Any], context: Mapping[str, Any], job: Job) -> None:
    pinned = _PINNED.fullmatch(step["uses"])
    assert pinned, f"{step['uses']} is not pinned by a commit's id"
    given = {name: fill(str(value), context) for name, value in step.get("with", {}).items()}
    given = {name: value.lower() if value in ("True", "False") else value for name, value in given.items()}
    STAND_INS[pinned[1]](given, job.kept, job.workspace)


class _Shell:
    def __init__(self, job: Job, ran: Ran) -> None:
        self._job, self._ran = job, ran
        self._environment = dict(job.environment)
        self._paths = [str(_programs(job.temp))]
        self._count = 0

    def run(self, step: Mapping[str, Any], context: Mapping[str, Any]) -> tuple[int, dict[str, str]]:
        """The step's exit code and outputs."""
        assert step["shell"] == "bash"
        assert "${{" not in step["run"], "no value may become a part of a script"
        self._count += 1
        folder = self._job.temp / f"step-{self._count}"
        folder.mkdir()
        script = folder / "script.sh"
        script.write_text(step["run"], "utf-8")
        files = {name: folder / name.lower() for name in ("OUTPUT", "ENV", "PATH", "STEP_SUMMARY")}
        for file in files.values():
            file.touch()
        own = {name: fill(str(value), context) for name, value in step.get("env", {}).items()}
        environment = {
            **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            **self._environment,
            **{f"GITHUB_{name}": str(file) for name, file in files.items()},
            **own,
        }
        environment["PATH"] = os.pathsep.join([*self._paths, environment["PATH"]])
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self._job.workspace / fill(str(step.get("working-directory", ".")), context),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
            check=False,
        )
        self._ran.log += done.stdout.decode("utf-8", "replace")
        self._ran.summary += files["STEP_SUMMARY"].read_text("utf-8")
        self._ran.calls = _calls(self._job.temp)
        self._environment |= _read(files["ENV"])
        self._paths[:0] = files["PATH"].read_text("utf-8").split("\n")[::-1]
        self._paths = [path for path in self._paths if path]
        return done.returncode, _read(files["OUTPUT"])


def _read(file: Path) -> dict[str, str]:
    """`NAME=VALUE`, or `NAME<<END`, lines, `END`."""
    found, lines = {}, iter(file.read_text("utf-8").split("\n"))
    for line in lines:
        name, heredoc, end = line.partition("<<")
        if heredoc and "=" not in name:
            value = []
            for inner in lines:
                if inner == end:
                    break
                value.append(inner)
            found[name] = "\n".join(value)
        elif line:
            name, equals, text = line.partition("=")
            assert equals, f"GitHub would refuse this line of a file of values: {line}"
            found[name] = text
    return found


def _programs(temp: Path) -> Path:
    folder = temp / "bin"
    folder.mkdir(exist_ok=True)
    real = shutil.which("promptops", path=str(Path(sys.executable).parent))
    assert real is not None, "the package under test is not installed"
    for name, target, idle in (("python", sys.executable, "-m pip install"), ("promptops", real, "model pull")):
        text = _WRAPPED.format(calls=temp / f"{name}.calls", idle=idle, real=target)
        (folder / name).write_text(text, "utf-8")
        (folder / name).chmod(0o755)
    (folder / "sudo").write_text(f"#!/bin/sh\nprintf '%s\\n' \"$*\" >> '{temp / 'sudo.calls'}'\nexit 1\n", "utf-8")
    (folder / "sudo").chmod(0o755)
    return folder


def _calls(temp: Path) -> list[str]:
    files = {name: temp / f"{name}.calls" for name in ("python", "promptops", "sudo")}
    return [f"{name} {line}" for name, file in files.items() if file.exists() for line in file.read_text().splitlines()]


def _annotations(log: str) -> Iterator[Annotation]:
    for line in log.splitlines():
        if not line.lstrip().startswith("::"):
            assert "##[" not in line, f"the runner would obey this: {line}"
        else:
            found = _COMMAND.fullmatch(line)
            assert found is not None, f"nobody meant to write this: {line}"
            assert found[1] in ("error", "warning", "notice"), f"the runner would obey this: {line}"
            pairs = (part.partition("=") for part in (found[2] or "").split(","))
            yield Annotation(found[1], {key: _plain(value) for key, _, value in pairs}, _plain(found[3]))


def _plain(text: str) -> str:
    for sign, code in (("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C"), ("%", "%25")):
        text = text.replace(code, sign)
    return text
