"""`not: true` of every kind: what would pass fails, and what cannot be answered stays so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from promptops.evals.registry import KINDS
from promptops.model.chat.message import ToolCall
from promptops.model.label import Label
from promptops.model.model_call import Reply, Usage

from .fakes import FakeServices, prompt, score

REPLY = Reply("29 people", (ToolCall("find", '{"a": 1}'),), Usage(5, 5), latency=1.0, finish_reason="stop", model="m")
CODE = "def f(reply, case):\n    return 'people' in reply\n"
OPTIONS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    # kind: options that the reply fits, and options that it does not fit
    "string": ({"contains": "people"}, {"contains": "cats"}),
    "number": ({"equals": 29}, {"equals": 30}),
    "json": ({"path": "a", "equals": 1}, {"path": "a", "equals": 2}),
    "schema": ({"schema": {"type": "object"}}, {"schema": {"type": "array"}}),
    "length": ({"maxWords": 2}, {"maxWords": 1}),
    "finish": ({"equals": "stop"}, {"equals": "length"}),
    "tool": ({"name": "find", "arguments": {"a": 1}}, {"name": "book"}),
    "latency": ({"maxSeconds": 2}, {"maxSeconds": 0.5}),
    "cost": ({"maxUsd": 2}, {"maxUsd": 0.5}),
    "tokens": ({"maxOutput": 5}, {"maxOutput": 4}),
    "python": ({"file": "c.py", "function": "f"}, {"file": "d.py", "function": "f"}),
    "judge": ({"question": "Is it?"}, {"question": "Is it?", "pass": "no"}),
    "llm": (
        {"prompt": "Is it? {{completion}}", "choices": [{"choice": "yes", "score": 1}]},
        {"prompt": "Is it? {{completion}}", "choices": [{"choice": "no", "score": 1}]},
    ),
    "human": ({"question": "Is it?"}, {"question": "Is it?"}),
    "uses": ({"uses": "github/coherence"}, {"uses": "github/fluency"}),
}
JUDGED = '{"reason": "so it is", "verdict": "yes"}'


def answer(kind: str, options: dict[str, Any], *, fits: bool) -> Any:
    reply = Reply('{"a": 1}') if kind in ("json", "schema") else REPLY
    answers: list[Any] = ["yes"] if kind == "llm" else [JUDGED]
    if kind == "uses":
        answers = [json.dumps({"reason": "so it is", "stars": 5 if fits else 1})]
    said = [Label("c1", "d", "the criterion", "pass" if fits else "fail", "@ana")]
    services = FakeServices(answers=answers, files={"c.py": CODE, "d.py": CODE.replace("people", "cats")}, known=said)
    return score(kind, options, reply, services, cost=1.0, of=prompt("x", schema={"type": "object"}))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fits", [True, False])
def test_not_turns_every_kind_round(kind: str, fits: bool) -> None:
    options = OPTIONS[kind][0 if fits else 1]
    plain, negated = answer(kind, options, fits=fits), answer(kind, {**options, "not": True}, fits=fits)
    assert (plain.status, plain.passed) == ("scored", fits)
    assert (negated.status, negated.passed) == ("scored", not fits)
    assert negated.value == pytest.approx(1 - plain.value)
    assert negated.reason.startswith("should not") is fits


@pytest.mark.parametrize(
    ("kind", "options", "reply", "services", "status"),
    [
        ("latency", {"maxSeconds": 1}, Reply("x"), FakeServices(), "error"),
        ("cost", {"maxUsd": 1}, Reply("x"), FakeServices(), "error"),
        ("tokens", {"maxOutput": 1}, Reply("x"), FakeServices(), "error"),
        ("string", {"contains": "{{ gone }}"}, Reply("x"), FakeServices(), "error"),
        ("schema", {}, Reply("{}"), FakeServices(), "error"),
        ("python", {"file": "c.py", "function": "f"}, Reply("x"), FakeServices(files={"c.py": "1 / 0"}), "error"),
        ("judge", {"question": "?"}, Reply("x"), FakeServices(answers=["prose", "prose"]), "error"),
        ("human", {"question": "?"}, Reply("x"), FakeServices(), "waiting"),
    ],
)
def test_what_has_no_answer_has_none_turned_round(
    kind: str, options: dict[str, Any], reply: Reply, services: FakeServices, status: str
) -> None:
    result = score(kind, {**options, "not": True}, reply, services)
    assert (result.status, result.passed, result.value) == (status, None, None)


@pytest.mark.parametrize(
    ("kind", "options", "reason"),
    [
        ("number", {"equals": 30}, "contains 29"),
        ("finish", {"equals": "length"}, "ended by itself"),
        ("tool", {"name": "book", "arguments": {"a": 1}}, "calls find"),
        ("string", {"contains": "cats"}, ""),
        ("json", {"path": "a"}, "the reply is not JSON: other text follows the JSON: 'people'"),
    ],
)
def test_a_reply_that_passes_is_not_told_what_was_expected(kind: str, options: dict[str, Any], reason: str) -> None:
    result = score(kind, {**options, "not": True}, REPLY)
    assert result.passed is True
    assert result.reason == reason


def test_a_threshold_is_looked_at_before_the_answer_is_turned() -> None:
    options = {"maxWords": 1, "maxCharacters": 99, "not": True}
    assert score("length", options, "two words", threshold=0.5).passed is False
    assert score("length", options, "two words", threshold=0.9).passed is True


def test_a_function_that_must_not_be_called_is_called_whatever_its_arguments() -> None:
    broken = Reply("", (ToolCall("refund", "{broken"),))
    result = score("tool", {"name": "refund", "not": True}, broken)
    assert (result.passed, result.reason) == (False, "should not call refund")
    assert score("tool", {"name": "search", "not": True}, broken).passed


def test_says_what_must_not_be() -> None:
    assert score("string", {"contains": "sorry", "not": True}, "Sorry!").reason == "should not contain 'sorry'"
    assert score("json", {"path": "a", "equals": 1, "not": True}, '{"a": 1}').reason == "should not have 1 as a"
    assert score("length", {"maxWords": 2, "not": True}, "one two").reason == "should not be so, but is"
