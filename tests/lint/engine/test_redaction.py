"""No secret of a file stands in any finding about it, whatever rule speaks, and in no line that is shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from promptops.lint.engine.runner import Report
from promptops.report.lint import findings
from promptops.report.lint.sarif import sarif

Linter = Callable[..., Report]
KEY = "sk-proj-Zk3v9QpL7xTn2RbW8mYc4HdJ6sFg1AeU5oXiN0tB"
PARTS = (KEY, KEY[:40], KEY.removeprefix("sk-proj-"))
HI = "messages: [{role: user, content: hi}]\n"
A = "prompts/a.prompt.yml"
SUITE = "prompt: a\ntestData: a.jsonl\nevaluators: [{string: {contains: x}}]\n"


@pytest.mark.parametrize(
    "files",
    [
        {A: f"inputs: {{}}\n{KEY}: 3\n{HI}"},
        {A: f"modelParameters: {{temperature: {KEY}}}\n{HI}"},
        {A: f"modelParameters: {{{KEY}: 4}}\n{HI}"},
        {A: f"inputs: {{}}\nmessages: [{{role: user, content: '{{% include \"{KEY}\" %}}'}}]\n"},
        {A: HI, "evals/a.jsonl": f'{{"id": "{KEY}"}}\n{{"id": "{KEY}"}}\n', "evals/a.eval.yml": SUITE},
        {A: f"inputs: {{}}\nmessages: [{{role: user, content: '{{{{ oops }}}} {KEY}'}}]\n"},
        {
            A: f"inputs: {{}}\nresponseFormat: json_object\nmessages: [{{role: user, content: say JSON}}]\n"
            f"testData: [{{id: a, whole: no}}]\nevaluators: [{{name: {KEY}, string: {{equals: '{{{{ whole }}}}'}}}}]\n"
        },
    ],
    ids=["unknown key", "range", "parameter", "include", "case id", "beside it", "why it matters"],
)
def test_no_rule_repeats_it_in_any_form(lint_files: Linter, files: dict[str, str]) -> None:
    report = lint_files(files)
    assert {finding.code for finding in report.findings} - {"P203"}, "another rule must speak too"
    for shown in (findings.text(report), findings.json(report), findings.github(report), sarif(report)):
        assert not [part for part in PARTS if part in shown]


def test_a_line_is_not_shown_whole_where_the_rule_of_secrets_did_not_run(lint_files: Linter) -> None:
    files = {
        A: "inputs: {}\nmessages: [{role: user, content: '{% include \"x.j2\" %}'}]\n",
        "prompts/x.j2": f"{{{{ oops }}}} key {KEY}\n",
    }
    report = lint_files(files, A)
    assert [finding.code for finding in report.findings] == ["P102"]
    assert KEY not in findings.text(report)
