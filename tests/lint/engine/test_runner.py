"""Files that are hostile, strange or gone; chunks; snapshots."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from promptops.errors import SourceError
from promptops.evals.registry import KINDS
from promptops.lint.engine.limits import MAX_FINDINGS
from promptops.lint.engine.project_files import MAX_CASES, CachedSource, open_project
from promptops.lint.engine.runner import Report, lint
from promptops.model.finding import Finding
from promptops.source.files.worktree import Worktree

Linter = Callable[..., Report]
GOOD = "messages: [{role: user, content: hi}]\n"
PROMPT = "prompts/a.prompt.yml"


def _only(report: Report) -> Finding:
    assert len(report.findings) == 1, report.findings
    return report.findings[0]


def _with(content: str) -> str:
    lines = "".join(f"      {line}\n" for line in content.split("\n"))
    return f"inputs: {{}}\nmessages:\n  - role: user\n    content: |\n{lines}"


def test_case_01_merge_bomb_of_12_levels(lint_files: Linter) -> None:
    levels = "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}], k{n}: 1}}\n" for n in range(1, 13))
    found = _only(lint_files({PROMPT: f"a0: &a0 {{k: 1}}\n{levels}"}))
    assert (found.code, found.span.line) == ("P001", 1)
    assert "cannot begin with &" in found.message


def test_case_02_100_kb_of_brackets(lint_files: Linter) -> None:
    assert "levels deep" in _only(lint_files({PROMPT: "[" * 100_000})).message


@pytest.mark.parametrize("suffix", ["prompts/a.prompt.yml", "evals/a.eval.yml", "promptops.yml", "prompts/a.j2"])
@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (GOOD.encode("utf-16"), 1, "UTF-16"),
        (b"name: x\nmodel: caf\xe9\n", 2, "not UTF-8 (0xe9)"),
        (b"\xef\xbb\xbf" + GOOD.encode(), 1, "byte order mark"),
        (b"name: x\n\nmodel: a\x00b\n", 3, "NUL"),
    ],
    ids=["utf-16", "bad utf-8", "bom", "nul"],
)
def test_case_05_encodings(lint_files: Linter, suffix: str, data: bytes, line: int, message: str) -> None:
    found = _only(lint_files({suffix: data}))
    assert (found.code, found.span.line) == ("P006", line)
    assert message in found.message


@pytest.mark.parametrize("suffix", ["prompts/a.prompt.yml", "prompts/a.j2"])
def test_case_07_400_nested_ifs(lint_files: Linter, suffix: str) -> None:
    text = "{% if 1 %}" * 400 + "{% endif %}" * 400
    found = _only(lint_files({suffix: text if suffix.endswith("j2") else _with(text)}))
    assert found.code == "P103"
    assert "nested too deeply" in found.message
    assert "split it" in found.hint


def test_case_08_symlinks(lint_files: Linter, tmp_path: Path) -> None:
    secret = tmp_path.parent / f"{tmp_path.name}-secret.j2"
    secret.write_text("{{ secret }}")
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts/link.j2").symlink_to(secret)
    (tmp_path / "prompts/folder").symlink_to(tmp_path.parent)
    (tmp_path / "prompts/b.prompt.yml").symlink_to(tmp_path / PROMPT)
    text = _with(f'{{% include "link.j2" %}}\n{{% include "folder/{secret.name}" %}}')
    report = lint_files({PROMPT: text}, PROMPT, "prompts/b.prompt.yml", "prompts/link.j2")
    found = [(f.path.name, f.code, f.span.line, f.span.column) for f in report.findings]
    linked = [("b.prompt.yml", "P014", 1, 1), ("link.j2", "P014", 1, 1)]
    assert found == [("a.prompt.yml", "P105", 5, 19), ("a.prompt.yml", "P105", 6, 19), *linked]
    assert all("symbolic link" in f.message for f in report.findings if f.code == "P014")
    assert report.failed


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
@pytest.mark.parametrize("name", ["sum_prompt.yml", "sum_prompt.yaml"])
def test_a_file_of_almost_the_right_name_is_to_be_renamed(lint_files: Linter, name: str) -> None:
    (skip,) = lint_files({f"prompts/{name}": GOOD}, f"prompts/{name}").skipped
    ending = name.removeprefix("sum_")
    assert skip.reason == f"not a prompt by its name; rename it to end in .{ending}: sum.{ending}"


def test_case_15_strange_files_are_told_with_the_reason(lint_files: Linter, tmp_path: Path) -> None:
    (tmp_path / "prompts").mkdir()
    os.mkfifo(tmp_path / "prompts/pipe.prompt.yml")
    (tmp_path / "prompts/folder.prompt.yml").mkdir()
    with (tmp_path / "prompts/huge.prompt.yml").open("wb") as file:
        file.truncate(2 * 1024**3)
    names = ("gone", "pipe", "folder", "huge", "a")
    report = lint_files({PROMPT: GOOD, "prompts/notes.txt": "x"}, *(f"prompts/{n}.prompt.yml" for n in names),
                        "prompts/notes.txt")  # fmt: skip
    assert {finding.path.name.partition(".")[0]: (finding.code, finding.message) for finding in report.findings} == {
        "pipe": ("P014", "it is not a plain file"),
        "huge": ("P007", "the file is too large (2,147,483,648 bytes)"),
    }
    reasons = {skip.path.name.partition(".")[0]: skip.reason for skip in report.skipped}
    assert reasons == {
        "gone": "no such file",
        "folder": "it is a folder",
        "notes": "not a prompt, a suite, a template or promptops.yml",
    }


def test_case_15_a_file_that_vanishes_between_listing_and_reading(lint_files: Linter, tmp_path: Path) -> None:
    class Vanishing(Worktree):
        def read(self, path: PurePosixPath) -> bytes:
            (self.root / path).unlink(missing_ok=True)
            return super().read(path)

    lint_files({PROMPT: GOOD})
    report = lint(open_project(Vanishing(tmp_path), KINDS))
    assert [(skip.path.name, skip.reason) for skip in report.skipped] == [("a.prompt.yml", "no such file")]


def test_case_15_chunks_give_what_one_run_gives(lint_files: Linter, tmp_path: Path) -> None:
    kinds = [
        "inputs: {x: {}}\nmessages:\n  - {role: user, content: '{{ y }}{% include \"x.j2\" %}'}\n",
        "model: nope\nmessages: [{role: user, content: hi}]\n",
        "name: a: b\n",
        GOOD,
    ]
    files = {f"prompts/p{n}.prompt.yml": kinds[n % 4] for n in range(5_000)}
    whole = lint_files({**files, "prompts/x.j2": "{{ z }}{{ a b }}"})
    assert len(whole.findings) == 1_250 * 3 + 1
    project = open_project(Worktree(tmp_path), KINDS)
    paths = sorted(PurePosixPath(name) for name in [*files, "prompts/x.j2"])
    chunks = [lint(project, paths[start : start + 700]) for start in range(0, len(paths), 700)]
    assert {finding for chunk in chunks for finding in chunk.findings} == set(whole.findings)


def test_findings_are_sorted_and_each_is_told_once(lint_files: Linter) -> None:
    report = lint_files(
        {"prompts/b.prompt.yml": "a: 1\nb: 2\n", PROMPT: "z: 1\n"}, PROMPT, "prompts/b.prompt.yml", PROMPT
    )
    assert list(report.findings) == sorted(set(report.findings), key=Finding.sort_key)
    assert report.checked["prompt"] == 2


def test_a_source_is_read_once_per_file(tmp_path: Path) -> None:
    (tmp_path / "a.j2").write_text("one")
    held = CachedSource(Worktree(tmp_path))
    assert held.read(PurePosixPath("a.j2")) == b"one"
    (tmp_path / "a.j2").write_text("two")
    assert held.read(PurePosixPath("a.j2")) == b"one"
    for _ in range(2):
        with pytest.raises(SourceError, match="no such file"):
            held.read(PurePosixPath("b.j2"))


def test_a_name_with_nul_or_much_too_long_is_a_finding(lint_files: Linter) -> None:
    text = _with(
        f'{{% include "a\\x00b" %}}\n{{% include "{"n" * 300}" %}}\n{{% include "" %}}\n{{% include "\\ud800" %}}'
    )
    assert {finding.code for finding in lint_files({PROMPT: text}).findings} <= {"P104", "P105"}
    suite = 'prompt: a\ntestData: "\\0"\nevaluators: [{string: {contains: x}}]\n'
    assert _only(lint_files({"evals/a.eval.yml": suite, PROMPT: GOOD})).code == "P004"


def test_lint_starts_without_what_it_does_not_need(tmp_path: Path) -> None:
    """Design, section 8: lint of one file takes at most 8 times the start of Python; each of these costs too much."""
    (tmp_path / "a.prompt.yml").write_text("inputs: {x: {}}\nmessages: [{role: user, content: 'Hi {{ x }}'}]\n")
    heavy = {"openai", "git", "numpy", "pydantic", "rich", "jinja2", "sqlite3", "aiohttp", "hashlib", "csv"}
    code = (
        "import sys; from promptops.cli.lint import command\n"
        "try: command(['a.prompt.yml'])\n"
        f"except SystemExit as end: sys.exit(end.code or ','.join({heavy} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "no problems in 1 prompt\n", "")


def test_lint_uses_no_network(lint_files: Linter, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("lint opened a socket")

    monkeypatch.setattr(socket, "socket", refuse)
    lint_files({PROMPT: "model: openai/gpt-4o\n" + GOOD})


def test_more_cases_than_lint_looks_into_are_a_note_not_a_fault(lint_files: Linter) -> None:
    suite = "prompt: a\ntestData: a.jsonl\nevaluators: [{string: {contains: x}}]\n"
    cases = '{"x": 1}\n' * (MAX_CASES + 1)
    report = lint_files({"evals/a.eval.yml": suite, "evals/a.jsonl": cases, PROMPT: GOOD})
    found = _only(report)
    assert (found.code, found.severity, str(found.path)) == ("P004", "note", "evals/a.eval.yml")
    assert "10,001 lines; lint looks into 10,000 at most" in found.message
    assert [skip.path.name for skip in report.skipped] == ["a.jsonl"]
    assert not report.failed


@pytest.mark.parametrize("keys", [MAX_FINDINGS, MAX_FINDINGS + 1])
def test_more_findings_of_one_rule_than_anybody_reads_are_cut_and_it_says_so(lint_files: Linter, keys: int) -> None:
    text = f"{GOOD}promptops: {{owners: [a]}}\n" + "".join(f"key_{number}: b\n" for number in range(keys))
    report = lint_files({PROMPT: text})
    unknown = [finding for finding in report.findings if finding.code == "P003"]
    said = [finding.message for finding in unknown if "only the first" in finding.message]
    assert said == (["only the first 500 findings of P003 in this file are listed"] if keys > MAX_FINDINGS else [])
    assert len(unknown) - len(said) == MAX_FINDINGS


def test_a_file_of_more_values_than_a_person_writes_is_refused_at_the_first_too_many(lint_files: Linter) -> None:
    finding = _only(lint_files({PROMPT: f"{GOOD}testData:\n" + "  - {a: b}\n" * 25_000}))
    assert finding.code == "P001"
    assert "more than 60,000 keys and values" in finding.message
    assert ".jsonl" in finding.hint


def test_a_text_with_more_template_than_is_read_is_told_so(lint_files: Linter) -> None:
    finding = _only(lint_files({"prompts/a.j2": "{{ a | trim }}\n" * 3_000}))
    assert finding.code == "P103"
    assert "more than 30,000 characters between its braces" in finding.message


def test_many_messages_share_the_limit_of_one(lint_files: Linter) -> None:
    messages = "".join(f"  - {{role: user, content: '{number}{'{{ a | trim }}' * 1_500}'}}\n" for number in range(2))
    finding = _only(lint_files({PROMPT: f"inputs: {{a: {{}}}}\nmessages:\n{messages}"}))
    assert finding.code == "P004"
    assert "the messages have 42,000 characters between their braces" in finding.message
