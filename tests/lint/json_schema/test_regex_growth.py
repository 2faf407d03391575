"""What lint calls safe, Python's engine is done with soon, whatever the text."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from promptops.lint.json_schema import regex_growth
from promptops.lint.json_schema.regex_checks import explodes
from promptops.lint.json_schema.regex_positions import bits
from promptops.sandbox.limits import SandboxLimits
from promptops.sandbox.sandbox import Sandbox, SandboxError
from promptops.templating.json_schema import pattern_process

ATOMS = ("a", "b", "[ab]", ".", r"\w", "[^b]", "(?:ab)", "é")
ENDS = st.sampled_from(["", "$", "c", "!$", "(?!a)$"])
# Long enough for what grows by half a sign to take years, short enough for the three repetitions in a row
# that count as safe, with a few choices inside each.
TEXTS = [f"{(piece * 50)[:50]}{end}" for piece in ("a", "b", "ab", "aab", "é") for end in ("", "!")]
QUANTIFIERS = st.sampled_from(["", "", "*", "+", "?", "{2}", "{0,3}", "{2,}", "{30}", "{1,30}", "*?", "+?"])


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({}){}".format, inner, QUANTIFIERS),
        st.builds("{}{}".format, inner, inner),
        st.builds("(?:{}|{}){}".format, inner, inner, QUANTIFIERS),
        st.builds("(?={}){}".format, inner, inner),
    )


PATTERNS = st.builds(
    "{}{}".format,
    st.recursive(st.builds("{}{}".format, st.sampled_from(ATOMS), QUANTIFIERS), larger, max_leaves=5),
    ENDS,
)


@pytest.fixture(scope="module")
def engine() -> Iterator[Sandbox]:
    """Python's `re`, killed when it takes very much longer than any pattern that is safe."""
    worker = Path(pattern_process.__file__).with_name("pattern_worker.py")
    made = Sandbox([sys.executable, "-I", "-X", "utf8", str(worker)], SandboxLimits(seconds=20))
    made.start()
    yield made
    made.close()


# Not shrunk: each smaller pattern that is wrong costs its seconds too.
@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(pattern=PATTERNS)
def test_a_pattern_that_lint_calls_safe_ends(engine: Sandbox, pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error:
        return
    if explodes(pattern):
        return
    for text in TEXTS:
        try:
            engine.ask({"pattern": pattern, "text": text})
        except SandboxError as exc:
            engine.start()
            raise AssertionError(f"{pattern} is not safe: it {exc}") from None


@settings(max_examples=300, deadline=None)
@given(pattern=st.text(max_size=60))
def test_any_text_has_an_answer(pattern: str) -> None:
    assert explodes(pattern) in (True, False)


def test_what_is_too_large_to_be_looked_into_is_not_called_safe() -> None:
    assert explodes("(" + "|".join(f"[a-z]{{{number}}}" for number in range(1, 40)) + ")*")


@pytest.mark.parametrize("pattern", ["".join(f"[a-{end}]*" for end in "bcdefghijk") * 16, "(.*?a)" * 160])
def test_many_repetitions_are_not_tried_in_every_combination(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of three walkers has 160 places to go to: 27 s, while only their steps were counted."""
    looked_at = 0

    def counted(places: int) -> Iterator[int]:
        nonlocal looked_at
        for place in bits(places):
            looked_at += 1
            yield place

    monkeypatch.setattr(regex_growth, "bits", counted)
    regex_growth.may_take_for_ever.cache_clear()
    assert explodes(pattern)
    assert looked_at < 500_000
