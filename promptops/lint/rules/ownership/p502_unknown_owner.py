"""An owner of a prompt is not who CODEOWNERS names for the file, or is no name at all.

CODEOWNERS decides who is asked when the file is changed. An owner who does not stand there never hears of it.

Bad:   owners: ["@acme/legal"]   CODEOWNERS: /prompts/ @acme/product
Good:  owners: ["@acme/legal"]   CODEOWNERS: /prompts/ @acme/product   /prompts/legal/ @acme/legal
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from promptops.lint.engine.target import Survey, Target
from promptops.model.finding import Finding
from promptops.model.prompt import real_owners

if TYPE_CHECKING:
    from promptops.source.formats.codeowners import CodeOwners
    from promptops.source.yaml.reader import Node

_NAME = r"@[\w.-]+(?:/[\w.-]+)*|[^@\s,;<>]+@[^@\s,;<>]+\.[A-Za-z]{2,}"
_SIGN_FORGOTTEN = r"[A-Za-z\d][\w-]{0,38}(?:/[\w.-]{1,60})?"
_LONGEST = 254
_MOST = 50
"""Owners of one prompt that are looked at: nobody has more."""
_SHOWN = 60
_NEARLY = 0.8
"""How like a listed owner a misspelt one is; teams of one organisation are more than half alike as it is."""

CODE = "P502"


def check(survey: Survey) -> Iterator[Finding]:
    """Each such owner, at its name."""
    listed = [(target, nodes) for target in survey.of("prompt") if (nodes := _owners(target))]
    if not listed:
        return
    from promptops.source.formats.codeowners import find_codeowners

    owners = find_codeowners(survey.project.source)
    for target, nodes in listed:
        named = []
        for node in nodes:
            if len(node.text) <= _LONGEST and re.fullmatch(_NAME, node.text):
                named.append(node)
                continue
            message = f"'{node.text[:_SHOWN]}' is not an owner"
            hint = "write @user, @organisation/team or an e-mail address"
            hint += f"; is @{node.text} meant?" if re.fullmatch(_SIGN_FORGOTTEN, node.text) else ""
            yield Finding(target.path, node.span, CODE, message, hint)
        if owners is not None and named:
            yield from _unnamed(target, named, owners)


def _unnamed(target: Target, nodes: list[Node], owners: CodeOwners) -> Iterator[Finding]:
    line = owners.rule_for(target.path)
    known = {owner.lower() for owner in line.owners} if line is not None else set()
    missing = [node for node in nodes if node.text.lower() not in known]
    if not missing:
        return
    import difflib  # only where something is wrong

    all_of_them = dict.fromkeys([*(line.owners if line is not None else ()), *(node.text for node in nodes)])
    path = target.path.as_posix().replace(" ", "\\ ")
    add = f"add at the end of {owners.path}:\n  /{path} {' '.join(all_of_them)}"
    for node in missing:
        meant = difflib.get_close_matches(node.text.lower(), known, 1, _NEARLY) if known else []
        hint = f"did you mean {meant[0]}? If not, add {node.text[:_SHOWN]} for this file there" if meant else add
        shown = node.text[:_SHOWN]
        message, detail = f"{owners.path} names nobody for this file, so '{shown}' is not asked when it changes", ""
        if line is not None:
            message = f"'{shown}' is not whom {owners.path}:{line.number} names for this file"
            detail = "so nobody asks them when it changes"
        yield Finding(target.path, node.span, CODE, message, hint, "warning", detail=detail)


def _owners(target: Target) -> list[Node]:
    own = target.get("promptops") if target.prompt is not None else None
    listed = own.get("owners") if own is not None else None
    if listed is None or listed.kind != "sequence":
        return []
    return [node for node in listed.value[:_MOST] if real_owners([node.text])]  # of the others speaks P501
