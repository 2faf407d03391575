"""A key, a token or a password stands in the file.

Whoever can read the repository, now or later, can use it and spend your money, and the model may repeat it.
Git keeps every version, so it must be revoked, not only deleted.

Bad:   small: {provider: openai, apiKey: sk-proj-9fK2…}
Good:  small: {provider: openai, apiKeyEnv: OPENAI_API_KEY}
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.limits import limited
from promptops.lint.engine.offsets import YAML_SUFFIXES, span_of, texts
from promptops.lint.engine.prefilter import ALL_BUT_CASES, Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.located_values.linked_files import linked_texts
from promptops.model.finding import Finding, masked
from promptops.text.secrets import WORDS, find_secrets, may_hold_secrets

_HINT = (
    "revoke it where it was made: deleting it here does not take it out of git's history. Put the new one into an\n"
    "environment variable and write only the variable's name, in promptops.yml: apiKeyEnv: OPENAI_API_KEY. If it is\n"
    "made up, write EXAMPLE into it"
)

CODE = "P203"
PREFILTER = Prefilter((*ALL_BUT_CASES, "cases"), (*WORDS, *YAML_SUFFIXES, ".json"))


@limited
def check(target: Target) -> Iterator[Finding]:
    """Each secret anywhere in the file, comments too, and in the files of tools, schemas and examples that a prompt
    names; never more of it than its beginning is repeated."""
    for path, text in (*texts(target), *linked_texts(target)):
        for start, end, what in find_secrets(text) if may_hold_secrets(text) else ():
            message = f"{what} stands here ({masked(text[start:end])})"
            detail = "whoever can read this repository can use it"
            span = span_of(text, start, end)
            yield Finding(path, span, CODE, message, _HINT, masked=True, detail=detail)
