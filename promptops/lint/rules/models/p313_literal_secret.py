"""A key or a password of a model's endpoint is written into promptops.yml.

Whoever can read the repository can use it and spend your money, and git keeps it for ever. Headers, queries and
addresses take it from an environment variable, of which only the name is written.

Bad:   headers: {x-api-key: hunter-two-nine}
Good:  headers: {x-api-key: {env: GATEWAY_KEY}}
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding
from promptops.source.yaml.reader import Node
from promptops.text.key_mask import is_called_like_key, keys_in_url
from promptops.text.secrets import find_secrets

_STAND_INS = frozenset({"", "-", "anything", "dummy", "empty", "no", "no-key", "none", "not-needed", "null", "unused"})
"""What people write where a server asks for a key and looks at none."""
_DEEPEST = 20

CODE = "P313"
PREFILTER = Prefilter(("project",), ("headers", "query", "extraBody", "baseUrl"))


def check(target: Target) -> Iterator[Finding]:
    """Each one, but those that P203 knows by their form."""
    for _, model in target.node.group("models").items() if target.node is not None else ():
        for key, what in (("headers", "the header"), ("query", "the query's")):
            hint = "revoke it, and write the NAME of an environment variable that holds the new one: {env: NAME}"
            yield from _named(target, model.get(key), what, hint)
        hint = "revoke it, and send the new one in a header: headers: {NAME-OF-HEADER: {env: NAME}}"
        yield from _named(target, model.get("extraBody"), "extraBody's", hint)
        yield from _in_address(target, model.get("baseUrl"))


def _named(target: Target, node: Node | None, what: str, hint: str, depth: int = 0) -> Iterator[Finding]:
    if node is None or depth > _DEEPEST:
        return
    for child in node.value if node.kind == "sequence" else ():
        yield from _named(target, child, what, hint, depth + 1)
    for name, value in node.items():
        if value.kind != "scalar":
            yield from _named(target, value, what, hint, depth + 1)
        elif isinstance(value.value, str) and is_called_like_key(name) and _is_secret(name, value.text):
            yield _finding(target, value, f"{what} '{name[:40]}' holds a secret as it is", hint)


def _is_secret(name: str, text: str) -> bool:
    """Whether the text is more than a stand-in, and P203 would not tell of it."""
    value = text.split()[-1] if text.split() else ""
    is_stand_in = value.lower() in _STAND_INS or "example" in value.lower() or value[:1] in "<…$"
    return not is_stand_in and not any(find_secrets(f"{name}: {text}"))


def _in_address(target: Target, node: Node | None) -> Iterator[Finding]:
    if node is None or node.kind != "scalar" or any(find_secrets(node.text)):
        return
    if any(_is_secret("", key) for key in keys_in_url(node.text)):
        hint = "revoke it, and write the new one as apiKeyEnv: NAME, as headers: or query: {…: {env: NAME}}"
        yield _finding(target, node, "the address has a secret in it", hint)


def _finding(target: Target, node: Node, message: str, hint: str) -> Finding:
    detail = "whoever can read this repository can use it"
    return Finding(target.path, node.span, CODE, message, hint, masked=True, detail=detail)
