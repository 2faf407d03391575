"""Cases belong together, and the suite counts each of them as evidence of its own.

One document asked about in five ways is one piece of evidence and not five: if the prompt fails on it, it tends to
fail all five. With `cluster: FIELD` the cases that share the field's value are averaged first and count as one. The
rule looks for ids that share a stem (`doc1-q1`, `doc1-q2`), and for cases that lack the field that `cluster` names.

Bad:   {"id": "doc1-q1", …}  {"id": "doc1-q2", …}  {"id": "doc2-q1", …}
Good:  cluster: doc   {"id": "doc1-q1", "doc": "doc1", …}  {"id": "doc1-q2", "doc": "doc1", …}
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding

if TYPE_CHECKING:  # 3 ms that most files need not pay
    from promptops.model.suite import Case, Suite

CODE = "P413"
PREFILTER = Prefilter(("suite",), ("testData",))

LEAST_GROUPS = 3
LEAST_SHARE = 0.5
"""So many groups of two and more, of so large a share of the cases, are no accident."""
_ASKED = "q|qu|question|ask|v|var|variant|version|p|para|paraphrase|form|rephrased?|turn"
_MEMBER = re.compile(r"(?P<stem>.*?)[-_/:# .]*(?:\d{1,3}|(?<=[-_/:# .])[a-z])", re.IGNORECASE)
_WORD = re.compile(rf"(?P<stem>.*(?:\d|[^\W_][-_/:# .]+))(?:{_ASKED})", re.IGNORECASE)
_SEPARATORS = "-_/:# ."
_DATE_OR_VERSION = re.compile(r"\d{4}[-_/.]\d{1,2}[-_/.]\d{1,2}|\d\.\d+\.\d")
_LONGEST = 80
_OURS = re.compile(r"[0-9a-f]{12}")
"""The id of a case that has none in its file; a twin of it ends in -2."""


def check(target: Target) -> Iterator[Finding]:
    """A suite without `cluster` whose ids share stems; one with it whose cases do not all have the field."""
    suite = target.suite
    if suite is None or not suite.cases:
        return
    yield from _without_field(target, suite) if suite.cluster else _share_a_stem(target, suite)


def _without_field(target: Target, suite: Suite) -> Iterator[Finding]:
    node, alone = target.get("cluster"), [case.id for case in suite.cases if not suite.cluster_of(case)]
    if node is None or not alone:
        return
    field = suite.cluster[:80]
    message = f"{len(alone)} of {len(suite.cases)} cases say nothing under '{field}', the first is '{alone[0][:80]}'"
    hint = f"if they belong to others, give them the '{field}' that those have"
    yield Finding(target.path, node.span, CODE, message, hint, "note", detail="each of them is a group of its own")


def _share_a_stem(target: Target, suite: Suite) -> Iterator[Finding]:
    node, groups = target.get("testData"), _groups(suite.cases)
    members = sum(map(len, groups.values()))
    if node is None or len(groups) < LEAST_GROUPS or members < LEAST_SHARE * len(suite.cases):
        return
    stem, (first, second, *_) = next(iter(groups.items()))
    message = (
        f"{members} cases seem to belong together in {len(groups)} groups: their ids share a stem, "
        f"like '{first.id[:60]}' and '{second.id[:60]}'"
    )
    hint = f'give each case a field that names its group, like "group": "{stem[:40]}", and write `cluster: group`'
    if field := _same_groups(suite.cases, groups):
        hint = f"write `cluster: {field[:60]}`, the field whose values name the groups"
    detail = "counted one by one they look like more evidence than they are"
    yield Finding(target.path, node.span, CODE, message, hint, "note", detail=detail)


def _groups(cases: Sequence[Case]) -> dict[str, list[Case]]:
    """Stem → the cases whose ids begin with it, where there are two and more."""
    found: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        if stem := _stem(case.id):
            found[stem].append(case)
    return {stem: members for stem, members in found.items() if len(members) > 1}


def _stem(identifier: str) -> str:
    """`doc1` of `doc1-q2`; empty where the id does not look like one of several about a thing.

    A number alone tells cases of one topic apart (`refund-1`, `refund-2`), so then the stem must be that of one thing:
    with a number or a letter of its own (`doc1-2`, `contract-b-2`).
    """
    if len(identifier) > _LONGEST or _DATE_OR_VERSION.search(identifier):
        return ""
    member = _MEMBER.fullmatch(identifier)
    if member is None:
        return ""
    asked = _WORD.fullmatch(member["stem"])
    stem = (asked or member)["stem"].rstrip(_SEPARATORS)
    if _OURS.fullmatch(stem) or not re.search(r"[^\W\d_]", stem):
        return ""
    is_apart = identifier[len(stem) : len(stem) + 1] in _SEPARATORS
    if asked is not None or (is_apart and re.search(r"\d$|[-_/:# .][a-z]$", stem, re.IGNORECASE)):
        return stem
    return ""


def _same_groups(cases: Sequence[Case], groups: Mapping[str, Sequence[Case]]) -> str:
    """A field that has one value in each group, and another in each; empty for none."""
    for name in list(cases[0].fields)[:50]:
        values = [{str(case.fields.get(name, "")) for case in members} for members in groups.values()]
        if all(len(one) == 1 for one in values) and len(set().union(*values) - {""}) == len(groups):
            return name
    return ""
