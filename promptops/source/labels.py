"""What people said about outputs, from `evals/labels/NAME.jsonl`."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

from promptops.errors import PromptError
from promptops.model.labels import Label
from promptops.source.base import MAX_FILE_BYTES, Source, read_text


def labels_path(evals_folder: str, suite: str) -> PurePosixPath:
    """Where a suite's labels lie."""
    return PurePosixPath(evals_folder) / "labels" / f"{suite.replace(':', '-')}.jsonl"


def load_labels(source: Source, path: PurePosixPath) -> tuple[Label, ...]:
    """All judgements in the file, none where there is no file. PromptError names the line that is not one."""
    if not source.exists(path):
        return ()
    labels = []
    for number, line in enumerate(read_text(source, path, MAX_FILE_BYTES).split("\n"), 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            texts = {key: str(entry.get(key, "")) for key in ("who", "when", "why")}
            verdict = entry["verdict"]
            if verdict not in ("pass", "fail"):
                raise ValueError(verdict)
            labels.append(Label(str(entry["case"]), str(entry["output"]), str(entry["criterion"]), verdict, **texts))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
            raise PromptError(
                "this line is not a label",
                where=f"{path}:{number}",
                hint='a label has "case", "output", "criterion" and "verdict": "pass" or "fail"',
            ) from exc
    return tuple(labels)
