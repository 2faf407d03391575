"""What a save changed, as text: whole where it is short, changes only where it is long, nothing that acts."""

from __future__ import annotations

from dataclasses import replace

from promptops.model.edit import SettingDifference
from promptops.model.outcomes.preview import Preview
from promptops.report.preview import SCREEN, previews_text, reply_text_of
from tests.report.factory import first_run

SYSTEM = ("system", "Be kind.\nBe brief.\n")


def test_a_short_one_is_shown_whole_with_the_change_marked() -> None:
    one = Preview("greet", "ada", "greet", (SYSTEM, ("user", "Greet Ada")), (SYSTEM, ("user", "Meet Ada")))
    assert previews_text([one]).split("\n") == [
        "greet, case ada changed",
        "  ── system ──",
        "      Be kind.",
        "      Be brief.",
        "  ── user ──",
        "    - Greet Ada",
        "    + Meet Ada",
    ]


def test_a_new_one_is_shown_whole_and_cut_where_it_is_long() -> None:
    long = "\n".join(f"line {n}" for n in range(100))
    text = previews_text([Preview("greet", "ada", "greet", None, (("user", long),))])
    assert text.startswith("greet, case ada\n  ── user ──\n      line 0\n")
    assert text.endswith("  … 61 more lines")


def test_of_a_long_one_the_changes_are_shown_and_how_to_see_all() -> None:
    lines = [f"line {n}" for n in range(SCREEN + 10)]
    new = ["first", *lines[1:]]
    one = Preview("greet", "ada", "greet", (("user", "\n".join(lines)),), (("user", "\n".join(new)),))
    assert previews_text([one]).split("\n") == [
        "greet, case ada changed",
        "  ── user ──",
        "    - line 0",
        "    + first",
        "      line 1",
        "      line 2",
        "  all 50 lines: promptops render greet --case ada",
    ]


def test_of_several_only_the_changes_and_alike_ones_by_name() -> None:
    def one(name: str, old: str = "Be kind.", new: str = "Be brief.") -> Preview:
        same = ("system", "This is long.")
        return Preview(name, "ada", name, (same, ("user", old)), (same, ("user", new)))

    assert previews_text([one("a"), one("b"), one("c", new="Be bold.")]).split("\n") == [
        "a, case ada changed",
        "  ── user ──",
        "    - Be kind.",
        "    + Be brief.",
        "  changed just alike: b",
        "",
        "c, case ada changed",
        "  ── user ──",
        "    - Be kind.",
        "    + Be bold.",
    ]


def test_what_is_the_same_is_one_line_with_what_differs_besides() -> None:
    same = (("user", "Greet Ada"),)
    one = Preview("greet", "ada", "greet", same, same, differences=(SettingDifference("temperature", "0", "1"),))
    assert previews_text([one]) == "greet, case ada: the messages are the same as before\n  temperature: 0 → 1"


def test_spaces_are_made_visible_and_messages_that_come_or_go_are_said() -> None:
    one = Preview("greet", "ada", "greet", (SYSTEM, ("user", "Hi")), (("user", "Hi "), ("assistant", "Yes")))
    assert previews_text([one]).split("\n") == [
        "greet, case ada changed",
        "  ── system (message removed) ──",
        "    - Be kind.",
        "    - Be brief.",
        "  ── user ──",
        "    - Hi",
        "    + Hi␣",
        "  ── assistant (new message) ──",
        "    + Yes",
        "  (␣ is a space)",
    ]


def test_nothing_in_a_text_acts_on_a_terminal_and_colour_marks_the_words() -> None:
    one = Preview("gr\x1b[2Jeet", "ada\n", "x", (("user", "Be \x1bc kind, Ada"),), (("user", "Be \x1bc mild, Ada"),))
    assert "\x1b" not in previews_text([one])
    new_role = one._replace(after=(("us\x9ber", "Hi"),))
    assert "us⟨U+009B⟩er" in previews_text([new_role])
    text = previews_text([one], color=True)
    assert "\x1b[31m    - Be ⟨U+001B⟩c \x1b[4mkind\x1b[24m, Ada\x1b[0m" in text
    assert "\x1b[32m    + Be ⟨U+001B⟩c \x1b[4mmild\x1b[24m, Ada\x1b[0m" in text


def test_a_case_that_cannot_be_filled_says_why() -> None:
    assert previews_text([Preview("greet", "ada", "greet", problem="no 'who'")]) == (
        "case ada of greet cannot be filled: no 'who'"
    )


def test_a_reply_says_how_much_was_thought_before_it() -> None:
    results = first_run()
    thought = replace(results.samples[0], reasoning="Hm. I look.", reasoning_tokens=7)
    assert "thought before it (7 tokens)" in reply_text_of(replace(results, samples=(thought,))).split("\n")[0]
    assert "thought" not in reply_text_of(results).split("\n")[0]
