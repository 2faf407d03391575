"""`promptops.yml` into a `Config`."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import cast

from promptops.errors import PromptError, SourceError
from promptops.model.budget import MAX_ERRORS
from promptops.model.config import Config, LintSettings, Paths, Policy
from promptops.model.finding import Severity
from promptops.model.prompt import real_owners
from promptops.model.schemas.formats import PROJECT
from promptops.source.formats.budgets import make_budget
from promptops.source.formats.models import read_model
from promptops.source.formats.shares import read_share
from promptops.source.source import Source, normalize_path
from promptops.source.yaml.document import read_document, require_valid
from promptops.source.yaml.reader import Node

CONFIG_FILE = PurePosixPath("promptops.yml")


def load_config(source: Source) -> Config:
    """The project's settings; all defaults without the file. Unknown keys are errors: a typo must not pass."""
    if not source.exists(CONFIG_FILE):
        try:
            source.read(CONFIG_FILE)
        except SourceError as exc:
            if "link" in exc.args[0]:  # settings that are there and not read would be lost in silence
                raise
        return Config()
    node = require_valid(read_document(source, CONFIG_FILE, PROJECT), strict=True)
    return Config(
        models={alias: read_model(alias, item, CONFIG_FILE) for alias, item in node.group("models").items()},
        judge=node.string("judge"),
        budget=make_budget(node.get("budget"), CONFIG_FILE),
        max_errors=read_share(node.get("maxErrors"), CONFIG_FILE, MAX_ERRORS, most=1),
        paths=_paths(node.group("paths")),
        policy=_policy(node.group("policy")),
        lint=_lint(node.group("lint")),
    )


def _paths(node: Node) -> Paths:
    def globs(key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        item = node.get(key)
        if item is None:
            return default
        return tuple(_glob(child.text) for child in ([item] if item.kind == "scalar" else item.value))

    return Paths(globs("prompts", Paths().prompts), globs("evals", Paths().evals))


def _policy(node: Node) -> Policy:
    return Policy(
        allowed_models=node.strings("allowedModels") if node.get("allowedModels") else None,
        required_criteria=node.strings("requiredCriteria"),
        require_owner=node.is_true("requireOwner"),
        signers=node.string("signers"),
        owners=real_owners(node.strings("owners")),
        evaluated_before_pin=node.is_true("evaluatedBeforePin"),
        four_eyes=node.is_true("fourEyes"),
    )


def _lint(node: Node) -> LintSettings:
    rules = node.group("rules")
    severities: dict[str, Severity | None] = {}
    for code, item in rules.items():
        if not re.fullmatch(r"P\d(\d\d)?", code):
            hint = "write a code such as P603, or P6 for the whole group; `promptops lint --rules` lists them"
            where = rules.key_spans[code].place(CONFIG_FILE)
            raise PromptError(f"'{code}' is neither a rule nor a group of rules", where=where, hint=hint)
        severities[code] = None if item.text == "off" else cast(Severity, item.text)
    return LintSettings(severities, tuple(_glob(text) for text in node.strings("exclude")))


def _glob(text: str) -> str:
    """`./prompts/` and `prompts` mean `prompts/**`; SourceError for a folder outside the project."""
    glob = normalize_path(PurePosixPath(text)).as_posix()
    is_folder = not any(char in glob for char in "*?") and not glob.endswith((".yml", ".yaml"))
    return (PurePosixPath(glob) / "**").as_posix() if is_folder else glob
