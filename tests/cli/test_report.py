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
from tests.workflows.scene import POLITE, SUITE, Endpoint, answering, files_for

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
    assert shown.stdout == run("report", "the run").stdout == run("report", "the run/greet/results.json").stdout
    printed = run("eval", "--base", "HEAD", "--out", "again").stdout
    assert printed == run("report").stdout
    assert len(endpoint.asked) == 6


def test_markdown_is_the_comment(run: Run, repo: GitRepository) -> None:
    shown = run("report", "--format", "markdown").stdout
    assert shown.startswith("<!-- promptops -->\n")
    assert "| says the name" in shown


def test_html_is_one_page_that_loads_nothing(run: Run, repo: GitRepository) -> None:
    shown = run("report", "--format", "html").stdout
    assert shown == (repo.root / "the run/greet/report.html").read_text("utf-8")
    assert not re.findall(r"(?:src|href)=[\"']?(?:https?:)?//", shown)


def test_json_is_the_file_itself(run: Run, repo: GitRepository) -> None:
    shown = run("report", "--format", "json").stdout
    assert json.loads(shown) == json.loads((repo.root / "the run/greet/results.json").read_bytes())
    assert parse_results(shown) == parse_results((repo.root / "the run/greet/results.json").read_bytes())


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


FOLDER_FORMS = ("text", "markdown", "plain", "html", "json", "junit")


@pytest.fixture
def checked(repo: GitRepository, run: Run) -> GitRepository:
    """A check with two suites, one of which cannot be evaluated, in `found`; the current folder is in the project."""
    broken = "prompt: nobody\ntestData: [{who: Ada}]\nevaluators: [{name: a, string: {contains: a}}]\n"
    write_files(repo.root, {"evals/second.eval.yml": SUITE, "evals/broken.eval.yml": broken})
    assert run("check", "--base", "HEAD", "--out", "found").exit_code == 2
    return repo


@pytest.mark.parametrize("form", FOLDER_FORMS)
def test_a_check_of_several_suites_is_one_page_that_says_what_is_missing(
    run: Run, checked: GitRepository, form: str
) -> None:
    shown = run("report", "found", "--format", form)
    assert shown.exit_code == 0, shown.output
    for word in ("greet", "second", "broken", "nobody"):
        assert word in shown.stdout, word


def test_a_folder_report_says_what_the_check_said(run: Run, checked: GitRepository) -> None:
    printed = run("check", "--base", "HEAD", "--out", "found")
    assert run("report", "found").stdout == printed.stdout
    assert run("report", "found", "--format", "html").stdout == (checked.root / "found/index.html").read_text("utf-8")
    page = run("report", "found", "--format", "markdown").stdout
    assert page.startswith("<!-- promptops -->\n### ❔ Not measured: one thing to mend in `evals/broken.eval.yml`")
    plain = run("report", "found", "--format", "plain").stdout
    assert "<" not in plain.replace("\\<", "")
    data = json.loads(run("report", "found", "--format", "json").stdout)
    assert (data["format"], data["verdict"], data["exitCode"]) == ("promptops-report/1", "error", 2)
    assert [problem["suite"] for problem in data["problems"]] == ["broken"]
    assert [parse_results(json.dumps(one)).suite for one in data["suites"]] == ["greet", "second"]
    tree = ElementTree.fromstring(run("report", "found", "--format", "junit").stdout)
    assert [suite.get("name") for suite in tree] == ["not checked", "greet · small", "second · small", "lint"]
    assert tree[0][0].get("name") == "broken"
    assert tree[0].get("errors") == "1"
    assert tree.get("tests") == str(sum(int(str(suite.get("tests"))) for suite in tree))


def test_what_was_there_before_fails_in_no_form(run: Run, repo: GitRepository) -> None:
    repo.commit({"prompts/old.prompt.yml": "modle: x\nmessages: [{role: user, content: hi}]\n"})
    write_files(repo.root, {"prompts/greet.prompt.yml": POLITE.replace("politely", "kindly")})
    assert run("check", "--base", "HEAD", "--out", "found").exit_code == 0
    assert "It was there before, and no fault of this change" in run("report", "found").stdout
    tree = ElementTree.fromstring(run("report", "found", "--format", "junit").stdout)
    assert {suite.get("failures") for suite in tree if suite.get("name") == "lint"} == {"0"}
    data = json.loads(run("report", "found", "--format", "json").stdout)
    assert (data["exitCode"], data["failures"]) == (0, [])
    assert {one["inherited"] for one in data["lint"]["findings"] if one["severity"] != "note"} == {True}


def test_the_index_leads_to_each_suites_own_page(run: Run, checked: GitRepository) -> None:
    page = (checked.root / "found/index.html").read_text("utf-8")
    links = re.findall(r'<a href="([^"]*)"', page)
    assert sorted(links) == ["greet/report.html", "second/report.html"]
    assert all((checked.root / "found" / link).is_file() for link in links)


def test_suites_of_an_earlier_check_are_not_taken_for_this_one(run: Run, checked: GitRepository) -> None:
    (checked.root / "evals/broken.eval.yml").unlink()
    assert run("check", "--base", "HEAD", "--out", "found", "second").exit_code == 0
    assert (checked.root / "found/greet/results.json").is_file()
    page = run("report", "found", "--format", "markdown").stdout
    assert "second" in page
    assert "greet:" not in page


def test_a_suite_whose_results_are_gone_or_damaged_is_not_measured(run: Run, checked: GitRepository) -> None:
    (checked.root / "found/greet/results.json").unlink()
    write_files(checked.root, {"found/second/results.json": b"{"})
    page = run("report", "found").stdout
    assert "greet was not evaluated: the results cannot be read" in page
    assert "second was not evaluated: " in page
    assert "verdict: error" in page


def test_a_summary_that_leads_elsewhere_is_not_followed(run: Run, checked: GitRepository) -> None:
    write_files(checked.root, {"elsewhere/results.json": (checked.root / "found/greet/results.json").read_bytes()})
    summary = json.loads((checked.root / "found/summary.json").read_bytes())
    summary["suites"] = ["../elsewhere", "..", str(checked.root / "elsewhere")]
    write_files(checked.root, {"found/summary.json": json.dumps(summary)})
    shown = json.loads(run("report", "found", "--format", "json").stdout)
    assert (shown["verdict"], shown["suites"]) == ("error", [])


@pytest.mark.parametrize("form", FOLDER_FORMS)
def test_a_folder_without_a_checks_summary_is_one_page_of_its_suites(
    run: Run, checked: GitRepository, form: str
) -> None:
    (checked.root / "found/summary.json").unlink()
    shown = run("report", "found", "--format", form)
    assert shown.exit_code == 0
    assert "greet" in shown.stdout
    assert "second" in shown.stdout
    assert "ompared with nothing" not in shown.stdout


def test_a_damaged_summary_is_2_and_names_the_file(run: Run, checked: GitRepository) -> None:
    write_files(checked.root, {"found/summary.json": b"[" * 100_000})
    shown = run("report", "found")
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert "summary.json" in shown.stderr
