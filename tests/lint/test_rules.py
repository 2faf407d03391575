"""Every rule has a manual page and cases; every case is data, run by one function."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from promptops.lint.engine.registry import ACROSS, RULES, Across, Entry, all_rules
from promptops.lint.engine.rule import ProjectRule, Rule
from promptops.lint.engine.runner import Report

CASES = Path(__file__).parent / "cases"


def _cases() -> list[Any]:
    found = []
    for file in sorted(CASES.glob("*.yml")):
        for case in yaml.safe_load(file.read_text("utf-8")):
            found.append(pytest.param(case, id=f"{file.stem}: {case['name']}"))
    return found


@pytest.mark.parametrize("case", _cases())
def test_case(case: dict[str, Any], lint_files: Callable[..., Report]) -> None:
    """`files` is a small project; `expect` lists all findings: [code, line, column, part of the message, path].

    A file is its text, or `{text: …, times: …}`. The path may be left out when it is the first file's. `scope` is
    `files` unless it says `across` or `all`.
    """
    assert set(case) <= {"name", "files", "expect", "paths", "hint", "severity", "fix", "scope"}
    files = {name: file if isinstance(file, str) else file["text"] * file["times"]
             for name, file in case["files"].items()}  # fmt: skip
    report = lint_files(files, *case.get("paths", ()), scope=case.get("scope", "files"))
    first = PurePosixPath(next(iter(case["files"])))
    expected = [(code, line, column, PurePosixPath(*path) if path else first)
                for code, line, column, _, *path in case["expect"]]  # fmt: skip
    found = sorted((f.code, f.span.line, f.span.column, f.path) for f in report.findings)
    assert found == sorted(expected), "\n".join(f"{f.path}:{f.span} {f.code} {f.message}" for f in report.findings)
    for (code, line, column, part, *_), path in zip(case["expect"], (e[3] for e in expected), strict=True):
        same = [
            f for f in report.findings if (f.code, f.span.line, f.span.column, f.path) == (code, line, column, path)
        ]
        assert any(part in f.message for f in same), [f.message for f in same]
    for part in [case["hint"]] if "hint" in case else []:
        assert any(part in finding.hint for finding in report.findings), [f.hint for f in report.findings]
    if "severity" in case:
        assert {finding.severity for finding in report.findings} == {case["severity"]}
    if "fix" in case:
        assert [finding.fix.text if finding.fix else None for finding in report.findings] == case["fix"]


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_every_rule_has_a_manual_page_and_cases(rule: Rule | ProjectRule) -> None:
    page = inspect.getdoc(rule) or ""
    what, _, rest = page.partition("\n\n")
    why, _, examples = rest.partition("\n\n")
    assert what.endswith(".")
    assert "\n" not in what
    assert why.strip().endswith(".")
    assert re.search(r"^Bad:   \S", examples, re.MULTILINE)
    assert re.search(r"^Good:  \S", examples, re.MULTILINE)
    cases = yaml.safe_load((CASES / f"{rule.code}.yml").read_text("utf-8"))
    assert any(rule.code in [expected[0] for expected in case["expect"]] for case in cases), "no case finds it"
    assert any(not case["expect"] for case in cases), "no good twin"


def test_codes_and_names_are_unique_and_the_files_say_them() -> None:
    entries: list[Entry | Across] = [*RULES, *ACROSS]
    assert len({entry.code for entry in entries}) == len({entry.name for entry in entries}) == len(entries)
    for codes in ([entry.code for entry in RULES], [entry.code for entry in ACROSS]):
        assert codes == sorted(codes)
    by_code = {rule.code: rule for rule in all_rules()}
    for entry in entries:
        rule = by_code[entry.code]
        assert rule.name == entry.name
        module = inspect.getmodule(rule)
        assert module is not None
        assert module.__name__.endswith(f"{rule.code.lower()}_{rule.name.replace('-', '_')}")
        assert module.__doc__ == f"{rule.code} {rule.name}."
