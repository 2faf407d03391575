"""`promptops report`: the results of a run again, in five forms."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from promptops.store.results_file import parse_results
from tests.conftest import GitRepository, write_files
from tests.workflows.scene import POLITE, Endpoint, answering, files_for

Run = Callable[..., Result]
HOSTILE = (
    "@org/team fixes #12 acme/app#3 ![pixel](https://evil.example/p.png) <img src=x onerror=alert(1)> [go](http://x.y)\n"
    "</details></td></tr></table><script>alert(1)</script>\n~~~~\n`````\n```\n<!-- promptops -->\n::error::boo\n"
    "a | b \u202e reversed \x1b[31m red \x07\n"
)


@pytest.fixture
def run() -> Run:
    """`run("report", …)`: `promptops report …` in this process."""
    return lambda *args: CliRunner().invoke(cli, list(args))


@pytest.fixture
def repo(tmp_path: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, run: Run) -> GitRepository:
    """A project whose prompt was edited, evaluated against its base; the current folder is in it."""
    repo = GitRepository(tmp_path / "my prömpts")
    repo.commit(files_for(endpoint.url))
    monkeypatch.chdir(repo.root)
    write_files(repo.root, {"prompts/greet.prompt.yml": POLITE})
    assert run("eval", "--base", "HEAD", "--out", "the run").exit_code == 0
    return repo


def test_the_last_run_is_shown_as_it_was_printed(run: Run, repo: GitRepository, endpoint: Endpoint) -> None:
    shown = run("report")
    assert shown.exit_code == 0
    assert "says the name" in shown.stdout
    assert shown.stdout == run("report", "the run").stdout == run("report", "the run/results.json").stdout
    printed = run("eval", "--base", "HEAD", "--out", "again").stdout
    assert printed == run("report").stdout
    assert len(endpoint.asked) == 6


def test_markdown_is_the_comment(run: Run, repo: GitRepository) -> None:
    shown = run("report", "--format", "markdown").stdout
    assert shown.startswith("<!-- promptops -->\n")
    assert "| says the name" in shown


def test_html_is_one_page_that_loads_nothing(run: Run, repo: GitRepository) -> None:
    shown = run("report", "--format", "html").stdout
    assert shown == (repo.root / "the run/report.html").read_text("utf-8")
    assert not re.findall(r"(?:src|href)=[\"']?(?:https?:)?//", shown)


def test_json_is_the_file_itself(run: Run, repo: GitRepository) -> None:
    shown = run("report", "--format", "json").stdout
    assert json.loads(shown) == json.loads((repo.root / "the run/results.json").read_bytes())
    assert parse_results(shown) == parse_results((repo.root / "the run/results.json").read_bytes())


def test_junit_is_xml_with_a_test_for_each_case(run: Run, repo: GitRepository) -> None:
    tree = ElementTree.fromstring(run("report", "--format", "junit").stdout)
    names = " ".join(f"{case.get('classname')} {case.get('name')}" for case in tree.iter("testcase"))
    assert all(name in names for name in ("ada", "bob", "eve"))


def test_a_report_needs_no_project(
    run: Run, repo: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert run("report", str(repo.root / "the run")).exit_code == 0
    empty = run("report")
    assert empty.exit_code == 2
    assert "no results yet" in empty.stderr
    assert "promptops eval" in empty.stderr


def test_from_a_subfolder_the_last_run_is_the_projects(
    run: Run, repo: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = run("report").stdout
    monkeypatch.chdir(repo.root / "prompts")
    assert run("report").stdout == shown
    assert run("report", "../the run").stdout == shown


@pytest.mark.parametrize("form", ["text", "markdown", "html", "json", "junit"])
@pytest.mark.parametrize("data", [b"", b"{", b"{}", b"\x00\xff", b'{"format": "promptops-results/99"}', b"[" * 100_000])
def test_results_that_cannot_be_read_are_2_and_no_traceback(
    run: Run, tmp_path: Path, form: str, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_files(tmp_path, {"r/results.json": data})
    result = run("report", "r", "--format", form)
    assert result.exit_code == 2
    assert "error: results.json" in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_unreadable_results_in_the_work_tree_do_not_stop_the_next_run(
    run: Run, repo: GitRepository, endpoint: Endpoint
) -> None:
    write_files(
        repo.root, {"the run/results.json": b"\x00\xff{", ".promptops/results/latest": str(repo.root / "the run")}
    )
    assert run("report").exit_code == 2
    refused = run("eval", "--out", "the run")
    assert (refused.exit_code, (repo.root / "the run/results.json").read_bytes()) == (2, b"\x00\xff{")
    assert "not a file that a run wrote" in refused.stderr
    assert run("eval").exit_code == 0
    assert run("report").exit_code == 0


def test_a_folder_without_results_is_named(run: Run, repo: GitRepository) -> None:
    result = run("report", "prompts")
    assert result.exit_code == 2
    assert "prompts/results.json: no results here" in result.stderr


@pytest.mark.parametrize("criteria", [1, 150], ids=["one criterion", "150 criteria with long hostile names"])
def test_case_27_a_hostile_reply_is_inert_and_within_the_limit(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch, criteria: int
) -> None:
    # Names stand outside of fences, where only escaping keeps them from acting.
    hostile = "@org/team </details> ![p](http://e.example/p.png) #12 acme/app#3 <img src=x>"
    names = [f"{number} {hostile} {'n' * 400}" for number in range(criteria)]
    suite = json.dumps(
        {
            "prompt": "greet",
            "testData": [{"id": who, "who": who} for who in ("Ada", "Bob", "Eve")],
            "evaluators": [{"name": name, "string": {"equals": "{{ who }}"}} for name in names],
            "gates": {name: {"noWorseThanBase": 0.05} for name in names},
        }
    )
    long = HOSTILE + "x" * 70_000 + "\n" + HOSTILE
    repo = GitRepository(tmp_path)
    monkeypatch.chdir(tmp_path)
    # The base answers well and the head does not: so the replies themselves are shown.
    with answering(lambda text, count: long if "politely" in text else text.removeprefix("Greet ")) as server:
        repo.commit(files_for(server.url) | {"evals/greet.eval.yml": suite})
        write_files(tmp_path, {"prompts/greet.prompt.yml": POLITE})
        assert run("eval", "--base", "HEAD").exit_code == 0
    assert any(sample.text == long for sample in parse_results(run("report", "--format", "json").stdout).samples)
    shown = run("report", "--format", "markdown")
    assert shown.exit_code == 0
    text = shown.stdout
    assert len(text) <= 60_000
    outside = _outside_of_fences(text)
    assert "org/team" in outside  # it is there, and harmless
    assert criteria > 1 or "reversed" in text.replace(outside, "")  # and so is the reply
    for pattern in (r"@org", r"!\[", r"<img", r"<script", r"(?<!\\)\]\(http", r"acme/app#3", r"(?<![\w&])#12\b"):
        assert not re.search(pattern, outside), pattern
    for pattern in (r"\u202e", r"\x1b", r"\x07"):
        assert not re.search(pattern, text), pattern
    assert not re.search(r"^::", text, re.MULTILINE)
    assert text.count("<!-- promptops -->") == 1
    assert outside.count("<details") == outside.count("</details>")
    assert outside.count("</table>") == outside.count("<table")


def test_case_27_a_hostile_reply_is_inert_in_text_html_and_junit(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with answering(lambda text, count: HOSTILE) as server:
        suite = "evaluators: [{name: '<b>@org</b> | x', string: {equals: '{{ who }}'}}]"
        files = files_for(server.url)
        files["evals/greet.eval.yml"] = str(files["evals/greet.eval.yml"]).partition("evaluators")[0] + suite
        write_files(tmp_path, files)
        run("eval")
    text = run("report").stdout
    assert "\x1b" not in text
    assert "\u202e" not in text
    page = run("report", "--format", "html").stdout
    assert "<script>alert(1)" not in page
    assert "<img src=x" not in page
    assert "<b>@org" not in page
    ElementTree.fromstring(run("report", "--format", "junit").stdout)


def _outside_of_fences(text: str) -> str:
    """The markdown without what stands in fenced blocks, where nothing has a meaning."""
    kept, fence = [], ""
    for line in text.splitlines():
        mark = re.match(r"\s*(`{3,}|~{3,})", line)
        if fence:
            if mark and mark[1].startswith(fence) and not line.strip(" `~"):
                fence = ""
        elif mark:
            fence = mark[1]
        else:
            kept.append(line)
    assert not fence, "a fence is never closed"
    return "\n".join(kept)
