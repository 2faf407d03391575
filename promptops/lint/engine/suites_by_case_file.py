"""Which suites read a file of cases, and which prompts name a file of examples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from promptops.errors import PromptopsError
from promptops.model.schemas.formats import suite_schema
from promptops.source.files.globs import matches
from promptops.source.project import Project
from promptops.source.source import normalize_path, read_text
from promptops.source.yaml.document import read_document


def suites_reading(project: Project, cases: PurePosixPath) -> Iterator[PurePosixPath]:
    """The suites whose `testData` names the file, or a glob that it fits."""
    for path in all_suites(project):
        document = read_document(project.source, path, suite_schema(project.kinds))
        if cases.name not in document.text and "*" not in document.text:
            continue
        data = document.node.get("testData") if document.node is not None else None
        if data is None or data.kind != "scalar":
            continue
        try:
            if matches(cases, normalize_path(path.parent / data.text).as_posix()):
                yield path
        except PromptopsError:
            continue


def prompts_naming(project: Project, path: PurePosixPath) -> Iterator[PurePosixPath]:
    """The prompts in whose text the file's name stands."""
    try:
        prompts = list(project.prompt_paths().values())
    except PromptopsError:
        return
    for prompt in prompts:
        try:
            if path.name in read_text(project.source, prompt):
                yield prompt
        except PromptopsError:
            continue


def all_suites(project: Project) -> list[PurePosixPath]:
    """Every suite of the project; none where they cannot be listed."""
    try:
        return list(project.suite_paths().values())
    except PromptopsError:
        return []
