from __future__ import annotations

from typing import Literal

import pytest

from promptops.model.canonical_json import digest
from promptops.model.label import Label

from .fakes import FakeServices, score

OPTIONS = {"question": "Would you forward this?"}


def label(verdict: Literal["pass", "fail"], who: str = "", when: str = "", why: str = "") -> Label:
    return Label("c1", "sha256:…", "the criterion", verdict, who, when, why)


@pytest.mark.parametrize(
    ("labels", "status", "passed"),
    [
        ([], "waiting", None),
        ([label("pass")], "scored", True),
        ([label("fail")], "scored", False),
        ([label("pass"), label("fail")], "waiting", None),
        ([label("pass"), label("fail"), label("pass")], "scored", True),
        ([label("fail", "Ana", "2026-01-02"), label("pass", "Ana", "2026-01-03")], "scored", True),
        ([label("fail", "Ana", "2026-01-03"), label("pass", "Ana", "2026-01-02")], "scored", False),
        ([label("pass", "Ana"), label("pass", "Ana"), label("fail", "Tom")], "waiting", None),
    ],
)
def test_the_majority_of_people_decides(labels: list[Label], status: str, passed: bool | None) -> None:
    result = score("human", OPTIONS, "a reply", FakeServices(known=labels))
    assert (result.status, result.passed) == (status, passed)
    assert result.value == (None if passed is None else float(passed))
    assert result.reason


def test_asks_for_labels_of_this_very_text() -> None:
    services = FakeServices()
    result = score("human", OPTIONS, " a reply\n", services)
    assert result.reason == "waiting for a person"
    assert services.label_queries == [("c1", digest(" a reply\n"), "the criterion")]


def test_says_why() -> None:
    labels = [label("fail", "Ana", why="too long"), label("fail", "Tom"), label("pass", "Eve", why="short")]
    assert score("human", OPTIONS, "x", FakeServices(known=labels)).reason == "2 of 3 people say fail: too long"
