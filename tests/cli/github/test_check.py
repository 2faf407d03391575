"""`promptops github check` as one step runs it; the whole action is in tests/action."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from promptops.cli.github import check as module
from promptops.cli.github.step_outputs import write_outputs
from promptops.cli.main import cli
from promptops.forge.comment_stamp import CommentStamp, add_stamp
from promptops.workflows.eval.prepared_run import EvalChoice
from tests.conftest import GitRepository, write_files
from tests.github_server import WORKFLOW_LOGIN, GitHubServer
from tests.headings import first_heading
from tests.workflows.scene import GREET, POLITE, Endpoint, files_for


@pytest.fixture
def repo(tmp_path: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    """A branch that changed a prompt, and the current folder in it."""
    repo = GitRepository(tmp_path / "work")
    repo.commit(files_for(endpoint.url))
    repo.git("switch", "--quiet", "--create", "work")
    repo.commit({"prompts/greet.prompt.yml": POLITE})
    monkeypatch.chdir(repo.root)
    for name in ("GITHUB_REPOSITORY", "GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_TOKEN", "GITHUB_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    return repo


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(cli, ["github", "check", *arguments], env=environment)


def _event(repo: GitRepository, github: GitHubServer, **head: Any) -> dict[str, str]:
    """The environment of a step that a pull request started."""
    base, tip = repo.git("rev-parse", "main"), repo.git("rev-parse", "HEAD")
    pull = github.add_pull_request(7, head_sha=tip, base_sha=base, **head)
    payload = repo.root.parent / "event.json"
    payload.write_text(json.dumps({"pull_request": pull, "repository": {"full_name": github.repository}}), "utf-8")
    return {
        "GITHUB_API_URL": github.url,
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(payload),
        "GITHUB_REPOSITORY": github.repository,
        "GITHUB_STEP_SUMMARY": str(repo.root.parent / "summary.md"),
        "GITHUB_TOKEN": github.token,
    }


def env_head(repo: GitRepository) -> str:
    return repo.git("rev-parse", "HEAD")[:7]


def test_on_ones_own_machine_it_lints_evaluates_and_says_why_there_is_no_comment(repo: GitRepository) -> None:
    result = run("--base", "main")
    assert result.exit_code == 0, result.output
    assert "no problems in 1 prompt and 1 suite" in result.stdout
    assert "no comment is written" in result.stderr
    assert "verdict: no-difference" in result.stderr
    assert (repo.root / ".promptops/check/greet/results.json").is_file()
    assert repo.git("status", "--porcelain") == ""


def test_the_comment_and_the_summary_lead_to_the_page_where_it_is_put_on_a_server(
    repo: GitRepository, github: GitHubServer
) -> None:
    environment = _event(repo, github)
    assert run("--page-url", "https://pages.example/pr-7/", **environment).exit_code == 0
    line = "[greet](https://pages.example/pr-7/)\n"
    assert line in github.bodies(7)[0]
    assert line in Path(environment["GITHUB_STEP_SUMMARY"]).read_text("utf-8")


def test_a_base_that_is_not_there_is_a_usage_error(repo: GitRepository) -> None:
    assert run("--base", "nowhere").exit_code == 2


def test_findings_fail_the_step_unless_nothing_may(repo: GitRepository) -> None:
    write_files(repo.root, {"prompts/greet.prompt.yml": POLITE.replace("model: small", "model: small\nmodle: x")})
    assert run("--base", "main").exit_code == 1
    assert run("--base", "main", "--no-fail").exit_code == 0
    assert run("--base", "main", PROMPTOPS_FAIL="false").exit_code == 0


def test_case_41_what_was_not_measured_says_so_first_in_comment_summary_and_log(
    repo: GitRepository, github: GitHubServer
) -> None:
    env = _event(repo, github)
    raises = "def check(reply, case):\n    raise ValueError('no verdict today')\n"
    own = "evaluators: [{name: own, python: {file: own.py, function: check}}]\n"
    suite = "prompt: greet\ntestData: [{id: ada, who: Ada}]\n" + own
    write_files(repo.root, {"evals/greet.eval.yml": suite, "evals/own.py": raises})
    output = repo.root.parent / "output"
    result = run(**env, GITHUB_OUTPUT=str(output))
    assert result.exit_code == 2, result.output
    [comment] = github.bodies(7)
    summary = (repo.root.parent / "summary.md").read_text("utf-8")
    for page in (comment, summary):
        assert first_heading(page) == "### ❔ Not measured: greet"
        assert "no difference" not in page
    assert "greet: not measured: 'own' has no answer: own.py line 2: ValueError: no verdict today" in result.stderr
    assert "verdict: not-measured" in result.stderr
    assert "not-measured" in output.read_text("utf-8")
    assert run(**env, PROMPTOPS_FAIL="false").exit_code == 0


def test_a_call_that_fails_is_told_in_the_log_when_it_fails(repo: GitRepository) -> None:
    text = (repo.root / "promptops.yml").read_text("utf-8")
    address = text.partition("baseUrl: '")[2].partition("'")[0]
    write_files(
        repo.root, {"promptops.yml": text.replace(address, "http://127.0.0.1:1/v1").replace("{}", "{maxRetries: 0}")}
    )
    result = run("--base", "main")
    assert result.exit_code == 2
    told = result.stderr.index("a call failed: small: nothing listens at http:")
    assert told < result.stderr.index("greet: not measured: every call failed")


def test_case_57_an_interrupted_check_leaves_no_comment_that_waits_for_ever(
    repo: GitRepository, github: GitHubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancelled(*arguments: Any, watch: Any, **more: Any) -> None:
        watch(3, 6)
        raise KeyboardInterrupt  # as ^C and SIGTERM do

    monkeypatch.setattr(module, "check", cancelled)
    result = run(**_event(repo, github))
    assert result.exit_code == 130
    [comment] = github.bodies(7)
    assert comment.splitlines()[1] == "### ❔ Not measured: the check was interrupted"
    assert "cancelled at 3 of 6 replies; start the job again" in comment
    assert "Evaluating" not in comment
    kept = json.loads((repo.root / ".promptops/check/check.json").read_text("utf-8"))
    assert (kept["verdict"], kept["missed"]) == ("error", [["", False]])


def test_a_push_during_the_check_leaves_the_comment_to_the_newer_one_and_the_verdict_as_it_is(
    repo: GitRepository, github: GitHubServer
) -> None:
    env = _event(repo, github)
    newer = add_stamp("<!-- promptops -->\n### the newer results", CommentStamp(12, 1, "c" * 40))

    def pushed() -> None:
        github.pull_requests[7]["head"]["sha"] = "c" * 40
        next(iter(github.comments.values()))["body"] = newer

    github.after("POST", "/comments$", pushed)  # the progress of this one
    write_files(repo.root, {"prompts/greet.prompt.yml": POLITE.replace("model: small", "model: small\nmodle: x")})
    result = run(**env, GITHUB_RUN_ID="11")
    assert result.exit_code == 1, result.output
    assert github.bodies(7) == [newer]
    why = f"no comment is written: pull request 7 is at ccccccc by now, and this check is of {env_head(repo)}"
    assert why in result.stderr
    summary = (repo.root.parent / "summary.md").read_text("utf-8")
    assert ": greet\n" in summary
    assert "Note: no comment is written: pull request 7 is at" in summary


def test_a_label_that_was_recorded_meanwhile_silences_no_check(repo: GitRepository, github: GitHubServer) -> None:
    env = _event(repo, github)
    head = repo.git("rev-parse", "HEAD")

    def labelled() -> None:
        github.pull_requests[7]["head"]["sha"] = "c" * 40
        github.changed[head, "c" * 40] = ["evals/labels/greet.jsonl"]

    github.after("POST", "/comments$", labelled)
    result = run(**env, GITHUB_RUN_ID="11")
    assert result.exit_code == 0, result.output
    assert ": greet\n" in github.bodies(7)[0]


def test_fresh_asks_everything_again(repo: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[EvalChoice] = []

    def noted(workspace: object, choice: EvalChoice, *arguments: Any, **more: Any) -> None:
        chosen.append(choice)
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "check", noted)
    for flags in ([], ["--fresh"], ["--retry-errors"]):
        run(*flags)
    assert [(one.fresh, one.retry_errors) for one in chosen] == [(False, False), (True, False), (False, True)]


def test_a_bug_of_ours_leaves_no_comment_that_waits_for_ever(
    repo: GitRepository, github: GitHubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: Any, watch: Any, **more: Any) -> None:
        watch(0, 6)
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(module, "check", broken)
    env = _event(repo, github)
    github.add_comment(7, WORKFLOW_LOGIN, "<!-- promptops -->\n### the earlier results")
    result = run(**env)
    assert result.exit_code == 3
    [comment] = github.bodies(7)
    assert "promptops itself failed (ZeroDivisionError)" in comment
    assert "Evaluating" not in comment
    assert "**Below: earlier results.**\n\n### the earlier results" in comment


def test_an_event_that_cannot_be_read_is_trusted_with_nothing(repo: GitRepository, github: GitHubServer) -> None:
    env = _event(repo, github)
    Path(env["GITHUB_EVENT_PATH"]).write_text("[")
    python = "evaluators: [{name: own code, python: {file: own.py, function: own}}]\n"
    suite = "prompt: greet\ntestData: [{id: ada, who: Ada}]\n" + python
    write_files(repo.root, {"evals/greet.eval.yml": suite, "evals/own.py": "open('ran', 'w')\nown = print\n"})
    result = run(**env)
    assert result.exit_code != 3, result.output
    assert not list(repo.root.rglob("ran"))
    assert github.bodies(7) == []
    assert "the event that started this run could not be read" in result.stderr
    assert "so this is treated as a stranger's change; GitHub writes this file" in result.stderr
    page = (repo.root.parent / "summary.md").read_text("utf-8")
    assert "**Compared with nothing:** the event that started this run could not be read" in page
    assert "is not valid JSON), so this is treated as a stranger's change" in page
    assert "fork" not in f"{page}{result.stderr}"
    assert "by hand" not in f"{page}{result.stderr}"


def test_a_forks_own_python_is_not_run(repo: GitRepository, github: GitHubServer) -> None:
    python = "evaluators: [{name: own code, python: {file: own.py, function: own}}]\n"
    suite = "prompt: greet\ntestData: [{id: ada, who: Ada}]\n" + python
    mark = repo.root.parent / "ran"
    code = f"open({str(mark)!r}, 'w')\ndef own(reply, case):\n    return True\n"
    repo.commit({"evals/greet.eval.yml": suite, "evals/own.py": code})
    result = run(**_event(repo, github, head_repository="mallory/prompts"))
    assert result.exit_code in (0, 2), result.output
    assert not mark.exists()
    summary = (repo.root.parent / "summary.md").read_text("utf-8")
    assert "own.py" in summary
    assert "a fork's pull request may not write" in summary


def _far(repo: GitRepository) -> None:
    """Both versions ask a model that needs a key, which is not there."""
    text = (repo.root / "promptops.yml").read_text("utf-8")
    address = text.partition("baseUrl: '")[2].partition("'")[0]
    far = text.replace("model: m,", "model: m, apiKeyEnv: FAR_KEY,").replace(address, "https://models.example/v1")
    repo.git("switch", "--quiet", "main")
    repo.commit({"promptops.yml": far})
    repo.git("switch", "--quiet", "work")
    repo.git("rebase", "--quiet", "main")


def test_a_missing_key_is_told_as_people_in_a_browser_can_set_it(repo: GitRepository, github: GitHubServer) -> None:
    _far(repo)
    result = run(**_event(repo, github))
    assert result.exit_code == 2, result.output
    where = "on GitHub: a secret of the repository, passed on as env: FAR_KEY: ${{ secrets.FAR_KEY }}"
    assert where in result.stderr
    assert "export FAR_KEY=" in result.stderr
    [comment] = github.bodies(7)
    assert "a secret of the repository, passed on as env: FAR" in comment
    at_home = run("--base", "main")
    assert "on GitHub:" not in at_home.output
    assert "export FAR_KEY=" in at_home.stderr


def test_a_forks_missing_key_is_told_with_what_helps_and_with_what_was_linted(
    repo: GitRepository, github: GitHubServer
) -> None:
    _far(repo)
    result = run(**_event(repo, github, head_repository="mallory/prompts"))
    assert result.exit_code == 2, result.output
    page = (repo.root.parent / "summary.md").read_text("utf-8")
    assert "FAR_KEY is not set" in result.stderr
    assert "A fork's run is given none of this repository's keys" in page
    assert "**Lint:** no problems in 1 prompt and 1 suite." in page
    assert "export" not in f"{page}{result.stderr}"
    assert "secrets." not in f"{page}{result.stderr}"


def test_a_project_in_a_folder_of_its_own_has_its_own_comment(
    tmp_path: Path, endpoint: Endpoint, github: GitHubServer, repo: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit({f"apps/one/{name}": text for name, text in files_for(endpoint.url).items()})
    broken = GREET.replace("{{ who }}", "{{ who")
    env = _event(repo, github)
    write_files(repo.root, {"apps/one/prompts/greet.prompt.yml": broken})
    monkeypatch.chdir(repo.root / "apps/one")
    result = run(**env)
    assert "file=apps/one/prompts/greet.prompt.yml" in result.stdout
    assert github.bodies(7)[0].startswith("<!-- promptops:apps/one -->")


def test_three_thousand_changed_files_are_one_change(repo: GitRepository, github: GitHubServer) -> None:
    repo.commit({f"notes/{number}.txt": "words" for number in range(3_000)})
    result = run(**_event(repo, github))
    assert result.exit_code == 0, result.output
    assert ": greet\n" in github.bodies(7)[0]
    assert len(github.requests) < 12


def test_lints_findings_go_to_a_file_for_code_scanning(repo: GitRepository, tmp_path: Path) -> None:
    file = tmp_path / "new" / "lint.sarif"
    assert run("--base", "main", "--sarif", str(file)).exit_code == 0
    assert json.loads(file.read_text("utf-8"))["version"] == "2.1.0"
    result = run("--base", "main", "--sarif", str(repo.root / ".gitignore" / "x"))
    assert result.exit_code == 0
    assert "cannot be written there" in result.stderr


def test_no_output_can_pose_as_another(tmp_path: Path) -> None:
    file, earlier = tmp_path / "output", tmp_path / "earlier"
    assert write_outputs(earlier, {"verdict": "better"}) == ""
    guessed = earlier.read_text("utf-8").partition("<<")[2].partition("\n")[0]
    hostile = f"x\nverdict=better\n{guessed}\nverdict<<y\nbetter\ny"
    assert write_outputs(file, {"results": hostile, "verdict": "worse"}) == ""
    lines = file.read_text("utf-8").split("\n")
    ending = lines[0].partition("<<")[2]
    assert lines[0] == f"results<<{ending}"
    assert lines.index(ending) == 7
    assert lines[8:] == [f"verdict<<{ending}", "worse", ending, ""]
    assert write_outputs(tmp_path, {"verdict": "worse"}) != ""


def _summary(repo: GitRepository) -> str:
    return (repo.root.parent / "summary.md").read_text("utf-8")


def test_a_change_that_touches_nothing_gets_no_comment_and_brings_one_that_is_there_up_to_date(
    repo: GitRepository, github: GitHubServer
) -> None:
    repo.git("reset", "--quiet", "--hard", "main")
    repo.commit({"README.md": "words", "src/app.py": "pass\n"})
    env = _event(repo, github)
    result = run(**env)
    assert (result.exit_code, github.bodies(7)) == (0, []), result.output
    assert "no comment is written: the change touches nothing that is checked here" in result.stderr
    assert "### Passed: this change touches nothing that is checked here" in _summary(repo)
    assert set(github.count()) == {"GET"}
    number = github.add_comment(7, "github-actions[bot]", "<!-- promptops -->\n### Failed: long ago")
    assert run(**env).exit_code == 0
    assert (
        github.comments[number]["body"].split("\n")[1] == "### Passed: this change touches nothing that is checked here"
    )
    assert len(github.bodies(7)) == 1


@pytest.mark.parametrize(
    "files",
    [
        {"prompts/greet.prompt.yml": f"# a comment\n{GREET}"},
        {"evals/labels/greet.jsonl": ""},
        {"evals/own.py": "x = 1\n"},
        {"environments/prod.yml": "pins:\n"},
        {"prompts/hello.j2": "Hello\n"},
        {"data/more.jsonl": '{"id": "eva", "who": "Eva"}\n'},
        {"prompts/new.prompt.yml": GREET},
    ],
)
def test_whatever_a_project_is_made_of_is_worth_a_comment(
    repo: GitRepository, github: GitHubServer, files: dict[str, str]
) -> None:
    repo.git("switch", "--quiet", "main")
    more = "prompt: greet\ntestData: ../data/more.jsonl\nevaluators: [{name: says, string: {contains: '{{ who }}'}}]\n"
    repo.commit({"evals/more.eval.yml": more, "data/more.jsonl": '{"id": "ada", "who": "Ada"}\n'})
    repo.git("switch", "--quiet", "--force-create", "work")
    repo.commit(files)
    run(**_event(repo, github))
    assert len(github.bodies(7)) == 1


def test_of_several_projects_each_comments_only_where_it_is_touched(
    endpoint: Endpoint, github: GitHubServer, repo: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.git("switch", "--quiet", "main")
    repo.commit({f"apps/{name}/{file}": text for name in "ab" for file, text in files_for(endpoint.url).items()})
    repo.git("switch", "--quiet", "--force-create", "work")
    repo.commit({"apps/a/prompts/greet.prompt.yml": POLITE})
    env = _event(repo, github)
    for folder in (".", "apps/b", "apps/a"):
        monkeypatch.chdir(repo.root / folder)
        assert run(**env).exit_code == 0
    [comment] = github.bodies(7)
    assert comment.startswith("<!-- promptops:apps/a -->\n")


def test_why_a_check_is_red_is_said_alike_in_comment_summary_outputs_and_log(
    repo: GitRepository, github: GitHubServer
) -> None:
    repo.commit({"prompts/greet.prompt.yml": f"{POLITE}modle: x\n"})
    output = repo.root.parent / "output"
    result = run(**_event(repo, github), GITHUB_OUTPUT=str(output))
    assert result.exit_code == 1
    why = "Failed: this change brings 1 problem (prompts/greet.prompt.yml:6: P003 'modle' is not a key this file can"
    assert why in result.stderr
    assert f"\n{why} have)\n" in output.read_text("utf-8")
    for page in (github.bodies(7)[0], _summary(repo)):
        assert page.split("\n")[1] == "### One thing to mend in `prompts/greet.prompt.yml`, line 6"
        assert "'modle' is not a key this file can have" in page
