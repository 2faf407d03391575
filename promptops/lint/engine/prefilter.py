"""What a rule must see in a file before it is imported: most files have nothing for most rules."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, NamedTuple

from promptops.model.evaluator_kind import KindSpec

FileKind = Literal["prompt", "suite", "project", "template", "cases", "environment"]

YAML: tuple[FileKind, ...] = ("prompt", "suite", "project", "environment")
TEXTS: tuple[FileKind, ...] = ("prompt", "template")
ALL_BUT_CASES: tuple[FileKind, ...] = (*YAML, "template")


class Prefilter(NamedTuple):
    """The `kinds` of files that a rule looks at, and what a file must have, one of these at least, to be worth a look.

    `words`: any of them, anywhere in the file. `evaluators`: an evaluator whose KindSpec has one of these fields.
    `beyond_ascii`: a letter that is none of ASCII. `reported`: the reader of the file has found what the rule speaks
    of. Where nothing is asked for, every file of these kinds is looked at.
    """

    kinds: tuple[FileKind, ...]
    words: tuple[str, ...] = ()
    evaluators: tuple[str, ...] = ()
    beyond_ascii: bool = False
    reported: bool = False

    def passes(self, code: str, text: str, reported: Collection[str], evaluators: Collection[KindSpec]) -> bool:
        """Whether a file of one of the kinds may have something for the rule `code`."""
        if self.reported:
            return code in reported
        if self.words and any(map(text.__contains__, self.words)):
            return True
        if self.evaluators and any(getattr(kind, field) for field in self.evaluators for kind in evaluators):
            return True
        return not text.isascii() if self.beyond_ascii else not (self.words or self.evaluators)
