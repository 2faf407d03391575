from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from promptops.text.sanitize import (
    JOINER,
    cell,
    code,
    defuse,
    fence,
    html_text,
    inline,
    log_safe,
    safe_line,
    shorten,
    visible,
)

ANY = st.text(st.characters(categories=None), max_size=300)
NASTY = st.lists(
    st.sampled_from(
        [
            "@",
            "#",
            "1",
            "org",
            "`",
            "```",
            "~~~",
            "<",
            ">",
            "!",
            "--",
            "-->",
            "</details>",
            "<!-- promptops -->",
            "::",
            "\n",
            "error",
            "##[",
            "://",
            "https",
            "www.",
            "|",
            "\\",
            "*",
            "_",
            "[",
            "]",
            "(",
            ")",
            " ",
            "    ",
            "&",
            "\r",
            "\u202e",
            "$",
            "GH-",
            "\u200d",
            "\ufe0f",
            "é",
            "\u2060",
            "\ud800",
            "\x1b",
        ]
    ),
    max_size=40,
).map("".join)
LIVE = re.compile(r"@\w|#\d|GH-\d|://|www\.|<!--|--!?>|</?details|<script|##\[|^\s*::", re.IGNORECASE | re.MULTILINE)
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\ufeff\ud800-\udfff\U000e0020-\U000e007f]"
)
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


@given(st.one_of(ANY, NASTY))
def test_every_form_is_inert_and_can_be_encoded(text: str) -> None:
    for form in (safe_line(text), inline(text), cell(text), code(text), html_text(text), fence(text)):
        assert not LIVE.search(form), form
        assert not UNSEEN.search(form)
        form.encode()


@given(st.one_of(ANY, NASTY))
def test_inline_text_is_one_paragraph_of_text(text: str) -> None:
    tokens = MARKDOWN.parse("x " + inline(text))
    assert [t.type for t in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    children = tokens[1].children or []
    assert {child.type for child in children} <= {"text", "text_special", "softbreak", "code_inline"}
    assert all(
        re.fullmatch(r"[\w./-]*[\da-f]{7}[\w./-]*", one.content, re.I) for one in children if one.type == "code_inline"
    )


@given(st.one_of(ANY, NASTY))
def test_a_fence_holds_all_of_its_text(text: str) -> None:
    tokens = MARKDOWN.parse(f"before\n\n{fence(text)}\n\nafter")
    assert [t.type for t in tokens if t.type == "fence"] == ["fence"]
    assert len(tokens) == 7
    shown = next(t for t in tokens if t.type == "fence").content.removesuffix("\n")
    assert shown.replace(JOINER, "") == visible(text).replace(JOINER, "")


@given(st.one_of(ANY, NASTY))
def test_a_code_span_holds_all_of_its_text(text: str) -> None:
    tokens = MARKDOWN.parse(f"x {code(text)} y")
    assert [child.type for child in tokens[1].children or []] == ["text", "code_inline", "text"]


@given(st.one_of(ANY, NASTY))
def test_a_cell_stays_one_cell(text: str) -> None:
    tokens = MARKDOWN.parse(f"| a | b |\n| --- | --- |\n| {cell(text)} | end |\n")
    assert sum(t.type == "td_open" for t in tokens) == 2


@pytest.mark.parametrize(
    "text", ["::error::x", "a\n \u3000\t::add-mask::e", "a\r\n::stop-commands::x", "b ##[add-mask]e"]
)
def test_a_log_obeys_no_line_and_addresses_can_still_be_copied(text: str) -> None:
    shown = log_safe(f"{text}\nhttps://example.org/a#1 std::move")
    assert shown.endswith("\nhttps://example.org/a#1 std::move")
    assert "##[" not in shown
    assert not any(line.lstrip().startswith("::") for line in shown.splitlines())


@given(st.one_of(ANY, NASTY))
def test_defused_text_reads_as_before(text: str) -> None:
    assert defuse(text).replace(JOINER, "") == text.replace(JOINER, "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31m", "a⟨U+001B⟩[31m"),
        ("\u202eabc", "⟨U+202E⟩abc"),
        ("a\u200bb", "a⟨U+200B⟩b"),
        ("a\U000e0041", "a⟨U+E0041⟩"),
        ("\ud800", "⟨U+D800⟩"),
        ("a\r\nb\tc", "a\nb\tc"),
        ("a\u2028b", "a⟨U+2028⟩b"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # Persian needs its non-joiner
        ("👩\u200d💻", "👩\u200d💻"),
        ("❤️", "❤️"),
        ("a\ufe0f\ufe0e", "a⟨U+FE0F⟩⟨U+FE0E⟩"),
        ("x\u200dy", "x⟨U+200D⟩y"),
        (
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        ),
        ("🏴\U000e0067\U000e0062", "🏴⟨U+E0067⟩⟨U+E0062⟩"),
    ],
)
def test_what_cannot_be_seen_is_spelt_out_and_real_words_are_not(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_long_text_says_how_much_is_missing() -> None:
    assert shorten("x" * 70_000, 1000).endswith("… 69,000 more characters")
    assert shorten("xy", 1) == "x… 1 more character"
    assert len(fence("@a" * 40_000, 1000)) < 4_100


def test_a_blank_mass_is_quick() -> None:
    assert fence("\n" * 70_000 + "::error", 100_000).endswith("```")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see deadbee1", "see `deadbee1`"),
        ("deadbee1" * 5, f"`{'deadbee1' * 5}`"),
        ("1234567, 89abcde.", "`1234567`, `89abcde`."),
        ("in evals/waivers/a_b/20261130-1a2b3c4d.json: x", "in `evals/waivers/a_b/20261130-1a2b3c4d.json`: x"),
        ("*(deadbee1)* and deadbee1-", r"\*(`deadbee1`)\* and `deadbee1`-"),
        ("`deadbee1`", r"\``deadbee1`\`"),
    ],
)
def test_the_id_of_a_commit_is_no_link_and_can_be_copied_with_its_path(text: str, shown: str) -> None:
    assert inline(text) == shown


@pytest.mark.parametrize(
    ("text", "live"),
    [(":white_check_mark: passed", ":white_check_mark:"), ("a:+1:", ":+1:"), (":100:", ":100:")],
)
def test_a_name_is_no_emoji(text: str, live: str) -> None:
    assert live not in inline(text)
    assert inline(text).replace(JOINER, "").replace("\\", "") == text


@pytest.mark.parametrize("text", ["10:30:18", "defaced", "a: b: c", "abc123", "Anna: hello"])
def test_times_and_words_stay_as_they_are(text: str) -> None:
    assert inline(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "a</td></tr></table>\n\n# heading\n\n| pipes |\n- item\n![x](y) *b* _i_ `c` ~~s~~ \\*",
        "\n \n\t\n\r\n\r\r\x0b\x0c\u2028\x85 <b>x</b>",
        "@acme/team #12 GH-7 https://x.example www.x.example <!-- promptops --> ##[error]x :+1: deadbee1 $x$",
        "&lt;b&gt; &amp; &#60;b>",
    ],
)
def test_text_inside_html_is_one_line_without_markup_or_anything_live(text: str) -> None:
    from html import unescape

    shown = html_text(text)
    assert "\n" not in shown
    assert not re.findall(r"<(?!br>|/?span>)", shown)
    assert not any(sign in shown for sign in "*_`[]|~\\")
    for live in ("@acme", "#12", "GH-7", "://", "www.x", "<!--", "##[", ":+1:", "deadbee1"):
        assert live not in shown.replace("&#", "")
    page = MARKDOWN.parse(f"<table><tr><td>{shown}</td></tr></table>\n\nafter")
    assert [token.type for token in page] == ["html_block", "paragraph_open", "inline", "paragraph_close"]
    bare = unescape(shown.replace("<br>", "\n").replace("<span>$</span>", "$")).replace(JOINER, "").replace("\xa0", " ")
    assert bare.split() == visible(text).split()


def test_indents_stay_inside_html() -> None:
    assert html_text("a:\n  - b\n\n\tc") == "a:<br>&nbsp;&nbsp;- b<br><br>&nbsp;&nbsp;&nbsp;&nbsp;c"
    assert html_text("x" * 200_000, 1_000) == "x" * 1_000 + "… 199,000 more characters"
