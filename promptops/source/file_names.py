"""What the files of a project are called."""

from __future__ import annotations

import re

PROMPT_SUFFIXES = (".prompt.yml", ".prompt.yaml")
SUITE_SUFFIXES = (".eval.yml", ".eval.yaml")
TEMPLATE_SUFFIXES = (".j2", ".jinja", ".jinja2")
INLINE_PREFIX = "prompt:"
"""What the identifier of a suite inside a prompt file begins with."""


def rename_hint(name: str) -> str:
    """What to do about a file that ends in `_prompt.yml`, as some of GitHub's examples do; nothing for others."""
    found = re.search(r"([^/]*)_(prompt\.ya?ml)$", name)
    return f"rename it to end in .{found[2]}: {found[1]}.{found[2]}" if found else ""
