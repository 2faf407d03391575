"""A model's key that is missing in a workflow on GitHub: where it belongs."""

from __future__ import annotations

from promptops.model.outcomes.check import CheckProblem, CheckResult


def with_secret_hints(checked: CheckResult) -> CheckResult:
    """The check whose missing keys are told as a workflow's people need it; a fork's run is given none anyway."""
    return checked._replace(problems=tuple(map(_without if _is_fork(checked) else _named, checked.problems)))


def _is_fork(checked: CheckResult) -> bool:
    return checked.untrusted and not checked.unread


def _named(problem: CheckProblem) -> CheckProblem:
    if not (key := problem.key):
        return problem
    secret = f"on GitHub: a secret of the repository, passed on as env: {key}: ${{{{ secrets.{key} }}}}"
    return problem._replace(hint="; ".join(filter(None, [problem.hint, secret])))


def _without(problem: CheckProblem) -> CheckProblem:
    return problem._replace(hint="") if problem.key else problem
