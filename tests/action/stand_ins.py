"""What stands in for the actions that action.yml uses: each keeps what it would have done, and does little else."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Inputs = Mapping[str, str]


@dataclass
class Kept:
    """What GitHub keeps beyond one job: caches by key, artifacts by name (file → bytes), and lint's findings."""

    caches: dict[str, bytes] = field(default_factory=dict)
    artifacts: dict[str, dict[str, bytes]] = field(default_factory=dict)
    scanned: list[Any] = field(default_factory=list)
    pythons: list[str] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)


def setup_python(inputs: Inputs, kept: Kept, workspace: Path) -> None:
    """The Python that runs these tests is there already."""
    kept.pythons.append(inputs["python-version"])


def cache(inputs: Inputs, kept: Kept, workspace: Path) -> None:
    """Restores like the other; what it would save at the job's end no test needs."""
    restore(inputs, kept, workspace)


def restore(inputs: Inputs, kept: Kept, workspace: Path) -> None:
    """The newest cache whose key is this one, or begins with one of the others."""
    wanted = [inputs["key"], *inputs.get("restore-keys", "").split()]
    for start in wanted:
        for key in reversed(kept.caches):
            if key.startswith(start):
                path = workspace / inputs["path"]
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(kept.caches[key])
                kept.restored.append(key)
                return


def save(inputs: Inputs, kept: Kept, workspace: Path) -> None:
    """Keeps the file, if it is there; a key is never written twice."""
    path = workspace / inputs["path"]
    if path.is_file():
        kept.caches.setdefault(inputs["key"], path.read_bytes())


def upload_artifact(inputs: Inputs, kept: Kept, workspace: Path) -> None:
    """Keeps the one file, or those below the part of the paths that has no `*`; hidden ones when that is asked for."""
    paths = inputs["path"].split()
    starts = [(path.partition("*")[0].rstrip("/") if "*" in path else Path(path).parent.as_posix()) for path in paths]
    start = workspace / os.path.commonpath(starts)
    found = [file for path in paths for file in workspace.glob(path)]
    files = {}
    for file in sorted(found + [inner for folder in found for inner in folder.rglob("*")]):
        hidden = any(part.startswith(".") for part in file.relative_to(workspace).parts)
        if file.is_file() and (not hidden or inputs.get("include-hidden-files") == "true"):
            files[file.relative_to(start).as_posix()] = file.read_bytes()
    if files:
        assert inputs["name"] not in kept.artifacts or inputs.get("overwrite") == "true"
        kept.artifacts[inputs["name"]] = files


def upload_sarif(inputs: Inputs, kept: Kept, workspace: Path) -> None:
    """Keeps what code scanning would be given."""
    kept.scanned.append(json.loads(Path(inputs["sarif_file"]).read_text("utf-8")))


STAND_INS: dict[str, Callable[[Inputs, Kept, Path], None]] = {
    "actions/setup-python": setup_python,
    "actions/cache": cache,
    "actions/cache/restore": restore,
    "actions/cache/save": save,
    "actions/upload-artifact": upload_artifact,
    "github/codeql-action/upload-sarif": upload_sarif,
}
