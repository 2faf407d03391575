"""Cases of rules as data: small projects, and what lint must find in them.

`cases/PNNN.yml` says what one rule finds, whatever others may find there; a file of another name says all that is
found. `false_alarms/` holds what nobody may complain about.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import yaml

from promptops.lint.engine.registry import NAMES

_HERE = Path(__file__).parent
_KEYS = {"name", "files", "expect", "paths", "hint", "severity", "fix", "scope"}


class CorpusCase(NamedTuple):
    """`files` by path. `code` is the rule whose findings count; empty: all findings do."""

    file: str
    code: str
    name: str
    files: dict[str, str]
    given: dict[str, Any]

    @property
    def expect(self) -> list[tuple[str, int, int, str, PurePosixPath]]:
        """Code, line, column, part of the message, path."""
        first = next(iter(self.files))
        return [(code, line, column, part, PurePosixPath(*path or [first]))
                for code, line, column, part, *path in self.given.get("expect", ())]  # fmt: skip


def corpus() -> list[CorpusCase]:
    """All cases, those without findings last."""
    return [*_read("cases"), *_read("false_alarms")]


class Link(str):
    """A file that is a link to this path."""


def _content(given: Any) -> str:
    if isinstance(given, str):
        return given
    return Link(given["link"]) if "link" in given else str(given["text"] * given["times"])


def _read(folder: str) -> list[CorpusCase]:
    found = []
    for file in sorted((_HERE / folder).glob("*.yml")):
        for case in yaml.safe_load(file.read_text("utf-8")):
            assert set(case) <= _KEYS, case
            assert ("expect" in case) == (folder == "cases"), case
            code = file.stem if folder == "cases" and file.stem in NAMES else ""
            files = {name: _content(text) for name, text in case["files"].items()}
            found.append(CorpusCase(f"{folder}/{file.stem}", code, case["name"], files, case))
    return found
