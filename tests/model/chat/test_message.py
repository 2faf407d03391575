"""A message as people read it: which result answers which call, media by name, never their bytes."""

from __future__ import annotations

from promptops.model.chat.media import Media
from promptops.model.chat.message import Message, ToolCall
from promptops.model.chat.message_template import MessageTemplate
from promptops.model.chat.template_data import readable_item


def test_a_result_and_its_call_are_seen_to_belong_together() -> None:
    calls = (ToolCall("find_order", '{"id": "5"}', "c1"), ToolCall("find_order", '{"id": "6"}', "c2"))
    said = Message("assistant", "I look.", calls).readable
    assert said == 'I look.\n→ find_order({"id": "5"}) (c1)\n→ find_order({"id": "6"}) (c2)'
    assert Message("tool", "baked", (), "c2").readable == "(answers c2)\nbaked"
    assert Message("assistant", "", (ToolCall("f", "{}"),)).readable == "→ f({})"
    assert readable_item(MessageTemplate("assistant", (), tool_calls=calls[:1])) == (
        "assistant",
        '→ find_order({"id": "5"}) (c1)',
    )


def test_a_picture_is_named_and_a_text_stays_as_it_is() -> None:
    cake = Media("image", "image/png", b"x" * 2000, name="cake.png")
    assert Message("user", ("Mine?", cake)).readable.startswith("Mine?\n[image 'cake.png', 2 kB, sha256 ")
    assert Message("user", "(answers c2)\n").readable == "(answers c2)\n"
