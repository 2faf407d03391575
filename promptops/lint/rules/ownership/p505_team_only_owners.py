"""Nobody can accept or label on the pull request, as a prompt's owners are only teams or e-mail addresses.

The token of a workflow on GitHub cannot look up who is in a team, so `/promptops accept` and `/promptops label` are
refused to everybody. Looked at where a workflow here obeys such comments with that token, and a suite of the prompt
has a gate or asks people.

Bad:   owners: ["@acme/legal"]
Good:  owners: ["@acme/legal", "@ana"]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from promptops.errors import PromptopsError, SourceError
from promptops.lint.engine.target import Survey, Target
from promptops.model.finding import Finding
from promptops.source.formats.settings import CONFIG_FILE
from promptops.source.source import read_text

if TYPE_CHECKING:
    from promptops.source.yaml.reader import Node

CODE = "P505"

_OBEYS = re.compile(r"promptops github label|mode:\s*[\"']?label\b")
_TOKEN = re.compile(r"^\s*(?:GITHUB_TOKEN|token):\s*(.+?)\s*(?:#.*)?$", re.MULTILINE)
_WORKFLOWS_OWN = re.compile(r"\$\{\{\s*(?:github\.token|secrets\.GITHUB_TOKEN)\s*\}\}")
_MOST_WORKFLOWS = 100
_SHOWN = 5


def check(survey: Survey) -> Iterator[Finding]:
    """Each prompt with such owners, and once the policy's owners where they are all that a prompt has."""
    policy = survey.project.config.policy.owners
    asked = [target for target in survey.of("prompt") if target.prompt is not None and not _has_person(target, policy)]
    if not asked or not _teams_are_hidden(survey):
        return
    judged = _judged_prompts(survey)
    told: dict[object, Finding] = {}
    for target in asked:
        if target.prompt is None or (target.path not in judged and not _asks_owners(target)):
            continue
        place, node = (target, _listed(target)) if target.prompt.owners else _of_policy(survey)
        if place is not None and node is not None:
            told.setdefault(node, _finding(place, node, (*target.prompt.owners, *policy)))
    yield from told.values()


def _has_person(target: Target, policy: tuple[str, ...]) -> bool:
    owners = (*target.prompt.owners, *policy) if target.prompt is not None else policy
    return not owners or any(re.fullmatch(r"@[^/@]+", owner) for owner in owners)


def _finding(target: Target, node: Node, owners: tuple[str, ...]) -> Finding:
    named = ", ".join(dict.fromkeys(owners[:_SHOWN])) + (" …" if len(owners) > _SHOWN else "")
    message = f"nobody can accept a rule that fails, or label a reply, on a pull request: the only owners are {named}"
    why, hint = "GitHub does not say whose address it is", "list people by name too (@login)"
    if any("/" in owner for owner in owners):
        why = "the workflow's token cannot look up who is in a team"
        hint += (
            ", or give the job that obeys comments the token of a GitHub App that may read the organization's members"
        )
    return Finding(target.path, node.span, CODE, message, hint, "warning", detail=why)


def _listed(target: Target) -> Node | None:
    own = target.get("promptops")
    return own.get("owners") if own is not None else None


def _of_policy(survey: Survey) -> tuple[Target | None, Node | None]:
    target = survey.files.find(CONFIG_FILE)
    policy = target.get("policy") if target is not None else None
    return target, policy.get("owners") if policy is not None else None


def _asks_owners(target: Target) -> bool:
    """Whether a gate may have to be accepted, or people are asked."""
    gates = any(target.get(key) is not None for key in ("gates", "budget"))
    return gates or any(kind.asks_people for kind, _ in target.evaluators)


def _judged_prompts(survey: Survey) -> set[object]:
    """The files of prompts with a suite that does."""
    found: set[object] = set()
    for suite in survey.of("suite"):
        named = suite.get("prompt") if _asks_owners(suite) else None
        if named is not None and named.kind == "scalar":
            try:
                found.add(survey.project.path_of(named.text))
            except PromptopsError:
                continue
    return found


def _teams_are_hidden(survey: Survey) -> bool:
    """Whether a workflow here obeys comments, and with no other token than its own."""
    source = survey.project.source
    found = []
    for path in source.list(".github/workflows/*")[:_MOST_WORKFLOWS]:
        if path.suffix not in (".yml", ".yaml"):
            continue
        try:
            text = read_text(source, path)
        except SourceError:
            continue
        if _OBEYS.search(text):
            found.append(all(_WORKFLOWS_OWN.fullmatch(token) for token in _TOKEN.findall(text)))
    return bool(found) and all(found)
