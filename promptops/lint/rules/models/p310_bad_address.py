"""A model's `baseUrl` is no address that can be called.

It begins with http:// or https://, as in a browser. Without that every call fails, and with it every suite that asks
the model.

Bad:   baseUrl: localhost:11434/v1
Good:  baseUrl: http://localhost:11434/v1
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.model.config import address_hint
from promptops.model.finding import Finding

CODE = "P310"
PREFILTER = Prefilter(("project",), ("baseUrl",))


def check(target: Target) -> Iterator[Finding]:
    """Each such address."""
    if target.node is None:
        return
    for _, model in target.node.group("models").items():
        address = model.get("baseUrl")
        if address is not None and address.kind == "scalar" and (hint := address_hint(address.text.strip())):
            yield Finding(target.path, address.span, CODE, f"'{address.text[:80]}' cannot be called", hint)
