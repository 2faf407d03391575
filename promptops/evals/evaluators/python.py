"""`python`: a function of your own.

    python: {file: checks.py, function: no_dates}    the file lies beside the suite; timeout: 5 (seconds a call)

    def no_dates(reply: str, case: dict) -> bool | float: ...

    from promptops import Reply
    def one_search(reply: Reply, case: dict) -> bool:
        return [call.name for call in reply.tool_calls] == ["search"]

A first parameter that is annotated `Reply` gets the whole reply: `text`, `tool_calls` (each with `name`, `arguments` as
JSON text, and `parsed`), `finish_reason`, `usage` (`input_tokens`, `output_tokens`, `reasoning_tokens` and
`cached_input_tokens` of these), `cost` in US dollars, `latency` in seconds, `model` and `reasoning` (what the model
thought before); what is not known is None. Any other gets its text.

`case` holds the case's fields. The function runs in a process of its own, without the environment's secrets, with
limits on time, on the size of a file it writes (64 MB, not on Windows) and, on Linux, on the memory it has in use
(512 MB) and the processes it starts (31). What it prints goes nowhere.
The file is loaded once a run, so what it keeps in global names lives from reply to reply. The process has the user's
rights, files and network included: it keeps accidents away, not attacks, which is why a fork's pull request is checked
by the base's file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple
from typing import Any

from promptops.evals.evaluators.base import Evaluator, Services, Subject
from promptops.model.evaluator_kind import KindSpec, OptionProblem, Options
from promptops.model.schema_builders import group, number, string
from promptops.model.score import Score
from promptops.model.suite import Criterion

DEFAULT_TIMEOUT = 5.0


def _problems(options: Options) -> Iterator[OptionProblem]:
    """A name that is none, or no time at all."""
    function, seconds = str(options["function"]), _timeout(options)
    if not function.isidentifier():
        yield OptionProblem(f"'{function}' is not the name of a function")
    if seconds <= 0:
        yield OptionProblem(f"a timeout of {seconds:g} seconds leaves no time")


def _timeout(options: Options) -> float:
    return float(options.get("timeout", DEFAULT_TIMEOUT))


KIND = KindSpec(
    "python",
    group(
        {
            "file": string("a file beside the suite"),
            "function": string("its function"),
            "timeout": number("seconds", 0),
        },
        ("file", "function"),
        "a function of your own answers",
    ),
    python_file="file",
    python_function="function",
    problems=_problems,
)


def _details(subject: Subject) -> dict[str, Any]:
    """What promptops.evals.python_worker.reply makes a reply of, besides its text."""
    reply = subject.reply
    return {
        "tool_calls": [[call.name, call.arguments] for call in reply.tool_calls],
        "finish_reason": reply.finish_reason,
        "usage": astuple(reply.usage),
        "cost": subject.cost,
        "latency": reply.latency,
        "model": reply.model,
        "reasoning": reply.reasoning,
    }


def build(criterion: Criterion, services: Services) -> Evaluator:
    """The evaluator, whose process starts with the first reply. Its score is an EvalError when the function fails."""
    from promptops.evals.python_worker.client import PythonWorker

    file, function = str(criterion.options["file"]), str(criterion.options["function"])
    worker = PythonWorker(file, function, lambda: services.file_text(file), _timeout(criterion.options))

    async def score(subject: Subject) -> Score:
        return Score((await worker.call(subject.reply.text, subject.case.fields, _details(subject))).value)

    return Evaluator(score, worker.close)
