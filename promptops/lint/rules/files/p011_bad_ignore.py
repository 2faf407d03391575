"""A comment that leaves a finding in place gives no reason, or names no rule.

Whoever reads the file later must see why the finding may stay, and which one is meant. Without that the comment
has no effect.

Bad:   # promptops: ignore[P201]
Good:  # promptops: ignore[P201] the text comes from our own editors
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.prefilter import ALL_BUT_CASES, Prefilter
from promptops.lint.engine.rule_index import CODES
from promptops.lint.engine.suppressions import MARK, sent_to_the_model, suppressions_of
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding

CODE = "P011"
PREFILTER = Prefilter(ALL_BUT_CASES, (MARK,))


def check(target: Target) -> Iterator[Finding]:
    """Each comment without a reason or without a rule that exists."""
    for span in sent_to_the_model(target):
        message = "this is part of the text, so the model receives it"
        hint = "write {# promptops: ignore[…] reason #} here, or the comment with # above the key"
        yield Finding(target.path, span, CODE, message, hint)

    for comment in suppressions_of(target):
        wrong = [code for code in comment.codes if code not in CODES]
        hint = "write it like: # promptops: ignore[P201] and then why it may stay"
        if not comment.codes:
            message = "this comment does not say which rule it means"
        elif wrong:
            message, hint = f"there is no rule '{wrong[0]}'", "promptops lint --rules lists them"
        elif not comment.reason:
            message = "this comment gives no reason, so it has no effect"
        else:
            continue
        yield Finding(target.path, comment.span, CODE, message, hint)
