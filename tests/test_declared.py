"""Nothing is declared that is not there: each dependency is imported, each key of a file is read somewhere."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import promptops
from promptops.cli.registry import COMMANDS
from promptops.model.evaluator_kind import NO_KINDS
from promptops.model.schemas.formats import ENVIRONMENT, PROJECT, prompt_schema, suite_schema

ROOT = Path(promptops.__file__).parent
TREES = {path: ast.parse(path.read_text("utf-8")) for path in ROOT.rglob("*.py")}
FOR_PEOPLE = {"description"}
"""Keys that people read in the file itself."""
ELSEWHERE = {"evaluators"}
"""Keys below which each kind of evaluator has its own, with its own tests."""


@cache
def imported() -> set[str]:
    """The packages that some module imports, ours and Python's left out."""
    found = set()
    for tree in TREES.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.split(".")[0])
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "import_module":
                found |= {str(each.value).split(".")[0] for each in node.args if isinstance(each, ast.Constant)}
    return found - {"promptops", *sys.stdlib_module_names}


def declared() -> dict[str, set[str]]:
    """Distributions that pyproject.toml names, `dev` left out, with the packages that each brings."""
    project = tomllib.loads((ROOT.parent / "pyproject.toml").read_text("utf-8"))["project"]
    extras = [lines for name, lines in project["optional-dependencies"].items() if name != "dev"]
    names = {_normal(re.split(r"[\[<>=]", line)[0]) for lines in (project["dependencies"], *extras) for line in lines}
    names -= {_normal(project["name"])}  # an extra that brings another one
    found: dict[str, set[str]] = {name: set() for name in names}
    for package, distributions in packages_distributions().items():
        for each in distributions:
            found.get(_normal(each), set()).add(package)
    return {name: packages or {name.replace("-", "_")} for name, packages in found.items()}  # an extra may be missing


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def keys(schema: dict[str, Any]) -> Iterator[str]:
    """All keys that a file may have, at any depth."""
    for name, inner in schema.get("properties", {}).items():
        yield name
        yield from keys(inner) if name not in ELSEWHERE else ()
    forms = (*schema.get("byKey", {}).values(), schema.get("otherwise"))
    for inner in (schema.get("items"), schema.get("additionalProperties"), *schema.get("anyOf", ()), *forms):
        if isinstance(inner, dict):
            yield from keys(inner)


def test_every_dependency_is_imported() -> None:
    assert [name for name, packages in declared().items() if not packages & imported()] == []


def test_every_import_is_a_dependency() -> None:
    packages = {package for packages in declared().values() for package in packages}
    assert imported() - packages - {"pydantic_core", "markupsafe"} == set()  # the other halves of pydantic and jinja2


def test_every_key_of_a_file_is_read() -> None:
    texts = {
        node.value
        for path, tree in TREES.items()
        if path.name != "schemas.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    declared_keys = {
        key
        for schema in (prompt_schema(NO_KINDS), suite_schema(NO_KINDS), PROJECT, ENVIRONMENT)
        for key in keys(schema)
    }
    assert sorted(declared_keys - texts - FOR_PEOPLE) == []


def test_each_command_that_a_message_or_a_page_names_exists() -> None:
    pages = [*ROOT.rglob("*.py"), *ROOT.parent.glob("*.md"), ROOT.parent / "action.yml"]
    named = {
        (word, path.name)
        for path in pages
        for word in re.findall(r"(?:`|\bwith )promptops ([a-z]+)\b", path.read_text("utf-8"))
    }
    assert len(named) > 20
    assert {(word, name) for word, name in named if word not in COMMANDS} == set()
