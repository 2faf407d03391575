from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from promptops.model.results import Results
from promptops.report.results.html import html, html_files
from tests.report.factory import comparison, first_run, hostile, many_cases, two_models, unchanged

VOID = {"meta", "input", "br", "line", "circle"}


class Page(HTMLParser):
    """Every element with its attributes; checks that tags are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.scripts: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)


@pytest.mark.parametrize("make", [comparison, first_run, two_models, unchanged, hostile])
def test_the_page_is_whole_and_asks_for_nothing(make: Callable[[], Results]) -> None:
    page = Page(html(make()))
    tags = [tag for tag, _ in page.elements]
    assert tags.count("script") == 2
    assert not {"img", "link", "iframe", "object", "embed", "base"} & set(tags)
    for _, attributes in page.elements:
        assert not any(name.startswith("on") or name in ("src", "style", "srcdoc") for name in attributes)
        assert (attributes.get("href") or "#").startswith("#")


def test_the_policy_allows_exactly_our_script_and_style() -> None:
    text = html(hostile())
    page = Page(text)
    policy = next(a["content"] for t, a in page.elements if t == "meta" and a.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    code = page.scripts[-1]
    assert f"'sha256-{b64encode(sha256(code.encode()).digest()).decode()}'" in policy
    style = text[text.index("<style>") + 7 : text.index("</style>")]
    assert f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" in policy
    assert "unsafe" not in policy


def test_case_27_hostile_text_is_data_in_the_page() -> None:
    text = html(hostile())
    text.encode()
    data = text[text.index('id="data">') + 10 :]
    data = data[: data.index("</script>")]
    assert "<" not in data
    assert "<script>alert" in json.loads(data)["cases"][0]["samples"][0]["text"]
    assert not re.search("<script>alert|onerror=alert\\(1\\)>", text.replace(data, ""))
    assert "\u202e" not in text


def test_every_case_is_in_the_data_but_held_out_ones() -> None:
    results = comparison()
    page = Page(html(results))
    data = json.loads(page.scripts[0])
    assert len(data["cases"]) == 22
    assert data["held"] == 2
    first = data["cases"][0]
    assert first["id"] == "lyon-pilot"
    assert len(data["marks"]) == 22
    assert {shift["c"] for shift in data["marks"][0]["worse"]} == {0, 5}
    assert first["messages"][0]["base"] == [
        "system",
        "You write meeting summaries for sales.\nNever invent.\n\nBe brief.\n",
    ]
    assert [list(message) for message in first["messages"]] == [["base", "head"], ["same"]]
    assert "Meeting number 23." not in html(results)


def test_without_script_the_clearest_cases_are_there() -> None:
    text = html(comparison())
    assert text.count('<details class="case">') == 8
    assert "<noscript>" in text


def test_nothing_changed_is_a_short_page() -> None:
    text = html(unchanged())
    assert "nothing was spent" in text
    assert 'id="cases"' not in text


def test_very_many_cases_lie_in_scripts_beside_the_page() -> None:
    files = dict(html_files(many_cases(1201)))
    assert list(files) == ["report.html", "report.cases/1.js", "report.cases/2.js"]
    page = Page(files["report.html"])
    data = json.loads(page.scripts[0])
    assert (len(data["cases"]), len(data["marks"])) == (500, 1201)
    assert sum("fails" in mark for mark in data["marks"]) == 401
    call = re.fullmatch(r'promptopsCases\("(\w+)", 1000, (.*)\);\n', files["report.cases/2.js"])
    assert call is not None
    assert call[1] == data["run"]
    assert [case["id"] for case in json.loads(call[2])] == [f"c{index}" for index in range(1000, 1201)]
    assert "<" not in call[2]
    policy = next(a["content"] or "" for t, a in page.elements if t == "meta" and a.get("http-equiv"))
    assert re.search("script-src 'sha256-[^']+' 'strict-dynamic';", policy)


def test_one_page_alone_holds_all_cases_however_many() -> None:
    text = html(many_cases(1201))
    assert len(json.loads(Page(text).scripts[0])["cases"]) == 1201
    assert "strict-dynamic" not in text


def test_a_run_without_cases_has_a_page() -> None:
    assert "<title>" in html(replace(first_run(), cases=(), samples=(), rendered=(), comparisons=()))
