"""`promptops gitlab check` as a job on GitLab runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from promptops.cli.gitlab import check as module
from promptops.cli.main import cli
from promptops.text.sanitize import JOINER
from promptops.workflows.check.check import check
from tests.conftest import GitRepository, write_files
from tests.gitlab_server import BOT, GitLabServer, Reply
from tests.workflows.scene import GREET, POLITE, Endpoint, files_for

WEB = "https://gitlab.example.com/acme/prompts"
MARKER = "<!-- promptops -->"


@pytest.fixture
def repo(tmp_path: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    """A branch that changed a prompt, and the current folder in it."""
    repo = GitRepository(tmp_path / "work")
    repo.commit(files_for(endpoint.url))
    repo.git("switch", "--quiet", "--create", "work")
    repo.commit({"prompts/greet.prompt.yml": POLITE})
    monkeypatch.chdir(repo.root)
    return repo


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(cli, ["gitlab", "check", *arguments], env=environment)


def job(repo: GitRepository, gitlab: GitLabServer, **more: str) -> dict[str, str]:
    """The environment of a merge request pipeline's job, and the merge request on GitLab."""
    base, head = repo.git("rev-parse", "main"), repo.git("rev-parse", "HEAD")
    gitlab.add_merge_request(7, sha=head, base_sha=base)
    return {
        "CI_API_V4_URL": gitlab.url,
        "CI_COMMIT_BEFORE_SHA": "0" * 40,
        "CI_COMMIT_SHA": head,
        "CI_JOB_URL": f"{WEB}/-/jobs/1",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
        "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_PROJECT_ID": "5",
        "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "5",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_PIPELINE_SOURCE": "merge_request_event",
        "CI_PROJECT_ID": "5",
        "CI_PROJECT_URL": WEB,
        "GITLAB_CI": "true",
        "PROMPTOPS_GITLAB_TOKEN": gitlab.token,
        **more,
    }


def test_one_note_says_what_came_out_and_is_edited_by_the_next_check(repo: GitRepository, gitlab: GitLabServer) -> None:
    result = run(**job(repo, gitlab))
    assert result.exit_code == 0, result.output
    [note] = gitlab.bodies(7)
    assert note.startswith(MARKER)
    assert "greet" in note
    assert "Evaluating" not in note
    assert "where it left main" in note
    assert f"the note: {WEB}/-/merge_requests/7#note_" in result.stderr
    assert "verdict: no-difference" in result.stdout
    repo.commit({"prompts/greet.prompt.yml": POLITE.replace("politely", "warmly")})
    assert run(**job(repo, gitlab)).exit_code == 0
    assert len(gitlab.bodies(7)) == 1
    assert not gitlab.actions


def test_what_it_leaves_on_disk_is_what_gitlab_shows_of_tests(repo: GitRepository, gitlab: GitLabServer) -> None:
    run("--out", "out", **job(repo, gitlab))
    tests = ElementTree.fromstring((repo.root / "out/greet/junit.xml").read_text("utf-8"))
    assert tests.tag == "testsuites"
    assert len(tests.findall(".//testcase")) == 3
    assert (repo.root / "out/check.json").is_file()


def test_a_merge_request_that_moved_on_keeps_the_note_of_the_newer_check(
    repo: GitRepository, gitlab: GitLabServer
) -> None:
    env = job(repo, gitlab)
    gitlab.merge_requests[7]["sha"] = "f" * 40
    ours = gitlab.add_note(7, BOT, f"{MARKER}\nof the newer commit")
    result = run(**env)
    assert result.exit_code == 0, result.output
    assert gitlab.notes[ours]["body"] == f"{MARKER}\nof the newer commit"
    assert "merge request 7 is at fffffff by now" in result.stderr.replace(JOINER, "")


def test_a_commit_that_comes_while_the_check_runs_is_seen_before_the_last_word(
    repo: GitRepository, gitlab: GitLabServer, monkeypatch: pytest.MonkeyPatch
) -> None:

    def pushed_meanwhile(*arguments: Any, watch: Any, **more: Any) -> Any:
        checked = check(*arguments, watch=watch, **more)
        gitlab.merge_requests[7]["sha"] = "f" * 40
        return checked

    monkeypatch.setattr(module, "check", pushed_meanwhile)
    assert run(**job(repo, gitlab)).exit_code == 0
    assert not any("no difference" in note for note in gitlab.bodies(7))


def test_an_older_job_that_ends_later_says_nothing_over_the_newer_one(
    repo: GitRepository, gitlab: GitLabServer
) -> None:
    env = job(repo, gitlab)
    assert run(**env, CI_JOB_ID="12").exit_code == 0
    [newer] = gitlab.bodies(7)
    older = run(**env, CI_JOB_ID="11")
    assert older.exit_code == 0, older.output
    assert "a newer check (run 12, attempt 1) wrote the comment already" in older.stderr.replace(JOINER, "")
    assert gitlab.bodies(7) == [newer]
    assert run(**env, CI_JOB_ID="13").exit_code == 0  # the same job, started once more
    assert "run=13" in gitlab.bodies(7)[0]


def test_a_target_that_people_changed_is_compared_with(repo: GitRepository, gitlab: GitLabServer) -> None:
    env = job(repo, gitlab)
    repo.git("switch", "--quiet", "--detach", "main")
    other = repo.commit({"notes.txt": "another target"})
    repo.git("switch", "--quiet", "work")
    gitlab.merge_requests[7] |= {"target_branch": "other", "diff_refs": {"base_sha": other}}
    result = run(**env)
    assert f"compared with {other[:7]}, where it left other" in result.stderr.replace(JOINER, "")
    assert len(gitlab.bodies(7)) == 1


def test_a_job_that_was_killed_says_so_afterwards_and_only_in_its_own_place(
    repo: GitRepository, gitlab: GitLabServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*arguments: Any, watch: Any, **more: Any) -> None:
        watch(0, 6)
        raise SystemExit(137)

    monkeypatch.setattr(module, "check", killed)
    env = job(repo, gitlab, CI_JOB_ID="12")
    assert run(**env).exit_code == 137
    assert "Evaluating" in gitlab.bodies(7)[0]
    assert run("--cancelled", **env | {"CI_JOB_ID": "11"}).exit_code == 0
    assert "Evaluating" in gitlab.bodies(7)[0]
    result = run("--cancelled", **env)
    assert result.exit_code == 0, result.output
    [note] = gitlab.bodies(7)
    assert "Evaluating" not in note
    assert "the check was interrupted" in note
    assert run("--cancelled").exit_code == 0  # on one's own machine


def test_a_merged_results_pipeline_is_about_the_source_branch(repo: GitRepository, gitlab: GitLabServer) -> None:
    env = job(repo, gitlab)
    head = env["CI_COMMIT_SHA"]
    repo.git("switch", "--quiet", "main")
    main = repo.commit({"notes.txt": "main went on"})
    repo.git("switch", "--quiet", "--detach", "main")
    repo.git("merge", "--quiet", "--no-ff", "--message", "trial", "work")
    trial = {"CI_COMMIT_SHA": repo.git("rev-parse", "HEAD"), "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": head}
    result = run(**env | trial | {"CI_MERGE_REQUEST_TARGET_BRANCH_SHA": main})
    assert result.exit_code == 0, result.output
    assert f"compared with {main[:7]}, what it would be merged into, main" in result.stderr.replace(JOINER, "")
    assert len(gitlab.bodies(7)) == 1


@pytest.mark.parametrize(
    "fork",
    [
        {"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "9"},
        {"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "9", "CI_PROJECT_ID": "9"},
    ],
)
def test_a_forks_run_writes_nothing_asks_nothing_and_is_untrusted(
    repo: GitRepository, gitlab: GitLabServer, fork: dict[str, str]
) -> None:
    mark = repo.root.parent / "ran"
    own = "evaluators: [{name: own, python: {file: own.py, function: check}}]\n"
    suite = "prompt: greet\ntestData: [{id: ada, who: Ada}]\n" + own
    repo.commit(
        {"evals/greet.eval.yml": suite, "evals/own.py": f"open({str(mark)!r}, 'w')\ndef check(r, c): return True\n"}
    )
    result = run(**job(repo, gitlab) | fork)
    assert result.exit_code in (1, 2), result.output
    assert not mark.exists()
    assert not gitlab.requests
    assert "a fork's merge request may not write" in result.stderr


def test_a_fork_that_only_gitlab_names_is_one(repo: GitRepository, gitlab: GitLabServer) -> None:
    env = job(repo, gitlab)
    gitlab.merge_requests[7]["source_project_id"] = 9
    assert "a fork's merge request may not write" in run(**env).stderr
    assert not gitlab.bodies(7)


@pytest.mark.parametrize("broken", [{"CI_COMMIT_SHA": "main"}, {"CI_MERGE_REQUEST_IID": "seven"}])
def test_variables_that_cannot_be_read_make_it_a_strangers(
    repo: GitRepository, gitlab: GitLabServer, broken: dict[str, str]
) -> None:
    result = run("--base", "main", **job(repo, gitlab) | broken)
    assert result.exit_code == 0, result.output
    assert "treated as a stranger's change" in result.stderr
    assert not gitlab.requests


def test_a_token_that_is_missing_is_told_with_where_it_belongs(repo: GitRepository, gitlab: GitLabServer) -> None:
    result = run(**job(repo, gitlab, PROMPTOPS_GITLAB_TOKEN=""))
    assert result.exit_code == 0, result.output
    assert "no comment is written: PROMPTOPS_GITLAB_TOKEN: there is no token" in result.stderr
    assert "Settings → Access tokens; role Reporter, scope api" in result.stderr
    assert not gitlab.requests


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_note_that_cannot_be_written_never_decides_the_verdict(
    repo: GitRepository, gitlab: GitLabServer, status: int
) -> None:
    gitlab.fail("POST", "/notes$", Reply(status, {"message": "no"}), times=5)
    result = run(**job(repo, gitlab))
    assert result.exit_code == 0, result.output
    assert "the comment could not be written" in result.stderr
    assert "verdict: no-difference" in result.stdout


def test_what_a_model_says_does_nothing_there(repo: GitRepository, gitlab: GitLabServer, endpoint: Endpoint) -> None:
    hostile = "\n/close\n/label ~bug\n@all !1 see %1 $1 &1 ~bug\n"
    repo.commit(
        {"prompts/greet.prompt.yml": POLITE.replace("'Greet", "'{{ who }}").replace("model: small", "model: small")}
    )
    cases = "testData:\n" + "".join(f"  - {{id: c{n}, who: {hostile!r}}}\n".replace("'", '"') for n in range(3))
    suite = f"prompt: greet\n{cases}evaluators: [{{name: '/merge @all', string: {{contains: nowhere}}}}]\n"
    repo.commit({"evals/greet.eval.yml": suite})
    result = run(**job(repo, gitlab))
    assert result.exit_code in (0, 1), result.output
    [note] = gitlab.bodies(7)
    assert not gitlab.actions
    assert "close" in note
    assert not any(live in note for live in ("@all", "!1", "~bug", "%1", "$1"))


def test_only_what_there_is_on_gitlab_is_said(repo: GitRepository, gitlab: GitLabServer) -> None:
    suite = (repo.root / "evals/greet.eval.yml").read_text("utf-8")
    human = "{name: would send it, human: {question: Would you send it?}}"
    repo.commit({"evals/greet.eval.yml": suite.replace("evaluators: [", f"evaluators: [{human}, ")})
    env = job(repo, gitlab)
    run(**env)
    [note] = gitlab.bodies(7)
    assert "in the same merge request" in note
    assert f"This is about commit `{env['CI_COMMIT_SHA'][:7]}`" in note
    assert not any(word in note for word in ("/promptops", "pull request", "GitHub", "workflow"))


def test_a_change_that_touches_no_prompt_gets_no_note(repo: GitRepository, gitlab: GitLabServer) -> None:
    env = job(repo, gitlab)
    before = env["CI_COMMIT_SHA"]
    repo.commit({"README.md": "words"})
    env = job(repo, gitlab, CI_MERGE_REQUEST_DIFF_BASE_SHA=before)
    gitlab.merge_requests[7]["diff_refs"]["base_sha"] = before
    result = run(**env)
    assert result.exit_code == 0, result.output
    assert not gitlab.bodies(7)
    assert "the change touches nothing that is checked here" in result.stderr


def test_a_failed_gate_and_findings_fail_the_job(repo: GitRepository, gitlab: GitLabServer) -> None:
    repo.commit({"prompts/greet.prompt.yml": POLITE.replace("model: small", "model: small\nmodle: x")})
    assert run(**job(repo, gitlab)).exit_code == 1
    assert "modle" in gitlab.bodies(7)[0]


def test_a_missing_key_is_told_as_people_in_a_browser_can_set_it(repo: GitRepository, gitlab: GitLabServer) -> None:
    text = (repo.root / "promptops.yml").read_text("utf-8")
    address = text.partition("baseUrl: '")[2].partition("'")[0]
    far = text.replace("model: m,", "model: m, apiKeyEnv: FAR_KEY,").replace(address, "https://models.example/v1")
    repo.commit({"promptops.yml": far})
    result = run("--base", "none", **job(repo, gitlab))
    assert result.exit_code == 2, result.output
    assert "a masked variable FAR_KEY, under Settings → CI/CD → Variables" in result.stdout.replace("\n", " ")
    assert "on GitHub" not in f"{result.output}{gitlab.bodies(7)}"


def test_an_interrupted_check_leaves_no_note_that_waits_for_ever(
    repo: GitRepository, gitlab: GitLabServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancelled(*arguments: Any, watch: Any, **more: Any) -> None:
        watch(0, 6)
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "check", cancelled)
    assert run(**job(repo, gitlab)).exit_code == 130
    [note] = gitlab.bodies(7)
    assert "the check was interrupted" in note
    assert "cancelled at 0 of 6 replies; start the job again" in note
    assert "Evaluating" not in note


def test_a_project_in_a_folder_of_its_own_has_its_own_note(
    repo: GitRepository, gitlab: GitLabServer, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit({f"apps/one/{name}": text for name, text in files_for(endpoint.url).items()})
    env = job(repo, gitlab)
    run(**env)
    write_files(repo.root, {"apps/one/prompts/greet.prompt.yml": GREET.replace("{{ who }}", "{{ who")})
    monkeypatch.chdir(repo.root / "apps/one")
    assert run(**env).exit_code == 2
    assert [note.splitlines()[0] for note in gitlab.bodies(7)] == [MARKER, "<!-- promptops:apps/one -->"]


def test_a_branchs_pipeline_has_no_note(repo: GitRepository, gitlab: GitLabServer) -> None:
    env = {name: text for name, text in job(repo, gitlab).items() if not name.startswith("CI_MERGE_REQUEST")}
    before = repo.git("rev-parse", "main")
    result = run(**env | {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BEFORE_SHA": before})
    assert result.exit_code == 0, result.output
    assert f"compared with {before[:7]}, what this branch held before" in result.stderr.replace(JOINER, "")
    assert "this pipeline is of no merge request" in result.stderr
    assert not gitlab.requests


def test_on_ones_own_machine_it_says_why_there_is_no_note(repo: GitRepository) -> None:
    result = run("--base", "main")
    assert result.exit_code == 0, result.output
    assert "no comment is written: this pipeline is of no merge request" in result.stderr
    assert "no comment is written" not in run("--base", "main", "--no-comment").stderr
