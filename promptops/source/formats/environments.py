"""`environments/NAME.yml` into `Environment` values."""

from __future__ import annotations

from pathlib import PurePosixPath

from promptops.errors import PromptError
from promptops.model.environment import Environment, Pin, Rollout
from promptops.model.finding import Span
from promptops.model.schemas.formats import ENVIRONMENT
from promptops.source.source import Source, require_usable_name
from promptops.source.yaml.document import Document, read_document, require_valid
from promptops.source.yaml.reader import Node

FOLDER = PurePosixPath("environments")
SUFFIXES = (".yml", ".yaml")
MAX_BYTES, MAX_VALUES = 2 * 1024 * 1024, 100_000
"""A pin takes about 160 bytes and 7 values: enough for 12,000. A program writes them, so a file may be longer than what
people write by hand."""


def environment_paths(source: Source) -> dict[str, PurePosixPath]:
    """Name → file, sorted by name. PromptError when two files stand for one environment."""
    found: dict[str, PurePosixPath] = {}
    for path in source.list(f"{FOLDER}/*"):
        if path.suffix not in SUFFIXES:
            continue
        require_usable_name(path)
        if path.stem in found:
            message = f"this file and {found[path.stem]} are both the environment '{path.stem}'"
            raise PromptError(message, where=str(path), hint="keep one of the two")
        found[path.stem] = path
    return dict(sorted(found.items()))


def environment_names(source: Source) -> set[str]:
    """The names of all environments, also where two files stand for one."""
    return {path.stem for path in source.list(f"{FOLDER}/*") if path.suffix in SUFFIXES}


def read_environment(source: Source, path: PurePosixPath) -> Document:
    """The file and all that is wrong with it; never raises for what it holds."""
    return read_document(source, path, ENVIRONMENT, MAX_BYTES, MAX_VALUES)


def load_environment(source: Source, path: PurePosixPath) -> Environment:
    """The pins in the file; PromptError with every problem and its place.

    A commit that is not written in full is refused, and so is a key that is not known: what is served must not depend
    on a name that can move or on a typo. `pins:` with nothing below it means none.
    """
    pins = require_valid(read_environment(source, path), strict=True).value["pins"]
    if pins.value is None:
        return Environment(path.stem, path, {})
    return Environment(path.stem, path, {name: _pin(name, node, pins.key_spans[name]) for name, node in pins.items()})


def _pin(name: str, node: Node, span: Span) -> Pin:
    commit, digest, rollout = node.value["commit"], node.value["digest"], node.get("rollout")
    second = _rollout(rollout) if rollout else None
    return Pin(name, commit.text, digest.text, second, span, commit.span, digest.span)


def _rollout(node: Node) -> Rollout:
    commit, digest = node.value["commit"], node.value["digest"]
    return Rollout(commit.text, digest.text, float(node.value["percent"].value), commit.span, digest.span)
