"""All rules. A new rule is one file in rules/, one line here, and one file of cases in tests/lint/cases/.

A rule is imported when a file comes that it looks at: most files need only a few of them, and lint must start fast.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from promptops.lint.engine.rule import ProjectRule, Rule
    from promptops.lint.engine.target import Kind


class Entry(NamedTuple):
    """A rule of one file: the `kinds` it looks at, and words without one of which the file has nothing for it.

    With `beyond_ascii` it also looks at files that hold none of them, but other letters than those of ASCII.
    """

    code: str
    name: str
    kinds: tuple[Kind, ...]
    needs: tuple[str, ...] = ()
    beyond_ascii: bool = False


class Across(NamedTuple):
    """A rule that needs to see all files together."""

    code: str
    name: str


_YAML: tuple[Kind, ...] = ("prompt", "suite", "project", "environment")
_TEXTS: tuple[Kind, ...] = ("prompt", "template")
_ALL: tuple[Kind, ...] = (*_YAML, "template", "cases")
_LOOK_ALIKES = tuple("аеорсухіјѕԁһӏԛԝѵкАВЕКМНОРСТУХІЈЅԚԜοΑΒΕΖΗΙΚΜΝΟΡΤΥΧ")
"""Cyrillic and Greek letters that pass for Latin ones."""
SECRET_WORDS = (
    "key", "Key", "KEY", "oken", "OKEN", "ecret", "ECRET", "assw", "ASSW", "pwd", "PWD", "redential", "earer", "://",
    "sk-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "AKIA", "ASIA", "AIza", "xox", "xapp-", "k_live_",
    "hf_", "glpat-", "npm_", "pypi-", "gsk_", "xai-", "pplx-", "r8_", "dapi", "eyJ", ".slack.com", ".yml", ".yaml",
)  # fmt: skip
_FREE_VALUES = (
    "enum", "const", "default", "testData", "json", "tool", "models:", *(f"model: {digit}" for digit in range(10)),
)  # fmt: skip
_BIG_WORK = (
    "*", "range", "center", "just", "zfill", "expandtabs", "indent", "batch", "slice", "tojson", "round", "format",
    *(f"%{digit}" for digit in range(10)),
)  # fmt: skip

GROUPS = {
    "0": "files", "1": "templates", "2": "safety", "3": "models", "4": "suites", "5": "ownership", "6": "writing",
}  # fmt: skip
"""The folder below rules/ by the first digit of a code."""
FROM_THE_READER = frozenset({"P001", "P002", "P003", "P006", "P007", "P403", "P410"})
"""Rules that pass on what was found when the file was read: nothing to do where nothing was found."""

RULES: tuple[Entry, ...] = (
    Entry("P001", "not-yaml", _YAML),
    Entry("P002", "duplicate-key", _YAML),
    Entry("P003", "unknown-key", _YAML),
    Entry("P004", "wrong-type", _YAML),
    Entry("P005", "ambiguous-scalar", ("prompt", "suite", "project"), _FREE_VALUES),
    Entry("P006", "not-utf8", (*_YAML, "template")),
    Entry("P007", "too-large", (*_YAML, "template")),
    Entry("P008", "conflict-markers", (*_YAML, "template"), ("<<<<<<<", ">>>>>>>", "testData")),
    Entry("P010", "file-name", ("prompt", "suite")),
    Entry("P011", "bad-ignore", (*_YAML, "template"), ("romptops:",)),
    Entry("P012", "unused-ignore", (*_YAML, "template"), ("romptops:",)),
    Entry("P101", "unused-input", ("prompt",), ("inputs",)),
    Entry("P102", "undeclared-variable", ("prompt",), ("{",)),
    Entry("P103", "template-syntax", _TEXTS, ("{",)),
    Entry("P104", "missing-include", _TEXTS, ("{%",)),
    Entry("P105", "include-outside", _TEXTS, ("{%",)),
    Entry("P106", "include-cycle", _TEXTS, ("{%",)),
    Entry("P108", "exploding-template", _TEXTS, _BIG_WORK),
    Entry("P109", "unfilled-placeholder", ("prompt",), ("{", "<<", "[[", "%(")),
    Entry("P110", "blank-lines", _TEXTS, ("{%", "{#", "\n\n\n")),
    Entry("P201", "untrusted-undelimited", ("prompt",), ("untrusted",)),
    Entry("P202", "untrusted-in-system", ("prompt",), ("untrusted",)),
    Entry("P203", "secret", _ALL, SECRET_WORDS),
    Entry("P204", "personal-data", (*_TEXTS, "suite", "cases")),
    Entry("P205", "hidden-character", (*_YAML, "template"), ("\\u", "\\U", "\\x"), beyond_ascii=True),
    Entry("P206", "mixed-script", (*_TEXTS, "suite"), _LOOK_ALIKES),
    Entry("P301", "unknown-model", ("prompt", "suite", "project"), ("model", "judge", "embeddings")),
    Entry("P302", "forbidden-model", ("prompt", "suite", "project"), ("model", "judge", "embeddings")),
    Entry("P303", "parameter-range", ("prompt",), ("modelParameters",)),
    Entry("P304", "unknown-parameter", ("prompt",), ("modelParameters",)),
    Entry("P305", "format-without-schema", ("prompt",), ("json_", "jsonSchema")),
    Entry("P306", "invalid-schema", ("prompt", "suite"), ("inputs", "jsonSchema", "parameters", "schema")),
    Entry("P307", "invalid-tool", ("prompt",), ("tools",)),
    Entry("P308", "unused-tool", ("prompt",), ("tools",)),
    Entry("P309", "context-window", ("prompt", "suite")),
    Entry("P402", "too-few-cases", ("suite",), ("atLeast", "noWorseThanBase")),
    Entry("P403", "duplicate-case-id", ("prompt", "suite"), ("testData",)),
    Entry("P404", "case-lacks-input", ("prompt", "suite"), ("testData",)),
    Entry("P405", "leaked-case", ("prompt", "suite"), ("testData",)),
    Entry("P406", "held-out-in-prompt", ("prompt", "suite"), ("testData",)),
    Entry("P407", "compound-question", ("prompt", "suite"), ("question",)),
    Entry("P408", "vague-question", ("prompt", "suite"), ("question",)),
    Entry("P409", "open-question", ("prompt", "suite"), ("question",)),
    Entry("P410", "unknown-gate", ("suite",), ("gates",)),
    Entry("P411", "unknown-tool", ("prompt", "suite"), ("tool",)),
    Entry("P412", "unknown-field", ("prompt", "suite"), ("{{", "{%")),
    Entry("P503", "broken-pin", ("environment",), ("pins",)),
    Entry("P504", "missing-criterion", ("suite",)),
    Entry("P601", "contradiction", _TEXTS),
    Entry("P602", "repetition", _TEXTS),
    Entry("P603", "only-forbids", _TEXTS, ("ot ", "OT ", "n't ", "n’t ", "ever ", "EVER ", "void ")),
    Entry("P604", "example-off-format", ("prompt", "suite"), ("json_", "equals")),
)

ACROSS: tuple[Across, ...] = (
    Across("P009", "duplicate-identifier"),
    Across("P107", "unused-template"),
    Across("P401", "untested-prompt"),
    Across("P501", "no-owner"),
    Across("P502", "unknown-owner"),
)


IN_CASES = frozenset(entry.code for entry in RULES if "cases" in entry.kinds)
IN_FILES = frozenset(entry.code for entry in RULES)
IN_ALL = frozenset(entry.code for entry in ACROSS)


def load(entry: Entry) -> Rule:
    """The rule itself, imported now."""
    rule: Rule = _load(entry.code, entry.name)
    return rule


def unused_ignore() -> Any:
    """P012, which judges comments after all other rules have spoken."""
    return _load("P012", "unused-ignore")


def load_across(entry: Across) -> ProjectRule:
    """The rule itself, imported now."""
    rule: ProjectRule = _load(entry.code, entry.name)
    return rule


@cache
def _load(code: str, name: str) -> Any:
    # The name says all: P101 unused-input is the class UnusedInput in rules/templates/p101_unused_input.py.
    module = import_module(f"promptops.lint.rules.{GROUPS[code[1]]}.{code.lower()}_{name.replace('-', '_')}")
    return getattr(module, "".join(word.capitalize() for word in name.split("-")))()


def all_rules() -> tuple[Rule | ProjectRule, ...]:
    """Every rule, in the order of the codes: for the manual and the tests."""
    found: list[Rule | ProjectRule] = [*map(load, RULES), *map(load_across, ACROSS)]
    return tuple(sorted(found, key=lambda rule: rule.code))
