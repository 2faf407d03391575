"""Thinking that a server left in the text, and stored replies that older versions left it in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.model.chat.message import ToolCall
from promptops.model.chat.reply_text import is_blank, is_unfinished, split_thinking
from promptops.model.model_call import Reply, Usage, reply_from_data, reply_to_data

AROUND = "\ufeff\u200b" + "".join(chr(code) for code in range(0x3001) if chr(code).isspace())


@given(st.text().filter(lambda text: not text.lstrip(AROUND).lower().startswith("<think>")))
def test_a_text_that_begins_otherwise_is_left_as_it_is(text: str) -> None:
    assert split_thinking(text) == ("", text)


@given(st.text().filter(lambda text: "think>" not in text.lower()), st.text())
def test_the_answer_follows_the_first_end(thought: str, answer: str) -> None:
    reasoning, text = split_thinking(f"<think>{thought}</think>x{answer}")
    assert (reasoning, text) == (thought.strip(), f"x{answer}")


@pytest.mark.parametrize(
    "text", ["<THINK>Hm.</THINK>Yes.", "\ufeff<think>Hm.</Think> Yes.", "\u200b\n<Think>Hm.</think>\nYes."]
)
def test_capitals_and_a_byte_order_mark_change_nothing(text: str) -> None:
    assert split_thinking(text) == ("Hm.", "Yes.")


def test_whether_thinking_ended_does_not_hang_on_capitals() -> None:
    assert not is_unfinished("<Think>Hm.</THINK>")
    assert is_unfinished("<Think>Hm.")


@pytest.mark.parametrize(
    "text", ["", " \n\t", "\u200b\ufeff\u00ad", "\u2800\u2800", "\u3164", "\ufe0f\u200d", "\u0301"]
)
def test_case_43_what_nobody_sees_is_no_text(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", [".", "é", "e\u0301", "❤️", "คำ", "한", "\u2801"])
def test_case_43_what_somebody_sees_is_text(text: str) -> None:
    assert not is_blank(text)


def test_a_million_thoughts_are_read_in_one_go() -> None:
    assert split_thinking("<think>" * 1_000_000 + "</think>x")[1] == "x"
    assert split_thinking("<think>a</think>" * 1_000_000 + "x")[1] == "x"
    assert split_thinking(" " * 1_000_000 + "x")[0] == ""


def test_a_stored_reply_of_an_older_version_has_its_thinking_taken_out() -> None:
    assert reply_from_data({"text": "<think>Hm.</think>Yes."}) == Reply("Yes.", reasoning="Hm.")


def test_a_reply_with_all_it_may_have_comes_back() -> None:
    reply = Reply("Yes.", (ToolCall("f", "{}"),), Usage(9, 8, 7, 6), 0.5, "stop", "m", 2, "Hm.")
    assert reply_from_data(reply_to_data(reply)) == reply


def test_a_reply_without_the_new_things_is_stored_as_it_was() -> None:
    data = reply_to_data(Reply("Yes.", usage=Usage(9, 8), finish_reason="stop"))
    assert data == {"text": "Yes.", "usage": {"input_tokens": 9, "output_tokens": 8}, "finish_reason": "stop"}


@pytest.mark.parametrize(
    ("reply", "is_answer"),
    [
        (Reply("x", finish_reason="length"), True),
        (Reply(""), True),
        (Reply("", finish_reason="stop"), True),
        (Reply("", (ToolCall("f", "{}"),), finish_reason="length"), True),
        (Reply(" \n", finish_reason="length"), False),
        (Reply("", finish_reason="content_filter"), False),
    ],
)
def test_case_43_no_text_is_an_answer_only_after_a_normal_end(reply: Reply, is_answer: bool) -> None:
    assert reply.is_answer == is_answer
