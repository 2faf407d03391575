"""`promptops eval` from the outside: what it prints, what it leaves on disk, how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from promptops.model.results import Results
from promptops.store.results_file import parse_results
from tests.conftest import GitRepository, write_files
from tests.loaded_modules import loaded_by
from tests.providers.loopback import Behaviour, answer
from tests.workflows.scene import (
    GREET,
    POLITE,
    SUITE,
    Endpoint,
    answering,
    command,
    environment,
    files_for,
    many_cases,
)

Run = Callable[..., Result]
GATED = SUITE + "gates: {says the name: {atLeast: 0.9}}\n"


@pytest.fixture
def repo(tmp_path: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    """A committed project in a folder with a space and an umlaut, and the current folder in it."""
    repo = GitRepository(tmp_path / "my prömpts")
    repo.commit(files_for(endpoint.url))
    monkeypatch.chdir(repo.root)
    return repo


@pytest.fixture
def run() -> Run:
    """`run("--plan")`: `promptops eval --plan` in this process."""
    return lambda *args: CliRunner().invoke(cli, ["eval", *args])


def _latest(root: Path) -> Path:
    return Path((root / ".promptops/results/latest").read_text("utf-8"))


def _results(folder: Path) -> Results:
    return parse_results((folder / "results.json").read_bytes())


def test_one_run_prints_its_results_and_keeps_them(run: Run, repo: GitRepository, endpoint: Endpoint) -> None:
    result = run()
    assert result.exit_code == 0, result.output
    assert "says the name" in result.stdout
    assert result.stderr.startswith("greet · head ")
    assert "planned 3 replies (0 in cache) · about $0.01" in result.stderr
    folder = _latest(repo.root)
    assert folder.parent == repo.root / ".promptops/results"
    assert re.fullmatch(r"\d{8}-\d{6}-greet", folder.name)
    assert sorted(path.name for path in folder.iterdir()) == ["journal.jsonl", "report.html", "results.json"]
    assert f".promptops/results/{folder.name}/report.html written" in result.stderr
    results = _results(folder)
    assert (results.suite, results.prompt, len(results.samples), results.calls.called) == ("greet", "greet", 3, 3)
    assert (folder / "report.html").read_text("utf-8").lower().startswith("<!doctype html>")
    assert len((folder / "journal.jsonl").read_text().splitlines()) == 4
    assert repo.git("status", "--porcelain") == ""


def test_data_goes_to_stdout_and_words_for_people_to_stderr(run: Run, repo: GitRepository) -> None:
    result = run()
    assert "planned" not in result.stdout
    assert "written" not in result.stdout
    assert "\x1b[" not in result.output


def test_a_second_run_makes_no_request(run: Run, repo: GitRepository, endpoint: Endpoint) -> None:
    run("--out", "one")
    result = run("--out", "two")
    assert len(endpoint.asked) == 3
    assert "planned 3 replies (3 in cache) · costs nothing" in result.stderr
    one, two = _results(repo.root / "one/greet"), _results(repo.root / "two/greet")
    assert [sample.text for sample in one.samples] == [sample.text for sample in two.samples]
    assert (two.calls.called, two.calls.cached, two.cost) == (0, 3, 0)
    assert _latest(repo.root) == repo.root / "two/greet"


def test_plan_looks_at_every_reply_however_many_there_are(run: Run, repo: GitRepository) -> None:
    write_files(repo.root, {"evals/greet.eval.yml": many_cases(1005)})
    assert "planned 1,005 replies (0 in cache) · about $" in run("--plan").stderr


def test_plan_asks_nothing_and_writes_nothing(run: Run, repo: GitRepository, endpoint: Endpoint) -> None:
    result = run("--plan")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "planned 3 replies" in result.stderr
    assert endpoint.asked == []
    assert not (repo.root / ".promptops").exists()


def test_base_compares_with_the_merge_base(run: Run, repo: GitRepository, endpoint: Endpoint) -> None:
    sha = repo.git("rev-parse", "HEAD")
    repo.git("switch", "--quiet", "--create", "work")
    repo.commit({"prompts/greet.prompt.yml": POLITE})
    result = run("--base", "main")
    assert result.exit_code == 0
    assert f"base {sha[:7]} → head " in result.stderr
    assert "3 cases × 2 versions" in result.stderr
    assert len(endpoint.asked) == 6
    assert [arm.commit for arm in _results(_latest(repo.root)).arms] == [sha, repo.git("rev-parse", "HEAD")]


def test_changed_runs_only_what_changed_and_says_against_what(
    run: Run, repo: GitRepository, endpoint: Endpoint
) -> None:
    repo.commit({"prompts/other.prompt.yml": GREET, "evals/other.eval.yml": SUITE.replace("greet", "other")})
    sha = repo.git("rev-parse", "HEAD")
    repo.git("switch", "--quiet", "--create", "work")
    repo.commit({"prompts/greet.prompt.yml": POLITE})
    result = run("--changed")
    assert result.exit_code == 0
    assert f"compared with {sha[:7]}, where this work left main" in result.stderr
    assert not [text for text in result.stderr.splitlines() if text.startswith("other ·")]
    assert _results(_latest(repo.root)).suite == "greet"
    assert len(endpoint.asked) == 6


def test_nothing_changed_is_one_line_and_spends_nothing(run: Run, repo: GitRepository, endpoint: Endpoint) -> None:
    repo.commit({"README.md": "words", "prompts/greet.prompt.yml": "name: A title\n" + GREET})
    for arguments in (["--changed"], ["--changed", "--base", "HEAD~1"], ["greet", "--changed"]):
        result = run(*arguments)
        assert (result.exit_code, result.stdout) == (0, "")
        assert result.stderr == "no evaluated prompt or suite has changed; no model was called\n"
    assert endpoint.asked == []


def test_an_unchanged_prompt_with_base_asks_nothing(run: Run, repo: GitRepository, endpoint: Endpoint) -> None:
    result = run("--base", "HEAD")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 1
    assert "nothing will be asked" in result.stderr
    assert endpoint.asked == []


def test_a_new_prompt_and_a_changed_suite_are_announced(run: Run, repo: GitRepository) -> None:
    write_files(
        repo.root,
        {
            "prompts/greet.prompt.yml": POLITE,
            "evals/greet.eval.yml": SUITE.replace("Eve", "Zoe"),
            "prompts/new.prompt.yml": GREET,
            "evals/new.eval.yml": SUITE.replace("greet", "new"),
        },
    )
    sha = repo.git("rev-parse", "--short=7", "HEAD")
    result = run("--changed")
    assert result.exit_code == 0
    assert f"the prompt is new: {sha} does not have it" in result.stderr
    assert "the suite itself changed; its new cases and criteria judge both versions" in result.stderr


def test_at_evaluates_an_old_version(run: Run, repo: GitRepository, endpoint: Endpoint) -> None:
    sha = repo.git("rev-parse", "HEAD")
    repo.commit({"prompts/greet.prompt.yml": POLITE})
    assert run("--at", sha[:9]).exit_code == 0
    assert sorted(endpoint.asked) == ["Greet Ada", "Greet Bob", "Greet Eve"]
    (arm,) = _results(_latest(repo.root)).arms
    assert (arm.commit, arm.dirty) == (sha, False)


def test_models_and_trials_multiply(run: Run, repo: GitRepository, endpoint: Endpoint) -> None:
    result = run("--model", "small", "--model", "big", "--trials", "2", "--out", "out")
    assert result.exit_code == 0
    assert "3 cases × 1 version × 2 models (small, big)" in result.stderr
    assert len(endpoint.asked) == 12
    assert _results(repo.root / "out/greet").trials == 2


def test_a_gate_that_fails_is_1_and_the_results_are_kept(run: Run, repo: GitRepository) -> None:
    write_files(repo.root, {"evals/greet.eval.yml": GATED.replace("'{{ who }}'", "Rumpelstiltskin")})
    result = run()
    assert result.exit_code == 1
    assert "exit 1 (does not hold: says the name ≥ 90%)" in result.stderr
    assert [gate.status for gate in _results(_latest(repo.root)).gates] == ["failed"]


def test_a_gate_that_is_not_yet_proven_is_0_unless_it_must_be(run: Run, repo: GitRepository) -> None:
    write_files(repo.root, {"evals/greet.eval.yml": GATED})
    assert run().exit_code == 0
    assert [gate.status for gate in _results(_latest(repo.root)).gates] == ["undecided"]
    write_files(repo.root, {"evals/greet.eval.yml": GATED.replace("0.9", "0.9, undecided: fail")})
    assert run().exit_code == 1


def test_a_gate_that_holds_is_0(run: Run, repo: GitRepository) -> None:
    write_files(repo.root, {"evals/greet.eval.yml": many_cases(30) + "gates: {says the name: {atLeast: 0.9}}\n"})
    assert run().exit_code == 0
    assert [gate.status for gate in _results(_latest(repo.root)).gates] == ["passed"]


def test_one_failed_gate_of_several_suites_is_1_after_all_have_run(
    run: Run, repo: GitRepository, endpoint: Endpoint
) -> None:
    write_files(
        repo.root,
        {"evals/a.eval.yml": GATED.replace("'{{ who }}'", "Rumpelstiltskin"), "evals/legal/b.eval.yml": SUITE},
    )
    result = run("--out", "all")
    assert result.exit_code == 1
    assert {path.name for path in (repo.root / "all").iterdir()} == {"a", "greet", "legal+b"}
    assert len(endpoint.asked) == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gret"], "did you mean 'greet'?"),
        (["--model", "huge"], "add to promptops.yml"),
        (["--base", "nowhere"], "nowhere: no such version in this repository"),
        (["--at", "--output=x"], "is not a revision"),
        (["--trials", "0"], "x>=1"),
        (["--max-cost", "-1"], "x>=0"),
        (["--resume"], "no interrupted run of 'greet' to go on with"),
        (["--nonsense"], "No such option"),
    ],
)
def test_what_cannot_be_done_is_2_and_nothing_is_asked(
    run: Run, repo: GitRepository, endpoint: Endpoint, arguments: list[str], said: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert result.stdout == ""
    assert endpoint.asked == []
    assert not (repo.root / "x").exists()


def test_the_budget_stops_with_2_and_resume_finds_the_run(run: Run, repo: GitRepository, endpoint: Endpoint) -> None:
    write_files(repo.root, files_for(endpoint.url, prices="{input: 0, output: 1000}", limits="{concurrency: 1}"))
    write_files(repo.root, {"evals/greet.eval.yml": many_cases(10)})
    stopped = run("--max-cost", "0.01")
    assert stopped.exit_code == 2
    assert "the run stopped: the budget of $0.01 is spent" in stopped.stderr
    assert "--resume" in stopped.stderr
    assert len(endpoint.asked) == 4
    result = run("--resume")
    assert result.exit_code == 0, result.stderr
    assert set(endpoint.counts.values()) == {1}
    assert len(endpoint.asked) == 10
    assert len(_results(_latest(repo.root)).samples) == 10


def test_the_budget_holds_for_all_suites_together(run: Run, repo: GitRepository, endpoint: Endpoint) -> None:
    write_files(repo.root, files_for(endpoint.url, prices="{input: 0, output: 1000}", limits="{concurrency: 1}"))
    write_files(repo.root, {"prompts/bye.prompt.yml": POLITE, "evals/z.eval.yml": SUITE.replace("greet", "bye")})
    result = run("--max-cost", "0.010")  # a reply costs 0.003: all three of the first suite, and one of the second
    assert (result.exit_code, len(endpoint.asked)) == (2, 4)
    assert "the run stopped: the budget" in result.stderr


def test_the_suite_that_finds_the_budget_spent_names_the_whole_of_it(
    run: Run, repo: GitRepository, endpoint: Endpoint
) -> None:
    write_files(repo.root, files_for(endpoint.url, prices="{input: 0, output: 1000}", limits="{concurrency: 1}"))
    write_files(repo.root, {f"evals/{name}.eval.yml": many_cases(3) for name in ("greet", "y", "z")})
    write_files(repo.root, {"evals/z.eval.yml": many_cases(6)})
    result = run("--max-cost", "0.009")  # spent by the first suite; the second needs nothing that is not known
    assert (result.exit_code, len(endpoint.asked)) == (2, 3)
    assert "z: the run stopped: the budget of $0.009 is spent" in result.stderr
    assert "$0.00 is spent" not in result.output


def test_case_17_a_spent_quota_is_2_and_resume_finds_the_run(tmp_path: Path, run: Run) -> None:
    spent = True

    def reply(text: str, count: int) -> str | Behaviour:
        if spent and len(server.asked) > 5:
            return answer({"error": {"code": "insufficient_quota", "message": "pay"}}, 429)
        return text

    with answering(reply) as server:
        write_files(tmp_path, files_for(server.url, limits="{concurrency: 1}"))
        write_files(tmp_path, {"evals/greet.eval.yml": many_cases(10)})
        with pytest.MonkeyPatch.context() as patched:
            patched.chdir(tmp_path)
            stopped = run()
            assert stopped.exit_code == 2
            assert "pay" in stopped.stderr
            assert len(server.asked) == 6
            spent = False
            result = run("--resume")
        assert result.exit_code == 0, result.stderr
        assert len(server.asked) == 11


def test_one_of_two_suites_interrupted_is_gone_on_with(run: Run, repo: GitRepository, endpoint: Endpoint) -> None:
    write_files(repo.root, files_for(endpoint.url, prices="{input: 0, output: 1000}", limits="{concurrency: 1}"))
    write_files(repo.root, {"evals/zebra.eval.yml": many_cases(10)})
    assert run("--max-cost", "0.02").exit_code == 2
    result = run("--resume")
    assert result.exit_code == 0, result.stderr
    assert set(endpoint.counts.values()) == {1}


def test_a_spent_quota_in_the_first_suite_is_not_tried_again_in_the_second(tmp_path: Path, run: Run) -> None:
    spent = answer({"error": {"code": "insufficient_quota", "message": "pay"}}, 429)
    with answering(lambda text, count: spent) as endpoint, pytest.MonkeyPatch.context() as patched:
        write_files(tmp_path, files_for(endpoint.url, limits="{concurrency: 1}"))
        write_files(tmp_path, {"evals/zebra.eval.yml": many_cases(10)})
        patched.chdir(tmp_path)
        assert run().exit_code == 2
    assert len(endpoint.asked) == 1


def test_case_19_errors_of_all_calls_are_shown_as_errors(tmp_path: Path, run: Run) -> None:
    with answering(lambda text, count: answer("<html>")) as endpoint, pytest.MonkeyPatch.context() as patched:
        write_files(tmp_path, files_for(endpoint.url, limits="{maxRetries: 0}") | {"evals/greet.eval.yml": GATED})
        patched.chdir(tmp_path)
        result = run("--out", "out")
    assert result.exit_code == 2
    assert "every call failed: small: the server answered 200" in result.stderr
    results = _results(tmp_path / "out/greet")
    assert results.calls.failed == 3
    assert [gate.status for gate in results.gates] == ["not measured"]
    assert "Every call failed" in result.stdout
    assert " 0%" not in result.stdout


def test_one_failed_call_of_many_hides_no_result(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(lambda text, count: answer("no", 400) if "Nr1x" in text else text) as endpoint:
        write_files(tmp_path, files_for(endpoint.url) | {"evals/greet.eval.yml": many_cases(10)})
        monkeypatch.chdir(tmp_path)
        result = run()
    assert result.exit_code == 0, result.output
    assert sum(bool(sample.error) for sample in _results(_latest(tmp_path)).samples) == 1


def test_case_41_a_base_that_answers_nothing_leaves_nothing_to_compare_with(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering(lambda text, count: text if "politely" in text else answer("no", 400)) as endpoint:
        repo = GitRepository(tmp_path)
        repo.commit(files_for(endpoint.url))
        write_files(repo.root, {"prompts/greet.prompt.yml": POLITE})
        monkeypatch.chdir(tmp_path)
        result = run("--base", "HEAD")
    assert result.exit_code == 2, result.output
    assert result.stdout.splitlines()[0].startswith("❔ Not measured: ")
    assert "Every call for the version before failed" in result.stdout.splitlines()[1]
    assert "no difference" not in result.output
    errors = [bool(sample.error) for sample in _results(_latest(tmp_path)).samples]
    assert errors == [True, False] * 3


def test_a_suite_by_its_file_from_a_subfolder(
    run: Run, repo: GitRepository, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo.root / "evals")
    for number, name in enumerate(("greet.eval.yml", "greet", "../evals/greet.eval.yml")):
        assert run(name, "--out", f"../out {number}").exit_code == 0
        assert _results(repo.root / f"out {number}/greet").suite == "greet"
    assert not (repo.root / "evals/.promptops").exists()
    assert len(endpoint.asked) == 3


def test_a_folder_called_like_the_suite_is_not_in_the_way(
    run: Run, repo: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repo.root / "work/greet").mkdir(parents=True)
    monkeypatch.chdir(repo.root / "work")
    result = run("greet", "--plan")
    assert result.exit_code == 0, result.stderr


def test_a_project_in_a_subfolder_of_the_repository(
    run: Run, repo: GitRepository, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = repo.root / "tëams/one two"
    write_files(project, files_for(endpoint.url))
    sha = repo.commit()
    write_files(project, {"prompts/greet.prompt.yml": POLITE})
    monkeypatch.chdir(project / "prompts")
    result = run("greet.prompt.yml")
    assert result.exit_code == 2  # this prompt has no suite of its own
    assert run("--base", "HEAD").exit_code == 0
    results = _results(_latest(project))
    assert [(arm.side, arm.commit, arm.dirty) for arm in results.arms] == [("base", sha, False), ("head", sha, True)]
    assert endpoint.counts["Greet politely: Ada"] == endpoint.counts["Greet Ada"] == 1


def test_no_git_at_all(tmp_path: Path, run: Run, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path / "plain ü", files_for(endpoint.url))
    monkeypatch.chdir(tmp_path / "plain ü")
    assert run().exit_code == 0
    (arm,) = _results(_latest(tmp_path / "plain ü")).arms
    assert (arm.commit, arm.dirty) == (None, False)
    for arguments in (["--changed"], ["--base", "main"], ["--at", "HEAD"]):
        result = run(*arguments)
        assert result.exit_code == 2
        assert "not in a git repository" in result.stderr


def test_without_a_git_program_files_are_still_evaluated(repo: GitRepository, endpoint: Endpoint) -> None:
    without = environment(PATH=os.devnull)
    done = subprocess.run(
        command("eval", "--out", "out"), cwd=repo.root, env=without, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert len(endpoint.asked) == 3


def test_the_suite_inside_a_prompt_file(run: Run, repo: GitRepository, endpoint: Endpoint) -> None:
    inline = "testData: [{who: Ida}]\nevaluators: [{string: {contains: Ida}}]\n"
    write_files(repo.root, {"prompts/tiny.prompt.yml": GREET + inline})
    for name in ("prompt:tiny", "prompts/tiny.prompt.yml"):
        assert run(name).exit_code == 0
        assert _results(_latest(repo.root)).suite == "prompt:tiny"
    assert endpoint.asked == ["Greet Ida"]
    assert re.fullmatch(r"\d{8}-\d{6}-prompt=tiny", _latest(repo.root).name)


def test_the_command_line_stands_in_the_results(repo: GitRepository, endpoint: Endpoint) -> None:
    arguments = command("eval", "greet", "--out", "my out")
    done = subprocess.run(arguments, cwd=repo.root, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert _results(repo.root / "my out/greet").command == "promptops eval greet --out 'my out'"


def test_a_key_is_sent_and_shown_nowhere(
    run: Run, repo: GitRepository, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", "sk-very-secret-0123456789")
    text = (repo.root / "promptops.yml").read_text().replace("model: m,", "model: m, apiKeyEnv: MY_KEY,")
    write_files(repo.root, {"promptops.yml": text})
    result = run()
    assert result.exit_code == 0
    assert "very-secret" not in result.output
    for path in (repo.root / ".promptops").rglob("*"):
        assert not path.is_file() or b"very-secret" not in path.read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_an_interrupt_is_130_and_what_was_finished_is_kept(tmp_path: Path) -> None:
    process: subprocess.Popen[str] | None = None

    def reply(text: str, count: int) -> str | Behaviour:
        if len(server.asked) == 4:
            assert process is not None
            process.send_signal(signal.SIGINT)
        return text

    with answering(reply) as server:
        write_files(tmp_path, files_for(server.url, limits="{concurrency: 1}"))
        write_files(tmp_path, {"evals/greet.eval.yml": many_cases(60)})
        process = subprocess.Popen(
            command("eval"),
            cwd=tmp_path,
            env=environment(),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # A shell starts what it puts into the background with ^C ignored, which would be inherited.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        _, said = process.communicate(timeout=60)
        assert process.returncode == 130, said
        assert "interrupted" in said
        assert "Traceback" not in said
        asked = len(server.asked)
        assert asked < 60
        done = subprocess.run(
            command("eval", "--resume"), cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert len(server.asked) <= 60 + 1  # the call in flight at the interrupt


def test_the_journal_is_json_lines(run: Run, repo: GitRepository) -> None:
    run("--out", "out")
    head, *lines = (repo.root / "out/greet/journal.jsonl").read_text().splitlines()
    assert json.loads(head)["format"] == "promptops-journal/1"
    assert {json.loads(line)["reply"]["text"] for line in lines} == {
        f"You said: Greet {who}" for who in ("Ada", "Bob", "Eve")
    }


@pytest.mark.model
def test_the_embedded_model_is_evaluated_and_the_process_ends(tmp_path: Path, embedded_model: Path) -> None:
    project, cache = tmp_path / "new project", tmp_path / "cache"
    (cache / "models").mkdir(parents=True)
    (cache / "models" / embedded_model.name).symlink_to(embedded_model)
    here = environment(PROMPTOPS_CACHE_DIR=str(cache))
    subprocess.run(command("init", str(project)), env=here, check=True, capture_output=True)
    write_files(
        project,
        {
            "prompts/hi.prompt.yml": "model: small\nmodelParameters: {maxTokens: 3}\ninputs: {who: {type: string}}\n"
            "messages: [{role: user, content: 'Say {{ who }}'}]\n",
            "evals/hi.eval.yml": "prompt: hi\ntestData: [{who: a}, {who: b}, {who: c}]\n"
            "evaluators: [{name: short, tokens: {maxOutput: 3}}]\n",
        },
    )
    arguments = command("eval", "hi", "--out", "out")
    done = subprocess.run(arguments, cwd=project, env=here, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    results = _results(project / "out/hi")
    assert [sample.error for sample in results.samples] == ["", "", ""]
    assert all(sample.scores["short"].passed for sample in results.samples)
    assert (results.cost, results.arms[0].full_model.partition("/")[0]) == (0, "local")


def test_out_has_a_folder_for_each_suite_whether_there_is_one_or_many(run: Run, repo: GitRepository) -> None:
    run("greet", "--out", "one")
    assert (repo.root / "one/greet/results.json").is_file()
    repo.commit({"evals/second.eval.yml": SUITE})
    run("--out", "both")
    assert {path.parent.name for path in repo.root.glob("both/*/results.json")} == {"greet", "second"}


def test_a_folder_of_the_older_layout_is_gone_on_with_and_written_over_where_it_lies(
    run: Run, repo: GitRepository
) -> None:
    run("--out", "new")
    (repo.root / "new/greet").rename(repo.root / "old")
    (repo.root / "old/results.json").unlink()
    resumed = run("--out", "old", "--resume")
    assert resumed.exit_code == 0, resumed.output
    assert (repo.root / "old/results.json").is_file()
    assert run("--out", "old").exit_code == 0
    assert not (repo.root / "old/greet").exists()
    assert CliRunner().invoke(cli, ["report", "old"]).exit_code == 0


def test_a_whole_run_loads_no_vendors_client(repo: GitRepository, endpoint: Endpoint) -> None:
    loaded = loaded_by(repo.root, ["eval"])
    assert endpoint.asked
    assert "aiohttp" in loaded
    assert loaded.isdisjoint({"openai", "httpx2", "httpcore2", "truststore"})
