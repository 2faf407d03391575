"""What evaluators may ask of a run: rendered texts, a judge, files beside the suite, labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from promptops.errors import EvalError, SourceError
from promptops.evals.engine.dispatch import Dispatcher, PricedReply
from promptops.evals.engine.shared_processes import SharedProcesses
from promptops.evals.evaluators.base import Answer, Process
from promptops.evals.plan import Plan
from promptops.evals.scoring_inputs import labels_by_output
from promptops.model.chat.message import Message
from promptops.model.chat.parameters import judge_parameters
from promptops.model.label import Label
from promptops.model.model_call import Reply, Request
from promptops.model.requests.schema_subset import INTERFACES, without_limits


class RunServices:
    """The Services of one run (see promptops.evals.evaluators.base)."""

    def __init__(self, plan: Plan, dispatcher: Dispatcher, processes: SharedProcesses) -> None:
        self._processes = processes
        self.plan, self.dispatcher, self.judgements = plan, dispatcher, 0
        self.notices: dict[str, None] = {}
        self._labels = labels_by_output(plan.scoring.labels)

    @property
    def judge(self) -> str:
        """The alias of the project's judge, empty when none is set."""
        return self.plan.scoring.judge

    @property
    def untrusted(self) -> bool:
        """Whether schemas and texts of the suite must not be worked out in this process."""
        return self.plan.untrusted

    def render(self, text: str, fields: Mapping[str, Any]) -> str:
        """A text of the suite filled from the case's fields, never from a model's output."""
        return self.plan.fillings["head"].text(text, fields)

    async def answer(
        self,
        model: str,
        messages: tuple[Message, ...],
        parse: Callable[[Reply], Answer],
        *,
        json_schema: Mapping[str, Any] | None = None,
        tokens: int | None = 300,
    ) -> Answer:
        """What `parse` makes of a reply, at the second try where the first reply was no answer."""
        request = self._request(model, messages, json_schema, tokens)
        try:
            return (await self._ask(request, parse))[0]
        except EvalError:
            # As another trial: all who wait for this answer share it, and a run that goes on finds both replies.
            answer, reply = await self._ask(replace(request, trial=1), parse)
        with self.dispatcher.stop.on_store_error():
            self.dispatcher.replies.keep(request.key, reply)  # the next run need not ask twice
        return answer

    def _request(
        self, model: str, messages: tuple[Message, ...], json_schema: Mapping[str, Any] | None, tokens: int | None
    ) -> Request:
        target = self.plan.targets.get(model)
        if target is None:
            raise EvalError(self.plan.scoring.unresolved.get(model, f"the judge's model '{model}' is not known"))
        if json_schema and target.spec.interface in INTERFACES:
            json_schema = {**json_schema, "schema": without_limits(json_schema["schema"])}
        return Request(
            model=target.spec,
            messages=messages,
            parameters=judge_parameters(target.spec, tokens),
            response_format="json_schema" if json_schema else "text",
            json_schema=json_schema,
            fingerprint=target.fingerprint,
        )

    async def _ask(self, request: Request, parse: Callable[[Reply], Answer]) -> tuple[Answer, Reply]:
        """The answer, and the reply it was read from. One out of the cache that is no answer is asked for anew."""
        key = request.key
        found = await self.dispatcher.ask(request, key)
        try:
            return self._parsed(found, key, parse)
        except EvalError:
            if not found.cached:
                raise
        return self._parsed(await self.dispatcher.ask(request, key), key, parse)

    def _parsed(self, found: PricedReply, key: str, parse: Callable[[Reply], Answer]) -> tuple[Answer, Reply]:
        self.judgements += 1
        try:
            return parse(found.reply), found.reply
        except EvalError:
            self.dispatcher.replies.reject(key, found.reply)
            raise

    def file_text(self, name: str) -> str:
        """The text of a file beside the suite, as it was when the run was planned."""
        scoring = self.plan.scoring
        if name not in scoring.files:
            raise SourceError(scoring.refused.get(name, "no such file beside the suite"), where=name)
        return scoring.files[name]

    def process(self, name: str, make: Callable[[], Process]) -> Process:
        """The process of this name, which all suites of the command share."""
        return self._processes.get(name, make)

    def notice(self, text: str) -> None:
        """Say something about the whole run, once."""
        self.notices.setdefault(text)

    def labels(self, case: str, output: str, criterion: str) -> tuple[Label, ...]:
        """What people said about this output of this case."""
        return tuple(self._labels.get((case, output, criterion), ()))
