"""A model's key that is missing in a job on a forge: where it belongs there."""

from __future__ import annotations

from promptops.model.outcomes.check import CheckProblem, CheckResult

ON_GITHUB = "on GitHub: a secret of the repository, passed on as env: {key}: ${{{{ secrets.{key} }}}}"
ON_GITLAB = "on GitLab: a masked variable {key}, under Settings → CI/CD → Variables"


def with_secret_hints(checked: CheckResult, place: str = ON_GITHUB) -> CheckResult:
    """The check whose missing keys are told as the job's people need it; a fork's run is given none anyway.

    `place` says where a `{key}` belongs.
    """
    is_fork = checked.untrusted and not checked.unread
    return checked._replace(problems=tuple(_hinted(problem, is_fork, place) for problem in checked.problems))


def _hinted(problem: CheckProblem, is_fork: bool, place: str) -> CheckProblem:
    if not (key := problem.key):
        return problem
    told = "; ".join(filter(None, [problem.hint, place.format(key=key)]))
    return problem._replace(hint="" if is_fork else told)
