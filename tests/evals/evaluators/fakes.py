"""A run in miniature: services that remember what they were asked, and one call from options to a score."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from promptops.errors import PromptopsError, SourceError
from promptops.evals import reply_scoring
from promptops.evals.engine.shared_processes import SharedProcesses
from promptops.evals.evaluators.base import Answer, Process, Subject
from promptops.evals.registry import KINDS
from promptops.model.chat.message import Message, ToolCall
from promptops.model.chat.message_template import text_message
from promptops.model.label import Label
from promptops.model.model_call import Reply, Usage
from promptops.model.prompt import Input, Prompt
from promptops.model.score import Score
from promptops.model.suite import Case, Criterion
from promptops.templating import plain
from promptops.templating.environment import TemplateEnvironment


@dataclass
class FakeServices:
    """Renders like a plain file, or with `jinja` like one of ours; answers from `answers`, in their order."""

    judge: str = "small"
    answers: list[str | Reply | PromptopsError] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    known: list[Label] = field(default_factory=list)
    jinja: bool = False
    untrusted: bool = False
    notices: list[str] = field(default_factory=list)
    asked: list[tuple[str, tuple[Message, ...], Mapping[str, Any] | None]] = field(default_factory=list)
    processes: SharedProcesses = field(default_factory=SharedProcesses)
    label_queries: list[tuple[str, str, str]] = field(default_factory=list)

    def render(self, text: str, fields: Mapping[str, Any]) -> str:
        return (
            TemplateEnvironment().from_string(text).render(fields)
            if self.jinja
            else plain.fill_placeholders(text, fields)
        )

    async def answer(
        self,
        model: str,
        messages: tuple[Message, ...],
        parse: Callable[[Reply], Answer],
        *,
        json_schema: Mapping[str, Any] | None = None,
        tokens: int | None = 300,
    ) -> Answer:
        self.asked.append((model, messages, json_schema))
        answer = self.answers.pop(0)
        if isinstance(answer, PromptopsError):
            raise answer
        return parse(answer if isinstance(answer, Reply) else Reply(answer))

    def file_text(self, name: str) -> str:
        if name not in self.files:
            raise SourceError("no such file beside the suite", where=name)
        return self.files[name]

    def notice(self, text: str) -> None:
        self.notices.append(text)

    def process(self, name: str, make: Callable[[], Process]) -> Process:
        return self.processes.get(name, make)

    def labels(self, case: str, output: str, criterion: str) -> tuple[Label, ...]:
        self.label_queries.append((case, output, criterion))
        return tuple(self.known)


def prompt(*inputs: str, schema: Mapping[str, Any] | None = None, text: str = "") -> Prompt:
    """A prompt with these inputs; without any, a plain one."""
    return Prompt(
        id="p",
        path=PurePosixPath("prompts/p.prompt.yml"),
        messages=(text_message("user", text),),
        inputs=tuple(Input(name) for name in inputs),
        json_schema={"name": "p", "schema": schema} if schema is not None else None,
        plain=not inputs,
    )


def criterion(kind: str, options: Mapping[str, Any], threshold: float = 1.0) -> Criterion:
    return Criterion("the criterion", KINDS[kind], options, threshold)


async def score_all(
    kind: str,
    options: Mapping[str, Any],
    subjects: Sequence[Subject],
    services: FakeServices | None = None,
    threshold: float = 1.0,
) -> list[Score]:
    """Every subject scored at the same time by one evaluator, which is closed at the end."""
    asked = criterion(kind, options, threshold)
    services = services or FakeServices()
    evaluators = reply_scoring.build_all([asked], services)
    try:
        one = evaluators[asked.name]
        return list(await asyncio.gather(*(reply_scoring.evaluate(one, asked, subject) for subject in subjects)))
    finally:
        await reply_scoring.close_all(evaluators.values())
        await services.processes.close()


def score(
    kind: str,
    options: Mapping[str, Any],
    reply: str | Reply = "",
    services: FakeServices | None = None,
    *,
    fields: Mapping[str, Any] | None = None,
    of: Prompt | None = None,
    cost: float | None = None,
    threshold: float = 1.0,
) -> Score:
    """From options and a reply to the score with `passed`."""
    whole = reply if isinstance(reply, Reply) else Reply(reply)
    subject = Subject(whole, Case("c1", fields or {}), of or prompt(), cost)
    return asyncio.run(score_all(kind, options, [subject], services, threshold))[0]


def calls(*pairs: tuple[str, str]) -> Reply:
    """A reply that calls functions: (name, arguments as JSON text)."""
    return Reply("", tool_calls=tuple(ToolCall(name, arguments) for name, arguments in pairs))


def used(output: int | None = None, input: int | None = None) -> Reply:
    return Reply("text", usage=Usage(input, output))
