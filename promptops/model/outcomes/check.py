"""What a check of a change found: what lint says, what the evaluation says, and what could not be done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, get_args

from promptops.model.finding import Finding
from promptops.model.outcomes.environment_review import EnvironmentReview
from promptops.model.outcomes.mend_place import MendPlace
from promptops.model.results import Results

Verdict = Literal[
    "error",
    "not-measured",
    "blocked",
    "worse",
    "trade-off",
    "no-difference",
    "better",
    "first-run",
    "unchanged",
    "nothing",
]
"""In one word, for other steps of a workflow; the gravest of all suites. `not-measured`: there are results, but they
lack what was to be measured; `error`: there are none, or nothing could be checked."""

_GRAVEST_FIRST = get_args(Verdict)


class ComparisonBase(NamedTuple):
    """What a change is compared with: a commit's full id, or None; `words` say which it is, or why there is none.

    Empty words: of results that were found on disk nobody knows that. `branch` is the branch on the forge that the
    change goes to, where that is known.
    """

    commit: str | None
    words: str
    branch: str = ""


class CheckProblem(NamedTuple):
    """What could not be done: the suite's name (empty: it concerns all), why, and what helps.

    `key` is the environment variable that holds no key, where that is the reason.
    """

    suite: str
    why: str
    hint: str = ""
    key: str = ""


class UnreadResults(NamedTuple):
    """A folder whose results cannot be shown: its name, why, and what to do."""

    name: str
    why: str
    hint: str = ""


class PromptChanges(NamedTuple):
    """Prompts by identifier: those that are gone, new name → former name, and changed ones that no suite tests.

    `same` are new names of renamed prompts that are the same to a model as before. `suites`: new name → former name.
    """

    deleted: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    untested: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    suites: tuple[tuple[str, str], ...] = ()


DRAFT = "this pull request is a draft"
FailureKind = Literal["not checked", "not evaluated", "deferred", "not measured", "gate", "environment", "lint"]
"""Why a check fails, the gravest first. `not checked`: something that concerns all of it; `not evaluated`: a suite that
has no results; `deferred`: one that waits, as the pull request is a draft; `not measured`: one that lacks something;
`gate`: a suite's rule; `environment`: what must not be served; `lint`: what the change brings."""


class CheckFailure(NamedTuple):
    """One reason why a check is red: the suite or the place it is about (empty: all of it), and why in words."""

    kind: FailureKind
    what: str
    why: str = ""

    @property
    def exit_code(self) -> int:
        """1 for findings, gates and what must not be served, 2 for what could not be done or was not measured."""
        return 1 if self.kind in ("gate", "environment", "lint") else 2


class CheckResult(NamedTuple):
    """One check. `looked_at` says in words what lint saw; `untrusted`: the change comes from a fork.

    `unread` says why the event could not be read: then it is not known whose change this is. `settings` are sentences
    on what the change changes of lint's settings. `head` is the full id of the pull request's own commit, empty where
    there is none. `inherited` are the findings that were there before the change; `no_baseline` says why that could
    not be found out. `reached`: the change touches something of the project. `untouched` are suites that cannot be
    evaluated, and that the change has nothing to do with. `deferred` are the suites that the change reaches and that
    wait, as the pull request is a draft. `environments` are those that the change touches. `mend` are the places where
    what the change brings is mended; `edit_url` is the address on the forge below which the project's files can be
    edited, empty where there is none.
    """

    base: ComparisonBase
    findings: tuple[Finding, ...] = ()
    looked_at: str = ""
    results: tuple[Results, ...] = ()
    problems: tuple[CheckProblem, ...] = ()
    changes: PromptChanges = PromptChanges()
    untrusted: bool = False
    unread: str = ""
    settings: tuple[str, ...] = ()
    head: str = ""
    inherited: tuple[Finding, ...] = ()
    no_baseline: str = ""
    reached: bool = True
    untouched: tuple[CheckProblem, ...] = ()
    deferred: tuple[str, ...] = ()
    environments: tuple[EnvironmentReview, ...] = ()
    mend: tuple[MendPlace, ...] = ()
    edit_url: str = ""

    @property
    def brought(self) -> tuple[Finding, ...]:
        """The findings that the change itself brings, advice too."""
        inherited = frozenset(self.inherited)
        return tuple(finding for finding in self.findings if finding not in inherited)

    @property
    def failures(self) -> tuple[CheckFailure, ...]:
        """Every reason why the check is red; none where it is green. Exit code, verdict and all words follow these."""
        return tuple(_failures(self))

    @property
    def lint_failed(self) -> bool:
        """Whether the change brings anything but advice."""
        return any(failure.kind == "lint" for failure in self.failures)

    @property
    def verdict(self) -> Verdict:
        """All suites in one word."""
        if kinds := {failure.kind for failure in self.failures}:
            if kinds & {"not checked", "not evaluated"}:
                return "error"
            return "not-measured" if kinds & {"not measured", "deferred"} else "blocked"
        found = {_WORDS[c.overall] for one in self.results for c in one.comparisons}
        return min(found, key=_GRAVEST_FIRST.index, default="nothing")

    @property
    def exit_code(self) -> int:
        """0 clean, 1 findings or a gate that fails, 2 something could not be done or was not measured."""
        return max((failure.exit_code for failure in self.failures), default=0)

    @property
    def cost(self) -> float | None:
        """US dollars spent; None where a model's price is not known."""
        costs = [one.cost for one in self.results]
        return None if any(cost is None for cost in costs) else sum(cost for cost in costs if cost is not None)

    def counts(self) -> dict[str, int]:
        """Errors and warnings that the change brings; suites and cases evaluated; criteria better and worse."""
        grades = [finding.severity for finding in self.brought]
        verdicts = [found.verdict for one in self.results for c in one.comparisons for found in c.criteria]
        return {
            "errors": grades.count("error"),
            "warnings": grades.count("warning"),
            "suites": len(self.results),
            "cases": sum(len(one.cases) for one in self.results),
            "better": verdicts.count("better"),
            "worse": verdicts.count("worse"),
        }


class SavedReport(NamedTuple):
    """A check as it lies on disk. `folders`: the name of each result's folder there, in their order."""

    check: CheckResult
    folders: tuple[str, ...]


def _failures(checked: CheckResult) -> Iterator[CheckFailure]:
    """The one place where it is decided what makes a check red."""
    ran = {one.suite: one for one in checked.results}
    for problem in checked.problems:
        kind: FailureKind = "not measured" if problem.suite in ran else "not evaluated"
        yield CheckFailure(kind if problem.suite else "not checked", problem.suite, problem.why)
    for suite in checked.deferred:
        yield CheckFailure("deferred", suite, DRAFT)
    told = {problem.suite for problem in checked.problems}
    for one in checked.results:
        verdicts = {_WORDS.get(comparison.overall, "error") for comparison in one.comparisons}
        if one.suite not in told and (one.unmeasured or verdicts & {"error", "not-measured"}):
            why = one.unmeasured[0].why if one.unmeasured else "it has no verdict"
            yield CheckFailure("not evaluated" if "error" in verdicts else "not measured", one.suite, why)
        for gate in one.gates:
            if gate.blocks:
                yield CheckFailure("gate", one.suite, f"{gate.criterion}: {gate.rule}")
    for review in checked.environments:
        yield from (CheckFailure("environment", what, why) for what, why in review.failures())
    for severity in ("error", "warning"):
        for finding in (one for one in checked.brought if one.severity == severity):
            yield CheckFailure("lint", f"{finding.path}:{finding.span.line}", f"{finding.code} {finding.message}")


_WORDS: dict[str, Verdict] = {
    "worse": "worse",
    "trade-off": "trade-off",
    "no difference shown": "no-difference",
    "better": "better",
    "first run": "first-run",
    "unchanged": "unchanged",
    "not measured": "not-measured",
}
