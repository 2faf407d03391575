"""Python's `re` is the reference: what it finds, the engines must find in the pattern as it was written anew."""

from __future__ import annotations

import re
import warnings

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.templating.json_schema.python_patterns import python_form, translate

LINEAR, BOUNDED = jsonschema_rs.RegexOptions(), jsonschema_rs.FancyRegexOptions(backtrack_limit=100_000)

_ATOMS = st.sampled_from([
    *"abAB1_ -.é<>{}~#", r"\w", r"\W", r"\d", r"\D", r"\s", r"\S", r"\b", ".", "^", "$", r"\A", r"\Z", "[ab]", "[^a]",
    "[a-c]", r"[\w-]", r"[^\W\d_]", r"[\W_]", r"[^\s]", r"[\D]", r"\.", r"\-", "\\n", "[$]", "[&&a]", "[]a]", "ß", "K",
])  # fmt: skip


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    forms = ("({})", "(?:{})", "(?i:{})", "(?s:{})", "(?m:{})", "(?={})", "(?!{})", "({})\\1", "(?P<n>{})(?P=n)",
             "(?:{})*", "(?:{})+?", "(?:{}){{2}}", "(?:{}){{,2}}")  # fmt: skip
    return st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.tuples(inner, inner).map("|".join),
        st.tuples(st.sampled_from(forms), inner).map(lambda pair: pair[0].format(pair[1])),
    )


@given(
    st.recursive(_ATOMS, _larger, max_leaves=6),
    st.lists(st.text("abAB1_ -.é\n\r٣K\u00a0\ufeff\x1c&$]{}<>~#"), max_size=6),
)
def test_the_engines_find_what_python_finds(pattern: str, texts: list[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            python = re.compile(python_form(pattern))
        except re.error:
            return
    found = translate(pattern)
    if found is None:
        return
    try:
        options = LINEAR if found.is_linear else BOUNDED
        engine = jsonschema_rs.Draft202012Validator({"pattern": found.text}, pattern_options=options)
    except ValueError:
        assert not found.is_linear, "what is called linear must be read by the linear engine"
        return
    for text in texts:
        assert engine.is_valid(text) is (python.search(text) is not None), (pattern, found.text, text)


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        (r"^\w{1,80}$", r"^[\p{L}\p{N}_]{1,80}$"),
        (r"\Aa{,3}\Z", "^a{0,3}$"),
        (r"(?i)a.b", r"(?i:a[^\n]b)"),
        (r"(?s).", r"[\x{0}-\x{10FFFF}]"),
        (r"(?x) a  b # what", "ab"),
        (r"\N{DIGIT ONE}\07", r"1\x{7}"),
    ],
)
def test_it_is_written_plainly(pattern: str, written: str) -> None:
    assert translate(pattern) == (written, True)


@pytest.mark.parametrize("pattern", ["(?a:a)", "(?>a)", "a++", "(a)?(?(1)b|c)", "\ud800", r"[^\Wx]"])
def test_what_only_python_has_is_not_translated(pattern: str) -> None:
    assert translate(pattern) is None


@pytest.mark.parametrize("pattern", ["(", "[a", r"\p{L}", "(?<a>b)"])
def test_what_python_cannot_read_is_its_error(pattern: str) -> None:
    with pytest.raises(re.error):
        translate(pattern)
