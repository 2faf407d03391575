"""`python`: a function of your own.

    python: {file: checks.py, function: no_dates}    the file lies beside the suite; timeout: 5 (seconds a call)

    def no_dates(reply: str, case: dict) -> bool | float: ...

`case` holds the case's fields. The function runs in a process of its own, without the environment's secrets, with
limits on time, on the size of a file it writes (64 MB, not on Windows) and, on Linux, on the memory it has in use
(512 MB) and the processes it starts (31). What it prints goes nowhere.
The file is loaded once a run, so what it keeps in global names lives from reply to reply. The process has the user's
rights, files and network included: it keeps accidents away, not attacks, which is why a fork's pull request is checked
by the base's file.
"""

from __future__ import annotations

from dataclasses import dataclass

from promptops.evals.evaluators.base import Evaluator, Services, Subject, unusable
from promptops.evals.evaluators.worker import Worker
from promptops.model.score import Score
from promptops.model.suite import Criterion

SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class PythonCheck:
    """The worker starts with the first reply."""

    worker: Worker

    async def score(self, subject: Subject) -> Score:
        """What the function returns. Raises EvalError when it does not."""
        answer = await self.worker.call(subject.reply.text, subject.case.fields)
        return Score(answer.value)

    async def close(self) -> None:
        """End the process."""
        await self.worker.close()


def build(criterion: Criterion, services: Services) -> Evaluator:
    """The evaluator; PromptError for a name that is none, or no time at all."""
    file, function = str(criterion.options["file"]), str(criterion.options["function"])
    seconds = float(criterion.options.get("timeout", SECONDS))
    if not function.isidentifier():
        raise unusable(criterion, f"'{function}' is not the name of a function")
    if seconds <= 0:
        raise unusable(criterion, f"a timeout of {seconds:g} seconds leaves no time")
    return PythonCheck(Worker(file, function, lambda: services.read(file), seconds))
