"""Nothing that was not measured ends green: the first line says so, the exit code is 2, and so does every report."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from promptops.store.results_file import parse_results
from tests.conftest import GitRepository, write_files
from tests.headings import first_heading
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
    settings,
)

JUDGE = "judge: {question: Is it kind?, model: big}"
RAISES = "def check(reply, case):\n    raise ValueError('no verdict today')\n"


@pytest.fixture
def repo(tmp_path: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    repo = GitRepository(tmp_path / "work")
    repo.commit(files_for(endpoint.url))
    monkeypatch.chdir(repo.root)
    return repo


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def assert_not_measured(result: Result, *said: str) -> None:
    """It ends with 2, and the first line that is printed for the suite says it."""
    assert result.exit_code == 2, result.output
    first = result.stdout.splitlines()[0]
    assert "not measured" in first.casefold(), result.output
    assert "not measured" in result.stderr.splitlines()[-1]
    for part in said:
        assert part in result.output
    assert "no difference" not in result.output
    assert "nothing shown better or worse" not in result.output


def _latest(repo: GitRepository) -> Path:
    return Path((repo.root / ".promptops/results/latest").read_text("utf-8"))


def assert_no_report_is_green() -> None:
    """Every form of the last run."""
    for form in ("text", "markdown", "html", "json", "junit"):
        text = run("report", "--format", form).stdout
        assert "not measured" in text.casefold(), form
        assert "no difference" not in text, form
    (comment,) = [run("report", "--format", "markdown").stdout]
    assert first_heading(comment).startswith("### ❔ Not measured: ")
    found = json.loads(run("report", "--format", "json").stdout)
    assert found["unmeasured"]
    assert {one["overall"] for one in found["comparisons"]} == {"not measured"}
    tree = ElementTree.fromstring(run("report", "--format", "junit").stdout)
    assert int(tree.attrib["errors"]) > 0


def suite_with(evaluator: str, more: str = "") -> str:
    """Three cases, a criterion that holds and the one in question."""
    return SUITE.rstrip("\n").removesuffix("]") + f", {{name: in question, {evaluator}}}]\n" + more


@pytest.mark.parametrize("gate", ["", "gates: {in question: {atLeast: 0.5}}\n"], ids=["", "gated"])
@pytest.mark.parametrize("base", [False, True], ids=["alone", "compared"])
@pytest.mark.parametrize(
    "evaluator",
    [
        "python: {file: own.py, function: check}",
        "schema: {}",
        "string: {contains: ''}",
        "string: {contains: '{{ who'}",
        "string: {contains: '{{ who | nosuchfilter }}'}",
        JUDGE,
        "llm: {modelId: big, prompt: 'Rate {{ it', choices: [{choice: good, score: 1}]}",
        "cost: {maxUsd: 1}",
    ],
)
def test_case_41_a_criterion_without_any_answer_is_2(
    repo: GitRepository, evaluator: str, base: bool, gate: str, endpoint: Endpoint
) -> None:
    unpriced = settings(endpoint.url).replace(", prices: {input: 1, output: 10}", "")
    write_files(repo.root, {"promptops.yml": unpriced, "evals/own.py": RAISES})
    write_files(repo.root, {"evals/greet.eval.yml": suite_with(evaluator, gate)})
    repo.commit()
    write_files(repo.root, {"prompts/greet.prompt.yml": POLITE})
    result = run("eval", *(["--base", "HEAD"] if base else []))
    assert_not_measured(result)
    if (repo.root / ".promptops/results/latest").exists():  # else it was found before the first call
        assert "in question" in result.output
        assert_no_report_is_green()


def test_case_41_thirty_nine_of_forty_calls_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def reply(text: str, count: int) -> str | Behaviour:
        return text if "Nr0x" in text else answer({"error": {"message": "oh no"}}, 400)

    with answering(reply) as endpoint:
        write_files(tmp_path, files_for(endpoint.url, limits="{concurrency: 1}"))
        write_files(tmp_path, {"evals/greet.eval.yml": many_cases(40)})
        monkeypatch.chdir(tmp_path)
        assert_not_measured(run("eval"), "39 of 40 calls failed: small: the server answered 400: oh no")
        assert_no_report_is_green()


@pytest.mark.parametrize("gate", ["", "gates: {in question: {atLeast: 0.1}}\n"], ids=["", "gated"])
def test_case_41_a_check_that_raises_for_thirty_nine_of_forty_replies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gate: str
) -> None:
    raises = "def check(reply, case):\n    assert 'Nr0x' in reply, 'no verdict today'\n    return True\n"
    with answering(lambda text, count: text) as endpoint:
        check = ", {name: in question, python: {file: own.py, function: check}}]\n"
        asked = many_cases(40).rstrip("\n").removesuffix("]") + check + gate
        write_files(tmp_path, files_for(endpoint.url) | {"evals/greet.eval.yml": asked, "evals/own.py": raises})
        monkeypatch.chdir(tmp_path)
        assert_not_measured(run("eval"), "'in question' has only 1 answer of 40", "no verdict today")
        assert_no_report_is_green()


@pytest.mark.parametrize(("failing", "code"), [(4, 0), (5, 2)])
def test_case_41_a_tenth_of_the_cases_may_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int, code: int
) -> None:
    names = tuple(f"Nr{9 * number}x" for number in range(failing))
    with answering(lambda text, count: answer("no", 400) if text.endswith(names) else text) as endpoint:
        write_files(tmp_path, files_for(endpoint.url) | {"evals/greet.eval.yml": many_cases(40)})
        monkeypatch.chdir(tmp_path)
        assert run("eval").exit_code == code


@pytest.mark.parametrize(("most", "failing", "code"), [("50%", 20, 0), ("0%", 1, 2), ("100%", 39, 0), ("100%", 40, 2)])
def test_case_41_the_suite_says_how_many_cases_may_fail_but_never_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: str, failing: int, code: int
) -> None:
    names = tuple(f"Nr{39 - number}x" for number in range(failing))
    with answering(lambda text, count: answer("no", 400) if text.endswith(names) else text) as endpoint:
        write_files(tmp_path, files_for(endpoint.url, limits="{concurrency: 1}"))
        write_files(tmp_path, {"evals/greet.eval.yml": many_cases(40) + f"maxErrors: {most}\n"})
        monkeypatch.chdir(tmp_path)
        assert run("eval").exit_code == code


def test_case_41_results_of_an_older_version_are_told_alike(repo: GitRepository) -> None:
    write_files(repo.root, {"evals/own.py": RAISES})
    write_files(repo.root, {"evals/greet.eval.yml": suite_with("python: {file: own.py, function: check}")})
    repo.commit()
    write_files(repo.root, {"prompts/greet.prompt.yml": POLITE})
    run("eval", "--base", "HEAD")
    file = _latest(repo) / "results.json"
    older = json.loads(file.read_bytes())
    del older["unmeasured"]
    older["comparisons"][0]["overall"] = "no difference shown"
    file.write_text(json.dumps(older))
    assert_no_report_is_green()


def test_case_44_a_base_of_which_many_calls_failed_proves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reply(text: str, count: int) -> str | Behaviour:
        return answer("no", 400) if "politely" not in text and text.endswith(("1x", "2x", "3x")) else text

    with answering(reply) as endpoint:
        repo = GitRepository(tmp_path)
        repo.commit(files_for(endpoint.url) | {"evals/greet.eval.yml": many_cases(20)})
        write_files(repo.root, {"prompts/greet.prompt.yml": POLITE})
        monkeypatch.chdir(tmp_path)
        assert_not_measured(run("eval", "--base", "HEAD"), "6 of 20 calls for the version before failed")


def test_not_measured_wins_over_a_failed_gate(repo: GitRepository) -> None:
    gated = SUITE.replace("'{{ who }}'", "Rumpelstiltskin") + "gates: {says the name: {atLeast: 0.9}}\n"
    write_files(repo.root, {"evals/a.eval.yml": gated, "evals/own.py": RAISES})
    write_files(repo.root, {"evals/greet.eval.yml": suite_with("python: {file: own.py, function: check}")})
    result = run("eval")
    assert result.exit_code == 2
    last = result.stderr.splitlines()[-1]
    assert last.startswith("exit 2 (not measured: greet: 'in question' has no answer: ")
    assert last.endswith("; does not hold: says the name ≥ 90%)")


def test_what_the_suite_marks_as_advisory_changes_no_exit_code(repo: GitRepository) -> None:
    write_files(repo.root, {"evals/own.py": RAISES})
    advisory = suite_with("advisory: true, python: {file: own.py, function: check}")
    write_files(repo.root, {"evals/greet.eval.yml": advisory})
    result = run("eval")
    assert result.exit_code == 0, result.output
    assert "not measured" not in result.stdout.splitlines()[0].casefold()


def test_a_run_from_the_cache_alone_was_measured(repo: GitRepository, endpoint: Endpoint) -> None:
    timed = suite_with("latency: {maxSeconds: 60}")
    write_files(repo.root, {"evals/greet.eval.yml": timed})
    assert run("eval").exit_code == 0
    today = parse_results((_latest(repo) / "results.json").read_bytes()).started[:10]
    again = run("eval")
    assert (again.exit_code, len(endpoint.asked)) == (0, 3)
    assert re.search(rf"latency \d+ ms \(median\), as measured on {today}", again.stdout), again.stdout
    assert "not measured" not in again.stdout.casefold()
    write_files(repo.root, {"prompts/greet.prompt.yml": POLITE})
    assert run("eval").exit_code == 0
    compared = run("eval", "--base", "HEAD")  # both versions are known by now
    assert (compared.exit_code, len(endpoint.asked)) == (0, 6)
    assert f"(median), as measured on {today}" in compared.stdout
    assert run("report", "--format", "markdown").stdout.count("as measured on") == 1


def test_people_who_have_not_answered_change_no_exit_code_unless_the_suite_asks_for_proof(repo: GitRepository) -> None:
    human, gate = "human: {question: 'Would you send it?'}", "gates: {in question: {atLeast: 0.5MORE}}\n"
    for more, code in (("", 0), (gate.replace("MORE", ""), 0), (gate.replace("MORE", ", undecided: fail"), 1)):
        write_files(repo.root, {"evals/greet.eval.yml": suite_with(human, more)})
        result = run("eval")
        assert result.exit_code == code, result.output
        assert "waiting" in result.stdout
        assert "not measured" not in result.stdout.casefold()
        sign, ending = ("⛔", ", and the suite asks for proof") if code else ("⏳", "")
        assert not more or f"  {sign} in question ≥ 50%: waiting for people{ending}\n" in result.stdout
        assert "not measured" not in run("report", "--format", "junit").stdout


def test_without_a_base_there_is_nothing_to_compare_with_yet(repo: GitRepository) -> None:
    gates = "gates: {says the name: {noWorseThanBase: 0.1, undecided: fail}}\nbudget: {maxCostIncrease: 10%}\n"
    write_files(repo.root, {"evals/greet.eval.yml": SUITE + gates})
    result = run("eval")
    assert result.exit_code == 0, result.output
    assert "➖ says the name: no drop of 10 points or more; nothing to compare with yet" in result.stdout
    assert "➖ cost: at most 10% more; nothing to compare with yet" in result.stdout
    assert "not measured" not in run("report", "--format", "junit").stdout


# Recorded replies


def recorded(repo: GitRepository) -> None:
    write_files(repo.root, {"evals/greet.eval.yml": SUITE + "replies: greet.replies.jsonl\n"})
    assert run("eval", "--record").exit_code == 0
    repo.commit()


def test_case_41_a_recorded_suite_whose_prompt_changed_says_that_nobody_asked_the_model(
    repo: GitRepository, endpoint: Endpoint
) -> None:
    recorded(repo)
    assert run("eval").exit_code == 0
    asked = len(endpoint.asked)
    write_files(repo.root, {"prompts/greet.prompt.yml": POLITE})
    for arguments in ([], ["--base", "HEAD"], ["--changed"]):
        result = run("eval", *arguments)
        assert_not_measured(result, "promptops eval greet --record")
        assert "obody asked the model" in result.stdout.splitlines()[1]
        assert_no_report_is_green()
    assert len(endpoint.asked) == asked
    assert run("eval", "greet", "--record").exit_code == 0
    assert run("eval", "--base", "HEAD").exit_code == 0


def test_case_41_one_new_case_of_a_recorded_suite_was_asked_of_nobody(repo: GitRepository) -> None:
    write_files(repo.root, {"evals/greet.eval.yml": many_cases(20) + "replies: greet.replies.jsonl\n"})
    assert run("eval", "--record").exit_code == 0
    write_files(repo.root, {"evals/greet.eval.yml": many_cases(21) + "replies: greet.replies.jsonl\n"})
    assert_not_measured(run("eval"), "nobody asked the model: 1 of 21 replies is not recorded")


# Dead endpoints


def dead_address() -> str:
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/v1"


def test_a_wrong_address_is_told_at_the_first_failure_and_asked_no_more_in_any_suite(
    repo: GitRepository, endpoint: Endpoint
) -> None:
    dead = "{provider: openai, model: m, baseUrl: 'URL', limits: {maxRetries: 0, concurrency: 1}}"
    address = dead_address()
    write_files(
        repo.root,
        {
            "promptops.yml": settings(endpoint.url) + f"  gone: {dead.replace('URL', address)}\n",
            "prompts/far.prompt.yml": GREET.replace("model: small", "model: gone"),
            "evals/a.eval.yml": many_cases(40).replace("prompt: greet", "prompt: far"),
            "evals/b.eval.yml": many_cases(40).replace("prompt: greet", "prompt: far"),
        },
    )
    result = run("eval")
    assert result.exit_code == 2
    first = result.stderr.index(f"a call failed: gone: nothing listens at {address}. is the server running at")
    assert first < result.stderr.index("exit 2")
    assert result.stderr.count("a call failed:") == 1
    assert address in result.stdout.replace("\n", "")  # as it can be copied
    assert "--resume" not in result.stderr  # nothing is there to go on with
    lines = result.stdout.splitlines()
    told = [line.partition("❔ Not measured: ")[2] for line in lines if line.startswith("❔")]
    assert told == ["far (a)", "far (b)"]
    assert result.stdout.count("The run stopped: gone: nothing listens at") == 2
    assert " ".join(result.stdout.split()).count("the first 10 calls all failed alike") == 2
    assert "100%" in result.stdout  # the suite that has a model was measured all the same
    assert len(endpoint.asked) == 3
    results = parse_results((next((repo.root / ".promptops/results").glob("*-a")) / "results.json").read_bytes())
    assert len(results.samples) == 10
    assert not list((repo.root / ".promptops/results").glob("*-b/results.json"))  # it made no call


def test_a_wrong_model_name_is_asked_no_more_and_its_neighbour_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = answer({"error": {"message": "no such model", "code": "model_not_found"}}, 404)

    def reply(text: str, count: int) -> str | Behaviour:
        return missing if server.bodies[-1]["model"] == "m-big" else text

    with answering(reply) as server:
        write_files(tmp_path, files_for(server.url, limits="{concurrency: 1}"))
        write_files(tmp_path, {"evals/a.eval.yml": many_cases(40) + "models: [big]\n"})
        monkeypatch.chdir(tmp_path)
        result = run("eval")
    assert result.exit_code == 2
    assert sorted(body["model"] for body in server.bodies) == ["m"] * 3 + ["m-big"] * 10
    assert "no such model" in result.stdout.splitlines()[1]


def test_a_judge_at_a_wrong_address_ends_its_suite_and_no_other(repo: GitRepository, endpoint: Endpoint) -> None:
    gone = f"{{provider: openai, model: j, baseUrl: '{dead_address()}', limits: {{maxRetries: 0}}}}"
    judged = many_cases(60).rstrip("\n").removesuffix("]") + ", {name: kind, judge: {question: Is it?, model: gone}}]\n"
    write_files(repo.root, {"promptops.yml": settings(endpoint.url) + f"  gone: {gone}\n", "evals/a.eval.yml": judged})
    result = run("eval")
    assert_not_measured(result, "a call failed: gone: nothing listens at", "the first 10 calls all failed alike")
    assert "finished replies are kept; continue with --resume" in result.stderr
    assert endpoint.counts["Greet Eve"] == 1


def test_an_embedded_model_that_cannot_start_is_not_tried_for_every_case(
    repo: GitRepository, endpoint: Endpoint
) -> None:
    write_files(repo.root, {"broken.gguf": b"GGUF\x03\0\0\0" + b"\xff" * 100})
    local = settings(endpoint.url) + "  own: {provider: local, model: broken.gguf}\n"
    write_files(repo.root, {"promptops.yml": local, "evals/a.eval.yml": many_cases(40) + "models: [own]\n"})
    result = run("eval")
    assert_not_measured(result, "a call failed: ")
    assert "the first 10 calls all failed alike" in " ".join(result.stdout.split())
    assert len(endpoint.asked) == 3


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such terminals")
def test_a_terminal_shows_the_reason_of_the_first_failure_too(repo: GitRepository) -> None:
    import pty

    write_files(repo.root, {"promptops.yml": settings(dead_address(), limits="{maxRetries: 0}")})
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command("eval"), cwd=repo.root, env=environment(TERM="xterm"), stdout=subprocess.DEVNULL, stderr=theirs
    ) as process:
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # the end of a terminal is an error
            while data := os.read(ours, 65536):
                shown += data
    os.close(ours)
    text = shown.decode()
    assert process.returncode == 2
    assert text.count("a call failed: small: nothing listens at http://127.0.0.1:") == 1
    assert text.index("a call failed: ") < text.index("exit 2 (not measured: greet: every call failed")


# Broken suites


def test_one_broken_suite_stops_no_other_and_the_code_is_still_2(repo: GitRepository, endpoint: Endpoint) -> None:
    write_files(
        repo.root,
        {
            "evals/a.eval.yml": "prompt: [",
            "evals/b.eval.yml": SUITE.replace("prompt: greet", "prompt: gret"),
            "evals/z.eval.yml": SUITE.replace("testData: [", "testData: nowhere.csv\nrest: ["),
        },
    )
    result = run("eval")
    assert result.exit_code == 2
    lines = result.stdout.splitlines()
    assert [line.split(":")[0] for line in lines if ": not measured: " in line] == ["a", "b", "z"]
    assert "b: not measured: no prompt called 'gret'" in result.stdout
    assert "did you mean 'greet'?" in result.stderr
    assert "says the name" in result.stdout
    assert len(endpoint.asked) == 3
    last = result.stderr.splitlines()[-1]
    assert last.startswith("exit 2 (not measured: a: evals/a.eval.yml:1:9: ")
    assert "; b: no prompt called 'gret' (" in last


def test_a_broken_suite_is_2_for_the_plan_too(repo: GitRepository, endpoint: Endpoint) -> None:
    write_files(repo.root, {"evals/a.eval.yml": "prompt: ["})
    result = run("eval", "--plan")
    assert (result.exit_code, endpoint.asked) == (2, [])
    assert "planned 3 replies" in result.stderr
    assert result.stdout.startswith("a: not measured: ")


def test_a_suite_that_is_broken_alone_says_so_in_its_first_line(repo: GitRepository) -> None:
    write_files(repo.root, {"evals/greet.eval.yml": SUITE.replace("prompt: greet", "prompt: gret")})
    assert_not_measured(run("eval"), "no prompt called 'gret'")


def test_a_name_that_is_no_suite_stops_the_command(repo: GitRepository, endpoint: Endpoint) -> None:
    result = run("eval", "gret")
    assert (result.exit_code, result.stdout, endpoint.asked) == (2, "", [])


def test_a_suite_that_stopped_stops_no_other(repo: GitRepository, endpoint: Endpoint) -> None:
    keyed = "  far: {provider: openai, model: x, baseUrl: 'https://models.example/v1', apiKeyEnv: FAR_KEY}\n"
    write_files(
        repo.root,
        {
            "promptops.yml": settings(endpoint.url) + keyed,
            "prompts/far.prompt.yml": GREET.replace("model: small", "model: far"),
            "evals/far.eval.yml": SUITE.replace("prompt: greet", "prompt: far"),
        },
    )
    result = run("eval")
    assert_not_measured(result, "FAR_KEY is not set", "says the name")
    assert len(endpoint.asked) == 3
