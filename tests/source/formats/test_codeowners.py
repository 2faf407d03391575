"""Patterns that mean one file each, and names that somebody may have."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.source.formats import codeowners
from promptops.source.formats.codeowners import is_owner, parse_codeowners, pattern_for

HERE = PurePosixPath("CODEOWNERS")
_PART = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=12)
PATHS = st.lists(_PART.filter(lambda part: part not in (".", "..")), min_size=1, max_size=3)


@given(PATHS)
def test_a_pattern_is_one_word_on_one_line_and_fits_its_own_path(parts: list[str]) -> None:
    path = PurePosixPath(*parts, "a.prompt.yml")
    row = f"{pattern_for(path)} @acme/legal"
    assert "\n" not in row
    line = parse_codeowners(HERE, row).rule_for(path)
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
    lines = parse_codeowners(HERE, f"{pattern_for(PurePosixPath('prompts/a b.yml'))} @x")
    for other in ("prompts/a_b.yml", "more/prompts/a b.yml", "prompts/a b.yml.bak", "prompts/a"):
        assert lines.rule_for(PurePosixPath(other)) is None


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


_SEGMENTS = st.sampled_from(
    ["prompts", "legal", "a", "b.yml", "*", "**", "*.yml", "?", "a\\ b", "[ab]", ".", "..", "leg*"]
)
_PATTERNS = st.builds(
    lambda start, segments, end: start + "/".join(segments) + end,
    st.sampled_from(["", "/", "//"]),
    st.lists(_SEGMENTS, min_size=1, max_size=4),
    st.sampled_from(["", "/", "/*", "/**", "//"]),
)
_PATHS = st.lists(st.sampled_from(["prompts", "legal", "a", "b.yml", "a b", "legacy"]), min_size=1, max_size=4)


@given(st.lists(_PATTERNS, max_size=8), _PATHS)
def test_only_lines_that_may_fit_are_looked_at_and_the_last_that_fits_counts(
    patterns: list[str], parts: list[str]
) -> None:
    text = "\n".join(f"{pattern} @team" for pattern in patterns)
    path = PurePosixPath(*parts)
    read = [(number, pattern) for number, pattern in enumerate(patterns, 1) if pattern[0] != "["]
    fitting = [number for number, pattern in read if codeowners._fits(pattern, path.as_posix())]
    line = parse_codeowners(HERE, text).rule_for(path)
    assert (line.number if line is not None else None) == (fitting[-1] if fitting else None)


def test_a_line_for_another_file_is_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []
    fits = codeowners._fits

    def counted(pattern: str, name: str) -> bool:
        compared.append(pattern)
        return fits(pattern, name)

    monkeypatch.setattr(codeowners, "_fits", counted)
    lines = "".join(f"/prompts/team/p{number}.prompt.yml @team\n" for number in range(1000))
    owners = parse_codeowners(HERE, f"* @all\n*.j2 @all\n{lines}/docs/ @docs\nREADME @docs\n")
    line = owners.rule_for(PurePosixPath("prompts/team/p500.prompt.yml"))
    assert line is not None
    assert line.number == 503
    assert compared == ["/prompts/team/p500.prompt.yml"]
