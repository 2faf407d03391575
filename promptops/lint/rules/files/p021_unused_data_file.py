"""A file of examples, tools or a schema lies among the prompts and nothing names it.

Whoever edits it changes nothing. Most often the line that named it was lost, or names another file.

Bad:   prompts/shared/triage.examples.jsonl (in no prompt)
Good:  - examples: shared/triage.examples.jsonl
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from promptops.errors import PromptopsError
from promptops.lint.engine.project_files import MAX_CASES_BYTES
from promptops.lint.engine.suites_by_case_file import all_suites
from promptops.lint.engine.target import Survey
from promptops.lint.located_values.linked_files import linked_examples
from promptops.model.finding import START, Finding
from promptops.source.file_names import PROMPT_SUFFIXES, SUITE_SUFFIXES
from promptops.source.source import read_text
from promptops.source.yaml.reader import read_yaml

_SUFFIXES = (".jsonl", ".json", ".yml", ".yaml")
_OF_OURS = (*PROMPT_SUFFIXES, *SUITE_SUFFIXES)
_LONGEST = 200_000

CODE = "P021"


def check(survey: Survey) -> Iterator[Finding]:
    """Each such file, where it is plain what it is; nothing where it cannot be known what is used."""
    project = survey.project
    listed = {path for glob in project.config.paths.prompts for path in project.source.list(glob)}
    found = sorted(path for path in listed if _may_be_data(path))
    if not found:
        return
    used, names = set[PurePosixPath](), set[str]()
    for path in (*sorted(path for path in listed if path.name.endswith(PROMPT_SUFFIXES)), *all_suites(project)):
        target = survey.files.find(path)
        if target is None:
            continue
        if target.kind == "prompt" and target.prompt is None:
            return  # who knows what it names
        names.update(one.name for one in found if one.name in target.text)
        used.update(map(PurePosixPath, target.prompt.files if target.prompt is not None else ()))
        used.update(linked.path for linked in linked_examples(target))
        used.update(case.path for case in target.cases if case.path is not None)
    for path in found:
        # A file of this name that a prompt or a suite speaks of is named in a way that other rules look at.
        if path not in used and path.name not in names and (what := _what(survey, path)):
            key = {"examples": "- examples: ", "tools": "tools: ", "a schema": "jsonSchema: "}[what]
            message, detail = f"this file has {what}, and no prompt names it", "an edit of it changes nothing"
            hint = f"write `{key}…/{path.name}` into the prompt that it is for, or delete it"
            yield Finding(path, START, CODE, message, hint, "warning", detail=detail)


def _may_be_data(path: PurePosixPath) -> bool:
    name = path.name
    return not name.endswith(_OF_OURS) and name.lower().endswith(_SUFFIXES)


def _what(survey: Survey, path: PurePosixPath) -> str:
    """What the file surely holds of a prompt; empty for anything else."""
    try:
        text = read_text(survey.project.source, path, MAX_CASES_BYTES)
        if path.suffix.lower() == ".jsonl":
            first = json.loads(text.partition("\n")[0])
            return "examples" if isinstance(first, dict) and set(first) == {"user", "assistant"} else ""
        if len(text) > _LONGEST:
            return ""
        value: Any = json.loads(text) if path.suffix.lower() == ".json" else read_yaml(text).as_data()
    except (PromptopsError, ValueError, RecursionError):
        return ""
    if isinstance(value, list) and value and all(map(_is_tool, value)):
        return "tools"
    schema = value.get("schema", value) if isinstance(value, dict) else None
    if not isinstance(schema, dict) or schema.get("type") != "object":
        return ""
    return "a schema" if isinstance(schema.get("properties"), dict) else ""


def _is_tool(value: Any) -> bool:
    function = value.get("function", value) if isinstance(value, dict) else None
    return isinstance(function, dict) and isinstance(function.get("name"), str) and "parameters" in function
