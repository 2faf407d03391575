"""What a command costs before it does anything: `promptops --help`, and `promptops lint` of one file.

The peer is the bare start of the same interpreter (`python -c pass`), so the ratio is about our imports and not about
the machine. Both commands run on every commit of somebody (the hook lints the files that changed), where half a second
is felt. A start is short, so there are many rounds of this row.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from benchmarks.eval_rows import python
from benchmarks.imports import sentence
from benchmarks.ours import Project, make_project
from benchmarks.rows import Contender, Hold, Row, Sample

ROUNDS = 7
HELP, LINT, BARE = "promptops --help", "promptops lint FILE", "python -c pass"
BANNED = ("openai", "numpy", "git")
_LINT = ("lint", "prompts/bench.prompt.yml")
_FOUND = (0, 1)  # lint ends with 1 when it found something


def startup(name: str, folder: Path) -> Row:
    """The row: both commands against a bare start."""
    project = make_project(folder / name, "http://127.0.0.1:9/v1", 3)
    contenders = [
        Contender(BARE, python("pass", folder)),
        Contender(HELP, partial(_ours, project, "--help")),
        Contender(LINT, partial(_ours, project, *_LINT)),
    ]
    for contender in contenders:
        contender.measure()  # not counted: the first start of a command may have to write its bytecode
    holds = [Hold(HELP, BARE, 4.0), Hold(LINT, BARE, 7.0)]
    return Row(name, "start-up", contenders, holds, rounds=ROUNDS, notes=partial(_notes, project))


def _ours(project: Project, *arguments: str) -> Sample:
    ran = project.run(*arguments)
    failed = ran.code not in (_FOUND if arguments == _LINT else (0,)) or "Traceback" in ran.errors
    return Sample(ran.seconds, ran.megabytes, f"failed with exit code {ran.code}: {ran.tail()}" if failed else "")


def _notes(project: Project) -> list[str]:
    timed = ("-X", "importtime")
    return [
        sentence(HELP, project.run("--help", python=timed), BANNED),
        sentence(LINT, project.run(*_LINT, python=timed), BANNED, good=_FOUND),
    ]
