"""Git could not join two versions and left both in the file.

A YAML file cannot be read then; a template can, and the model would be sent both versions with the lines that
part them. Choose what stays, and delete the rest.

Bad:   <<<<<<< HEAD   Be kind.   =======   Be strict.   >>>>>>> other
Good:  Be kind.
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.locations import unreadable
from promptops.lint.engine.prefilter import ALL_BUT_CASES, Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding
from promptops.source.yaml.conflict_markers import CONFLICT, KEEP_ONE, find_whole_conflict

CODE = "P008"
PREFILTER = Prefilter(ALL_BUT_CASES, ("<<<<<<<", "=======", ">>>>>>>", "testData"))


def check(target: Target) -> Iterator[Finding]:
    """The first conflict of the file."""
    found = list(unreadable(target, CODE))
    yield from found
    if not found and (target.kind == "template" or target.node is not None):
        place = find_whole_conflict(target.text)
        if place is not None:
            yield Finding(target.path, place, CODE, CONFLICT, KEEP_ONE)
