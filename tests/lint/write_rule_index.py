"""Writes promptops/lint/engine/rule_index.py from what the rules say: `make rules`, after one was added or changed."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from types import SimpleNamespace

import promptops.lint.rules as package
from promptops.lint.engine.prefilter import Prefilter

FILE = Path(package.__path__[0]).parent / "engine" / "rule_index.py"
_HEAD = '''"""Every rule by its code, with what it says it must see: written by `make rules`, checked by a test."""
# fmt: off
# ruff: noqa: E501

from promptops.lint.engine.prefilter import Prefilter

'''


def index_text() -> str:
    """What the file must hold."""
    prefix = f"{package.__name__}."
    of_one, across = [], []
    for module in sorted(found.name for found in walk_packages(package.__path__, prefix) if not found.ispkg):
        path = module.removeprefix(prefix)
        rule = import_module(module)
        if hasattr(rule, "check"):
            prefilter = getattr(rule, "PREFILTER", None)
            line = f'    "{rule.CODE}": '
            if prefilter is None:
                across.append(f'{line}"{path}",\n')
            else:
                of_one.append(f'{line}("{path}", {_said(prefilter)}),\n')
    one, all_ = "".join(sorted(of_one)), "".join(sorted(across))
    return (
        f"{_HEAD}OF_ONE_FILE: dict[str, tuple[str, Prefilter]] = {{\n{one}}}\n\n"
        f"ACROSS_FILES: dict[str, str] = {{\n{all_}}}\n\n"
        "CODES = OF_ONE_FILE.keys() | ACROSS_FILES.keys()\n"
    )


def _said(prefilter: Prefilter) -> str:
    given = [(name, value) for name, value in prefilter._asdict().items() if value]
    return f"Prefilter({', '.join(f'{name}={value!r}' for name, value in given)})"


if __name__ == "__main__":
    # Also where the file is broken, as after a merge.
    sys.modules["promptops.lint.engine.rule_index"] = SimpleNamespace(CODES=frozenset())  # type: ignore[assignment]
    FILE.write_text(index_text(), "utf-8")
