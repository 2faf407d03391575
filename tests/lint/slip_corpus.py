"""Slips that people make, each with what lint must say: read from `slips/`, printed to be read by a person.

`python -m tests.lint.slip_corpus [NAME…]` prints what lint says of each.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from promptops.evals.registry import KINDS
from promptops.lint.engine.project_files import open_project
from promptops.lint.engine.runner import Scope, lint
from promptops.model.finding import Finding
from promptops.source.files.worktree import Worktree

FOLDER = Path(__file__).parent / "slips"
WAYS = ("word-paste", "spreadsheet", "phone", "merge", "translation", "by-hand")
SETTINGS = {"promptops.yml": "models:\n  small: {provider: local}\n"}
"""What every slip's project begins with."""
_KEYS, _FINDING_KEYS = {"slip", "from", "files", "scope", "findings"}, {"at", "code", "says", "not", "column"}


class Slip(NamedTuple):
    """`files` by path, as bytes; `findings` as written: at, code, says, not, column."""

    name: str
    what: str
    way: str
    files: dict[str, bytes]
    findings: list[dict[str, Any]]
    scope: Scope

    def lint_in(self, folder: Path) -> list[Finding]:
        """The errors and warnings of the small project, written into the empty folder."""
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        report = lint(open_project(Worktree(folder), KINDS), None, self.scope)
        return [one for one in report.findings if one.severity != "note"]


def slips() -> list[Slip]:
    """All of them, by name."""
    return [_slip(file) for file in sorted(FOLDER.glob("*.yml"))]


def _slip(file: Path) -> Slip:
    given = yaml.safe_load(file.read_text("utf-8"))
    assert set(given) - {"scope"} == _KEYS - {"scope"}, f"{file.name}: {set(given) ^ _KEYS}"
    assert given["from"] in WAYS, f"{file.name}: {given['from']}"
    for finding in given["findings"]:
        assert {"at", "code", "says"} <= set(finding) <= _FINDING_KEYS, f"{file.name}: {finding}"
    files = {name: _content(content) for name, content in {**SETTINGS, **given["files"]}.items()}
    return Slip(file.stem, given["slip"], given["from"], files, given["findings"], given.get("scope", "files"))


def _content(given: str | Mapping[str, str]) -> bytes:
    """A text; or `{text: …, encoding: utf-16, newline: "\\r\\n"}` for how a program saved it."""
    if isinstance(given, str):
        return given.encode()
    return given["text"].replace("\n", given.get("newline", "\n")).encode(given.get("encoding", "utf-8"))


def _printed(slip: Slip) -> Iterator[str]:
    yield f"## {slip.name} ({slip.way}): {slip.what}"
    with tempfile.TemporaryDirectory() as folder:
        for one in slip.lint_in(Path(folder)):
            yield f"  {one.path}:{one.span.line}:{one.span.column} {one.code} {one.problem}\n      {one.hint}"


if __name__ == "__main__":
    for each in slips():
        if each.name in sys.argv[1:] or not sys.argv[1:]:
            sys.stdout.write("\n".join(_printed(each)) + "\n\n")
