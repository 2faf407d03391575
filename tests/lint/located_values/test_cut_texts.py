"""A text with a # in it is found wherever it stands without quotes, and in quotes it is whole again."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from promptops.lint.engine.fixes import apply
from promptops.lint.located_values.cut_texts import CutText, cut_texts
from promptops.source.yaml.reader import Node, YamlProblem, read_yaml

_PLACES = {
    "content": ("messages:\n  - role: user\n    content: «»\nmodel: small\n", ("messages", "content")),
    "list": ("testData:\n  - q:\n      - «»\n      - b\n", ("testData", "q")),
    "case": ("testData:\n- q: «»\n  b: c\n", ("testData", "q")),
    "compared": ("evaluators:\n  - string:\n      contains: «»\n", ("evaluators", "string", "contains")),
    "listed": ("evaluators:\n  - string:\n      contains:\n        - «»\n", ("evaluators", "string", "contains")),
    "braces": ("evaluators:\n  - string: {contains: «»\n      }\n", ("evaluators", "string", "contains")),
    "name": ("name: «»\n", ("name",)),
}


def found_in(text: str) -> list[CutText]:
    return list(cut_texts(read_yaml(text), text.split("\n")))


def value_at(node: Node, keys: tuple[str, ...]) -> object:
    for key in keys:
        node = next(item for item in node.value) if node.kind == "sequence" else node
        node = node.value[key]
    return (node.value[0] if node.kind == "sequence" else node).as_written()


def mended(text: str) -> str:
    return apply(text.encode(), [one.fix for one in found_in(text) if one.fix]).decode()


@pytest.mark.parametrize("place", _PLACES)
@settings(deadline=None, max_examples=60)
@given(
    before=st.text("ab é'\"\\,.{}", max_size=12),
    after=st.text("12ab é'\"\\:,.#{}", min_size=1, max_size=12),
)
@example(before="Reply to ticket", after="12 only.")
@example(before='say "hi"', after="1 it's \\")
@example(before="it's", after="{{ id }}")
def test_the_whole_text_is_there_again_after_the_fix(place: str, before: str, after: str) -> None:
    text, keys = _PLACES[place]
    whole = f"{before.strip()} #{after}".strip()
    try:
        read = read_yaml(text.replace("«»", f"{before.strip()}"))
        cut = read_yaml(written := text.replace("«»", whole))
    except YamlProblem:
        return
    if (
        value_at(read, keys) != before.strip()
        or value_at(cut, keys) == whole
        or not (before.strip() and after[0] in "12ab")
    ):
        return
    (found,) = found_in(written)
    assert (found.keys, found.certain) == (keys, True)
    assert written.split("\n")[found.span.line - 1][found.span.column - 1] == "#"
    if found.fix is not None:
        shown = whole.rstrip(",").rstrip() if place == "braces" else whole
        assert value_at(read_yaml(mended(written)), keys) == shown
        assert not found_in(mended(written))
    else:
        assert place == "braces"


def test_a_text_over_several_lines_keeps_its_lines() -> None:
    text = "messages:\n  - role: user\n    content: Reply to\n      ticket\n\n      #12 #13\nmodel: small\n"
    written = text.replace("\n\n      #12", "\n\n      number #12")
    assert value_at(read_yaml(mended(written)), ("messages", "content")) == "Reply to ticket\nnumber #12 #13"
    assert not found_in(text.replace("      #12 #13\n", "      # 12\n"))


@pytest.mark.parametrize("spaces", [" ", "  ", "   ", "\t"])
@pytest.mark.parametrize(("after", "kept"), [("#12", "sure"), ("#tag", "one space"), ("# tag", ""), ("# 12", "asked")])
def test_how_sure_it_is(spaces: str, after: str, kept: str) -> None:
    """`# tag` is a comment but in what a model reads, and two spaces before it say so even there."""
    found = found_in(f"testData:\n  - q: ticket{spaces}{after}\n")
    certain = kept == "sure" or (kept == "one space" and spaces == " ")
    assert [one.certain for one in found] == ([certain] if certain or kept == "asked" else [])
    read = found_in(f"messages:\n  - content: a ticket{spaces}{after}\n")
    assert [one.certain for one in read] == ([certain] if certain or kept == "asked" or spaces == " " else [])


@settings(deadline=None, max_examples=400)
@given(st.text(st.sampled_from("ab:- #'\"{}[]|>\n,\t1"), max_size=60))
@example("---")
@example("a:\n  b:\n")
def test_any_yaml_is_looked_at(text: str) -> None:
    try:
        node = read_yaml(text)
    except YamlProblem:
        return
    for one in cut_texts(node, text.split("\n"), ("testData",)):
        assert text.split("\n")[one.span.line - 1][one.span.column - 1] == "#"
