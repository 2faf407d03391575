"""JSON Schemas of the file formats, as text and as files that editors find."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from promptops.errors import SourceError
from promptops.evals.registry import KINDS
from promptops.model.schemas.export import FORMATS, MARK, json_schema
from promptops.source.files.atomic_write import write_atomically
from promptops.source.files.plain_file import make_folder, read_plain, write_hint

FOLDER = PurePosixPath(".github/schemas")
"""Committed with the files it describes, so that editors need no network and every clone has its version's schemas."""
GITLAB_FOLDER = PurePosixPath(".gitlab/schemas")
"""The same in a project that `init --forge gitlab` began."""

SCHEMAS: dict[str, str] = {
    **{name: form.title for name, form in FORMATS.items()},
    "results": "what a run wrote: .promptops/results/*/results.json",
}
"""Every schema's name, and what it describes."""


class SchemaUpdate(NamedTuple):
    """Schema files that were written and files that were current, relative to the project's root."""

    written: tuple[str, ...]
    current: tuple[str, ...]


def schema_text(name: str) -> str:
    """The schema as JSON text; KeyError for a name that is not in SCHEMAS."""
    if name == "results":
        return (files("promptops.store") / "results.schema.json").read_text("utf-8")
    return json.dumps(json_schema(name, KINDS), indent=2, ensure_ascii=False) + "\n"


def schema_folder(root: Path) -> PurePosixPath:
    """Where the project at `root` keeps its schemas."""
    return GITLAB_FOLDER if (root / GITLAB_FOLDER).is_dir() and not (root / FOLDER).is_dir() else FOLDER


def schema_files(folder: PurePosixPath = FOLDER) -> dict[str, str]:
    """What modelines point to: path from the project's root → text."""
    return {f"{folder}/{name}.schema.json": schema_text(name) for name in FORMATS}


def modeline(name: str, folder: str, schemas: PurePosixPath = FOLDER) -> str:
    """The comment by which an editor finds the schema, for a file in `folder` (from the project's root)."""
    up = "../" * len(PurePosixPath(folder).parts)
    return f"# yaml-language-server: $schema={up}{schemas}/{name}.schema.json"


def update_schemas(root: Path) -> SchemaUpdate:
    """Bring the schema files below `root` up to this version.

    SourceError, before anything is written, when one of the files is somebody else's.
    """
    wanted = schema_files(schema_folder(root))
    stale = [name for name, text in wanted.items() if not _is_current(root, root / name, text)]
    try:
        for name in stale:
            make_folder((root / name).parent, root)
            write_atomically(root / name, wanted[name].encode(), root=root)
    except OSError as exc:
        raise SourceError(
            f"cannot be written: {exc.strerror or exc}", where=str(root / schema_folder(root)), hint=write_hint(exc)
        ) from exc
    return SchemaUpdate(tuple(stale), tuple(name for name in wanted if name not in stale))


def _is_current(root: Path, path: Path, wanted: str) -> bool:
    """Whether the file holds `wanted`; SourceError where it holds something that is not ours to replace."""
    try:
        found = read_plain(path, root=root).replace(b"\r\n", b"\n")
    except FileNotFoundError:
        return False
    except OSError as exc:
        raise SourceError(f"cannot be read: {exc.strerror or exc}", where=str(path)) from exc
    if found == wanted.encode():
        return True
    try:
        made = json.loads(found)
    except (ValueError, RecursionError):
        made = None
    if not isinstance(made, dict) or not str(made.get("$comment", "")).startswith(MARK):
        raise SourceError(
            "this file was not made by promptops, so it is left alone", where=str(path), hint="move it or delete it"
        )
    return False
