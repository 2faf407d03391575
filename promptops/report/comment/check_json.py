"""check.json: what a check says beside its results, for the half of a workflow that may write.

A fork's run writes it, so it is read as hostile, and nothing in it speaks in words of its own: what lint looked at must
be a sentence of ours, a problem is a place and a rule, a suite that was not evaluated its name and whether a key was
missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple, get_args

from promptops.errors import EvalError
from promptops.lint.engine.registry import NAMES
from promptops.model.outcomes.check import CheckResult, Verdict
from promptops.model.revision import is_full_id

FORMAT, WHERE = "promptops-check/1", "check.json"
MAX_BYTES = 2**20
_MOST_KEPT = 200
_LONGEST, _MOST_LINES = 300, 10_000_000
_MOST_RUNS = 2**63
_COMMIT = re.compile(r"(?:[0-9a-f]{40}(?:[0-9a-f]{24})?)?")
_LOOKED_AT = (
    r"(?:no problems|\d{1,6} problems?)(?: and \d{1,6} notes?)? in \d{1,6} (?:prompt|suite|file)s?"
    r"(?: and \d{1,6} suites?)?(?: \(\d{1,6} can be fixed\))?(?:; \d{1,6} files? skipped)?"
)


class LintPlace(NamedTuple):
    """A problem that lint found: the rule's code, and where."""

    path: str
    line: int
    code: str


class MissedSuite(NamedTuple):
    """A suite that could not be evaluated (empty: none could), and whether a model's key was missing."""

    suite: str
    key: bool


class TouchedPin(NamedTuple):
    """A prompt whose pin the change touches (empty: the whole environment), from one commit to another (full ids).

    `refused`: the run's own check says that it must not be served.
    """

    environment: str
    prompt: str
    old: str
    new: str
    refused: bool


class CheckSummary(NamedTuple):
    """What check.json says. `looked_at` is what lint saw, empty where it saw nothing.

    `problems` are the first of those that the change brings, `brought` is how many these are, `earlier` how many were
    there before. `reached`: it touches something of the project. `head` and `base` are the commits (full ids) that were
    compared, empty where there was none or an older version wrote the file; `deferred` are suites that wait, as the
    pull request is a draft. `repeats` is the workflow run whose verdict this one only says again, 0 where it found out
    by itself.
    """

    looked_at: str
    problems: tuple[LintPlace, ...]
    missed: tuple[MissedSuite, ...]
    brought: int = 0
    earlier: int = 0
    reached: bool = True
    verdict: Verdict = "error"
    exit_code: int = 2
    head: str = ""
    base: str = ""
    deferred: tuple[str, ...] = ()
    repeats: int = 0
    environments: tuple[TouchedPin, ...] = ()

    @property
    def is_worth_a_comment(self) -> bool:
        """Whether the check has anything to say of the change."""
        return self.reached or bool(self.problems or self.brought or self.missed or self.deferred or self.environments)


def dump_check(checked: CheckResult) -> bytes:
    """The check as JSON in UTF-8, the gravest first. Nobody who comments believes its verdict: it is for later runs."""
    return _dump(_summarize(checked))


def dump_repeated(said: CheckSummary, run: int) -> bytes:
    """What the workflow run with this id said, said once more."""
    return _dump(said._replace(repeats=said.repeats or run))


def _dump(said: CheckSummary) -> bytes:
    return json.dumps({"format": FORMAT, **said._asdict()}).encode()


def _summarize(checked: CheckResult) -> CheckSummary:
    rank = {"error": 0, "warning": 1}
    grave = sorted((one for one in checked.brought if one.severity in rank), key=lambda one: rank[one.severity])
    return CheckSummary(
        checked.looked_at,
        tuple(LintPlace(one.path.as_posix()[:_LONGEST], one.span.line, one.code) for one in grave[:_MOST_KEPT]),
        tuple(MissedSuite(one.suite[:_LONGEST], bool(one.key)) for one in checked.problems[:_MOST_KEPT]),
        brought=len(grave),
        earlier=sum(one.severity in rank for one in checked.findings) - len(grave),
        reached=checked.reached,
        verdict=checked.verdict,
        exit_code=checked.exit_code,
        head=checked.head,
        base=checked.base.commit or "",
        deferred=tuple(suite[:_LONGEST] for suite in checked.deferred[:_MOST_KEPT]),
        environments=tuple(islice(_touched(checked), _MOST_KEPT)),
    )


def load_check(data: bytes) -> CheckSummary:
    """What the bytes say. Raises EvalError for anything that `dump_check` does not write."""
    try:
        found = json.loads(data) if len(data) <= MAX_BYTES else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise EvalError("this is not a check of this version of promptops", where=WHERE)
    looked_at = found.get("looked_at")
    problems = [LintPlace(*row) for row in _rows(found, "problems", (str, int, str)) if row[2] in NAMES]
    missed = [MissedSuite(*row) for row in _rows(found, "missed", (str, bool))]
    if not isinstance(looked_at, str) or (looked_at and not re.fullmatch(_LOOKED_AT, looked_at, re.ASCII)):
        raise EvalError("what lint looked at is not told in promptops' own words", where=WHERE)
    # A version of promptops that did not look at environments wrote none.
    rows = _rows(found, "environments", (str, str, str, str, bool)) if "environments" in found else []
    environments = [TouchedPin(*row) for row in rows]
    if not all(one == "" or is_full_id(one) for pin in environments for one in (pin.old, pin.new)):
        raise EvalError("what is pinned is not a commit", where=WHERE)
    counts = (_count(found, "brought", len(problems)), _count(found, "earlier", 0))
    reached = found.get("reached") is not False
    said = CheckSummary(looked_at, tuple(problems), tuple(missed), *counts, reached, environments=tuple(environments))
    return said._replace(**_later_fields(found)) if "exit_code" in found else said


def _touched(checked: CheckResult) -> Iterator[TouchedPin]:
    for review in checked.environments:
        name = review.environment[:_LONGEST]
        if not review.pins:
            yield TouchedPin(name, "", "", "", review.blocked)
        for one in review.pins:
            old, new = (arm.commit if arm is not None else "" for arm in (one.change.old, one.change.new))
            yield TouchedPin(name, one.change.prompt[:_LONGEST], old, new, bool(one.objections))


def _count(found: dict[str, Any], name: str, default: int) -> int:
    """A number of problems, which files of older versions do not say."""
    count = found.get(name, default)
    if type(count) is int and 0 <= count < _MOST_LINES:
        return count
    raise EvalError(f"'{name}' is no number of problems", where=WHERE)


def _later_fields(found: dict[str, Any]) -> dict[str, Any]:
    """What earlier versions did not write."""
    verdict, exit_code, repeats = (found.get(name) for name in ("verdict", "exit_code", "repeats"))
    commits = [found.get(name) for name in ("head", "base")]
    are_commits = all(isinstance(one, str) and _COMMIT.fullmatch(one) for one in commits)
    are_numbers = all(type(one) is int and 0 <= one < _MOST_RUNS for one in (exit_code, repeats))
    if not are_commits or not are_numbers or verdict not in get_args(Verdict) or exit_code not in (0, 1, 2):
        raise EvalError("its verdict is none that promptops gives", where=WHERE)
    deferred = found.get("deferred")
    if not isinstance(deferred, list) or not _fits(deferred, (str,) * len(deferred)) or len(deferred) > _MOST_KEPT:
        raise EvalError("'deferred' is not a list of what belongs there", where=WHERE)
    return {
        "verdict": verdict,
        "exit_code": exit_code,
        "head": commits[0],
        "base": commits[1],
        "deferred": tuple(deferred),
        "repeats": repeats,
    }


def _rows(found: dict[str, Any], name: str, kinds: tuple[type, ...]) -> list[list[Any]]:
    rows = found.get(name)
    if isinstance(rows, list) and len(rows) <= _MOST_KEPT and all(_fits(row, kinds) for row in rows):
        return rows
    raise EvalError(f"'{name}' is not a list of what belongs there", where=WHERE)


def _fits(row: object, kinds: tuple[type, ...]) -> bool:
    if not isinstance(row, list) or tuple(map(type, row)) != kinds:
        return False
    is_short = all(len(value) <= _LONGEST for value in row if isinstance(value, str))
    return is_short and all(0 < value < _MOST_LINES for value in row if type(value) is int)
