"""`promptops lint` from the outside: paths, formats, fixes, versions, exit codes."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from promptops.lint.engine import fixes
from promptops.lint.engine.registry import MODULES
from promptops.model.finding import Fix, Span
from tests.conftest import RepositoryBuilder

Run = Callable[..., Result]
UNTRUSTED = (
    "inputs: {s: {untrusted: true}}\nmessages:\n  - role: user\n    content: |\n      Hé 😀 {{ s }} and {{ s }}\n"
    "testData: [{s: hi}]\nevaluators: [{string: {equals: x}}]\n"
)
FIXED = UNTRUSTED.replace("{{ s }}", "<s>{{ s }}</s>")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A project with one good prompt, one that can be fixed and a suite; commands run in its folder."""
    for folder in (".git", "prompts/legal", "evals"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "prompts/good.prompt.yml").write_text("messages: [{role: user, content: hi}]\n")
    (tmp_path / "prompts/legal/fix.prompt.yml").write_text(UNTRUSTED, "utf-8")
    (tmp_path / "evals/s.eval.yml").write_text(
        "prompt: good\ntestData: [{a: 1}]\nevaluators: [{string: {equals: x}}]\n"
    )
    monkeypatch.chdir(tmp_path)
    return lambda *args: CliRunner().invoke(cli, ["lint", *args])


def _last(result: Result) -> str:
    return result.stdout.splitlines()[-1]


def test_all_files_without_a_path_and_1_for_findings(run: Run) -> None:
    result = run()
    assert _last(result) == "2 problems in 2 prompts and 1 suite (2 can be fixed)"
    assert result.exit_code == 1
    assert result.stderr == ""


def test_nothing_found_is_0(run: Run) -> None:
    result = run("prompts/good.prompt.yml", "evals/s.eval.yml")
    assert (result.stdout, result.exit_code) == ("no problems in 1 prompt and 1 suite\n", 0)


@pytest.mark.parametrize("name", ["prompts/legal", "prompts/legal/", "prompts/legal/fix.prompt.yml", "legal/fix"])
def test_a_folder_a_file_or_an_identifier(run: Run, name: str) -> None:
    assert _last(run(name)) == "2 problems in 1 prompt (2 can be fixed)"


def test_paths_count_from_the_current_folder(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("prompts/legal")
    result = run("fix.prompt.yml", "../good.prompt.yml")
    assert _last(result) == "2 problems in 2 prompts (2 can be fixed)"
    assert "prompts/legal/fix.prompt.yml:5:12: P201" in result.stdout
    monkeypatch.chdir("../..")
    assert _last(run(".")) == "2 problems in 2 prompts and 1 suite (2 can be fixed)"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("prompts/gone.prompt.yml", "prompts/gone.prompt.yml: no such file"),
        ("nothing", "nothing: there is no file, prompt or suite of this name"),
        ("/etc/hosts.prompt.yml", "/etc/hosts.prompt.yml: the path is outside the project"),
    ],
)
def test_a_path_that_leads_to_nothing_is_an_error(run: Run, name: str, message: str) -> None:
    result = run(name)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""


def test_a_missing_file_beside_good_ones_is_named(run: Run) -> None:
    result = run("prompts/good.prompt.yml", "prompts/gone.prompt.yml")
    assert "prompts/gone.prompt.yml: skipped: no such file" in result.stdout
    assert _last(result) == "no problems in 1 prompt; 1 file skipped"
    assert result.exit_code == 0


def test_fix_changes_only_the_spans(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "prompts/legal/fix.prompt.yml"
    path.write_bytes(UNTRUSTED.replace("\n", "\r\n").encode())
    path.chmod(0o640)
    result = run("--fix")
    assert path.read_bytes() == FIXED.replace("\n", "\r\n").encode()
    assert (result.exit_code, _last(result)) == (0, "no problems in 2 prompts and 1 suite")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert sorted(file.name for file in path.parent.iterdir()) == ["fix.prompt.yml"]


def test_fix_leaves_files_that_were_not_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "prompts/x.j2").write_text("{{ s }}")
    (tmp_path / "prompts/a.prompt.yml").write_text(
        "inputs: {s: {untrusted: true}}\nmessages:\n  - role: user\n    content: '{% include \"x.j2\" %}'\n"
    )
    run("--fix", "prompts/a.prompt.yml")
    assert (tmp_path / "prompts/x.j2").read_text() == "{{ s }}"
    assert (tmp_path / "prompts/legal/fix.prompt.yml").read_text("utf-8") == UNTRUSTED
    run("--fix", "prompts/a.prompt.yml", "prompts/x.j2")
    assert (tmp_path / "prompts/x.j2").read_text() == "<s>{{ s }}</s>"


def test_fix_puts_texts_that_a_comment_cuts_in_quotes_in_prompts_suites_and_cases(run: Run, tmp_path: Path) -> None:
    texts = {
        "prompts/cut.prompt.yml": "inputs: {q: {}}\nmessages:\n  - role: user\n    content: On #12 say {{ q }}\n",
        "evals/cut.eval.yml": "prompt: cut\ntestData: cut.cases.yml\nevaluators:\n- string:\n    contains: on #12\n",
        "evals/cut.cases.yml": "- q: order #7  # the first\n- {q: order 8}\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    found = run("prompts/cut.prompt.yml", "evals/cut.eval.yml")
    assert (found.exit_code, found.stdout.count(" P013 ")) == (1, 3)
    assert run("--fix", "prompts/cut.prompt.yml", "evals/cut.eval.yml").exit_code == 0
    quoted = ('"On #12 say {{ q }}"', '"on #12"', '"order #7"')
    for (name, text), whole in zip(texts.items(), quoted, strict=True):
        assert (tmp_path / name).read_text() == text.replace(whole.strip('"'), whole)


def test_fix_never_overwrites_what_changed_meanwhile(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "prompts/legal/fix.prompt.yml"
    before = fixes.apply

    def slow(data: bytes, changes: list[Fix]) -> bytes:
        path.write_text("messages: []\n")
        return before(data, changes)

    monkeypatch.setattr(fixes, "apply", slow)
    result = run("--fix")
    assert result.exit_code == 2
    assert "changed while it was read" in result.stderr
    assert path.read_text() == "messages: []\n"


def test_a_fix_that_cannot_be_written_leaves_nothing_behind(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    result = run("--fix")
    assert result.exit_code == 2
    assert "cannot be written: No space left on device" in result.stderr
    assert [file.name for file in (tmp_path / "prompts/legal").iterdir()] == ["fix.prompt.yml"]
    assert (tmp_path / "prompts/legal/fix.prompt.yml").read_text("utf-8") == UNTRUSTED


def test_of_two_fixes_that_overlap_one_is_kept() -> None:
    one = Fix(Span.at(1, 1, 3), "X")
    two = Fix(Span.at(1, 2, 3), "Y")
    assert fixes.apply(b"abcdef\n", [two, one]) == b"Xdef\n"
    assert fixes.apply(b"ab\ncd", [Fix(Span(1, 2, 2, 2), "-")]) == b"a-d"


def test_json_and_annotations(run: Run, tmp_path: Path) -> None:
    data = json.loads(run("--format", "json").stdout)
    assert [finding["code"] for finding in data["findings"]] == ["P201", "P201"]
    assert run("--format", "github").stdout.startswith("::warning file=prompts/legal/fix.prompt.yml,line=5,")


def test_annotations_name_files_from_the_repositorys_top(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sub/prompts").mkdir(parents=True)
    (tmp_path / "sub/promptops.yml").write_text("modles: {}\n")
    monkeypatch.chdir(tmp_path / "sub")
    assert run("--format", "github").stdout.startswith("::error file=sub/promptops.yml,line=1,")


def test_a_broken_promptops_yml_is_a_finding(run: Run, tmp_path: Path) -> None:
    (tmp_path / "promptops.yml").write_text("models: small: x\n")
    result = run("prompts/good.prompt.yml")
    assert "promptops.yml:1:14: P001" in result.stdout
    assert result.exit_code == 1


def test_at_reads_a_commit_and_never_fixes(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").rmdir()
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    for command in ("init -q", "add -A", "-c user.name=a -c user.email=a@b commit -q -m one"):
        subprocess.run(["git", *command.split()], cwd=tmp_path, check=True)
    assert run("--fix").exit_code == 0
    result = run("--at", "HEAD")
    assert _last(result) == "2 problems in 2 prompts and 1 suite (2 can be fixed)"
    assert run("--at", "HEAD", "prompts/legal").stdout == run("--at", "HEAD", "legal/fix").stdout
    refused = run("--at", "HEAD", "--fix")
    assert refused.exit_code == 2
    assert "cannot be used with --at" in refused.stderr
    assert run("--at", "nowhere").exit_code == 2


def test_rules_and_their_pages(run: Run) -> None:
    listed = run("--rules").stdout.splitlines()
    assert len(listed) == len(MODULES)
    assert listed[0].split()[:2] == ["P001", "not-yaml"]
    for name in ("P201", "p201", "untrusted-undelimited"):
        page = run("--explain", name).stdout
        assert page.startswith("P201 untrusted-undelimited\n\nA value from strangers")
        assert "\nBad:   Correct this" in page
    wrong = run("--explain", "P999")
    assert wrong.exit_code == 2
    assert "there is no such rule" in wrong.stderr
    assert "did you mean" in run("--explain", "unused-inputs").stderr


def test_a_folder_with_nothing_to_look_at_is_no_success(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, ["lint"])
    assert result.exit_code == 2
    assert "nothing to look at here" in result.stderr
    assert "promptops init" in result.stderr


def test_at_the_top_of_many_projects_they_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for number in range(7):
        below = tmp_path / f"services/s{number}"
        (below / "prompts").mkdir(parents=True)
        (below / "promptops.yml").write_text("")
        (below / "prompts/a.prompt.yml").write_text("messages: [{role: user, content: hi}]\n")
    result = CliRunner().invoke(cli, ["lint"])
    assert result.exit_code == 2
    assert "projects lie in services/s0, services/s1, services/s2, services/s3, services/s4 and 2 more" in result.stderr
    assert "promptops init" not in result.stderr
    *_, command = result.stderr.strip().partition("such as: promptops ")
    assert "in 1 prompt" in _last(CliRunner().invoke(cli, command.split()))


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps the current folder")
def test_a_folder_that_is_gone_is_told_without_a_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    for command in ("lint", "eval"):
        result = CliRunner().invoke(cli, [command])
        assert (result.exit_code, "no longer exists" in result.stderr) == (2, True)


def test_an_edited_file_of_cases_has_its_suites_looked_at_too(run: Run, tmp_path: Path) -> None:
    (tmp_path / "evals/s.eval.yml").write_text(
        "prompt: good\ntestData: s.cases.jsonl\nevaluators: [{string: {equals: x}}]\n"
    )
    cases = tmp_path / "evals/s.cases.jsonl"
    cases.write_text('{"a": 1}\n')
    assert _last(run("evals/s.cases.jsonl")) == "no problems in 1 suite"
    cases.write_text('{"a": 1\n')
    result = run("evals/s.cases.jsonl")
    assert "evals/s.cases.jsonl:1:7: P004 this line is not JSON" in result.stdout
    assert result.exit_code == 1


def test_files_of_a_project_in_a_folder_below_are_read_with_its_own_settings(run: Run, tmp_path: Path) -> None:
    below = tmp_path / "apps/shop"
    (below / "prompts").mkdir(parents=True)
    (below / "promptops.yml").write_text("models: {own: {provider: local}}\n")
    (below / "prompts/a.prompt.yml").write_text("model: own\n" + UNTRUSTED, "utf-8")
    (below / "prompts/b.prompt.yml").write_text("model: small\nmessages: [{role: user, content: hi}]\n")
    result = run("prompts/legal/fix.prompt.yml", "apps/shop/prompts/a.prompt.yml", "apps/shop/prompts/b.prompt.yml")
    assert _last(result) == "5 problems in 3 prompts (4 can be fixed)"
    assert "apps/shop/prompts/b.prompt.yml:1:8: P301" in result.stdout
    assert "apps/shop/prompts/a.prompt.yml:6:12: P201" in result.stdout
    data = json.loads(run("--format", "json", "apps/shop/prompts/b.prompt.yml").stdout)
    assert [finding["path"] for finding in data["findings"]] == ["apps/shop/prompts/b.prompt.yml"]
    run("--fix", "apps/shop/prompts/a.prompt.yml")
    assert (below / "prompts/a.prompt.yml").read_text("utf-8") == "model: own\n" + FIXED


def test_only_excluded_files_are_no_failure(run: Run, tmp_path: Path) -> None:
    (tmp_path / "promptops.yml").write_text("lint: {exclude: [prompts/legal]}\n")
    result = run("prompts/legal/fix.prompt.yml")
    assert result.exit_code == 0
    assert "left out by promptops.yml" in result.stdout


def test_across_looks_at_everything_and_at_nothing_by_itself(run: Run) -> None:
    result = run("--across")
    assert "P201" not in result.stdout
    assert _last(result).endswith("in 2 prompts and 1 suite")
    refused = run("--across", "prompts/good.prompt.yml")
    assert refused.exit_code == 2
    assert "leave out the paths" in refused.stderr


def test_sarif_from_the_outside(run: Run) -> None:
    data = json.loads(run("--format", "sarif").stdout)
    assert data["version"] == "2.1.0"
    assert {result["ruleId"] for result in data["runs"][0]["results"]} >= {"P201"}


def test_notes_alone_do_not_fail(run: Run, tmp_path: Path) -> None:
    (tmp_path / "promptops.yml").write_text("lint: {rules: {P201: note}}\n")
    result = run("prompts/legal/fix.prompt.yml")
    assert result.exit_code == 0
    assert result.stdout == "no problems and 2 notes in 1 prompt (2 can be fixed); --notes lists the notes\n"
    listed = run("--notes", "prompts/legal/fix.prompt.yml")
    assert listed.exit_code == 0
    assert listed.stdout.count("P201 note: ") == 2
    assert _last(listed) == "no problems and 2 notes in 1 prompt (2 can be fixed)"
    assert run("--format", "json", "prompts/legal/fix.prompt.yml").stdout.count('"note"') == 2


def test_findings_are_listed_where_notes_are_only_counted(run: Run, tmp_path: Path) -> None:
    (tmp_path / "prompts/legal/b.prompt.yml").write_text("model: nope\nmessages: [{role: user, content: hi}]\n")
    (tmp_path / "promptops.yml").write_text("lint: {rules: {P201: note}}\n")
    result = run("prompts/legal")
    assert result.exit_code == 1
    assert "P301" in result.stdout
    assert "P201" not in result.stdout
    assert _last(result).endswith("; --notes lists the notes")


def test_a_folder_with_settings_of_its_own_is_a_project_of_its_own(run: Run, tmp_path: Path) -> None:
    (tmp_path / "sub/prompts").mkdir(parents=True)
    (tmp_path / "promptops.yml").write_text("models: {other: {provider: local}}\n")
    (tmp_path / "sub/promptops.yml").write_text("models: {fast: {provider: local}}\n")
    (tmp_path / "sub/prompts/x.prompt.yml").write_text("model: fast\nmessages: [{role: user, content: hi}]\n")
    for name in ("sub", "sub/prompts", "sub/prompts/x.prompt.yml"):
        assert run(name).exit_code == 0, run(name).stdout


def test_settings_behind_a_link_are_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "settings.yml").write_text("lint: {rules: {P201: off}}\n")
    (tmp_path / "promptops.yml").symlink_to(tmp_path / "settings.yml")
    assert "promptops.yml:1:1: P014 it is a symbolic link" in run().stdout


def test_a_file_of_another_tool_is_no_failure_but_a_missing_one_is(run: Run, tmp_path: Path) -> None:
    (tmp_path / "helm/environments").mkdir(parents=True)
    (tmp_path / "helm/environments/prod.yml").write_text("replicas: 3\n")
    result = run("helm/environments/prod.yml")
    assert (result.exit_code, "skipped: not a prompt" in result.stdout) == (0, True)
    assert run("helm/environments/gone.yml").exit_code == 2


def test_a_project_that_leaves_everything_out_is_no_failure(run: Run, tmp_path: Path) -> None:
    (tmp_path / "promptops.yml").write_text('lint: {exclude: ["prompts/**", "evals/**", promptops.yml]}\n')
    assert run().exit_code == 0


def test_fixes_are_made_until_nothing_is_left_to_fix(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "prompts/good.prompt.yml"
    path.write_bytes(b"\xef\xbb\xbfmodelParameters: {temprature: 0.5}\nmessages: [{role: user, content: hi}]\n")
    assert run("--fix", "prompts/good.prompt.yml").exit_code == 0
    assert path.read_text("utf-8").startswith("modelParameters: {temperature: 0.5}\n")


def test_a_folder_outside_git_and_without_settings_is_one_project(run: Run, tmp_path: Path) -> None:
    (tmp_path / ".git").rmdir()
    result = run("evals/s.eval.yml")
    assert (result.exit_code, _last(result)) == (0, "no problems in 1 suite"), result.stdout


@pytest.mark.parametrize(
    "arguments",
    [["--staged", "--fix"], ["--staged", "--at", "HEAD"], ["--staged", "--across"], ["--project", "app"]],
    ids=" ".join,
)
def test_what_is_staged_is_looked_at_and_not_changed(tmp_path: Path, arguments: list[str]) -> None:
    result = CliRunner().invoke(cli, ["lint", *arguments])
    assert result.exit_code == 2
    assert "--staged" in result.stderr


def test_gitlab_gets_its_code_quality_report_with_paths_from_the_repositorys_top(
    repository: RepositoryBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = repository()
    repo.commit(
        {"app/promptops.yml": "", "app/prompts/a.prompt.yml": "modle: x\nmessages: [{role: user, content: a}]\n"}
    )
    monkeypatch.chdir(repo.root / "app")
    result = CliRunner().invoke(cli, ["lint", "--format", "gitlab"])
    assert result.exit_code == 1
    found = [(one["check_name"], one["location"]["path"]) for one in json.loads(result.stdout)]
    assert ("P003", "app/prompts/a.prompt.yml") in found
