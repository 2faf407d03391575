"""What owners accepted, in `evals/labels/overrides.jsonl`: one accepted gate a line."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any, get_args

from promptops.model.waiver import Unproven, Waiver
from promptops.source.formats.json_lines import parse_json_lines
from promptops.source.source import Source, read_text

_REQUIRED = ("suite", "criterion", "rule", "was", "head", "questions", "who")


def waivers_path(evals_folder: str) -> PurePosixPath:
    """Where all suites' waivers lie."""
    return PurePosixPath(evals_folder) / "labels" / "overrides.jsonl"


def load_waivers(source: Source, path: PurePosixPath) -> tuple[Waiver, ...]:
    """All waivers in the file, none where there is no file. PromptError names the line that is not one."""
    return parse_waivers(read_text(source, path), str(path)) if source.exists(path) else ()


def parse_waivers(text: str, where: str) -> tuple[Waiver, ...]:
    """The waivers of a file's text; PromptError names the line that is not one."""
    hint = "`/promptops accept …` in a pull request writes such lines; take this one out"
    return parse_json_lines(text, where, _waiver, "an override", hint)


def _waiver(entry: dict[str, Any]) -> Waiver:
    if entry["was"] not in get_args(Unproven) or not all(isinstance(entry[key], str) for key in _REQUIRED):
        raise ValueError(entry["was"])
    return Waiver(**{key: str(entry.get(key, "")) for key in Waiver._fields})  # type: ignore[arg-type]


def waiver_line(waiver: Waiver) -> str:
    """The file's line for a waiver, with its newline."""
    return json.dumps({key: value for key, value in waiver._asdict().items() if value}, ensure_ascii=False) + "\n"
