"""What owners accepted, in `evals/labels/overrides.jsonl`: one accepted gate a line."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import get_args

from promptops.errors import PromptError
from promptops.model.waiver import Override, Unproven
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
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            if entry["was"] not in get_args(Unproven) or not all(isinstance(entry[key], str) for key in _REQUIRED):
                raise ValueError(entry["was"])
            found.append(Override(**{key: str(entry.get(key, "")) for key in Override._fields}))  # type: ignore[arg-type]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
            raise PromptError(
                "this line is not an override",
                where=f"{where}:{number}",
                hint="`/promptops accept …` in a pull request writes such lines; take this one out",
            ) from exc
    return tuple(found)


def override_line(override: Override) -> str:
    """The file's line for an override, with its newline."""
    return json.dumps({key: value for key, value in override._asdict().items() if value}, ensure_ascii=False) + "\n"
