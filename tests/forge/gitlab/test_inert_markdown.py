"""No text of a model acts on GitLab, in whichever place of a page it stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from markdown_it import MarkdownIt

from promptops.forge.gitlab.inert_markdown import inert
from promptops.text.sanitize import JOINER, code, fence, inline

REFERENCES = [
    *("@ana", "@_ana", "@.x", "!1", "#1", "$1", "%1", "%v1.0", '%"v 2"', "~1", "~bug", '~"to do"', "~_x", "&1"),
    *("*iteration:1", '*iteration:"May"', "[vulnerability:1]", "[feature_flag:1]", "[work_item:acme/x/1]", "[epic:1]"),
    *("acme/prompts!1", "acme/prompts#1", "acme&1", "ABC-12", "A_B-3", "GL-3", "9ba12248", "^alert#1"),
]
_GITLAB = re.compile(  # as GitLab's models name them in `reference_pattern`
    r"@[a-zA-Z0-9_.]|[!#$&]\d|%(?:\d|[^\"\s<\u2060]+\b|\"[^\"\u2060])|~(?:\d|[A-Za-z0-9_\-?.&]|\"[^\"\u2060])"
    r"|\*iteration:|\[(?:vulnerability|feature_flag|contact|issue|epic|work_item|wiki_page|cadence):"
    r"|\b[A-Z][A-Z0-9_]+-\d|\b(?=[0-9a-f]*\d)[0-9a-f]{7,40}\b"
)
_QUICK_ACTION = re.compile(r"^[\s>*+#|.)\d-]*/\w", re.MULTILINE)


def running_text(page: str) -> Iterator[str]:
    """What GitLab looks at for references: all text but code, and no address of a link."""
    for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(page):
        inside = "".join("\0" if part.type == "code_inline" else part.content for part in token.children or [])
        yield inside if token.type == "inline" else ""


@pytest.mark.parametrize("place", ["{}", "- {}", "> {}", "| a |\n|---|\n| {} |", "**{}**", "it costs **{}** now, `x`"])
@pytest.mark.parametrize("text", REFERENCES)
def test_no_reference_is_left_in_running_text(text: str, place: str) -> None:
    page = inert(place.format(inline(text)))
    found = [_GITLAB.search(part) for part in running_text(page)]
    assert not any(found), page
    assert page.replace(JOINER, "") == place.format(inline(text)).replace(JOINER, "")


@pytest.mark.parametrize("text", [*REFERENCES, "9ba12248"])
def test_what_is_looked_for_is_there_before(text: str) -> None:
    """The test above could fail."""
    assert any(_GITLAB.search(part) for part in running_text(text))


@pytest.mark.parametrize("show", [fence, inline, code, lambda text: text])
@pytest.mark.parametrize(
    "text", ["/close", "x\n/close", "x\n  /merge", "x\r\n/approve", "x\n> /label ~a", "- /shrug", "1. /x"]
)
@pytest.mark.parametrize("around", ["{}", "a\n\n{}", "<details>\n\n{}\n\n</details>", "````text\n{}\n````"])
def test_no_quick_action_begins_a_line(text: str, show: Callable[[str], str], around: str) -> None:
    page = inert(around.format(show(text)))
    assert not _QUICK_ACTION.search(page), page


def test_what_is_ours_stays_as_it_is() -> None:
    page = (
        "<!-- promptops:services/ABC-1 -->\n\n<details><summary>Costs</summary>\n\n"
        '```mermaid\nquadrantChart\n    x-axis "$1" --> "ABC-1 ~x %y"\n```\n'
        "[Look at the run](https://gitlab.example.com/a/ABC-1/-/jobs/1?x=%20#1) and/or a/b, 71 % of x & y\n"
    )
    assert inert(page) == page


def test_figures_of_ours_become_no_references() -> None:
    assert inert("$12 → **$14** for 71%") == f"${JOINER}12 → **${JOINER}14** for 71%"


def test_a_page_that_is_inert_stays_as_it_is() -> None:
    once = inert("\n".join([*REFERENCES, *("/close", "&amp;1", "~~x~~", "%%%", "71%**")]))
    assert inert(once) == once


def test_a_long_page_is_done_in_one_breath() -> None:
    for text in (
        "/" * 60_000,
        "<a " * 20_000,
        "`" * 60_000,
        "```mermaid\n" * 5_000,
        "- " * 30_000,
        "A_" * 30_000,
        "<!--" * 15_000,
    ):
        inert(text)
