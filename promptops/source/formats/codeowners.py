"""CODEOWNERS: who is asked to review a file.

https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import takewhile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from promptops.errors import AbsentObjectError, SourceError
from promptops.source.source import Source, read_text

if TYPE_CHECKING:
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

PLACES = tuple(map(PurePosixPath, (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")))
"""Where the forge looks, in this order; the first one counts."""
_MOST_LINES = 5_000
MOST_BYTES = 3_000_000
"""The forge passes over a larger file, without a word."""
_WILD = re.compile(r"[*?/\\\[\]]+")
_SIGNS = re.compile(r"[*?\\\[\]]")
_LONGEST_OWNER = 254


class OwnerRule(NamedTuple):
    """A pattern and its owners, which may be none."""

    number: int
    pattern: str
    owners: tuple[str, ...]


class CodeOwners:
    """The file's lines; the last one whose pattern fits a path says who owns it."""

    def __init__(self, path: PurePosixPath, lines: list[OwnerRule]) -> None:
        self.path = path
        self._rules: dict[str, list[OwnerRule]] = {}
        for rule in lines:
            self._rules.setdefault(_key(rule.pattern), []).append(rule)

    def rule_for(self, path: PurePosixPath) -> OwnerRule | None:
        """The line that counts for a file; None when no pattern fits."""
        name = path.as_posix()
        keys = ["", name, *(folder.as_posix() for folder in path.parents), *{f"*/{part}" for part in path.parts}]
        found = sorted((rule for key in keys for rule in self._rules.get(key, ())), reverse=True)
        return next((rule for rule in found if _fits(rule.pattern, name)), None)


def find_codeowners(source: Source) -> CodeOwners | None:
    """The project's CODEOWNERS; None when there is none at its root, it cannot be read, or it is endless."""
    for path in PLACES:
        if source.exists(path):
            try:
                lines = _rules(read_text(source, path))
            except AbsentObjectError:
                raise
            except SourceError:
                return None
            return CodeOwners(path, lines) if len(lines) <= _MOST_LINES else None
    return None


def parse_codeowners(path: PurePosixPath, text: str) -> CodeOwners:
    """What a CODEOWNERS file says; `path` is its own."""
    return CodeOwners(path, _rules(text))


def is_owner(text: str) -> bool:
    """Whether the forge may know somebody of this name: a user, a team of an organisation, an e-mail address."""
    if len(text) > _LONGEST_OWNER:
        return False
    user, team, mail = r"[A-Za-z0-9][\w-]*", r"\w[\w.-]*", r"[\w.%+'-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}"
    return re.fullmatch(rf"@{user}(?:/{team})?|{mail}", text, re.ASCII) is not None


def pattern_for(path: PurePosixPath) -> str:
    """The pattern for one file or folder (a path from the repository's top).

    A character that is no character in a pattern becomes `?`, any one character: nothing else can say it, as there is
    no escape but that of a space.
    """
    return "/" + "".join("\\ " if char == " " else _pattern_character(char) for char in path.as_posix())


def _pattern_character(char: str) -> str:
    return "?" if char in "*?[]\\#!" or not char.isprintable() else char


def _key(pattern: str) -> str:
    """The folders or the file that a path must begin with to fit, `*/name` for one name in any folder; else empty."""
    bare = pattern.rstrip("/")
    if "/" not in bare:
        return f"*/{bare}" if bare and not _SIGNS.search(bare) else ""
    parts = bare.removeprefix("/").split("/")
    return "/".join(takewhile(lambda part: part not in ("", ".", "..") and not _SIGNS.search(part), parts))


def _fits(pattern: str, name: str) -> bool:
    plain = pattern.strip("/")
    # Most patterns speak of other files: that is seen before they are compiled, which takes 0.2 ms each.
    if not all(part in name for part in _words(pattern)):
        return False
    if pattern in (f"/{plain}", f"/{plain}/") and plain and not _SIGNS.search(plain):
        return name.startswith(f"{plain}/") or (name == plain and pattern[-1] != "/")
    # Unlike in .gitignore, `docs/*` means the folder's own files alone.
    if pattern.endswith("/*") and "**" not in pattern and pattern.strip("/").count("/") != name.count("/"):
        return False
    compiled = _compiled(pattern)
    return compiled is not None and compiled.match_file(name) is not None


@lru_cache(maxsize=_MOST_LINES)
def _words(pattern: str) -> list[str]:
    return _WILD.split(pattern)


@lru_cache(maxsize=_MOST_LINES)
def _compiled(pattern: str) -> GitIgnoreSpecPattern | None:
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern  # 65 ms, only where there is such a file

    try:
        return GitIgnoreSpecPattern(pattern)
    except ValueError:  # a pattern that is none fits nothing
        return None


def _rules(text: str) -> list[OwnerRule]:
    found = []
    for number, row in enumerate(text.split("\n"), 1):
        parts = re.split(r"(?<!\\)[ \t]+", re.sub(r"(?:^|[ \t])#[^\n]*", "", row).strip())
        # Sections and exceptions are another forge's, and nobody's here.
        if parts[0] and not parts[0].startswith(("!", "[", "^")):
            found.append(OwnerRule(number, parts[0], tuple(parts[1:])))
    return found
