"""`--fresh` asks everything again, `--retry-errors` what led to an error; everything else comes from the cache."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from promptops.model.model_call import Reply
from promptops.model.results import Results
from promptops.store.reply_cache import open_reply_cache
from promptops.workflows.eval.asked_again import failed_keys, last_results
from promptops.workflows.eval.interrupted_runs import KnownKeys
from promptops.workflows.eval.plan_text import describe_plan
from promptops.workflows.eval.prepare import prepare
from promptops.workflows.eval.prepared_run import EvalChoice
from promptops.workflows.eval.save_results import save_results
from promptops.workflows.workspace import Workspace
from tests.conftest import write_files
from tests.providers.loopback import Behaviour, answer, completion
from tests.workflows.scene import SUITE, Endpoint, answering, evaluate, files_for, workspace_at

CHECK = "import json\n\n\ndef is_json(reply, case):\n    return json.loads(reply) is not None\n"
WITH_CHECK = SUITE.replace(
    "evaluators: [", "evaluators: [{name: is json, python: {file: checks.py, function: is_json}}, "
)
JUDGED = SUITE.replace("evaluators: [", "evaluators: [{name: kind, judge: {question: Is it kind?, model: big}}, ")
VERDICT = json.dumps({"reason": "so", "verdict": "yes"})


def run_and_save(workspace: Workspace, out: Path, **choice: bool) -> Results:
    results = evaluate(workspace, out=out, **choice)
    save_results(workspace, out, results)
    return results


def texts(results: Results) -> dict[str, str]:
    return {sample.case: sample.text for sample in results.samples}


def test_fresh_asks_everything_again_and_the_cache_has_the_new_replies(tmp_path: Path) -> None:
    with answering(lambda text, count: f"{text}: {count}") as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url))
        workspace = workspace_at(tmp_path / "p")
        evaluate(workspace)
        fresh = evaluate(workspace, fresh=True)
        assert len(endpoint.asked) == 6
        assert (fresh.calls.called, fresh.calls.cached) == (3, 0)
        assert not any(sample.cached for sample in fresh.samples)
        again = evaluate(workspace)
        assert len(endpoint.asked) == 6
    assert texts(again) == texts(fresh) == {name: f"Greet {name.title()}: 2" for name in ("ada", "bob", "eve")}


def test_fresh_asks_a_judge_again_too(tmp_path: Path) -> None:
    with answering(lambda text, count: VERDICT if "Question about" in text else text) as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url) | {"evals/greet.eval.yml": JUDGED})
        evaluate(workspace_at(tmp_path / "p"))
        evaluate(workspace_at(tmp_path / "p"), fresh=True)
    assert set(endpoint.counts.values()) == {2}


def test_the_plan_of_a_fresh_run_counts_nothing_as_known(tmp_path: Path) -> None:
    with answering() as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url))
        workspace = workspace_at(tmp_path / "p")
        evaluate(workspace)
        plans = [
            describe_plan(prepare(workspace, EvalChoice(fresh=fresh))[0], KnownKeys(workspace))
            for fresh in (False, True)
        ]
    assert "(3 in cache)" in plans[0]
    assert "(0 in cache)" in plans[1]


def _bad_json_once(text: str, count: int) -> str:
    return '"fine Ada Bob Eve"' if count > 1 or "Bob" not in text else "no JSON"


def _check_project(folder: Path, endpoint: Endpoint) -> Workspace:
    write_files(folder, files_for(endpoint.url) | {"evals/greet.eval.yml": WITH_CHECK, "evals/checks.py": CHECK})
    return workspace_at(folder)


def test_retry_errors_asks_again_what_a_check_could_make_nothing_of(tmp_path: Path) -> None:
    with answering(_bad_json_once) as endpoint:
        workspace = _check_project(tmp_path / "p", endpoint)
        first = run_and_save(workspace, tmp_path / "out")
        assert [s.scores["is json"].status for s in first.samples] == ["scored", "error", "scored"]
        assert run_and_save(workspace, tmp_path / "out").samples[1].scores["is json"].status == "error"
        assert len(endpoint.asked) == 3  # the reply is known, so the error is too
        second = run_and_save(workspace, tmp_path / "out", retry_errors=True)
        assert endpoint.asked[3:] == ["Greet Bob"]
        assert all(sample.scores["is json"].passed for sample in second.samples)
        assert [sample.cached for sample in second.samples] == [True, False, True]
        run_and_save(workspace, tmp_path / "out", retry_errors=True)
        assert len(endpoint.asked) == 4


def test_retry_errors_finds_the_last_run_wherever_it_was_kept(tmp_path: Path) -> None:
    with answering(_bad_json_once) as endpoint:
        workspace = _check_project(tmp_path / "p", endpoint)
        for out in (tmp_path / "elsewhere", workspace.state / "results/20260101-000000-greet"):
            run_and_save(workspace, out)
        found = last_results(workspace, "greet")
        assert found is not None
        assert len(failed_keys(found)) == 1
        assert last_results(workspace, "other") is None
        (workspace.state / "results/latest").unlink()
        assert last_results(workspace, "greet") is not None


def test_retry_errors_without_an_earlier_run_asks_what_is_not_known(tmp_path: Path) -> None:
    with answering() as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url))
        assert len(evaluate(workspace_at(tmp_path / "p"), retry_errors=True).samples) == 3
        evaluate(workspace_at(tmp_path / "p"), retry_errors=True)
        assert len(endpoint.asked) == 3


def test_a_call_that_failed_is_asked_again_by_any_run(tmp_path: Path) -> None:
    def reply(text: str, count: int) -> str | Behaviour:
        return answer({"error": {"message": "bad"}}, status=400) if count == 1 and "Bob" in text else text

    with answering(reply) as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url))
        workspace = workspace_at(tmp_path / "p")
        run_and_save(workspace, tmp_path / "out")
        results = run_and_save(workspace, tmp_path / "out", retry_errors=True)
    assert endpoint.asked[3:] == ["Greet Bob"]
    assert not any(sample.error for sample in results.samples)


def test_a_judge_s_prose_is_no_reason_to_ask_for_the_reply_again(tmp_path: Path) -> None:
    prose = True

    def reply(text: str, count: int) -> str | Behaviour:
        return text if "Question about" not in text else answer(completion("Well, well." if prose else VERDICT))

    with answering(reply) as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url) | {"evals/greet.eval.yml": JUDGED})
        workspace = workspace_at(tmp_path / "p")
        first = run_and_save(workspace, tmp_path / "out")
        assert {sample.scores["kind"].status for sample in first.samples} == {"error"}
        assert len(endpoint.asked) == 3 + 3 * 2
        prose = False
        second = run_and_save(workspace, tmp_path / "out", retry_errors=True)
        assert len(endpoint.asked) == 9 + 3  # the judge alone, once for each
    assert all(sample.cached and sample.scores["kind"].passed for sample in second.samples)


def test_a_latency_criterion_of_a_run_from_the_cache_says_when_it_was_measured(tmp_path: Path) -> None:
    quick = SUITE.replace("evaluators: [", "evaluators: [{name: quick, latency: {maxSeconds: 60}}, ")
    with answering() as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url) | {"evals/greet.eval.yml": quick})
        first, second = (evaluate(workspace_at(tmp_path / "p")) for _ in range(2))
        assert len(endpoint.asked) == 3
    assert not any(sample.asked for sample in first.samples)
    assert [s.latency for s in second.samples] == [s.latency for s in first.samples]
    assert [s.scores["quick"] for s in second.samples] == [s.scores["quick"] for s in first.samples]
    assert all(s.scores["quick"].passed for s in second.samples)
    assert all(first.started <= sample.asked <= second.started for sample in second.samples)
    (latency,) = [one for one in second.comparisons[0].measures if one.name == "latency"]
    assert (latency.head, latency.verdict) == (None, "not measured")


def test_case_43_what_an_older_version_kept_though_it_was_no_answer_is_asked_for_and_planned(tmp_path: Path) -> None:
    with answering() as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url))
        workspace = workspace_at(tmp_path / "p")
        first = evaluate(workspace)
        keys = [sample.reply_key for sample in first.samples]
        filtered = Reply("", finish_reason="content_filter", asked="2099-01-01T00:00:00+00:00")
        with closing(open_reply_cache(workspace.state)) as cache:
            cache.put_many({keys[0]: filtered, keys[1]: Reply(" \n", finish_reason="length")}, forget=keys[:2])
        assert "(1 in cache)" in describe_plan(prepare(workspace, EvalChoice())[0], KnownKeys(workspace))
        second = evaluate(workspace)
        assert sorted(endpoint.asked[3:]) == ["Greet Ada", "Greet Bob"]
        assert evaluate(workspace).calls.cached == 3
    assert texts(second) == texts(first)


def test_a_row_that_nobody_can_read_any_more_is_replaced(tmp_path: Path) -> None:
    with answering() as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url))
        workspace = workspace_at(tmp_path / "p")
        evaluate(workspace)
        with closing(sqlite3.connect(workspace.state / "cache.db")) as raw, raw:
            raw.execute("UPDATE replies SET reply = substr(reply, 3), asked = CAST(x'a5a5' AS TEXT)")
        assert len(evaluate(workspace).samples) == 3
        assert len(endpoint.asked) == 6
        evaluate(workspace)
        assert len(endpoint.asked) == 6
