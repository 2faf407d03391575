"""A plan's requests are rendered as the run wants them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from promptops.evals.engine.runner import BATCH, RunProgress
from promptops.evals.plan import Plan
from promptops.model.chat.message import Message
from promptops.model.config import Limits
from promptops.model.model_call import Reply, Request
from promptops.model.suite import Case
from promptops.templating.renderer_protocol import CaseRenderer
from tests.evals.factory import carry_out, case, echo, plan, suite, target, version
from tests.store.memory import MemoryReplyCache

CASES = 4 * BATCH + 7


class Counted:
    """Counts the cases that it renders."""

    def __init__(self, filling: CaseRenderer, may_wait: bool) -> None:
        self.filling, self.cases, self.may_wait = filling, 0, may_wait

    def render(self, values: Mapping[str, Any]) -> tuple[Message, ...]:
        return self.filling.render(values)

    def render_case(self, case: Case) -> tuple[Message, ...]:
        self.cases += 1
        return self.filling.render_case(case)

    def text(self, template: str, fields: Mapping[str, Any]) -> str:
        return self.filling.text(template, fields)


def counted(*, untrusted: bool = False) -> tuple[Plan, Counted]:
    made = plan(suite(*map(case, map(str, range(CASES)))), models=[target(limits=Limits(concurrency=4))])
    head = Counted(made.fillings["head"], untrusted)
    return replace(made, fillings={"head": head}, untrusted=untrusted), head


@pytest.mark.parametrize("untrusted", [False, True])
def test_the_first_call_waits_for_one_batch_only_and_every_case_is_rendered_once(untrusted: bool) -> None:
    made, head = counted(untrusted=untrusted)
    rendered: list[int] = []

    def script(request: Request) -> Reply:
        rendered.append(head.cases)
        return Reply(request.messages[0].text)

    ran = carry_out(made, script)
    assert head.cases == CASES
    assert rendered[0] == BATCH
    assert rendered[-1] == CASES
    assert [sample.case for sample in ran.outcome.samples] == [one.id for one in made.suite.cases]
    assert len(ran.results.rendered) == CASES
    assert head.cases == CASES


def test_the_cache_is_asked_once_for_each_batch() -> None:
    class Watched(MemoryReplyCache):
        def get_many(self, keys: Sequence[str]) -> dict[str, Reply]:
            sizes.append(len(keys))
            return super().get_many(keys)

    sizes: list[int] = []
    carry_out(counted()[0], cache=Watched())
    assert sizes == [BATCH] * 4 + [7]


def test_a_stopped_run_shows_also_what_it_did_not_come_to() -> None:
    made, _ = counted()
    ran = carry_out(made, max_cost=0.05)
    assert ran.outcome.stopped
    assert len(ran.outcome.samples) < BATCH
    assert len(ran.results.rendered) == len(ran.results.cases) == ran.results.calls.planned == CASES
    assert all(one.sides == ("head",) for one in ran.results.cases)


def test_how_much_there_is_to_do_falls_by_what_only_one_side_can_be_asked() -> None:
    cases = [case(str(number), **({} if number % 2 else {"tone": "warm"})) for number in range(10)]
    made = plan(suite(*cases), version(), version("base", "{{ word }} {{ tone }}", "word", "tone"))
    assert made.size == 20
    seen: list[RunProgress] = []
    ran = carry_out(made, echo, watch=seen.append)
    assert made.size == len(ran.outcome.samples) == ran.results.calls.planned == 15
    assert (seen[-1].done, seen[-1].total) == (15, 15)
