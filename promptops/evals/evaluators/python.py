"""`python`: a function of your own.

    python: {file: checks.py, function: no_dates}    the file lies beside the suite; timeout: 5 (seconds a call),
                                                     network: true (without it there is none)

    def no_dates(reply: str, case: dict) -> bool | float: ...

    from promptops import Reply
    def one_search(reply: Reply, case: dict) -> bool:
        return [call.name for call in reply.tool_calls] == ["search"]

A first parameter that is annotated `Reply` gets the whole reply: `text`, `tool_calls` (each with `name`, `arguments` as
JSON text, and `parsed`), `finish_reason`, `usage` (`input_tokens`, `output_tokens`, and of these `reasoning_tokens`,
`cached_input_tokens` and `cache_write_tokens`), `cost` in US dollars, `latency` in seconds, `model` and `reasoning`
(what the model thought before); what is not known is None. Any other gets its text.

`case` holds the case's fields. The function runs in a process of its own, without the environment's secrets, with
limits on time, on the size of a file it writes (64 MB, not on Windows) and, on Linux, on the memory it has in use
(512 MB) and the processes it starts (31). What it prints goes nowhere.
The file is loaded once a run, so what it keeps in global names lives from reply to reply.

On Linux the process sees no other process, no socket of a service, none of the files that usually hold keys, and no
network unless the check says `network: true`; it may write into folders for temporary files only, and never becomes
root. That takes namespaces. Where the system refuses them (Ubuntu 24.04 does until it is told otherwise) or is no
Linux, the run says so: the network is not cut off there, and other files can be read. What is kept from it even then:
the environment; on Linux also memory and environment of all processes that were there before it. A fork's pull
request is checked by the base's file, and only where the process can be isolated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple
from typing import Any

from promptops.evals.evaluators.base import Evaluator, Services, Subject
from promptops.model.evaluator_kind import KindSpec, OptionProblem, Options
from promptops.model.schema_builders import BOOLEAN, described, group, number, string
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
            "network": described(BOOLEAN, "whether the function may use the network; by default it may not"),
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
    from promptops.sandbox.isolation import CAN_BE_REQUIRED, HOW_TO_ISOLATE, ProcessIsolation

    file, function = str(criterion.options["file"]), str(criterion.options["function"])
    isolation = ProcessIsolation(
        network=criterion.options.get("network") is True, required=services.untrusted and CAN_BE_REQUIRED
    )
    worker = PythonWorker(
        file, function, lambda: services.file_text(file), _timeout(criterion.options), isolation=isolation
    )

    async def score(subject: Subject) -> Score:
        try:
            return Score((await worker.call(subject.reply.text, subject.case.fields, _details(subject))).value)
        finally:
            if worker.exposure and not isolation.network:
                told = f"the network is not cut off from Python checks here ({worker.exposure})"
                services.notice(f"{told}; {HOW_TO_ISOLATE}")

    return Evaluator(score, worker.close)
