"""Which lines of a comment everybody sees as plain text at the margin."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from promptops.forge.plain_lines import plain_lines

WORD = re.compile(r"/do\b")
HIDING = {
    "pre": "<pre>\n{}\n</pre>",
    "pre that holds an empty line": "<pre>\n\n{}\n\n</pre>",
    "details": "<details>\n{}\n</details>",
    "details with a paragraph": "<details><summary>more</summary>\n\n{}\n\n</details>",
    "details in details": "<details>\n\n<details>\n\n</details>\n\n{}\n\n</details>",
    "details whose end is a comment": "<details>\n<!-- </details> -->\n\n{}\n\n</details>",
    "details whose end is an attribute": '<details>\n<a title="</details>"></a>\n\n{}\n\n</details>',
    "details that never end": "<details>\n\n{}",
    "a table in HTML": "<table><tr><td>\n\n{}\n\n</td></tr></table>",
    "code in HTML": "<code>\n{}\n</code>",
    "an element on a line of its own": "<span>\n{}\n</span>",
    "a comment": "<!--\n{}\n-->",
    "a comment in a paragraph": "see <!-- this\n{}\n-->",
    "a comment that never ends": "see <!-- this\n{}",
    "a comment with an empty line": "<!--\n\n{}\n\n-->",
    "an attribute": 'see <a title="\n{}\n">this</a>',
    "a processing instruction": "<?php\n\n{}\n\n?>",
    "CDATA": "<![CDATA[\n\n{}\n\n]]>",
    "a style": "<style>\n\n{}\n</style>",
    "math": "$$\n{}\n$$",
    "math in a paragraph": "so $$ a\n{}\n$$ holds",
    "math in a line's middle": "so $a\n{}\nb$ holds",
    "a fence in a list that is not indented": "- ```\n{}\n  ```",
    "a fence in a list's item that is not indented": "1. first\n\n   ~~~ sh\n{}\n   ~~~",
    "a fence in a list of a list": "- a\n  - ```\n{}\n    ```",
    "a code span over lines": "see `this\n{}\nthat`",
    "a longer code span": "see ``this ` or\n{}\nthat``",
    "a fence": "```\n{}\n```",
    "a fence that never ends": "~~~ python\n\n{}",
    "a longer fence": "`````\n```\n{}\n```\n`````",
    "a fence in a list": "- item\n\n  ```\n  {}\n  ```",
    "a fence in a list at the margin": "- ```\n  a\n\n  {}",
    "a fence in a quotation": "> ```\n> {}\n> ```",
    "indented code": "text\n\n    {}",
    "code by a tab": "text\n\n\t{}",
    "a list": "- {}",
    "a list's paragraph": "1. item\n{}",
    "a quotation": "> {}",
    "a quotation's paragraph": "> quoted\n{}",
    "a note": "> [!NOTE]\n> {}",
    "a table": "| a | b |\n| - | - |\n{}",
    "a footnote": "[^1]: see\n{}",
    "the title of a link": "[a]: b 'title\n{}\n'",
    "the title of a link in a text": "[a](b 'title\n{}\n')",
    "the text of a link": "[a\n{}\n](b)",
    "emphasis": "**very\n{}\nimportant**",
    "words before it": "please {}",
    "spaces before it": "text\n {}",
}
PLAIN = {
    "alone": "{}",
    "after a fence": "```\ncode\n```\n{}",
    "after a closed comment": "<!-- hidden -->\n{}",
    "after closed details": "<details>\n\nmore\n\n</details>\n\n{}",
    "after a quotation and an empty line": "> quoted\n\n{}",
    "after a list and an empty line": "- item\n\n{}",
    "in the middle of a paragraph": "Thanks,\n{}\nso do I",
    "above a signature": "{}\n--\nAda",
    "below a heading": "# Words\n{}",
    "beside inline code": "see `this` and ``that``\n{}",
    "with code in it": "{} `x` *y* <br> $$",
    "between prices": "it costs $5\n{} $6",
    "between prices in words": "from $5 a month\n{}\nto $7, or US$9",
    "between prices of two paragraphs": "it costs $x\n\n{}\n\nnot y$",
    "after a fence in a list": "- a\n\n  ```\n  code\n  ```\n\n{}",
    "after a fence in a list that never ends": "- ```\n  code\n\n{}",
    "after an unclosed paragraph in HTML": "<p align=center>\n\n{}",
    "after math": "$$\na\n$$\n\n{}",
    "after a picture": '<img src="x">\n\n{}',
}


@pytest.mark.parametrize("body", HIDING.values(), ids=HIDING)
def test_what_stands_in_something_else_is_not_plain(body: str) -> None:
    assert plain_lines(body.format("/do it"), WORD) == []


@pytest.mark.parametrize("body", PLAIN.values(), ids=PLAIN)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_stands_at_the_margin_is(body: str, end: str) -> None:
    found = plain_lines(body.format("/do it").replace("\n", end), WORD)
    assert [line.split(" `")[0].removesuffix(" $6") for line in found] == ["/do it"]


def test_lines_come_in_their_order_and_as_they_were_written() -> None:
    assert plain_lines("/do `a` **b** \\\n/do <b> [c](d)\nx\n\n/do it", WORD)[0] == "/do `a` **b** \\"
    assert plain_lines("/do 1\n\n- /do 2\n\n/do 3", WORD) == ["/do 1", "/do 3"]
    assert plain_lines("/done\n/do", WORD) == ["/do"]


class _Places(HTMLParser):
    """Below which elements the text of each command stands on the page."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("br", "hr", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        for name in re.findall(r"/do (\d+)", data):
            self.found[name] = [*self.open]


BLOCKS = st.sampled_from([
    "/do", "/do", "/do", " /do", "text", "", "", "```", "~~~", "> q", ">", "- i", "  - i", "1. i", "    c", "\tc",
    "<details>", "</details>", "<pre>", "</pre>", "<b>", "</b>", "<!--", "-->", "`", "``", "*", "**", "[a]: b '", "'",
    "| a | b |", "| - | - |", "# h", "---", "===", "<br>", "[a](b", ")", "\\",
])  # fmt: skip


@given(st.lists(BLOCKS, max_size=14))
def test_a_plain_line_is_a_paragraphs_own_text_on_the_page(pieces: list[str]) -> None:
    body = "\n".join(f"{piece} {number}" if "/do" in piece else piece for number, piece in enumerate(pieces))
    page = _Places()
    page.feed(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(body))
    page.close()
    for line in plain_lines(body, WORD):
        assert page.found[line.split()[1]] in (["p"], ["h1"], ["h2"]), body


@given(st.text() | st.lists(BLOCKS | st.text(max_size=3), max_size=14).map("\n".join))
def test_no_comment_breaks_the_reader(body: str) -> None:
    lines = re.split(r"\r\n|\n|\r", body)
    assert all(line in lines and line.startswith("/do") for line in plain_lines(body, WORD))
