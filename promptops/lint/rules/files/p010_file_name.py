"""The file's name, or a folder's, is not in small letters, digits, `-` and `_`.

The name is what people type in commands and programs ask for. Spaces must be quoted there, a second dot looks like
an ending, and capitals are two names on one machine and one on another. Small letters of every language are fine.

Bad:   prompts/Legal Texts/Clause v1.2.prompt.yml
Good:  prompts/legal-texts/clause-v1-2.prompt.yml
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from unicodedata import category, normalize

from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import START, Finding, Severity
from promptops.source.file_names import PROMPT_SUFFIXES, SUITE_SUFFIXES

CODE = "P010"
PREFILTER = Prefilter(("prompt", "suite"))


def check(target: Target) -> Iterator[Finding]:
    """The first part of the name that should be another, with the whole new path."""
    suffixes = PROMPT_SUFFIXES if target.kind == "prompt" else SUITE_SUFFIXES
    suffix = next(suffix for suffix in suffixes if target.path.name.endswith(suffix))
    *folders, name = target.path.parts
    name = name.removesuffix(suffix)
    own = target.project.identifier_of(target.path, target.kind).removesuffix(suffix)
    # Of a file outside the folders, and of hidden folders (.github), other programs chose the names.
    paths = target.project.config.paths
    at_root = "" in (paths.prompt_folders if target.kind == "prompt" else paths.eval_folders)
    counted = own.count("/") if at_root or own != target.path.as_posix().removesuffix(suffix) else 0
    above, below = folders[: len(folders) - counted], folders[len(folders) - counted :]
    better = [*above, *(part if part.startswith(".") else _kebab(part) for part in below), _kebab(name)]
    wrong = next((old for old, new in zip([*folders, name], better, strict=True) if old != new), None)
    if wrong is None:
        return
    path = PurePosixPath(*better[:-1], f"{better[-1]}{suffix}")
    what = f"the file name '{wrong}'" if folders == better[:-1] else f"the folder name '{wrong}'"
    message, detail = f"{what} has {_trouble(wrong)}", "the name is what people type and programs ask for"
    if not wrong:
        message = f"the file has no name before its ending {suffix}"
        detail = "only its whole path can ask for it"
    hint = f"rename it: {path}; whatever asks for it by its name, such as a suite, must use the new one"
    severity: Severity = "warning" if wrong else "note"  # GitHub itself proposes such a file
    yield Finding(target.path, START, CODE, message, hint, severity, detail=detail)


def _fits(char: str) -> bool:
    return char in "-_" or char.isalnum() or category(char)[0] == "M"


def _kebab(part: str) -> str:
    """The part as it should be: `ClauseV1.2 (new)` → `clause-v1-2-new`."""
    if part and all(map(_fits, part)) and part == normalize("NFC", part.lower()) and part[0] != "-":
        return part
    words = re.sub(r"(?<=[^\W_A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", part)
    words = "".join(char if _fits(char) else "-" for char in normalize("NFC", words).lower())
    return re.sub(r"-*_-*", "_", re.sub(r"-{2,}", "-", words)).strip("-_") or "prompt"


def _trouble(part: str) -> str:
    if any(char.isspace() for char in part):
        return "a space"
    if part != part.lower():
        return "capitals"
    strange = next((char for char in part if not _fits(char)), "")
    if strange == ".":
        return "a dot in it"
    if strange:
        return f"the sign {strange}" if strange.isprintable() else "an invisible character"
    return "a dash at its beginning" if part.startswith("-") else "letters that are written in two ways"
