"""What a check of a change found: what lint says, what the evaluation says, and what could not be done."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

from promptops.model.finding import Finding
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
    """What a change is compared with: a commit's full id, or None; `words` say which it is, or why there is none."""

    commit: str | None
    words: str


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
    """Prompts by identifier: those that are gone, new name → former name, and changed ones that no suite tests."""

    deleted: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    untested: tuple[str, ...] = ()


class CheckResult(NamedTuple):
    """One check. `looked_at` says in words what lint saw; `untrusted`: the change comes from a fork.

    `unread` says why the event could not be read: then it is not known whose change this is. `settings` are sentences
    on what the change changes of lint's settings. `head` is the full id of the pull request's own commit, empty where
    there is none.
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

    @property
    def lint_failed(self) -> bool:
        """Whether lint found anything but advice."""
        return any(finding.severity != "note" for finding in self.findings)

    @property
    def verdict(self) -> Verdict:
        """All suites in one word."""
        if not {problem.suite for problem in self.problems} <= {one.suite for one in self.results}:
            return "error"
        if self.problems or any(one.unmeasured for one in self.results):
            return "not-measured"
        if self.lint_failed or any(one.blocked for one in self.results):
            return "blocked"
        found = {_WORDS.get(c.overall, "error") for one in self.results for c in one.comparisons}
        return min(found, key=_GRAVEST_FIRST.index, default="nothing")

    @property
    def exit_code(self) -> int:
        """0 clean, 1 findings or a gate that fails, 2 something could not be done or was not measured."""
        return {"error": 2, "not-measured": 2, "blocked": 1}.get(self.verdict, 0)

    @property
    def cost(self) -> float | None:
        """US dollars spent; None where a model's price is not known."""
        costs = [one.cost for one in self.results]
        return None if any(cost is None for cost in costs) else sum(cost for cost in costs if cost is not None)

    def counts(self) -> dict[str, int]:
        """Errors and warnings of lint; suites and cases evaluated; criteria that got better and worse."""
        grades = [finding.severity for finding in self.findings]
        verdicts = [found.verdict for one in self.results for c in one.comparisons for found in c.criteria]
        return {
            "errors": grades.count("error"),
            "warnings": grades.count("warning"),
            "suites": len(self.results),
            "cases": sum(len(one.cases) for one in self.results),
            "better": verdicts.count("better"),
            "worse": verdicts.count("worse"),
        }


_WORDS: dict[str, Verdict] = {
    "worse": "worse",
    "trade-off": "trade-off",
    "no difference shown": "no-difference",
    "better": "better",
    "first run": "first-run",
    "unchanged": "unchanged",
    "not measured": "not-measured",
}
