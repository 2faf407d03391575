"""Patterns that mean one file each, and names that somebody may have."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.source.formats.codeowners import is_owner, parse, pattern_for

HERE = PurePosixPath("CODEOWNERS")
_PART = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=12)
PATHS = st.lists(_PART.filter(lambda part: part not in (".", "..")), min_size=1, max_size=3)


@given(PATHS)
def test_a_pattern_is_one_word_on_one_line_and_fits_its_own_path(parts: list[str]) -> None:
    path = PurePosixPath(*parts, "a.prompt.yml")
    row = f"{pattern_for(path)} @acme/legal"
    assert "\n" not in row
    line = parse(HERE, row).line_for(path)
    assert line is not None
    assert line.owners == ("@acme/legal",)


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("prompts/a.prompt.yml", "/prompts/a.prompt.yml"),
        ("my prompts/a b.prompt.yml", "/my\\ prompts/a\\ b.prompt.yml"),
        ("#1/a[b]*?.yml", "/?1/a?b???.yml"),
        ("a;b.prompt.yml", "/a;b.prompt.yml"),
        ("$(id)/::error::.yml", "/$(id)/::error::.yml"),
        ("a\nb\\c.yml", "/a?b?c.yml"),
        ("!not/grün.yml", "/?not/grün.yml"),
    ],
)
def test_what_cannot_be_said_in_a_pattern_becomes_any_one_character(path: str, pattern: str) -> None:
    assert pattern_for(PurePosixPath(path)) == pattern


def test_a_pattern_fits_no_other_file() -> None:
    lines = parse(HERE, f"{pattern_for(PurePosixPath('prompts/a b.yml'))} @x")
    for other in ("prompts/a_b.yml", "more/prompts/a b.yml", "prompts/a b.yml.bak", "prompts/a"):
        assert lines.line_for(PurePosixPath(other)) is None


@pytest.mark.parametrize("name", ["@ana", "@acme/legal", "@acme/legal.team_1", "@ana_acme", "ana.p+x@example.org"])
def test_people_and_teams_the_forge_may_know(name: str) -> None:
    assert is_owner(name)


@pytest.mark.parametrize(
    "name",
    [
        "ana",
        "@",
        "@acme/",
        "@acme/a/b",
        "@-ana",
        "acme/legal",
        "@an a",
        "@ana #x",
        "@ana\n* @eve",
        "a@b",
        "@" + "a" * 300,
    ],
)
def test_names_that_nobody_has(name: str) -> None:
    assert not is_owner(name)
