"""The pages' frame: whatever text stands wherever it can stand, the page's elements are those of our templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser
from pathlib import PurePosixPath
from typing import Any, Literal, get_origin, get_type_hints

import pytest
from jinja2 import UndefinedError

from promptops.report.history.html import history_html
from promptops.report.html_page import render_page
from promptops.report.results.html import html
from tests.report.factory import comparison, first_run, two_models
from tests.report.history.test_text import NOW, full

ATTACKS = (
    '"><script>alert(1)</script><img src=x onerror=alert(1)>',
    "' onmouseover=alert(1) x='\" autofocus onfocus=alert(1) y=\"",
    "</title></style></script></svg></pre><svg onload=alert(1)><!--",
    "{{ 7 * 7 }}{% raw %}{# <b>",
    "&lt;script&gt;&#60;img src=x onerror=alert(1)&#62;",
    "\u202e\u200b\x1b[31m\x00\ud800\U000e0041",
)


class Elements(HTMLParser):
    """The elements of a page with the names of their attributes, and what a browser shows as text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(name for name, _ in attrs)))
        self.text += "".join(value or "" for _, value in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def everywhere(value: Any, suffix: str) -> Any:
    """The value with the suffix behind every text in it, but for words that only we write."""
    if isinstance(value, str):
        return value + suffix
    if isinstance(value, PurePosixPath) or value is None or isinstance(value, bool | int | float):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        ours = _ours(type(value))
        return replace(value, **{f.name: everywhere(getattr(value, f.name), suffix) for f in fields(value)
                                 if f.init and f.name not in ours})  # fmt: skip
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        ours = _ours(type(value))
        return type(value)(*(part if name in ours else everywhere(part, suffix)
                             for name, part in zip(value._fields, value, strict=True)))  # fmt: skip
    if isinstance(value, Mapping):
        return {everywhere(key, suffix): everywhere(part, suffix) for key, part in value.items()}
    return type(value)(everywhere(part, suffix) for part in value)


def _ours(kind: type) -> set[str]:
    literals = {
        name for name, hint in get_type_hints(kind).items() if "Literal" in str(hint) or get_origin(hint) is Literal
    }
    return literals | {"started", "when", "split"}  # dates, and the word that holds cases back


PAGES: dict[str, Callable[[str], str]] = {
    "comparison": lambda suffix: html(everywhere(comparison(stopped="why"), suffix)),
    "first run": lambda suffix: html(everywhere(first_run(), suffix)),
    "two models": lambda suffix: html(everywhere(two_models(), suffix)),
    "history": lambda suffix: history_html(everywhere(replace(full(), notes=("a note",)), suffix), NOW),
}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("attack", ATTACKS)
def test_no_text_of_others_adds_an_element_or_an_attribute_anywhere(name: str, attack: str) -> None:
    harmless, page = Elements(PAGES[name]("-" * len(attack))), Elements(PAGES[name](attack))
    assert page.found == harmless.found


@pytest.mark.parametrize("name", PAGES)
def test_text_of_others_is_shown_as_it_is_but_for_what_nobody_would_see(name: str) -> None:
    page = PAGES[name]("<b>&amp; {{ x }}\u202e")
    assert "<b>&amp; {{ x }}⟨U+202E⟩" in Elements(page).text
    assert "\u202e" not in page


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render_page("history.html.j2", styles=())
