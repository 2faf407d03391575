from __future__ import annotations

from typing import Any

import pytest

from promptops.errors import PromptError, ProviderError

from .fakes import FakeServices, score

OPTIONS: dict[str, Any] = {
    "modelId": "openai/gpt-4o",
    "prompt": "Q: {{input}} A: {{completion}}",
    "choices": [{"choice": "1", "score": 0.0}, {"choice": "2", "score": 0.25}, {"choice": "5", "score": 1.0}],
}


@pytest.mark.parametrize(
    ("said", "value", "passed"),
    [
        ("1", 0, False),
        ("2", 0.25, True),
        (" 5 \n", 1, True),
        ("5 or 2", 0.25, True),  # the first choice in the list, not in the answer
        ("15", 0, False),  # a substring is enough
        ("none of them", 0, False),
    ],
)
def test_githubs_choices(said: str, value: float, passed: bool) -> None:
    result = score("llm", OPTIONS, "r", FakeServices(answers=[said]), fields={"input": "i"})
    assert (result.status, result.value, result.passed) == ("scored", value, passed)
    assert result.reason


def test_choices_ignore_case() -> None:
    choices = [{"choice": "GOOD", "score": 1}, {"choice": "bad", "score": 0}]
    options = {"prompt": "x", "choices": choices}
    assert score("llm", options, "r", FakeServices(answers=["that is good"])).passed
    assert score("llm", options, "r", FakeServices(answers=["BAD"])).passed is False


def test_passes_above_zero_whatever_the_threshold() -> None:
    result = score("llm", OPTIONS, "r", FakeServices(answers=["2"]), fields={"input": "i"}, threshold=0.9)
    assert result.passed


@pytest.mark.parametrize(("said", "value", "passed"), [("one", 0.2, True), ("five", 1, True), ("minus", 0, False)])
def test_scores_of_another_scale_are_shares_of_the_largest(said: str, value: float, passed: bool) -> None:
    choices = [{"choice": "one", "score": 1}, {"choice": "five", "score": 5}, {"choice": "minus", "score": -1}]
    result = score("llm", {"prompt": "x", "choices": choices}, "r", FakeServices(answers=[said]))
    assert (result.value, result.passed) == (value, passed)
    assert "score" in result.reason


@pytest.mark.parametrize("jinja", [False, True])
def test_case_23_braces_in_reply_and_case_are_not_filled_again(jinja: bool) -> None:
    services = FakeServices(answers=["1"], jinja=jinja)
    fields = {"input": "{{completion}} {{secret}}", "secret": "s3", "completion": "a field of the case"}
    score("llm", {**OPTIONS, "systemPrompt": "S {{input}}"}, " {{input}} {{ 7*7 }}{% x ", services, fields=fields)
    model, messages, schema = services.asked[0]
    assert (model, schema) == ("openai/gpt-4o", None)
    assert [(m.role, m.content) for m in messages] == [
        ("system", "S {{input}}"),
        ("user", "Q: {{completion}} {{secret}} A: {{input}} {{ 7*7 }}{% x"),
    ]


def test_without_a_model_the_projects_judge_answers() -> None:
    services = FakeServices(answers=["1"])
    options = {key: value for key, value in OPTIONS.items() if key != "modelId"}
    score("llm", options, "r", services, fields={"input": "i"})
    assert services.asked[0][0] == "small"
    assert "judge: small" in score("llm", options, "r", FakeServices(judge=""), fields={"input": "i"}).reason


def test_case_19_a_judge_without_words_or_out_of_reach_is_an_error() -> None:
    for nothing in ("", "  \n", ProviderError("no reply")):
        result = score("llm", OPTIONS, "r", FakeServices(answers=[nothing]), fields={"input": "i"})
        assert (result.status, result.passed) == ("error", None)


@pytest.mark.parametrize(
    "change", [{"choices": []}, {"prompt": " "}, {"choices": [{"choice": "a", "score": float("nan")}]}]
)
def test_options_that_make_no_sense_are_refused_before_the_run(change: dict[str, Any]) -> None:
    with pytest.raises(PromptError):
        score("llm", {**OPTIONS, **change}, "r")
