"""What holds for the whole: public names, layers, what an import costs, and that tests reach nothing outside."""

from __future__ import annotations

import ast
import asyncio
import importlib
import os
import pkgutil
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import promptops
from promptops.cli.registry import COMMANDS
from promptops.extras import EXTRAS
from tests.conftest import RepositoryBuilder, write_files
from tests.loaded_modules import loaded_by

ROOT = Path(promptops.__file__).parent
README = ROOT.parent / "README.md"
MODULES = sorted(module.name for module in pkgutil.walk_packages([str(ROOT)], "promptops."))
FILES = sorted(ROOT.rglob("*.py"))
ONE_FILE_EACH = {"cli", "evaluators", "files", "suites"}
"""Folders that grow with what there is: a file for each command, kind of evaluator, rule of lint."""
HEAVY = ("openai", "git", "numpy", "sqlalchemy", "pydantic", "rich", "aiohttp")


def test_public_names_are_sorted_and_there() -> None:
    assert list(promptops.__all__) == sorted(promptops.__all__)
    assert len(set(promptops.__all__)) == len(promptops.__all__)
    for name in promptops.__all__:
        assert getattr(promptops, name) is not None


@pytest.mark.parametrize("name", [name for name in MODULES if name != "promptops.__main__"])
def test_every_module_imports(name: str) -> None:
    importlib.import_module(name)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_module_imports_the_package_root(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert "promptops" not in [alias.name for alias in node.names], f"{path}:{node.lineno}"
        elif isinstance(node, ast.ImportFrom):
            assert node.module != "promptops", f"{path}:{node.lineno}"
            assert node.level == 0, f"{path}:{node.lineno}: imports name the whole path"


def test_no_two_classes_share_a_name() -> None:
    found: dict[str, list[str]] = {}
    for path in FILES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name.lstrip("_"), []).append(path.relative_to(ROOT).as_posix())
    assert {name: paths for name, paths in found.items() if len(paths) > 1} == {}


def test_every_folder_says_what_lives_there() -> None:
    for path in ROOT.rglob("__init__.py"):
        assert len((ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split()) > 3, path


def test_no_folder_has_more_modules_than_one_can_look_through() -> None:
    for folder in {path.parent for path in FILES}:
        modules = [path.name for path in folder.glob("*.py") if path.name != "__init__.py"]
        assert len(modules) <= 18 or folder.name in ONE_FILE_EACH, f"{folder}: {len(modules)}"


@pytest.mark.parametrize("module", ["promptops", "promptops.source.project", "promptops.templating.render"])
def test_an_import_pulls_in_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(*(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


PASTED = "inputs: {text: {untrusted: true}}\nmessages: [{role: user, content: '{{ text }}'}]\n"


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["lint", "prompts/a.prompt.yml"], ["lint", "prompts/b.prompt.yml"]],
    ids=["help", "lint", "lint a value alone"],
)
def test_a_quick_command_starts_without_anything_heavy(tmp_path: Path, arguments: list[str]) -> None:
    plain = "messages: [{role: user, content: Hi}]\n"
    write_files(tmp_path, {"promptops.yml": "{}", "prompts/a.prompt.yml": plain, "prompts/b.prompt.yml": PASTED})
    loaded = loaded_by(tmp_path, arguments)
    assert loaded.isdisjoint({*HEAVY, *EXTRAS, "jinja2", "promptops.model.suite"})
    assert "shutil" not in loaded or arguments != ["--help"]


LINT = ["lint", "prompts/a.prompt.yml"], ("promptops.source.git", "promptops.text.key_mask", "subprocess")
RENDER = ["render", "a"], ("promptops.source.git", "subprocess")
VERIFY = ["verify"], ("sqlite3", "promptops.workflows.eval")


@pytest.mark.parametrize(("arguments", "unneeded"), [LINT, RENDER, VERIFY], ids=["lint", "render", "verify"])
def test_a_command_loads_nothing_that_it_does_not_use(
    repository: RepositoryBuilder, arguments: list[str], unneeded: tuple[str, ...]
) -> None:
    """What only other commands or other settings need."""
    repo = repository()
    repo.commit({"promptops.yml": "{}", "prompts/a.prompt.yml": "messages: [{role: user, content: Hi}]\n"})
    assert loaded_by(repo.root, arguments).isdisjoint(unneeded)


def test_every_command_is_in_the_readme() -> None:
    text = README.read_text("utf-8")
    for name in COMMANDS:
        assert f"### `promptops {name}" in text


@pytest.mark.parametrize(
    "page", [README, *sorted((README.parent / ".github").rglob("*.md"))], ids=lambda page: page.name
)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


def test_imports_point_down() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"],
        cwd=ROOT.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_tests_reach_neither_home_nor_keys(tmp_path: Path, model_cache: Path) -> None:
    base = tmp_path.parent.parent
    for name in ("HOME", "XDG_CACHE_HOME", "PROMPTOPS_CACHE_DIR", "GIT_CONFIG_GLOBAL"):
        assert Path(os.environ[name]).is_relative_to(base), name
    assert Path.home().is_relative_to(base)
    assert not [name for name in os.environ if name.startswith("OPENAI_")]
    assert not model_cache.is_relative_to(base)


def test_only_loopback_is_reached() -> None:
    with pytest.warns(UserWarning, match="allowed"), pytest.raises(RuntimeError, match="allowed"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        writer.close()
        await writer.wait_closed()

    async def talk() -> bytes:
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"hello\n")
            answer = await reader.read()
            writer.close()
            await writer.wait_closed()
            return answer

    assert asyncio.run(talk()) == b"hello\n"
