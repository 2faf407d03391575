"""What people said about outputs, from `evals/labels/NAME.jsonl`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import PurePosixPath
from typing import Any

from promptops.model.label import Label
from promptops.source.formats.json_text.json_lines import parse_json_lines
from promptops.source.source import MAX_FILE_BYTES, Source, read_text


def record_name(suite: str) -> str:
    """A suite's name in the names of files: one in a prompt's file is called `prompt:ID`."""
    return suite.replace(":", "-")


def labels_path(evals_folder: str, suite: str) -> PurePosixPath:
    """Where a suite's labels lie."""
    name = "suite-overrides" if suite == "overrides" else record_name(suite)  # that file is what owners accepted
    return PurePosixPath(evals_folder) / "labels" / f"{name}.jsonl"


def load_labels(source: Source, path: PurePosixPath) -> tuple[Label, ...]:
    """All judgements in the file, none where there is no file. PromptError names the line that is not one."""
    return parse_labels(read_text(source, path, MAX_FILE_BYTES), str(path)) if source.exists(path) else ()


def parse_labels(text: str, where: str) -> tuple[Label, ...]:
    """The judgements of a file's text; PromptError names the line that is not one."""
    hint = 'a label has "case", "output", "criterion" and "verdict": "pass" or "fail"'
    return parse_json_lines(text, where, _label, "a label", hint)


def _label(entry: dict[str, Any]) -> Label:
    if (verdict := entry["verdict"]) not in ("pass", "fail"):
        raise ValueError(verdict)
    texts = [str(entry.get(key, "")) for key in ("who", "when", "why", "url")]
    return Label(str(entry["case"]), str(entry["output"]), str(entry["criterion"]), verdict, *texts)


def label_line(label: Label) -> str:
    """The file's line for a judgement, with its newline."""
    given = {key: value for key, value in asdict(label).items() if value or key not in ("who", "when", "why", "url")}
    return json.dumps(given, ensure_ascii=False) + "\n"
