"""What is installed is named with version and hash, and the lists agree with what the packages say they need."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_ROOT = Path(__file__).parents[1]
_BASE, _EVAL, _LOCAL = (f"promptops/requirements/{name}.txt" for name in ("base", "eval", "local"))
_DEV = ".github/requirements/dev.txt"
_BUILD = [".github/requirements/build.txt", ".github/requirements/release.txt"]
_PROJECT = tomllib.loads((_ROOT / "pyproject.toml").read_text("utf-8"))
_ENTRY = re.compile(
    r"(?P<name>[\w.-]+)==(?P<version>[\w.!+]+)(?: ; (?P<marker>[^\\\n]+))? \\\n(?P<hashes>(?: {4}.*\n)+)"
)
_HASHES = re.compile(r"(?: {4}--hash=sha256:[0-9a-f]{64} \\\n)* {4}--hash=sha256:[0-9a-f]{64}\n")


def _entries(*lists: str) -> Iterator[re.Match[str]]:
    for name in lists:
        head, _, text = (_ROOT / name).read_text("utf-8").partition("\n")
        assert head.startswith("# Written by `make lock`: ")
        found = list(_ENTRY.finditer(text))
        assert "".join(entry[0] for entry in found) == text, f"{name} has a line that is no version with hashes"
        yield from found


def _versions(*lists: str) -> dict[str, set[str]]:
    """The versions by name that hold for this Python on this system."""
    known: dict[str, set[str]] = {}
    for entry in _entries(*lists):
        marker = Requirement(f"x ; {entry['marker']}").marker if entry["marker"] else None
        if marker is None or marker.evaluate():
            known.setdefault(entry["name"], set()).add(entry["version"])
    return known


def _extra(name: str) -> list[str]:
    """What an extra asks for, with what the extras ask for that it names."""
    extras: dict[str, list[str]] = _PROJECT["project"]["optional-dependencies"]
    asked: list[str] = []
    for requirement in extras[name]:
        others = re.fullmatch(r"git-promptops\[([\w,]+)\]", requirement)
        asked += [one for other in others[1].split(",") for one in _extra(other)] if others else [requirement]
    return asked


@pytest.mark.parametrize("name", [_BASE, _EVAL, _LOCAL, _DEV, *_BUILD])
def test_every_entry_is_one_version_with_sha256_hashes_and_nothing_else_is_there(name: str) -> None:
    entries = list(_entries(name))
    assert entries
    assert all(_HASHES.fullmatch(entry["hashes"]) for entry in entries)


@pytest.mark.parametrize("name", [_BASE, _EVAL, _LOCAL, _DEV, *_BUILD])
def test_no_package_index_is_named(name: str) -> None:
    text = (_ROOT / name).read_text("utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*(-i|--index-url|--extra-index-url|-f|--find-links|-e|-r)\b", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("needed", "lists"),
    [
        (_PROJECT["project"]["dependencies"], [_BASE]),
        (_extra("eval"), [_BASE, _EVAL]),
        (_extra("local"), [_BASE, _EVAL, _LOCAL]),
        (_extra("dev"), [_BASE, _EVAL, _LOCAL, _DEV]),
        (_PROJECT["build-system"]["requires"], _BUILD[:1]),
        (_PROJECT["build-system"]["requires"], _BUILD[1:]),
    ],
    ids=["base", "eval", "local", "dev", "build", "release"],
)
def test_what_pyproject_asks_for_is_listed_in_a_version_that_it_allows(needed: list[str], lists: list[str]) -> None:
    known = _versions(*lists)
    for requirement in map(Requirement, needed):
        versions = known.get(canonicalize_name(requirement.name), set())
        assert [requirement.specifier.contains(each, prereleases=True) for each in versions] == [True], (
            f"{requirement}: make lock"
        )


@pytest.mark.parametrize(
    ("roots", "lists"),
    [
        (_PROJECT["project"]["dependencies"], [_BASE]),
        (_extra("eval"), [_BASE, _EVAL]),
        (_extra("local"), [_BASE, _EVAL, _LOCAL]),
        (_extra("dev"), [_BASE, _EVAL, _LOCAL, _DEV]),
    ],
    ids=["base", "eval", "local", "dev"],
)
def test_what_those_packages_need_in_turn_is_listed_too(roots: list[str], lists: list[str]) -> None:
    known = _versions(*lists)
    waiting, seen = [Requirement(each) for each in roots], set[str]()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        assert name in known, f"{requirement.name}: make lock"
        try:
            needs = distribution(name).requires or []
        except PackageNotFoundError:
            pytest.fail(f"{name} is listed and not installed")
        for extra in ("", *requirement.extras):
            if f"{name}[{extra}]" not in seen:
                seen.add(f"{name}[{extra}]")
                found = (Requirement(each) for each in needs)
                waiting += [each for each in found if each.marker is None or each.marker.evaluate({"extra": extra})]
    assert seen


def test_every_dependency_of_ours_has_a_floor() -> None:
    asked = [*_PROJECT["project"]["dependencies"], *_extra("local")]
    assert not [each for each in asked if not re.search(r">=|==", each)]


def test_the_lists_are_part_of_the_package() -> None:
    patterns = _PROJECT["tool"]["setuptools"]["package-data"]["promptops"]
    assert "requirements/*.txt" in patterns
    assert _BASE.startswith("promptops/requirements/")


def test_all_that_is_installed_for_development_is_all_that_there_is() -> None:
    extras = _PROJECT["project"]["optional-dependencies"]
    everything = {one for name in extras for one in _extra(name)}
    assert everything <= set(_extra("dev"))
