"""Whatever an application passes as a history is messages that can be sent, or one RenderError that says why not."""

from __future__ import annotations

import json
from datetime import date
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from promptops.errors import RenderError
from promptops.model.chat.media import Media
from promptops.model.chat.message import Message, ToolCall
from promptops.model.prompt import Input, Prompt
from promptops.model.requests.chat_completions import as_dicts
from promptops.templating.chat.chat_values import read_chat_values
from promptops.templating.chat.media_values import media_of_application

PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)
PROMPT = Prompt("p", PurePosixPath("p"), (), inputs=(Input("history", {"type": "messages"}, True, None),))


def read(value: Any) -> tuple[Message, ...]:
    return read_chat_values(PROMPT, {"history": value}, media_of_application, "p").histories["history"]


def with_arguments(arguments: Any) -> list[dict[str, Any]]:
    return [{"role": "assistant", "tool_calls": [{"id": "c", "name": "f", "arguments": arguments}]}]


def deep(count: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(count):
        found = {"a": found}
    return found


class Broken:
    def model_dump(self, **_: Any) -> Any:
        raise TypeError("of the application")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (with_arguments(deep(100_000)), "message 1: the arguments of its call 'f' are not JSON"),
        (with_arguments(deep(60)), "nested more than 50 levels deep"),
        (with_arguments({"on": date(2026, 1, 1)}), "the arguments of its call 'f' are not JSON"),
        (with_arguments({"x": float("nan")}), "NaN is not a value"),
        (with_arguments("NaN"), "NaN is not a value"),
        (with_arguments('{"x": "\\ud800"}'), "only half of a character"),
        (with_arguments("5"), "the arguments of its call 'f' are not a JSON object"),
        (with_arguments(None), "the arguments of its call 'f' are not JSON"),
        ([Broken()], "message 1: it cannot be read as data: TypeError"),
        ([Broken], "message 1: it is not a group with role and content"),
        ([{"role": "user", "content": []}], "message 1: it has no content"),
        ([Message("wizard", "hi")], "message 1: 'wizard' is not a role"),
        ([Message("user", 5)], "message 1: its content is neither a text nor a list of parts"),  # type: ignore[arg-type]
        ([Message("user", "\ud800")], "half of a character"),
        ([Message("assistant", "", ("f",))], "message 1: it is not a group"),  # type: ignore[arg-type]
        ([Message("assistant", "", (ToolCall("f", "{"),))], "a call of a tool needs an id and a name"),
    ],
)
def test_what_could_not_be_sent_is_told(value: Any, words: str) -> None:
    with pytest.raises(RenderError, match=r"the input 'history' does not fit: message 1") as caught:
        read(value)
    assert words in str(caught.value)


def test_messages_of_a_filled_prompt_are_a_history_again() -> None:
    picture = Media("image", "image/png", PNG)
    call = ToolCall("find", '{"id": 5}', "call_1")
    said = (Message("user", ("See", picture)), Message("assistant", "", (call,)), Message("tool", "No.", (), "call_1"))
    assert read(said) == said


def test_a_refusal_is_what_the_assistant_said() -> None:
    assert read([{"role": "assistant", "content": None, "refusal": "I cannot help."}]) == (
        Message("assistant", "I cannot help."),
    )


def test_a_call_without_arguments_has_none() -> None:
    assert read(with_arguments(""))[0].tool_calls == (ToolCall("f", "{}"),)
    assert read(with_arguments('{"a":  1}'))[0].tool_calls == (ToolCall("f", '{"a":  1}'),)  # as the model wrote it


_WORDS = st.one_of(
    st.text(max_size=4),
    st.sampled_from(["user", "assistant", "tool", "text", "image", "image_url", "input_audio", "[", "{}", "\ud800"]),
    st.sampled_from(["data:image/png;base64,iVBORw0KGgo=", "https://a.example/b.png", "call_1"]),
)
_ANY = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), _WORDS),
    lambda one: st.one_of(st.lists(one, max_size=3), st.dictionaries(_WORDS, one, max_size=3)),
    max_leaves=5,
)


def group(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({}, optional={key: st.one_of(one, one, one, _ANY) for key, one in fields.items()})


_PART = group(
    type=st.sampled_from(["text", "image", "file", "audio", "image_url", "input_audio", "refusal"]),
    text=_WORDS,
    image=_WORDS,
    file=group(file_data=_WORDS),
    image_url=group(url=_WORDS),
    input_audio=group(format=_WORDS, data=_WORDS),
)
_CALL = group(id=_WORDS, name=_WORDS, arguments=_ANY, function=group(name=_WORDS, arguments=_ANY))
_MESSAGE = group(
    role=st.sampled_from(["user", "assistant", "tool", "system"]),
    content=st.one_of(_WORDS, st.lists(_PART, max_size=2)),
    tool_calls=st.lists(_CALL, max_size=2),
    tool_call_id=_WORDS,
    name=_WORDS,
)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.one_of(st.lists(_MESSAGE, max_size=3), _ANY))
def test_any_data_is_a_history_or_is_refused(value: Any) -> None:
    try:
        messages = read(value)
    except RenderError:
        return
    assert isinstance(json.dumps(as_dicts(messages), ensure_ascii=False, allow_nan=False).encode(), bytes)
    assert [message.readable.encode().decode() for message in messages] == [one.readable for one in messages]
