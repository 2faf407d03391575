"""A model's key that is missing in a workflow on GitHub: where it belongs."""

from __future__ import annotations

from promptops.model.outcomes.check import CheckProblem, CheckResult


def with_secret_hints(checked: CheckResult) -> CheckResult:
    """The check whose missing keys are told as a workflow's people need it; a fork's run is given none anyway."""
    is_fork = checked.untrusted and not checked.unread
    return checked._replace(problems=tuple(_hinted(problem, is_fork) for problem in checked.problems))


def _hinted(problem: CheckProblem, is_fork: bool) -> CheckProblem:
    if not (key := problem.key):
        return problem
    secret = f"on GitHub: a secret of the repository, passed on as env: {key}: ${{{{ secrets.{key} }}}}"
    return problem._replace(hint="" if is_fork else "; ".join(filter(None, [problem.hint, secret])))
