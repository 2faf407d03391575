"""The two rows on lint: a thousand prompts beside yamllint, and files that are meant to hurt.

Why these: the hook and the pull request's check lint everything somebody changed, and nobody waits for a check that is
slower than looking at the YAML alone; and what strangers send must neither stop the check nor fill the machine.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
from functools import partial
from pathlib import Path

from benchmarks.hostile import hostile_files
from benchmarks.imports import sentence
from benchmarks.library import write_library
from benchmarks.ours import Project
from benchmarks.peers import Missing
from benchmarks.process import Ran, environment, run
from benchmarks.report import shown
from benchmarks.rows import WORST, Contender, Hold, Row, Sample
from benchmarks.yamllint import NAME, Yamllint, yamllint

PROMPTS = 1000
OURS = "promptops lint"
BANNED = ("openai", "numpy", "git")
BOMB_SECONDS = 0.05
_FOUND = (0, 1)  # lint ends with 1 when it found something
_ROOT = Path(__file__).parent.parent


def library(name: str, folder: Path, *, install: bool) -> Row:
    """1,000 prompts and their suites, linted whole; yamllint looks at the same YAML."""
    project = _project(folder / name)
    write_library(project.root, PROMPTS)
    contenders = [Contender(OURS, partial(_all, project))]
    try:
        contenders.append(Contender(NAME, partial(_yamllint, yamllint(project.home, install=install), project.root)))
    except Missing as exc:
        contenders.append(Contender(NAME, partial(Sample, problem=f"skipped: {exc}")))
    holds = [Hold(OURS, NAME, 0.5)]
    return Row(name, f"lint {PROMPTS:,} prompts", contenders, holds, notes=partial(_library_notes, project))


def hostile(name: str, folder: Path) -> Row:
    """Each hostile file linted by a process of its own: the slowest and the hungriest count."""
    contenders = []
    for number, file in enumerate(hostile_files()):
        project = _project(folder / name / str(number))
        contenders.append(Contender(file.name, partial(_one, project, file.write(project.root))))
    holds = [Hold(WORST, "", 0, plus=1.0), Hold(WORST, "", 0, "megabytes", plus=256)]
    title = f"lint a hostile file, the worst of {len(contenders)}"
    return Row(name, title, contenders, holds, notes=partial(_bomb, folder), shown=10)


def _project(folder: Path) -> Project:
    root, home = folder / "project", folder / "home"
    root.mkdir(parents=True)
    home.mkdir()
    return Project(root, home)


def _all(project: Project) -> Sample:
    ran = project.run("lint")
    problem = _problem(ran)
    if not problem and f"in {PROMPTS} prompts" not in ran.output.splitlines()[-1]:
        problem = f"it looked at other files: {ran.tail()}"
    return Sample(ran.seconds, ran.megabytes, problem)


def _one(project: Project, path: str) -> Sample:
    ran = project.run("lint", path)
    return Sample(ran.seconds, ran.megabytes, _problem(ran))


def _problem(ran: Ran) -> str:
    """Why a run of lint does not count: it ended in another way than with findings, or said nothing of a file."""
    if ran.code not in _FOUND or "Traceback" in ran.errors:
        return f"failed with exit code {ran.code}: {ran.tail()}"
    last = (ran.output.splitlines() or [""])[-1]
    return "" if re.search(r" in \d+ (?:prompt|suite|file)", last) else f"it did not lint: {ran.tail()}"


def _yamllint(peer: Yamllint, folder: Path) -> Sample:
    ran = peer.check(folder)
    failed = ran.code not in _FOUND or "Traceback" in ran.errors
    return Sample(ran.seconds, ran.megabytes, f"failed with exit code {ran.code}: {ran.tail()}" if failed else "")


def _library_notes(project: Project) -> list[str]:
    count = sum(1 for _ in project.root.rglob("*.yml"))
    said = project.run("lint").output.splitlines()[-1]
    return [
        sentence(f"{OURS}, {PROMPTS:,} prompts", project.run("lint", python=("-X", "importtime")), BANNED, good=_FOUND),
        f"`lint`: {count:,} YAML files for both; we read partials and files of cases besides, and said: {said}.",
    ]


def _bomb(folder: Path) -> list[str]:
    seconds = []
    for _ in range(3):
        ran = run([sys.executable, "-m", "benchmarks.hostile"], cwd=_ROOT, env=environment(folder))
        if ran.code:
            return [f"The merge bomb, in process: failed with exit code {ran.code}: {ran.tail()}."]
        seconds.append(float(json.loads(ran.output)["median"]))
    took = statistics.median(seconds)
    verdict = "held" if took <= BOMB_SECONDS else "**not held**"
    return [f"The merge bomb of 12 levels, linted in process: {shown(took)} ({verdict}: ≤ {shown(BOMB_SECONDS)})."]
