"""What owners accepted: each acceptance in a file of its own, `evals/waivers/SUITE/….json`, so that two never conflict.

Older versions wrote all of them into `evals/labels/overrides.jsonl`, one a line; those are read too.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, get_args

from promptops.errors import PromptError
from promptops.model.waiver import Unproven, Waiver
from promptops.source.formats.json_text.json_lines import parse_json_lines
from promptops.source.formats.labels import record_name
from promptops.source.source import Source, normalize_path, read_text

SUFFIX = ".json"
_REQUIRED = ("suite", "criterion", "rule", "was", "head", "questions", "who")
_HINT = "`/promptops accept …` in a pull request writes it; take this one out"


def waivers_path(evals_folder: str) -> PurePosixPath:
    """Where older versions kept all suites' waivers."""
    return PurePosixPath(evals_folder) / "labels" / "overrides.jsonl"


def waivers_folder(evals_folder: str, suite: str = "") -> PurePosixPath:
    """Where the waivers of a suite lie, a file each; without a suite, the folder of all."""
    return PurePosixPath(evals_folder) / "waivers" / (record_name(suite) if suite else "")


def waiver_path(evals_folder: str, waiver: Waiver) -> PurePosixPath:
    """The file for a waiver. Two that differ in more than their time have two names."""
    content = hashlib.sha256(waiver_line(waiver._replace(when="")).encode()).hexdigest()
    parts = (waiver.criterion, waiver.head.rpartition(":")[2][:8], waiver.who)
    name = "-".join(part for text in parts if (part := re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40]))
    return waivers_folder(evals_folder, waiver.suite) / f"{name}-{content[:8]}{SUFFIX}"


def suite_waivers(source: Source, evals_folder: str, suite: str) -> tuple[Waiver, ...]:
    """What was accepted of a suite, each once. PromptError names the file or line that is none.

    A file says by its folder which suite it is about: who renames the suite moves the folder along.
    """
    old = load_waivers(source, waivers_path(evals_folder))
    new = (load_waiver(source, path)._replace(suite=suite) for path in waiver_files(source, evals_folder, suite))
    return tuple(dict.fromkeys((*(one for one in old if one.suite == suite), *new)))


def all_waivers(source: Source, evals_folder: str) -> tuple[Waiver, ...]:
    """What was accepted of any suite, each once."""
    paths = source.list(f"{waivers_folder(evals_folder)}/**/*{SUFFIX}")
    found = (load_waiver(source, path) for path in paths)
    return tuple(dict.fromkeys((*load_waivers(source, waivers_path(evals_folder)), *found)))


def waiver_files(source: Source, evals_folder: str, suite: str) -> Iterator[PurePosixPath]:
    """The files of a suite's waivers; none for a name that leads elsewhere."""
    folder = waivers_folder(evals_folder, suite)
    if normalize_path(folder) == folder:
        is_glob = any(sign in folder.as_posix() for sign in "*?[]{}")  # a suite may be called so; it is one suite
        place = f"{waivers_folder(evals_folder)}/**" if is_glob else folder
        yield from (path for path in source.list(f"{place}/*{SUFFIX}") if path.parent == folder)


def load_waiver(source: Source, path: PurePosixPath) -> Waiver:
    """The one waiver of a file; PromptError where it holds something else."""
    return parse_waiver(read_text(source, path), str(path))


def parse_waiver(text: str, where: str) -> Waiver:
    """The one waiver of a file's text; PromptError where it holds something else."""
    found = parse_json_lines(text, where, _waiver, "an acceptance", _HINT)
    if len(found) != 1:
        raise PromptError(f"this file holds {len(found)} acceptances, not one", where=where, hint=_HINT)
    return found[0]


def load_waivers(source: Source, path: PurePosixPath) -> tuple[Waiver, ...]:
    """All waivers in a file of lines, none where there is no file. PromptError names the line that is not one."""
    return parse_waivers(read_text(source, path), str(path)) if source.exists(path) else ()


def parse_waivers(text: str, where: str) -> tuple[Waiver, ...]:
    """The waivers of a text of lines; PromptError names the line that is not one."""
    hint = "`/promptops accept …` in a pull request writes such lines; take this one out"
    return parse_json_lines(text, where, _waiver, "an override", hint)


def _waiver(entry: dict[str, Any]) -> Waiver:
    if entry["was"] not in get_args(Unproven) or not all(isinstance(entry[key], str) for key in _REQUIRED):
        raise ValueError(entry["was"])
    return Waiver(**{key: str(entry.get(key, "")) for key in Waiver._fields})  # type: ignore[arg-type]


def waiver_line(waiver: Waiver) -> str:
    """The waiver on one line, with its newline."""
    return json.dumps({key: value for key, value in waiver._asdict().items() if value}, ensure_ascii=False) + "\n"
