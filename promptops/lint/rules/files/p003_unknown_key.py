"""A key is none of those the format has.

Most often it is misspelt, and then the setting silently does nothing. In a suite and in promptops.yml that is an
error, because a lost gate is dangerous; a prompt still loads, because other tools add keys of their own. So in a
file of GitHub's format only what is nearly one of the keys is told, and texts that no model would receive.

Bad:   modle: small
Good:  model: small
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.prefilter import YAML, Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding, Severity

_OF_TEXTS = ("system", "user", "assistant", "prompt", "template", "instructions", "system_prompt")

CODE = "P003"
PREFILTER = Prefilter(YAML, reported=True)


def check(target: Target) -> Iterator[Finding]:
    """Each key, with the nearest one that exists."""
    severity: Severity = "warning" if target.kind == "prompt" else "error"
    for problem in target.problems(CODE):
        message, hint, line = problem.message, problem.hint, problem.span.line
        if target.kind == "prompt" and problem.span.column == 1:
            told = _in_a_prompt(target, target.rows[line - 1].partition(":")[0].strip("'\""), message, hint)
            if told is None:
                continue
            message, hint = told
        if line > 1 and _indentation(target.rows[line - 2]) > _indentation(target.rows[line - 1]):
            begun = " If" if hint.endswith("?") else "; if"
            hint += f"{begun} it belongs to the text above, indent it as far as that text"
        yield Finding(target.path, problem.span, CODE, message, hint, severity)


def _in_a_prompt(target: Target, key: str, message: str, hint: str) -> tuple[str, str] | None:
    """What to say of a key at the left edge; nothing of one that another tool may have put there."""
    root = target.node
    assert root is not None
    if root.get("messages") is None:  # a file of quite another form: that it has no messages says it all
        return (message, hint) if _is_near(key, "messages") else None
    if key in _OF_TEXTS:
        return f"no model receives what stands under '{key}'", "put the text under messages, as one with a role"
    if root.get("inputs") is None and root.get("promptops") is None:
        near = hint.removeprefix("did you mean '").removesuffix("'?")
        return (message, hint) if near not in (hint, "promptops") and _is_near(key, near) else None
    return message, hint


def _is_near(key: str, known: str) -> bool:
    import difflib  # only where something is misspelt

    return difflib.SequenceMatcher(None, key, known).ratio() >= 0.8


def _indentation(row: str) -> int:
    return len(row) - len(row.lstrip(" "))
