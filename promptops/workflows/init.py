"""A working prompt repository: a prompt, its suite, settings, schemas for editors. Never overwrites."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from promptops.errors import SourceError
from promptops.workflows.schemas import schema_files

_IGNORED = ".promptops/"


@dataclass(frozen=True, slots=True)
class Begun:
    """What `init` did: files written and files that were there already, relative to the folder."""

    written: tuple[str, ...]
    kept: tuple[str, ...]


def begin(folder: Path) -> Begun:
    """Write the starter files that are missing. A folder with prompts of its own gets settings and schemas only."""
    if folder.exists() and not folder.is_dir():
        raise SourceError("this is a file", where=str(folder), hint="name a folder")
    has_prompts = any((folder / "prompts").rglob("*.prompt.y*ml")) if folder.is_dir() else False
    written: list[str] = []
    kept: list[str] = []
    try:
        examples = dict(_starter(files("promptops.workflows") / "starter"))
        for name, text in (schema_files() | examples).items():
            target = folder / name
            if target.exists():
                kept.append(name)
            elif not (has_prompts and name in examples and "/" in name):
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, "utf-8", newline="\n")
                written.append(name)
        (written if _ignore_state(folder / ".gitignore") else kept).append(".gitignore")
    except OSError as exc:
        raise SourceError(f"cannot be written: {exc.strerror or exc}", where=str(folder)) from exc
    return Begun(tuple(written), tuple(kept))


def _starter(folder: Traversable, prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if item.is_dir():
            found.extend(_starter(item, f"{prefix}{item.name}/"))
        else:
            found.append((prefix + item.name, item.read_text("utf-8")))
    return found


def _ignore_state(path: Path) -> bool:
    """Make git ignore caches and results; returns whether anything was written."""
    try:
        text = path.read_bytes().decode("utf-8-sig") if path.exists() else ""
    except UnicodeDecodeError:  # UTF-16, as Windows PowerShell writes it: a line of ours would make it unreadable
        return False
    if _IGNORED in text.split() or "\0" in text:
        return False
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(("\n" if text and not text.endswith("\n") else "") + _IGNORED + "\n")
    return True
