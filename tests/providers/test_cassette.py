"""The cassette: written the same way each time, read with the line that is wrong, and never quietly out of date."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

import pytest

from promptops.errors import PromptError, ProviderError
from promptops.model.chat.message import Message, ToolCall
from promptops.model.model_call import Reply, Request, Usage
from promptops.providers.cassette import CassetteEntry, CassetteProvider, cassette_key, dump_cassette, make_entry

from .loopback import request_for, spec_for

PATH = PurePosixPath("evals/a.replies.jsonl")
SPEC = spec_for("http://127.0.0.1:1/v1")
REPLY = Reply("Grüße", (ToolCall("f", "{}"),), Usage(12, 3), 1.25, "stop", "m-2026", attempts=3)


def line(**changes: Any) -> str:
    data: dict[str, Any] = {"case": "one", "request": "sha256:00", "reply": {"text": "Hi"}}
    return json.dumps({key: value for key, value in (data | changes).items() if value is not None})


def test_a_recorded_reply_comes_back_without_the_runs_own_figures() -> None:
    request = request_for(SPEC)
    replies = CassetteProvider.load(dump_cassette([make_entry("one", request, REPLY)]), PATH)
    assert asyncio.run(replies.complete(request)) == replace(REPLY, attempts=1, model="m")
    asyncio.run(replies.close())


def test_the_key_is_of_what_the_model_sees_not_of_where_it_is() -> None:
    request = request_for(SPEC, parameters={"a": 1})
    elsewhere = replace(SPEC, alias="other", base_url="https://example.org", provider="recorded", api_key_env="K")
    assert cassette_key(request) == cassette_key(replace(request, model=elsewhere, fingerprint="x"))
    different: list[Request] = [
        replace(request, messages=(Message("system", "Hi"),)),
        replace(request, messages=(Message("user", "Hi "),)),
        replace(request, parameters={"a": 2}),
        replace(request, tools=({"type": "function"},)),
        replace(request, response_format="json_object"),
        replace(request, json_schema={"name": "x"}),
        replace(request, model=replace(SPEC, model="m2")),
        replace(request, trial=1),
    ]
    assert len({cassette_key(one) for one in [request, *different]}) == len(different) + 1


def test_a_request_that_was_not_recorded_is_an_error_that_says_how() -> None:
    replies = CassetteProvider.load(dump_cassette([make_entry("one", request_for(SPEC), REPLY)]), PATH)
    with pytest.raises(ProviderError, match="changed since it was recorded") as caught:
        asyncio.run(replies.complete(request_for(SPEC, "Something else")))
    assert "promptops eval SUITE --record" in caught.value.hint


def test_the_text_is_the_same_whatever_the_order() -> None:
    entries = [CassetteEntry(case, f"sha256:{case}{trial}", REPLY, trial) for case in "ba" for trial in (1, 0)]
    text = dump_cassette(entries, note="by hand")
    assert text == dump_cassette(reversed(entries), note="by hand")
    first, *rest = [json.loads(row) for row in text.splitlines()]
    assert first == {"format": "promptops-replies/1", "note": "by hand"}
    assert [(row["case"], row["trial"]) for row in rest] == [("a", 0), ("a", 1), ("b", 0), ("b", 1)]
    assert "Grüße" in text
    assert dump_cassette(CassetteProvider.load(text, PATH).entries, note="by hand") == text


def test_the_digest_is_of_the_replies_alone() -> None:
    entries = [CassetteEntry("a", "1", Reply("x")), CassetteEntry("b", "2", Reply("y"))]
    digest = CassetteProvider(entries).digest
    assert digest == CassetteProvider.load(dump_cassette(reversed(entries), note="n"), PATH).digest
    assert digest != CassetteProvider([entries[0], replace(entries[1], reply=Reply("z"))]).digest


def test_a_hand_written_file_needs_neither_header_nor_trial_nor_usage() -> None:
    (entry,) = CassetteProvider.load(f"\n{line(by='hand')}\n\n", PATH).entries
    assert entry == CassetteEntry("one", "sha256:00", Reply("Hi"), 0, "hand", "")


def test_line_separators_inside_a_text_do_not_end_the_line() -> None:
    entry = CassetteEntry("a", "1", Reply("one\u2028two\u0085three\x0cfour\r\nfive"))
    assert CassetteProvider.load(dump_cassette([entry]), PATH).entries == (entry,)


def test_two_cases_may_ask_the_same() -> None:
    text = f"{line(case='one')}\n{line(case='two')}\n"
    assert len(CassetteProvider.load(text, PATH).entries) == 2


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{", "not a line of JSON"),
        ("[" * 100_000, "not a line of JSON"),
        ("[]", "not a JSON object"),
        (line(request=None), "'request' is missing"),
        (line(reply=None), "'reply' is missing"),
        (line(reply={}), "'text' is missing"),
        (line(reply="Hi"), "not a recorded reply"),
        (line(reply={"text": "x", "usage": [1]}), "not a recorded reply"),
        (line(reply={"text": 3}), "not a recorded reply: 'text' is not text"),
        (line(reply={"text": "x", "latency": "1"}), "not a recorded reply: 'latency' is not a number of seconds"),
        (line(reply={"text": "x", "tool_calls": ["f"]}), "not a recorded reply: a tool call is not a mapping"),
        (line(by="robot"), "hand or recorded"),
        (line(trial="1"), "whole number"),
        (line(reply={"text": "another"}), "line 2 has another reply to the same request"),
        (line(format="promptops-replies/9"), ""),
    ],
)
def test_what_is_wrong_is_told_with_its_line(row: str, said: str) -> None:
    if not said:
        CassetteProvider.load(f"{line()}\n{row}", PATH)  # `format` counts in the first line only
        return
    with pytest.raises(PromptError) as caught:
        CassetteProvider.load(f'{{"format": "promptops-replies/1"}}\n{line()}\n{row}\n', PATH)
    assert said in str(caught.value)
    assert caught.value.where == "evals/a.replies.jsonl:3"


def test_a_newer_format_is_refused() -> None:
    with pytest.raises(PromptError, match="promptops-replies/9"):
        CassetteProvider.load('{"format": "promptops-replies/9"}', PATH)


def test_case_43_a_recorded_answer_without_text_that_was_cut_is_no_reply() -> None:
    request = request_for(SPEC)
    recorded = json.dumps(
        {"case": "one", "request": cassette_key(request), "reply": {"text": "", "finish_reason": "length"}}
    )
    replies = CassetteProvider.load(recorded, PATH)
    with pytest.raises(ProviderError, match=r"has no text \(finish reason: length\)"):
        asyncio.run(replies.complete(request))


def test_what_a_model_thought_is_recorded_and_taken_out_of_older_recordings() -> None:
    request = request_for(SPEC)
    thought = replace(REPLY, reasoning="Hm.", usage=Usage(12, 3, 2, 8))
    text = dump_cassette([make_entry("one", request, thought)])
    assert asyncio.run(CassetteProvider.load(text, PATH).complete(request)).reasoning == "Hm."
    older = line(request=cassette_key(request), reply={"text": "<think>Hm.</think>Yes."})
    reply = asyncio.run(CassetteProvider.load(older, PATH).complete(request))
    assert (reply.text, reply.reasoning) == ("Yes.", "Hm.")
