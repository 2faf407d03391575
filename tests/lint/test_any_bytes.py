"""Whatever a file holds, lint gives findings and loading gives a value or a PromptopsError: nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from promptops.errors import PromptopsError, SourceError
from promptops.evals.registry import KINDS
from promptops.lint.engine.fixes import apply
from promptops.lint.engine.project_files import open_project
from promptops.lint.engine.runner import lint
from promptops.model.revision import Revision
from promptops.report.lint import findings as report_findings
from promptops.source.files.globs import matches
from promptops.source.project import Project
from promptops.templating.closure import make_closure

MAX = 64 * 1024
PROMPT = """\
name: A
model: small
modelParameters: {temperature: 0.2}
inputs:
  sentence: {type: string, untrusted: true}
  tone: {enum: [kind, strict], default: kind}
messages:
  - role: system
    content: |
      Be {{ tone }}. {% include "x.j2" %}
  - role: user
    content: >
      {% if sentence %}{{ sentence | trim }}{% endif %}
responseFormat: json_schema
jsonSchema: '{"type": "object"}'
testData: [{sentence: a, expected: b}]
evaluators: [{name: n, string: {contains: "{{ expected }}"}}, {llm: {prompt: p, choices: []}}]
promptops: {owners: [a]}
"""
SUITE = """\
prompt: a
models: [small]
trials: 2
testData: cases.jsonl
evaluators:
  - {name: n, threshold: 0.5, judge: {question: ok?, pass: "yes"}}
gates: {n: {atLeast: 0.75, undecided: fail}}
budget: {maxCost: 0.5, maxCostIncrease: 10%, ignoreBelow: {cost: 5%, latency: .1}}
maxErrors: 5%
cluster: sentence
"""
PROJECT = """\
models:
  small: {provider: openai, model: m, prices: {input: 1, output: 2}, limits: {timeout: 1.5}}
judge: small
paths: {prompts: ["prompts/**"], evals: evals}
policy: {allowedModels: [small]}
lint: {rules: {P6: off, P201: error}, exclude: [old]}
maxErrors: 0.2
"""
TEMPLATE = '{% for a in b %}{{ a.c }}{% include "y.j2" %}{% endfor %}{# note #}{% raw %}{{{% endraw %}'
FILES = {
    "prompts/a.prompt.yml": PROMPT,
    "evals/a.eval.yml": SUITE,
    "promptops.yml": PROJECT,
    "prompts/x.j2": TEMPLATE,
    "prompts/y.j2": "y",
    "evals/cases.jsonl": '{"sentence": "a"}\n',
}

_YAML = st.sampled_from(
    ["messages:", "- ", "  ", "\n", "\n  ", "\n    ", ": ", ":", "|", ">", "|2-\n", "'", '"', "{", "}", "[", "]", ",",
     "role", "user", "content", "inputs", "models", "evaluators", "testData", "gates", "jsonSchema", "&a", "*a", "<<",
     "!!str", "?", "---", "...", "#", "%", "@", "`", "~", "null", "true", "1e999", ".inf", "0x1", "1" * 25, "\\", "\t",
     "\\x00", "\\uD800", "{{ x }}", "untrusted: true", "é", "😀", "\u2028", "\r", "\x85", "<<<<<<< HEAD",
     "=======", "“", "”", "„", "’", "–", "•", "：", "，", "\u00a0", "\u200b", "\u00ad", "\ufeff", "=", ";", ".", "```",
     "content:", "{a, b}", "[a b]", "Note: say", "it's"]
)  # fmt: skip
_JINJA = st.sampled_from(
    ["{{", "}}", "{%", "%}", "{#", "#}", " ", "\n", "\r", "x", "sentence", "'", '"', "|", "upper", "uper", "if", "else",
     "endif", "for", "in", "endfor", "set", "=", "include", "import", "extends", "block", "endblock", "macro", "raw",
     "endraw", "(", ")", "[", "]", ".", ",", "'x.j2'", "'../../a'", "'\\0'", "'\\ud800'", f"'{'n' * 300}'", "-", "+",
     "1" * 5000, "1e999", "“", "<a>", "</a>", "```", "is", "not", "with", "as", "call", "filter", "{", "}", "~",
     "{% if x %}", "{% for a in sentence %}", "{{ sentence }}"]
)  # fmt: skip


def _pieces(piece: st.SearchStrategy[str]) -> st.SearchStrategy[bytes]:
    return st.lists(piece, max_size=40).map(lambda parts: "".join(parts).encode("utf-8", "surrogatepass"))


@st.composite
def _mutated(draw: st.DrawFn, original: str) -> bytes:
    text = original
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from([0, 0, 1, 2, 5, 20])))
        text = text[:start] + draw(st.one_of(_YAML, _JINJA, st.text(max_size=3))) + text[end:]
    return text.encode("utf-8", "surrogatepass")


@st.composite
def _in_message(draw: st.DrawFn) -> bytes:
    style = draw(st.sampled_from(["|", ">", "|2", ">-"]))
    text = b"".join(draw(_pieces(_JINJA)).splitlines(keepends=True)).replace(b"\n", b"\n      ")
    head = draw(st.sampled_from(["inputs: {sentence: {untrusted: true}}\n", ""]))
    return f"{head}messages:\n  - role: user\n    content: {style}\n      ".encode() + text


def _content(name: str) -> st.SearchStrategy[bytes]:
    repeated = st.builds(lambda piece, n: (piece * n)[:MAX].encode(), st.one_of(_YAML, _JINJA), st.integers(1, 2000))
    options = [_mutated(FILES[name]), _pieces(_YAML), _pieces(_JINJA), st.binary(max_size=200), repeated]
    return st.one_of(*options, _in_message()) if name.endswith(".prompt.yml") else st.one_of(options)


class Memory:
    """A source over a mapping."""

    revision = Revision()

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files

    def read(self, path: PurePosixPath) -> bytes:
        if str(path) not in self.files:
            raise SourceError("no such file", where=str(path))
        return self.files[str(path)]

    def list(self, glob: str) -> list[PurePosixPath]:
        return sorted(path for path in map(PurePosixPath, self.files) if matches(path, glob))

    def exists(self, path: PurePosixPath) -> bool:
        return str(path) in self.files


def _loads(source: Memory) -> Iterator[object]:
    try:
        project = Project(source, KINDS)
    except PromptopsError:
        return
    for load in (project.prompt, project.suite):
        try:
            yield load("a")
            if load == project.prompt:
                yield make_closure(source, project.prompt("a"), project.template_folder)
        except PromptopsError:
            continue


def _check(name: str, content: bytes) -> None:
    source = Memory({**{path: text.encode() for path, text in FILES.items()}, name: content})
    report = lint(open_project(source, KINDS))
    for finding in report.findings:
        assert finding.message
        assert finding.span.line >= 1
        assert finding.span.column >= 1
    report_findings.text(report, color=True).encode()
    report_findings.json(report).encode()
    report_findings.github(report).encode()
    for finding in report.findings:
        fix = finding.fix if str(finding.path) == name else None
        if fix is None:
            continue
        row = content.decode().replace("\r\n", "\n").split("\n")[fix.span.line - 1]
        if finding.code == "P201":
            assert row[fix.span.column - 1 : fix.span.end_column - 1] == re.sub("</?sentence>", "", fix.text)
        assert apply(content, [fix]) != content
    list(_loads(source))


_thorough = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@_thorough
@given(content=_content("prompts/a.prompt.yml"))
@example(content=b"messages: [{role: user, content: [")
def test_prompts(content: bytes) -> None:
    _check("prompts/a.prompt.yml", content)


@_thorough
@given(content=_content("evals/a.eval.yml"))
@example(content=b"prompt: a\ntestData: [1]\nevaluators: [{name: n, string: x}]\n")
def test_suites(content: bytes) -> None:
    _check("evals/a.eval.yml", content)


@_thorough
@given(content=_content("promptops.yml"))
@example(content=b"paths: {prompts: [], evals: []}\n")
@example(content=b"paths: {prompts: /etc}\n")
def test_settings(content: bytes) -> None:
    _check("promptops.yml", content)


@_thorough
@given(content=_content("prompts/x.j2"))
@example(content=b'{% include "\\uD800.j2" %}')
@example(content="{% \u2028".encode())
def test_templates(content: bytes) -> None:
    _check("prompts/x.j2", content)


@_thorough
@given(content=st.one_of(st.binary(max_size=100), _mutated(FILES["evals/cases.jsonl"]), _pieces(_YAML)))
def test_files_of_cases(content: bytes) -> None:
    _check("evals/cases.jsonl", content)
