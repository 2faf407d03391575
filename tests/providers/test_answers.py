"""What an answer amounts to: a reply, thinking apart from it, or an error."""

from __future__ import annotations

from typing import Any

import pytest

from promptops.errors import ProviderBusyError, ProviderError, QuotaError
from promptops.model.chat.message import ToolCall
from promptops.model.model_call import Reply

from .clients import ask, failure
from .loopback import answer, completion, serving

pytestmark = pytest.mark.usefixtures("both_clients")
PART = {"type": "text", "text": "Yes."}
CALL = {"id": "1", "type": "function", "function": {"name": "add", "arguments": "{}"}}
ABNORMAL = [
    "content_filter", "length", "error", "max_tokens", "MAX_TOKENS", "safety", "SAFETY", "recitation", "abort",
    "insufficient_system_resource", "something new", "tool_calls", "refusal", None,
]  # fmt: skip


def ended(finish: str | None, text: str | None = "", **message: Any) -> dict[str, Any]:
    """A completion with this finish reason."""
    body = completion(text, **message)
    body["choices"][0]["finish_reason"] = finish
    return body


def reply_to(body: object) -> Reply:
    """The reply in this body."""
    with serving(answer(body)) as server:
        return ask(server.url)


@pytest.mark.parametrize("text", ["", " ", "\n\n\t", "\u00a0", "\u200b\ufeff", "\u00ad"])
@pytest.mark.parametrize("finish", ABNORMAL)
def test_case_43_blank_text_after_no_normal_end_is_an_error(finish: str | None, text: str) -> None:
    error = failure(answer(ended(finish, text)))
    assert f"finish reason: {finish or 'not given'}" in str(error)


@pytest.mark.parametrize("finish", ["stop", "STOP", "eos", "end_turn", "stop_sequence"])
def test_case_43_blank_text_after_a_normal_end_is_what_the_model_said(finish: str) -> None:
    assert reply_to(ended(finish, "")).text == ""


@pytest.mark.parametrize("finish", ["length", "content_filter", "max_tokens", "something new", None])
def test_case_43_text_that_came_is_a_reply_however_it_ended(finish: str | None) -> None:
    reply = reply_to(ended(finish, "Hel"))
    assert (reply.text, reply.finish_reason) == ("Hel", finish or "")


@pytest.mark.parametrize("finish", ["length", "tool_calls", "content_filter"])
def test_case_43_a_tool_call_needs_no_text(finish: str) -> None:
    assert reply_to(ended(finish, "", tool_calls=[CALL])).tool_calls == (ToolCall("add", "{}"),)
    assert reply_to(ended(finish, None, function_call=CALL["function"])).tool_calls == (ToolCall("add", "{}"),)


@pytest.mark.parametrize("text", ["", None, "  "])
@pytest.mark.parametrize("finish", ["stop", "content_filter", "refusal"])
def test_case_43_a_refusal_beside_no_text_is_what_the_model_said(finish: str, text: str | None) -> None:
    assert reply_to(ended(finish, text, refusal="I cannot help.")).text == "I cannot help."


def test_case_43_a_refusal_in_a_part_is_what_the_model_said() -> None:
    body = ended("stop", content=[{"type": "refusal", "refusal": "I cannot help."}])
    assert reply_to(body).text == "I cannot help."


@pytest.mark.parametrize("finish", ["error", "abort", "insufficient_system_resource", "network_error"])
def test_case_43_text_that_the_server_broke_off_is_no_reply(finish: str) -> None:
    error = failure(answer(ended(finish, "The answer is")))
    assert "broke the answer off" in str(error)
    assert isinstance(error, ProviderBusyError) == (finish == "insufficient_system_resource")


@pytest.mark.parametrize("text", ["", "partly"])
@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"message": "upstream failed", "code": 502}, ProviderBusyError),
        ({"message": "upstream failed", "code": "503"}, ProviderBusyError),
        ({"message": "slow down", "code": 429}, ProviderBusyError),
        ({"message": "slow down", "code": "rate_limit_exceeded"}, ProviderBusyError),
        ({"message": "busy", "type": "overloaded_error"}, ProviderBusyError),
        ({"message": "busy", "status": "UNAVAILABLE"}, ProviderBusyError),
        ({"message": "no credits", "code": 402}, QuotaError),
        ({"message": "no", "code": "insufficient_quota"}, QuotaError),
        ({"message": "flagged", "code": 403}, ProviderError),
        ({"message": "odd"}, ProviderError),
        ("just text", ProviderError),
    ],
)
def test_case_43_an_error_inside_a_choice_is_an_error(error: object, kind: type[ProviderError], text: str) -> None:
    body = ended("stop", text)
    body["choices"][0]["error"] = error
    assert type(failure(answer(body))) is kind


def test_case_43_an_error_inside_a_choice_needs_no_message_and_says_when_to_come_back() -> None:
    body = {"choices": [{"error": {"message": "slow down", "code": 429}, "finish_reason": "error"}]}
    error = failure(answer(body, headers={"Retry-After": "7"}))
    assert isinstance(error, ProviderBusyError)
    assert (error.retry_after, error.rate_limited) == (7.0, True)


@pytest.mark.parametrize("nothing", [None, {}, ""])
def test_an_empty_place_for_an_error_is_none(nothing: object) -> None:
    body = ended("stop", "Hello.")
    body["choices"][0]["error"] = nothing
    assert reply_to(body).text == "Hello."


# Thinking.


@pytest.mark.parametrize(
    ("message", "reasoning", "text"),
    [
        ({"content": "<think>Hm.</think>Yes."}, "Hm.", "Yes."),
        ({"content": "\n<think>\nHm.\n</think>\n\nYes.\n"}, "Hm.", "Yes.\n"),
        ({"content": "<think>\n\n</think>\n\nYes."}, "", "Yes."),
        ({"content": "<think>a</think><think>b</think>Yes."}, "a\n\nb", "Yes."),
        ({"content": "Yes <think>Hm.</think>"}, "", "Yes <think>Hm.</think>"),
        ({"content": "Hm.</think>Yes."}, "", "Hm.</think>Yes."),
        ({"content": "Yes.", "reasoning_content": "Hm."}, "Hm.", "Yes."),
        ({"content": "Yes.", "reasoning": "Hm."}, "Hm.", "Yes."),
        ({"content": "Yes.", "reasoning": {"effort": "low"}}, "", "Yes."),
        ({"content": "Yes.", "reasoning_content": None}, "", "Yes."),
        ({"content": "Yes.", "reasoning_details": [{"type": "reasoning.text", "text": "Hm."}]}, "Hm.", "Yes."),
        ({"content": "<think>Hm.</think>Yes.", "reasoning_content": "Hm."}, "Hm.", "Yes."),
        (
            {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}, PART]},
            "Hm.",
            "Yes.",
        ),
        ({"content": "Yes.", "reasoning_content": "half \ud83d"}, "half \ufffd", "Yes."),
    ],
)  # fmt: skip
def test_thinking_is_kept_apart_from_the_text(message: dict[str, Any], reasoning: str, text: str) -> None:
    body = completion()
    body["choices"][0]["message"] = message
    reply = reply_to(body)
    assert (reply.reasoning, reply.text) == (reasoning, text)


@pytest.mark.parametrize("text", ["<think>First, I will", "<think>a</think>\n<think>First, I will", "<think>"])
@pytest.mark.parametrize("finish", ["length", "stop", None])
def test_case_43_thinking_without_an_end_is_no_answer(finish: str | None, text: str) -> None:
    error = failure(answer(ended(finish, text)))
    assert ("no text, only thinking" in str(error)) == (text != "<think>")
    assert ("max_tokens" in error.hint) == (finish == "length")


def test_case_43_reasoning_content_alone_that_was_cut_is_no_answer() -> None:
    assert "no text, only thinking" in str(failure(answer(ended("length", "", reasoning_content="First"))))


def test_tool_calls_after_thinking_are_a_reply() -> None:
    reply = reply_to(ended("tool_calls", "<think>Add.</think>", tool_calls=[CALL]))
    assert (reply.text, reply.reasoning, len(reply.tool_calls)) == ("", "Add.", 1)
