"""What owners accepted, in `evals/labels/overrides.jsonl`: one accepted gate a line."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any, get_args

from promptops.model.waiver import Override, Unproven
from promptops.source.formats.json_lines import parse_json_lines
from promptops.source.source import Source, read_text

_REQUIRED = ("suite", "criterion", "rule", "was", "head", "questions", "who")


def overrides_path(evals_folder: str) -> PurePosixPath:
    """Where all suites' overrides lie."""
    return PurePosixPath(evals_folder) / "labels" / "overrides.jsonl"


def load_overrides(source: Source, path: PurePosixPath) -> tuple[Override, ...]:
    """All overrides in the file, none where there is no file. PromptError names the line that is not one."""
    return parse_overrides(read_text(source, path), str(path)) if source.exists(path) else ()


def parse_overrides(text: str, where: str) -> tuple[Override, ...]:
    """The overrides of a file's text; PromptError names the line that is not one."""
    hint = "`/promptops accept …` in a pull request writes such lines; take this one out"
    return parse_json_lines(text, where, _override, "an override", hint)


def _override(entry: dict[str, Any]) -> Override:
    if entry["was"] not in get_args(Unproven) or not all(isinstance(entry[key], str) for key in _REQUIRED):
        raise ValueError(entry["was"])
    return Override(**{key: str(entry.get(key, "")) for key in Override._fields})  # type: ignore[arg-type]


def override_line(override: Override) -> str:
    """The file's line for an override, with its newline."""
    return json.dumps({key: value for key, value in override._asdict().items() if value}, ensure_ascii=False) + "\n"
