"""Every rule has a manual page and cases; every case is data, run by one function."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable

import pytest

from promptops.lint.engine.registry import MODULES, NAMES, load
from promptops.lint.engine.rule_index import ACROSS_FILES, OF_ONE_FILE
from promptops.lint.engine.runner import Report
from tests.lint.corpus import CorpusCase, corpus
from tests.lint.write_rule_index import FILE, index_text

CORPUS = corpus()


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: f"{case.file}: {case.name}")
def test_case(case: CorpusCase, lint_files: Callable[..., Report]) -> None:
    """`files` is a small project; `expect` lists findings: [code, line, column, part of the message, path].

    A file is its text, `{text: …, times: …}` or `{link: TARGET}`. The path may be left out when it is the first
    file's. `scope` is `files` unless it says `across` or `all`.
    """
    given = case.given
    report = lint_files(case.files, *given.get("paths", ()), scope=given.get("scope", "files"))
    findings = [one for one in report.findings if case.code in ("", one.code)]
    found = sorted((f.code, f.span.line, f.span.column, f.path) for f in findings)
    expected = sorted((code, line, column, path) for code, line, column, _, path in case.expect)
    assert found == expected, "\n".join(f"{f.path}:{f.span} {f.code} {f.message}" for f in findings)
    for code, line, column, part, path in case.expect:
        same = [f for f in findings if (f.code, f.span.line, f.span.column, f.path) == (code, line, column, path)]
        assert any(part in f.problem for f in same), [f.problem for f in same]
    assert not [f for f in findings if "\n" in f.message + f.detail]
    for part in [given["hint"]] if "hint" in given else []:
        assert any(part in finding.hint for finding in findings), [f.hint for f in findings]
    if "severity" in given:
        assert {finding.severity for finding in findings} == {given["severity"]}
    if "fix" in given:
        assert [finding.fix.text if finding.fix else None for finding in findings] == given["fix"]


@pytest.mark.parametrize("code", MODULES)
def test_every_rule_has_a_manual_page_and_cases(code: str) -> None:
    page = inspect.getdoc(load(MODULES[code])) or ""
    what, _, rest = page.partition("\n\n")
    why, _, examples = rest.partition("\n\n")
    assert what.endswith(".")
    assert "\n" not in what
    assert why.strip().endswith(".")
    assert re.search(r"^Bad:   \S", examples, re.MULTILINE)
    assert re.search(r"^Good:  \S", examples, re.MULTILINE)
    cases = [case for case in CORPUS if case.file.endswith(f"/{code}")]
    assert any(case.expect for case in cases), f"no case in cases/{code}.yml finds it"
    assert any(not case.expect for case in cases), f"no good twin, in cases/ or false_alarms/{code}.yml"


def test_the_index_says_what_the_rules_say() -> None:
    assert FILE.read_text("utf-8") == index_text(), "run `make rules`"


def test_codes_and_names_are_unique_and_the_files_say_them() -> None:
    assert len(set(NAMES.values())) == len(NAMES) == len(OF_ONE_FILE) + len(ACROSS_FILES)
    for code, module in MODULES.items():
        assert code == load(module).CODE
        assert module.rpartition(".")[2] == f"{code.lower()}_{NAMES[code].replace('-', '_')}"
