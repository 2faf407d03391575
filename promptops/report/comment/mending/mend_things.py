"""What a check found to be mended, each thing once: findings that are alike are one, and so is a suite that only
could not be evaluated because of them."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from promptops.lint.engine.one_for_many import without_count
from promptops.lint.engine.project_files import kind_of
from promptops.model.finding import Finding
from promptops.model.outcomes.check import CheckProblem, CheckResult
from promptops.model.outcomes.mend_place import MendPlace

_RANK = {"error": 0, "warning": 1, "note": 2}
_QUOTED = re.compile(r"'([^'\n]{1,80})'")


class MendThing(NamedTuple):
    """One thing to mend, in `path` at `line`: what is wrong, why that matters and what to do.

    `alike` is how many findings say the same, `in_cases` whether these are cases, `shown_at` where the first is.
    `blocks`: because of it something could not be measured; `suites` are those that could not.
    """

    path: PurePosixPath
    line: int
    message: str
    detail: str
    hint: str
    shown_at: tuple[PurePosixPath, int]
    place: MendPlace | None = None
    alike: int = 1
    in_cases: bool = False
    blocks: bool = False
    suites: tuple[str, ...] = ()


class FoundThings(NamedTuple):
    """The things, the gravest first, and the problems that none of them explains."""

    things: tuple[MendThing, ...]
    others: tuple[CheckProblem, ...]


def things_to_mend(checked: CheckResult) -> FoundThings:
    """What the change brings, without the advice, and what else keeps it from being measured."""
    places = {place.finding: place for place in checked.mend}
    grave = sorted((one for one in checked.brought if one.severity != "note"), key=lambda one: _RANK[one.severity])
    groups: dict[Hashable, list[Finding]] = {}
    for one in grave:
        groups.setdefault(_cause_of(one, places.get(one)), []).append(one)
    reasons = {problem.why: frozenset(_QUOTED.findall(problem.why)) for problem in checked.problems if not problem.key}
    explained: dict[Hashable, list[CheckProblem]] = {}
    for key, alike in groups.items():
        whys = {why for why, names in reasons.items() if any(_explains(one, why, names) for one in alike)}
        explained[key] = [problem for problem in checked.problems if problem.why in whys and not problem.key]
    told = {problem for problems in explained.values() for problem in problems}
    things = [_thing(alike, places.get(alike[0]), explained[key]) for key, alike in groups.items()]
    # What keeps a suite from being measured comes first, whatever lint calls it.
    things.sort(key=lambda thing: not thing.blocks)
    return FoundThings(tuple(things), tuple(one for one in checked.problems if one not in told))


def _cause_of(finding: Finding, place: MendPlace | None) -> Hashable:
    """Findings of one rule are alike where one changed line is to blame, or where they say the same of one file."""
    if place is not None and place.is_cause:
        return finding.code, place.path, place.line
    return finding.code, finding.path, without_count(finding), finding.hint


def _thing(alike: Sequence[Finding], place: MendPlace | None, problems: Sequence[CheckProblem]) -> MendThing:
    first = alike[0]
    count = sum(one.occurrences for one in alike)
    at = (place.path, place.line) if place is not None else (first.path, first.span.line)
    return MendThing(
        *at,
        without_count(first),
        first.detail,
        first.hint,
        (first.path, first.span.line),
        place,
        count,
        in_cases=count > len(alike) or kind_of(first.path) == "cases",
        blocks=bool(problems),
        suites=tuple(dict.fromkeys(problem.suite for problem in problems if problem.suite)),
    )


def _explains(finding: Finding, why: str, names: frozenset[str]) -> bool:
    """Whether a suite could not be measured for what lint says: both name the same line, or quote the same name."""
    _, place, rest = why.partition(f"{finding.path}:{finding.span.line}")
    if place and not rest[:1].isdigit():
        return True
    return bool(names) and not names.isdisjoint(_QUOTED.findall(finding.problem))
