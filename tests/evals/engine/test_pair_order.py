"""Base and head are asked in an order drawn by chance, the same for the same plan."""

from __future__ import annotations

from dataclasses import replace

import pytest

from promptops.evals.engine.pair_order import PlacedUnit, in_drawn_order
from promptops.evals.plan import Plan
from promptops.model.config import Limits
from promptops.model.model_call import Reply, Request
from promptops.model.suite import Case
from tests.evals.factory import carry_out, case, content, plan, suite, target, version

BASE = version("base", "Repeat {{ word }}")
CASES = [case(f"w{number}") for number in range(40)]
ALONE = Limits(concurrency=1)


def drawn(made: Plan, seed: str = "a") -> list[PlacedUnit]:
    return list(in_drawn_order(made.units, made.arms, seed))


def firsts(asked: list[PlacedUnit]) -> list[str]:
    """Which side of each pair is asked first: arms with an even number are bases."""
    return ["head" if one.unit.arm % 2 else "base" for one in asked[::2]]


def test_whoever_goes_first_is_drawn_and_each_side_goes_first_as_often() -> None:
    made = plan(suite(*CASES), version(), BASE)
    found = firsts(drawn(made))
    assert found.count("base") == found.count("head") == 20
    assert len(set(found[::2])) == 2  # not simply in turn
    assert all({one, two} == {"base", "head"} for one, two in zip(found[::2], found[1::2], strict=True))


def test_the_same_plan_is_asked_in_the_same_order_and_another_in_another() -> None:
    made = plan(suite(*CASES), version(), BASE)
    assert drawn(made) == drawn(made)
    assert firsts(drawn(made)) != firsts(drawn(made, "b"))


def test_pairs_stay_together_for_each_model_and_trial_and_every_unit_comes_once() -> None:
    made = plan(suite(*CASES, trials=3), version(), BASE, models=[target("small"), target("large")])
    asked = drawn(made)
    pairs = zip(asked[::2], asked[1::2], strict=True)
    for one, two in pairs:
        assert (one.unit.case, one.unit.trial) == (two.unit.case, two.unit.trial)
        assert {made.arms[each.unit.arm].side for each in (one, two)} == {"base", "head"}
        assert made.arms[one.unit.arm].model == made.arms[two.unit.arm].model
    assert [one.unit for one in sorted(asked, key=lambda one: one.place)] == list(made.units)


def test_a_case_that_only_the_head_can_be_asked_about_stands_alone() -> None:
    cases = [case(str(number), **({} if number % 2 else {"tone": "warm"})) for number in range(10)]
    made = plan(suite(*cases), version(), version("base", "{{ word }} {{ tone }}", "word", "tone"))
    asked = drawn(made)
    assert sorted(one.place for one in asked) == list(range(15))
    both = [one.unit.case.id for one in asked if one.unit.arm == 0]
    assert both == ["0", "2", "4", "6", "8"]


def test_a_run_asks_in_that_order_and_shows_its_samples_in_the_plan_s() -> None:
    seen: list[str] = []

    def script(request: Request) -> Reply:
        seen.append(content(request))
        return Reply("yes")

    made = plan(suite(*CASES), version(), BASE, models=[target(limits=ALONE)])
    ran = carry_out(made, script)
    expected = in_drawn_order(made.units, made.arms, made.digest)
    assert seen == [one.unit.request.messages[-1].content for one in expected if one.unit.request]
    assert [(one.case, one.arm) for one in ran.outcome.samples] == [(one.case.id, one.arm) for one in made.units]


@pytest.mark.parametrize("gain", [0.9, 0.5])
def test_whoever_goes_second_gains_nothing(gain: float) -> None:
    """Equal versions at an endpoint that answers the second call of a pair sooner: it knows the prefix."""
    for number in range(40):
        calls = 0

        def script(request: Request) -> Reply:
            nonlocal calls
            calls += 1
            return Reply("yes", latency=0.004 * (1 if calls % 2 else gain))

        cases = [Case(f"{number}-{place}", {"word": f"{number} {place}"}) for place in range(20)]
        head = replace(version(), closure=version(text="Say {{ word }} ").closure)
        made = plan(suite(*cases), head, version("base"), models=[target(limits=ALONE)])
        (latency,) = (one for one in carry_out(made, script).results.comparisons[0].measures if one.name == "latency")
        assert latency.verdict not in ("lower", "higher")
        assert latency.ratio == pytest.approx(1, abs=0.001)
