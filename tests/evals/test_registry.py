"""A kind of evaluator is one file: what it is stands there, and nobody else knows it by its name."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import promptops
from promptops.errors import PromptError
from promptops.evals import evaluators, registry
from promptops.evals.registry import KINDS, NAMES
from tests.conftest import write_files
from tests.evals.evaluators.fakes import FakeServices, criterion

ROOT = Path(promptops.__file__).parent


@pytest.mark.parametrize("name", KINDS)
def test_a_spec_speaks_of_options_that_its_schema_has(name: str) -> None:
    kind = KINDS[name]
    assert kind.name == name
    named = {*kind.templates, *kind.json_values, kind.question, kind.reply_schema, kind.judge_model}
    named |= {kind.python_file, kind.python_function}
    assert named - {""} <= set(kind.schema.get("properties", {}))
    assert not kind.asks_people or kind.takes_labels


@pytest.mark.parametrize("name", KINDS)
def test_a_kinds_docstring_is_its_manual_and_begins_with_what_it_asks(name: str) -> None:
    manual = import_module(f"promptops.evals.evaluators.{name}").__doc__ or ""
    assert re.match(rf"`{name}`: \w.*\.(\s|$)", manual)


def test_every_file_with_a_kind_is_listed() -> None:
    folder = Path(str(evaluators.__file__)).parent
    assert {path.stem for path in folder.glob("*.py") if "\nKIND = " in path.read_text("utf-8")} == set(NAMES)


def test_options_that_make_no_sense_are_refused_with_what_to_write() -> None:
    with pytest.raises(PromptError, match="no bound") as caught:
        registry.build(criterion("length", {}), FakeServices())
    assert (caught.value.where, caught.value.hint) == ("evaluator 'the criterion'", "give one, such as maxWords: 60")


def test_a_name_that_is_no_kind_is_not_looked_for() -> None:
    assert KINDS.get("nonsense") is None
    assert "nonsense" not in KINDS


SUITE = """\
prompt: a
testData: [{id: one, word: x}]
evaluators: [{string: {equals: '{{ word }}'}}, {length: {maxWords: 3}}]
"""
PROMPT = """\
inputs: {word: {type: string}}
messages: [{role: user, content: 'Say {{ word }}'}]
promptops: {owners: ['@a']}
"""


def test_lint_imports_the_kinds_that_a_suite_uses_and_none_of_their_machinery(tmp_path: Path) -> None:
    write_files(tmp_path, {"promptops.yml": "{}", "prompts/a.prompt.yml": PROMPT, "evals/s.eval.yml": SUITE})
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*sorted(name for name in sys.modules)))\n"
        "sys.argv[1:] = ['lint', 'evals/s.eval.yml']\n"
        "from promptops.cli.main import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    loaded = set(done.stdout.splitlines()[-1].split())
    folder = "promptops.evals.evaluators."
    used = {name.removeprefix(folder) for name in loaded if name.startswith(folder)}
    assert used == {"base", "string", "length"}
    assert loaded.isdisjoint({"asyncio", "numpy", "openai", "jsonschema_rs", "hashlib", "promptops.model.model_call"})


NOTHING_ELSE = {"python", "judge", "llm", "human", "uses", "tokens"}
"""Names of kinds that name nothing else in this house, as `cost` names a measure and `string` a type of JSON."""


def literals(node: ast.AST) -> set[str]:
    return {one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def is_a_kind(node: ast.AST) -> bool:
    """`kind`, `one.kind`, `one.kind.name` or `one["kind"]`."""
    if isinstance(node, ast.Attribute) and node.attr == "name":
        node = node.value
    named = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return named == "kind" or (isinstance(node, ast.Subscript) and literals(node.slice) == {"kind"})


def by_name(tree: ast.Module) -> Iterator[str]:
    """Where kinds are told apart by their names: compared, matched, or listed together."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(map(is_a_kind, [node.left, *node.comparators])):
            found = set().union(*map(literals, [node.left, *node.comparators])) & set(KINDS)
        elif isinstance(node, ast.Match) and is_a_kind(node.subject):
            found = set().union(*map(literals, node.cases)) & set(KINDS)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Assign | ast.AnnAssign):
            found = literals(node) & NOTHING_ELSE
            found = found if len(found) > 1 else set()
        else:
            continue
        if found:
            yield f"line {node.lineno}: {', '.join(sorted(found))}"


@pytest.mark.parametrize(
    "code",
    [
        'a = [c for c in suite.criteria if c.kind == "python"]',
        'judged = c.kind in ("judge", "llm")',
        'ok = "latency" != info.kind',
        'ok = data["kind"] == "string"',
        'ok = criterion.kind.name in {"json", "other"}',
        'match one.kind:\n    case "cost": pass',
        'JUDGED = frozenset({"judge", "llm"})',
        'MODELS = {"judge": "model", "llm": "modelId"}',
        'def models(item): return item.get("judge"), item.get("llm")',
    ],
)
def test_the_search_below_finds(code: str) -> None:
    assert list(by_name(ast.parse(code)))


def test_no_module_but_its_own_knows_a_kind_by_its_name() -> None:
    homes = (ROOT / "evals" / "evaluators", ROOT / "evals" / "registry.py")
    for path in sorted(ROOT.rglob("*.py")):
        if not any(path.is_relative_to(home) for home in homes):
            assert list(by_name(ast.parse(path.read_text("utf-8")))) == [], path
