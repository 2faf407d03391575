from __future__ import annotations

import dataclasses
import json
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.model.canonical_json import canonical_json, digest
from promptops.model.chat.message import Message, ToolCall
from promptops.model.chat.message_template import TemplateText, TextOrigin
from promptops.model.config import Limits, ModelSpec, Prices
from promptops.model.finding import START, Finding, Span
from promptops.model.model_call import Reply, Request, Usage, reply_from_data, reply_to_data
from promptops.model.revision import Revision

MODEL = ModelSpec("small", "openai", "m", "https://x/v1")
REQUEST = Request(
    MODEL,
    (Message("system", "a"), Message("user", "b")),
    {"temperature": 0.5, "max_tokens": 3},
    ({"type": "function", "function": {"name": "f"}},),
    "json_schema",
    {"name": "s", "schema": {"type": "object"}},
    1,
    "",
)


def changed(**fields: Any) -> str:
    return dataclasses.replace(REQUEST, **fields).key


CHANGES: dict[str, dict[str, Any]] = {
    "provider": {"model": dataclasses.replace(MODEL, provider="local")},
    "model": {"model": dataclasses.replace(MODEL, model="n")},
    "address": {"model": dataclasses.replace(MODEL, base_url="https://y/v1")},
    "text": {"messages": (Message("system", "a"), Message("user", "c"))},
    "role": {"messages": (Message("developer", "a"), Message("user", "b"))},
    "order": {"messages": (Message("user", "b"), Message("system", "a"))},
    "join": {"messages": (Message("system", "ab"), Message("user", ""))},
    "parameter": {"parameters": {"temperature": 0.6, "max_tokens": 3}},
    "no parameter": {"parameters": {"temperature": 0.5}},
    "tools": {"tools": ()},
    "format": {"response_format": "json_object"},
    "schema": {"json_schema": None},
    "trial": {"trial": 2},
    "fingerprint": {"fingerprint": "sha256:1"},
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_reply_key_changes_with(change: str) -> None:
    assert changed(**CHANGES[change]) != REQUEST.key


def test_all_changes_give_different_keys() -> None:
    assert len({REQUEST.key, *(changed(**fields) for fields in CHANGES.values())}) == len(CHANGES) + 1


def test_the_reply_key_stays_with_titles_prices_places_and_orders() -> None:
    other = dataclasses.replace(MODEL, alias="other", api_key_env="KEY", prices=Prices(1, 2), limits=Limits(1))
    moved = tuple(Message(m.role, m.content) for m in REQUEST.messages)
    assert changed(model=other, messages=moved, parameters={"max_tokens": 3, "temperature": 0.5}) == REQUEST.key


def test_every_field_of_a_request_is_in_the_key() -> None:
    covered = {name for fields in CHANGES.values() for name in fields}
    assert covered == {field.name for field in dataclasses.fields(Request)}


def test_the_reply_key_is_the_same_in_every_release() -> None:
    # Caches and recorded replies are found by it.
    assert REQUEST.key == "sha256:14eece781ed6d07d17e36a6d09bdf97f1101032d3fb2676a30353249d4388b72"


def test_canonical_json() -> None:
    assert canonical_json({"b": [1, 1.5, None, True], "a": {"é": "😀", "B": ""}}) == (
        '{"a":{"B":"","é":"😀"},"b":[1,1.5,null,true]}'.encode()
    )
    assert canonical_json("\ud800") == b'"\xed\xa0\x80"'
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest([1, 2]) != digest([2, 1])
    assert digest("") == "sha256:12ae32cb1ec02d01eda3581b127c1fee3b0dc53572ed6baf239721a03d82e126"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_canonical_json_loses_nothing_and_is_stable(value: Any) -> None:
    written = canonical_json(value)
    again = json.loads(written.decode("utf-8", "surrogatepass"))
    assert again == value
    assert canonical_json(again) == written


replies = st.builds(
    Reply,
    text=st.text(),
    tool_calls=st.lists(st.builds(ToolCall, st.text(), st.text()), max_size=2).map(tuple),
    usage=st.builds(Usage, *[st.none() | st.integers(0)] * 5),
    latency=st.none() | st.floats(0, 1000),
    finish_reason=st.text(),
    model=st.text(),
    attempts=st.integers(1, 9),
)


@given(replies)
def test_a_reply_survives_being_written(reply: Reply) -> None:
    assert reply_from_data(json.loads(json.dumps(reply_to_data(reply)))) == reply


def test_a_reply_that_took_no_time_was_measured() -> None:
    assert reply_from_data(reply_to_data(Reply("x", latency=0.0))).latency == 0.0
    assert reply_to_data(Reply("x")) == {"text": "x"}


WRONG: list[dict[str, Any]] = [
    {"tool_calls": [{}]}, {"tool_calls": 3}, {"tool_calls": ["f"]}, {"tool_calls": {"name": "f"}},
    {"tool_calls": [{"name": "f", "arguments": {}}]}, {"tool_calls": [{"name": 1, "arguments": "{}"}]},
    {"usage": [1]}, {"usage": {"input_tokens": "3"}}, {"usage": {"output_tokens": -1}},
    {"usage": {"input_tokens": 1.5}}, {"usage": {"input_tokens": True}},
    {"latency": "1"}, {"latency": -1}, {"latency": float("nan")}, {"latency": 10**400}, {"latency": True},
    {"attempts": "many"}, {"attempts": 1.5}, {"finish_reason": None}, {"model": 3},
]  # fmt: skip


@pytest.mark.parametrize("data", [[], "x", None, {}, {"text": None}, {"text": 3}, *({"text": "x"} | w for w in WRONG)])
def test_other_data_is_no_reply(data: Any) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        reply_from_data(data)


def test_findings_are_sorted_by_place() -> None:
    places = [("a", 9, "P1"), ("a", 9, "P2"), ("a", 10, "P1"), ("b", 1, "P1")]
    made = [Finding(PurePosixPath(path), Span.at(line, 1), code, "m") for path, line, code in reversed(places)]
    assert [(str(f.path), f.span.line, f.code) for f in sorted(made, key=Finding.sort_key)] == places
    assert Span.at(2, 3, 4) == Span(2, 3, 2, 7)
    assert START == (1, 1, 1, 1)


def test_an_origin_moves_places_of_a_text_into_its_file() -> None:
    assert TextOrigin(5, 7).span(1, 1) == Span(5, 7, 5, 8)
    assert TextOrigin(5, 7).span(3, 4, 2) == Span(7, 10, 7, 12)
    assert TextOrigin(5, 7, exact=False).span(3, 4, 2) == Span(5, 7, 5, 8)
    assert TextOrigin(5, 7).line_of(2) == 6
    assert TemplateText("user", "x", TextOrigin(1, 1)) == TemplateText("user", "x", TextOrigin(2, 2))


@pytest.mark.parametrize(
    ("revision", "label"),
    [
        (Revision(), "uncommitted"),
        (Revision("4f2a91c" + "0" * 33), "4f2a91c"),
        (Revision("4f2a91c" + "0" * 33, True), "4f2a91c + edits"),
    ],
)
def test_a_revision_has_a_short_label(revision: Revision, label: str) -> None:
    assert revision.label == label
