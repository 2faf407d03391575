"""How often what is said is wrong, over simulated suites with fixed seeds; `make simulate` does the same at length."""

from __future__ import annotations

import random
from dataclasses import replace
from math import exp

import pytest

from promptops.evals.comparison import compare_models
from promptops.evals.gates import check_gates
from promptops.model.results import Sample
from tests.evals.factory import answered, gate, info, samples

NAMES = ("a", "b", "c", "d")


def side(rng: random.Random, arm: int, cases: int, usual: list[tuple[float, float]]) -> list[Sample]:
    """Four criteria that pass nine times of ten; cost and latency with a spread of 20% about each case's own."""
    made = answered(arm, {name: "".join("1" if rng.random() < 0.9 else "0" for _ in range(cases)) for name in NAMES})
    return [
        replace(one, cost=cost * exp(rng.gauss(0, 0.2)), latency=latency * exp(rng.gauss(0, 0.2)))
        for one, (cost, latency) in zip(made, usual, strict=True)
    ]


def test_of_versions_that_are_alike_hardly_any_is_called_better_worse_or_a_trade_off() -> None:
    rng, claims, words = random.Random(12), 0, 0
    for _ in range(120):
        usual = [(exp(rng.gauss(-6, 0.8)), exp(rng.gauss(0, 0.8))) for _ in range(24)]
        base, head = side(rng, 0, 24, usual), side(rng, 1, 24, usual)
        (found,) = compare_models({"small": (base, head)}, [info(name) for name in NAMES], {})
        claims += found.overall != "no difference shown"
        words += any(one.verdict in ("lower", "higher") for one in found.measures)
    assert claims <= 10  # 5% of 120 are 6
    assert words <= 8


@pytest.mark.parametrize(("drop", "wrong"), [(8, "failed"), (12, "passed")])
def test_a_true_drop_near_the_margin_is_rarely_called_what_it_is_not(drop: int, wrong: str) -> None:
    """With 8 points and a margin of 10, a quarter of the suites failed when zero was what they were tested against."""
    rng, found = random.Random(3), 0
    for _ in range(200):
        changes = [
            "fell" if (draw := rng.random()) < 0.05 + drop / 100 else "rose" if draw > 0.95 else "" for _ in range(60)
        ]
        base = "".join("0" if change == "rose" else "1" for change in changes)
        head = "".join("0" if change == "fell" else "1" for change in changes)
        (answer,) = check_gates([gate(no_worse_than_base=0.1)], [info()], "m", samples(0, q=base), samples(1, q=head))
        found += answer.status == wrong
    assert found <= 14  # 5% of 200 are 10


def test_a_true_rate_at_the_limit_is_rarely_called_above_or_below_it() -> None:
    rng, found = random.Random(7), {"passed": 0, "failed": 0, "undecided": 0}
    for _ in range(400):
        head = samples(1, q="".join("1" if rng.random() < 0.9 else "0" for _ in range(25)))
        (answer,) = check_gates([gate(at_least=0.9)], [info()], "m", None, head)
        found[answer.status] += 1
    assert found["passed"] <= 26
    assert found["failed"] <= 26
