"""A suite has no criterion that the project asks of every suite.

`policy: {requiredCriteria: […]}` in promptops.yml says what is always looked at, so that no prompt goes out
without it.

Bad:   policy: {requiredCriteria: [invents no date]}   evaluators: [{name: names the owner, …}]
Good:  policy: {requiredCriteria: [invents no date]}   evaluators: [{name: invents no date, …}]
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding
from promptops.text.suggestions import closest

CODE = "P504"
PREFILTER = Prefilter(("suite",))


def check(target: Target) -> Iterator[Finding]:
    """Each criterion that is missing, at `evaluators`."""
    required = target.project.config.policy.required_criteria
    if not required or target.suite is None or target.node is None:
        return
    names = [criterion.name for criterion in target.criteria]
    for name in dict.fromkeys(required):
        if name in names:
            continue
        span = target.node.key_spans["evaluators"]
        message = f"no criterion is called '{name[:80]}', which promptops.yml asks of every suite (requiredCriteria)"
        close = closest(name[:80], [one[:80] for one in names[:200]])
        hint = f"is '{close}' meant? Then give it this name" if close else f"add an evaluator with name: {name[:80]}"
        yield Finding(target.path, span, CODE, message, hint)
