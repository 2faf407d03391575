"""A run over a real endpoint: what is asked, what is kept, what a failure means."""

from __future__ import annotations

import errno
import itertools
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from promptops.errors import EvalError, PromptError, PromptopsError, StoreError
from promptops.evals.engine.runner import RunProgress
from promptops.model.results import Results
from promptops.store.journal import read_journal
from promptops.store.results_file import parse_results
from promptops.workflows.eval.evaluate import execute
from promptops.workflows.eval.interrupted_runs import unfinished_runs
from promptops.workflows.eval.prepare import prepare
from promptops.workflows.eval.prepared_run import EvalChoice
from promptops.workflows.eval.run_paths import results_folder
from tests.conftest import GitRepository, RepositoryBuilder, write_files
from tests.providers.loopback import Behaviour, answer, completion, reset
from tests.workflows.scene import (
    GREET,
    POLITE,
    SUITE,
    answering,
    command,
    environment,
    evaluate,
    files_for,
    many_cases,
    settings,
    workspace_at,
)

QUICK = "{maxRetries: 0}"


def _errors(results: Results) -> list[str]:
    return [sample.error for sample in results.samples]


# One version


def test_one_version_is_asked_scored_and_paid(tmp_path: Path) -> None:
    with answering() as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url))
        results = evaluate(workspace_at(tmp_path / "p"))
    assert sorted(endpoint.asked) == ["Greet Ada", "Greet Bob", "Greet Eve"]
    assert [sample.text for sample in results.samples] == [f"You said: Greet {who}" for who in ("Ada", "Bob", "Eve")]
    assert all(sample.scores["says the name"].passed for sample in results.samples)
    assert (results.calls.planned, results.calls.called, results.calls.cached, results.calls.failed) == (3, 3, 0, 0)
    assert results.cost == pytest.approx(3 * (12 * 1 + 3 * 10) / 1e6)
    (arm,) = results.arms
    assert (arm.side, arm.model, arm.full_model, arm.commit, arm.dirty) == ("head", "small", "openai/m", None, False)
    assert all(sample.latency is not None and sample.latency > 0 for sample in results.samples)
    assert results.comparisons[0].overall == "first run"


def test_a_second_run_is_all_cached_and_asks_nothing(tmp_path: Path) -> None:
    with answering() as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url))
        first = evaluate(workspace_at(tmp_path / "p"), out=tmp_path / "one")
        second = evaluate(workspace_at(tmp_path / "p"), out=tmp_path / "two")
        assert len(endpoint.asked) == 3
    assert (second.calls.called, second.calls.cached, second.cost) == (0, 3, 0)
    assert all(sample.cached for sample in second.samples)
    assert [sample.text for sample in second.samples] == [sample.text for sample in first.samples]
    assert [sample.scores for sample in second.samples] == [sample.scores for sample in first.samples]


def test_each_trial_is_asked_anew(tmp_path: Path) -> None:
    with answering(lambda text, count: f"{text} {count}") as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url))
        results = evaluate(workspace_at(tmp_path / "p"), trials=3)
    assert set(endpoint.counts.values()) == {3}
    assert (results.trials, len(results.samples)) == (3, 9)
    assert {sample.text for sample in results.samples if sample.case == "ada"} == {
        "Greet Ada 1",
        "Greet Ada 2",
        "Greet Ada 3",
    }


def test_a_matrix_of_models_asks_each_of_them(tmp_path: Path) -> None:
    with answering() as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url))
        results = evaluate(workspace_at(tmp_path / "p"), models=("small", "big", "small"))
    assert sorted(body["model"] for body in endpoint.bodies) == ["m"] * 3 + ["m-big"] * 3
    assert [arm.model for arm in results.arms] == ["small", "big"]
    assert [comparison.model for comparison in results.comparisons] == ["small", "big"]


def test_the_suites_own_models_are_taken_unless_others_are_named(tmp_path: Path) -> None:
    with answering() as endpoint:
        files = files_for(endpoint.url) | {"evals/greet.eval.yml": f"models: [big]\ntrials: 2\n{SUITE}"}
        write_files(tmp_path / "p", files)
        assert {arm.model for arm in evaluate(workspace_at(tmp_path / "p")).arms} == {"big"}
        assert len(endpoint.asked) == 6
        named = evaluate(workspace_at(tmp_path / "p"), models=("small",), trials=1, out=tmp_path / "two")
        assert ({arm.model for arm in named.arms}, named.calls.planned) == ({"small"}, 3)


def test_a_case_that_does_not_fit_is_an_error_and_the_rest_is_asked(tmp_path: Path) -> None:
    with answering() as endpoint:
        files = files_for(endpoint.url) | {"evals/greet.eval.yml": SUITE.replace("who: Bob", "name: Bob")}
        write_files(tmp_path / "p", files)
        results = evaluate(workspace_at(tmp_path / "p"))
    assert sorted(endpoint.asked) == ["Greet Ada", "Greet Eve"]
    assert [bool(sample.error) for sample in results.samples] == [False, True, False]
    assert "who" in results.samples[1].error
    assert not results.samples[1].scores


def test_a_model_nobody_knows_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    write_files(tmp_path / "p", files_for("http://127.0.0.1:9/v1"))
    with pytest.raises(PromptopsError, match="'huge' is not known") as raised:
        prepare(workspace_at(tmp_path / "p"), EvalChoice(models=("huge",)))
    assert "promptops.yml" in raised.value.hint
    assert not (tmp_path / "p" / ".promptops").exists()


def test_without_suites_there_is_a_hint_where_to_begin(tmp_path: Path) -> None:
    write_files(tmp_path / "p", {"promptops.yml": "models: {}\n"})
    with pytest.raises(EvalError, match="no suite") as raised:
        prepare(workspace_at(tmp_path / "p"), EvalChoice())
    assert "promptops init" in raised.value.hint


# Two versions


def test_base_is_the_merge_base_not_the_tip(repository: RepositoryBuilder) -> None:
    repo = repository()
    with answering() as endpoint:
        fork = repo.commit(files_for(endpoint.url))
        repo.git("switch", "--quiet", "--create", "work")
        head = repo.commit({"prompts/greet.prompt.yml": POLITE})
        repo.git("switch", "--quiet", "main")
        repo.commit({"prompts/greet.prompt.yml": GREET.replace("Greet", "Elsewhere")})
        repo.git("switch", "--quiet", "work")
        results = evaluate(workspace_at(repo.root), base="main")
    assert endpoint.counts == {f"Greet{way} {who}": 1 for way in ("", " politely:") for who in ("Ada", "Bob", "Eve")}
    assert [(arm.side, arm.commit, arm.dirty) for arm in results.arms] == [
        ("base", fork, False),
        ("head", head, False),
    ]
    assert results.comparisons[0].overall != "first run"


def test_an_uncommitted_edit_is_the_head_and_marked_dirty(repository: RepositoryBuilder) -> None:
    repo = repository()
    with answering() as endpoint:
        sha = repo.commit(files_for(endpoint.url))
        write_files(repo.root, {"prompts/greet.prompt.yml": POLITE})
        results = evaluate(workspace_at(repo.root), base="HEAD")
    assert [(arm.side, arm.commit, arm.dirty) for arm in results.arms] == [("base", sha, False), ("head", sha, True)]


def test_at_reads_prompt_and_suite_of_that_version_only(repository: RepositoryBuilder) -> None:
    repo = repository()
    with answering() as endpoint:
        old = repo.commit(files_for(endpoint.url))
        repo.commit({"prompts/greet.prompt.yml": POLITE, "evals/greet.eval.yml": SUITE.replace("Ada", "Zoe")})
        results = evaluate(workspace_at(repo.root), at=old)
    assert sorted(endpoint.asked) == ["Greet Ada", "Greet Bob", "Greet Eve"]
    assert [(arm.commit, arm.dirty) for arm in results.arms] == [(old, False)]


def test_at_and_base_compare_two_commits_whatever_lies_in_the_work_tree(repository: RepositoryBuilder) -> None:
    repo = repository()
    with answering() as endpoint:
        old = repo.commit(files_for(endpoint.url))
        new = repo.commit({"prompts/greet.prompt.yml": POLITE})
        write_files(repo.root, {"prompts/greet.prompt.yml": "broken: ["})
        results = evaluate(workspace_at(repo.root), base=old, at=new)
    assert [(arm.side, arm.commit) for arm in results.arms] == [("base", old), ("head", new)]
    assert all(not sample.error for sample in results.samples)


def test_nothing_changed_asks_nothing_and_says_unchanged(repository: RepositoryBuilder) -> None:
    repo = repository()
    with answering() as endpoint:
        repo.commit(files_for(endpoint.url))
        write_files(repo.root, {"prompts/greet.prompt.yml": "# a comment is not what a model sees\n" + GREET})
        results = evaluate(workspace_at(repo.root), base="HEAD")
        assert endpoint.asked == []
    assert [comparison.overall for comparison in results.comparisons] == ["unchanged"]
    assert (results.samples, results.cost, results.calls.called) == ((), 0, 0)
    assert not results.blocked


def test_a_prompt_that_is_new_is_said_to_be_new(repository: RepositoryBuilder) -> None:
    repo = repository()
    with answering() as endpoint:
        sha = repo.commit({"README.md": "nothing yet"})
        write_files(repo.root, files_for(endpoint.url))
        results = evaluate(workspace_at(repo.root), base="HEAD")
    assert [arm.side for arm in results.arms] == ["head"]
    assert any("the prompt is new" in note and sha[:7] in note for note in results.notes)
    assert results.comparisons[0].overall == "first run"


def test_a_suite_that_changed_is_announced_and_judges_both_versions(repository: RepositoryBuilder) -> None:
    repo = repository()
    with answering() as endpoint:
        repo.commit(files_for(endpoint.url))
        write_files(
            repo.root, {"prompts/greet.prompt.yml": POLITE, "evals/greet.eval.yml": SUITE.replace("Eve", "Zoe")}
        )
        results = evaluate(workspace_at(repo.root), base="HEAD")
    assert any("the suite itself changed" in note for note in results.notes)
    assert {sample.arm for sample in results.samples if sample.case == "eve"} == {0, 1}
    assert endpoint.counts["Greet Zoe"] == endpoint.counts["Greet politely: Zoe"] == 1
    assert endpoint.counts["Greet Eve"] == 0


def test_cases_that_fit_one_side_only_are_shown_apart(repository: RepositoryBuilder) -> None:
    repo = repository()
    with answering() as endpoint:
        repo.commit(files_for(endpoint.url))
        both = GREET.replace("{who: {type: string}}", "{who: {type: string}, mood: {type: string, default: calm}}")
        write_files(
            repo.root,
            {
                "prompts/greet.prompt.yml": both.replace("{{ who }}", "{{ who }} {{ mood }}"),
                "evals/greet.eval.yml": SUITE.replace("who: Eve", "who: Eve, mood: glad"),
            },
        )
        results = evaluate(workspace_at(repo.root), base="HEAD")
    # A field the base's prompt does not declare is a field for evaluators there: the case fits both versions.
    assert all(case.sides == ("base", "head") for case in results.cases)
    assert endpoint.counts["Greet Eve"] == endpoint.counts["Greet Eve glad"] == endpoint.counts["Greet Ada calm"] == 1


def test_changed_takes_the_suites_whose_prompt_or_own_text_changed(repository: RepositoryBuilder) -> None:
    repo = repository()
    others = {f"prompts/{name}.prompt.yml": GREET for name in ("same", "suite-only")} | {
        f"evals/{name}.eval.yml": SUITE.replace("greet", name) for name in ("same", "suite-only")
    }
    repo.commit(files_for("http://127.0.0.1:9/v1") | others)
    repo.git("switch", "--quiet", "--create", "work")
    fork = repo.git("rev-parse", "main")
    repo.commit(
        {
            "prompts/greet.prompt.yml": POLITE,
            "prompts/same.prompt.yml": "name: Only a title\n" + GREET,
            "evals/suite-only.eval.yml": SUITE.replace("greet", "suite-only").replace("Eve", "Zoe"),
        }
    )
    prepared = prepare(workspace_at(repo.root), EvalChoice(changed=True))
    assert [one.plan.suite.id for one in prepared] == ["greet", "suite-only"]
    assert all(f"compared with {fork[:7]}, where this work left main" in one.plan.notes for one in prepared)
    assert prepare(workspace_at(repo.root), EvalChoice(changed=True, base="HEAD")) == []


def test_a_suite_with_new_cases_is_asked_though_its_prompt_is_the_same(repository: RepositoryBuilder) -> None:
    repo = repository()
    with answering() as endpoint:
        repo.commit(files_for(endpoint.url))
        write_files(repo.root, {"evals/greet.eval.yml": SUITE.replace("Eve", "Zoe")})
        results = evaluate(workspace_at(repo.root), changed=True)
        assert endpoint.counts["Greet Zoe"] >= 1
    assert any("the suite itself changed" in note for note in results.notes)


def test_changed_prefers_the_remotes_default_branch(repository: RepositoryBuilder, tmp_path: Path) -> None:
    upstream = repository("upstream")
    sha = upstream.commit(files_for("http://127.0.0.1:9/v1"))
    upstream.git("branch", "--move", "main", "trunk")
    subprocess.run(["git", "clone", "--quiet", str(upstream.root), str(tmp_path / "clone")], check=True)
    write_files(tmp_path / "clone", {"prompts/greet.prompt.yml": POLITE})
    (prepared,) = prepare(workspace_at(tmp_path / "clone"), EvalChoice(changed=True))
    assert prepared.plan.notes == (f"compared with {sha[:7]}, where this work left origin/trunk",)


def test_without_a_branch_to_compare_with_nothing_is_guessed(repository: RepositoryBuilder) -> None:
    repo = repository()
    repo.commit(files_for("http://127.0.0.1:9/v1"))
    repo.git("branch", "--move", "main", "lonely")
    with pytest.raises(EvalError, match="no branch to compare with") as raised:
        prepare(workspace_at(repo.root), EvalChoice(changed=True))
    assert "--base" in raised.value.hint


def test_without_git_a_base_is_an_error_with_the_reason(tmp_path: Path) -> None:
    write_files(tmp_path / "p", files_for("http://127.0.0.1:9/v1"))
    with pytest.raises(PromptopsError, match="not in a git repository"):
        prepare(workspace_at(tmp_path / "p"), EvalChoice(base="main"))


def test_a_project_in_a_subfolder_is_read_there_in_every_version(repository: RepositoryBuilder) -> None:
    repo = repository("a repository ü")
    with answering() as endpoint:
        files = {f"teams/pro dukt é/{name}": text for name, text in files_for(endpoint.url).items()}
        old = repo.commit(files | {"prompts/greet.prompt.yml": "messages: [{role: user, content: not this one}]\n"})
        project = repo.root / "teams/pro dukt é"
        write_files(project, {"prompts/greet.prompt.yml": POLITE})
        write_files(repo.root, {"outside.txt": "dirt elsewhere"})
        results = evaluate(workspace_at(project), base="HEAD")
    assert endpoint.counts["Greet Ada"] == endpoint.counts["Greet politely: Ada"] == 1
    assert [(arm.side, arm.commit, arm.dirty) for arm in results.arms] == [("base", old, False), ("head", old, True)]


def test_dirt_outside_the_project_does_not_make_it_dirty(repository: RepositoryBuilder) -> None:
    repo = repository()
    with answering() as endpoint:
        repo.commit({f"sub/{name}": text for name, text in files_for(endpoint.url).items()})
        write_files(repo.root, {"outside.txt": "dirt"})
        results = evaluate(workspace_at(repo.root / "sub"))
    assert [arm.dirty for arm in results.arms] == [False]


# The forty cases


def _busy(seconds: float) -> Behaviour:
    return answer({"error": {"message": "slow down"}}, 429, {"Retry-After": f"{seconds:g}"})


def test_case_16_a_wait_of_300_s_is_refused_by_policy_and_said(tmp_path: Path) -> None:
    def reply(text: str, count: int) -> str | Behaviour:
        return _busy(300) if "Bob" in text else "Ada and Eve"

    with answering(reply) as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url))
        results = evaluate(workspace_at(tmp_path / "p"))
    assert endpoint.counts["Greet Bob"] == 1
    assert [bool(error) for error in _errors(results)] == [False, True, False]
    assert "300 s" in results.samples[1].error
    assert "maxWait" in results.samples[1].error
    assert results.samples[1].scores == {}
    assert results.calls.failed == 1


def test_case_16_a_short_wait_is_waited_for_and_counted(tmp_path: Path) -> None:
    def reply(text: str, count: int) -> str | Behaviour:
        return _busy(0.01) if count == 1 else text

    with answering(reply) as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url))
        results = evaluate(workspace_at(tmp_path / "p"))
    assert _errors(results) == ["", "", ""]
    assert [sample.attempts for sample in results.samples] == [2, 2, 2]
    assert results.calls.retried == 3


def test_case_17_a_spent_quota_stops_the_run_and_resume_repeats_no_finished_call(tmp_path: Path) -> None:
    spent = True

    def reply(text: str, count: int) -> str | Behaviour:
        if spent and len(endpoint.asked) > 20:
            return answer({"error": {"code": "insufficient_quota", "message": "pay"}}, 429)
        return text

    with answering(reply) as endpoint:
        write_files(
            tmp_path / "p",
            files_for(endpoint.url, limits="{concurrency: 4}") | {"evals/greet.eval.yml": many_cases(40)},
        )
        stopped = evaluate(workspace_at(tmp_path / "p"))
        assert "pay" in stopped.stopped
        assert len(endpoint.asked) <= 20 + 4
        finished = {reply.text for reply in read_journal(tmp_path / "out/journal.jsonl").replies.values()}
        assert len(finished) == 20
        assert {sample.text for sample in stopped.samples} == finished
        spent, first = False, len(endpoint.asked)
        results = evaluate(workspace_at(tmp_path / "p"), resume=True)
        assert not finished & set(endpoint.asked[first:])
        assert len(endpoint.asked) - first == 20
    assert results.stopped == ""
    assert (results.calls.called, results.calls.cached, len(results.samples)) == (40, 0, 40)


@pytest.mark.parametrize(
    "body",
    ["<html>It works!</html>", {}, {"choices": []}, completion(None), b"\xff\xfe", {"choices": None}],
    ids=["html", "empty object", "no choices", "no content", "not text", "choices are null"],
)
def test_case_19_an_answer_that_is_none_is_an_error_and_never_a_fail(tmp_path: Path, body: Any) -> None:
    def reply(text: str, count: int) -> str | Behaviour:
        return answer(body) if "Bob" in text else text

    with answering(reply) as endpoint:
        suite = SUITE + "gates: {says the name: {atLeast: 0.1}}\n"
        write_files(tmp_path / "p", files_for(endpoint.url, limits=QUICK) | {"evals/greet.eval.yml": suite})
        results = evaluate(workspace_at(tmp_path / "p"))
    assert [bool(error) for error in _errors(results)] == [False, True, False]
    assert results.samples[1].scores == {}
    (criterion,) = results.comparisons[0].criteria
    assert criterion.head is not None
    assert (criterion.head.n, criterion.head.rate) == (2, 1.0)
    assert results.calls.failed == 1
    assert not results.blocked


def test_case_19_an_error_is_not_kept_as_a_reply(tmp_path: Path) -> None:
    broken = True

    def reply(text: str, count: int) -> str | Behaviour:
        return answer({}) if broken else text

    with answering(reply) as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url, limits=QUICK))
        assert all(_errors(evaluate(workspace_at(tmp_path / "p"), out=tmp_path / "one")))
        broken = False
        assert not any(_errors(evaluate(workspace_at(tmp_path / "p"), out=tmp_path / "two")))


def test_case_20_a_connection_reset_in_mid_body_is_tried_again_and_counted(tmp_path: Path) -> None:
    def reply(text: str, count: int) -> str | Behaviour:
        return reset() if "Bob" in text and count == 1 else text

    with answering(reply) as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url))
        results = evaluate(workspace_at(tmp_path / "p"))
    assert endpoint.counts == {"Greet Ada": 1, "Greet Bob": 2, "Greet Eve": 1}
    assert _errors(results) == ["", "", ""]
    assert [sample.attempts for sample in results.samples] == [1, 2, 1]
    assert results.calls.retried == 1


def _totals(results: Results) -> Results:
    """The results without what may differ between two runs of the same plan: times, addresses and the command."""
    samples = tuple(replace(sample, latency=None) for sample in results.samples)
    comparisons = tuple(replace(one, measures=()) for one in results.comparisons)
    return replace(results, samples=samples, comparisons=comparisons, started="", duration=0.0, command="", version="")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_case_21_killed_at_any_point_the_totals_are_the_same_and_no_finished_call_is_repeated(tmp_path: Path) -> None:
    cases, out = 130, tmp_path / "out"
    # The replies between two writes of the cache, after one, and the very first: each kill goes on with the run.
    points = [*sorted(random.Random(21).sample(range(1, cases), 5)), cases]
    before_answer = [number % 2 == 0 for number in range(len(points))]
    process: subprocess.Popen[bytes] | None = None
    kill_at: int | None = None
    silent = False

    def reply(text: str, count: int) -> str | Behaviour:
        if kill_at is None or len(set(endpoint.asked)) < kill_at:
            return text

        def kill(connection: Any) -> None:
            assert process is not None
            if not silent:
                answer(completion(text))(connection)
            os.kill(process.pid, signal.SIGKILL)

        return kill

    arguments = command("eval", "greet", "--out", str(out))
    with answering(reply) as endpoint:
        files = files_for(endpoint.url, limits="{concurrency: 3}") | {"evals/greet.eval.yml": many_cases(cases)}
        write_files(tmp_path / "p", files)
        write_files(tmp_path / "whole", files)
        whole = evaluate(workspace_at(tmp_path / "whole"), out=tmp_path / "whole-out")
        endpoint.asked.clear()
        finished: set[str] = set()
        for kill_at, silent in zip(points, before_answer, strict=True):  # noqa: B007 - `reply` reads them
            asked = len(endpoint.asked)
            again = ["--resume"] if (out / "greet/journal.jsonl").exists() else []
            process = subprocess.Popen(
                [*arguments, *again], cwd=tmp_path / "p", env=environment(), stderr=subprocess.PIPE
            )
            _, said = process.communicate(timeout=60)
            assert process.returncode == -signal.SIGKILL, said.decode()
            assert not finished & set(endpoint.asked[asked:])
            finished = {one.text for one in read_journal(out / "greet/journal.jsonl").replies.values()}
        kill_at, asked = None, len(endpoint.asked)
        resumed = subprocess.run(
            [*arguments, "--resume"], cwd=tmp_path / "p", env=environment(), capture_output=True, check=False
        )
        assert resumed.returncode == 0, resumed.stderr.decode()
        assert not finished & set(endpoint.asked[asked:])
    results = parse_results((out / "greet/results.json").read_bytes())
    assert results.calls == whole.calls
    assert results.cost == pytest.approx(whole.cost)
    assert replace(_totals(results), cost=whole.cost) == _totals(whole)
    assert set(endpoint.asked) == {f"Greet Nr{number}x" for number in range(cases)}
    # A kill can cost what was in flight, three at the most, and nothing else.
    assert len(endpoint.asked) - cases <= 3 * len(points)


def test_case_22_a_full_disk_stops_the_run_cleanly_and_resume_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = itertools.count()
    real = os.write

    def full(file: int, data: bytes) -> int:
        if next(written) < 6:
            return real(file, data)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with answering() as endpoint:
        files = files_for(endpoint.url, limits="{concurrency: 2}") | {"evals/greet.eval.yml": many_cases(20)}
        write_files(tmp_path / "p", files)
        with monkeypatch.context() as patched:
            patched.setattr(os, "write", full)
            stopped = evaluate(workspace_at(tmp_path / "p"))
        assert "No space left on device" in stopped.stopped
        assert len(endpoint.asked) <= 5 + 2
        assert len(read_journal(tmp_path / "out/journal.jsonl").replies) == 5
        results = evaluate(workspace_at(tmp_path / "p"), resume=True)
        # What came when the disk was full went to the cache at least, or is asked once more.
        assert len(endpoint.asked) <= 20 + 2
    assert results.stopped == ""
    assert len(results.samples) == 20
    assert not any(_errors(results))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="limits of a process are POSIX")
@pytest.mark.parametrize("limit", [20_000, 40_000])
def test_case_22_a_file_that_may_not_grow_ends_the_process_with_2_and_leaves_a_readable_store(
    tmp_path: Path, limit: int
) -> None:
    code = (
        f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "from promptops.cli.main import main; main()\n"
    )
    arguments = [*command()[:1], "-c", code, "eval", "--out", str(tmp_path / "out")]
    with answering(lambda text, count: text + " long" * 200) as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url) | {"evals/greet.eval.yml": many_cases(60)})
        full = subprocess.run(
            arguments, cwd=tmp_path / "p", env=environment(), capture_output=True, text=True, check=False
        )
        assert full.returncode == 2, full.stderr
        assert "Traceback" not in full.stderr
        assert "error: " in full.stderr
        finished = {
            reply.text.split(" long")[0]
            for reply in read_journal(tmp_path / "out/greet/journal.jsonl").replies.values()
        }
        # With 20 kB not even the cache can be made: nothing was asked, and nothing is lost.
        assert bool(finished) == (limit > 20_000)
        asked = len(endpoint.asked)
        resumed = subprocess.run(
            command("eval", "--out", str(tmp_path / "out"), "--resume"),
            cwd=tmp_path / "p", env=environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert resumed.returncode == 0, resumed.stderr
        assert not finished & set(endpoint.asked[asked:])
    assert len(parse_results((tmp_path / "out/greet/results.json").read_bytes()).samples) == 60


def test_case_24_when_the_clock_jumps_durations_stay_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hours = itertools.cycle([0.0, -7200.0, 86_400.0])
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + next(hours))
    with answering() as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url))
        results = evaluate(workspace_at(tmp_path / "p"))
    assert 0 < results.duration < 3000
    for sample in results.samples:
        assert sample.latency is not None
        assert 0 < sample.latency < results.duration


def test_case_26_a_prompt_edited_during_the_run_changes_nothing(repository: RepositoryBuilder) -> None:
    repo = repository()

    def reply(text: str, count: int) -> str | Behaviour:
        write_files(
            repo.root,
            {
                "prompts/greet.prompt.yml": POLITE,
                "prompts/manner.j2": "rudely",
                "evals/greet.eval.yml": SUITE.replace("Eve", "Zoe"),
            },
        )
        repo.commit(message="during the run")
        return text

    with answering(reply) as endpoint:
        files = files_for(endpoint.url, limits="{concurrency: 1}") | {
            "prompts/greet.prompt.yml": GREET.replace("Greet", 'Greet {% include "manner.j2" %}'),
            "prompts/manner.j2": "kindly",
        }
        start = repo.commit(files)
        workspace = workspace_at(repo.root)
        (prepared,) = prepare(workspace, EvalChoice())
        results = execute(workspace, prepared, repo.root.parent / "out")
    assert endpoint.asked == ["Greet kindly Ada", "Greet kindly Bob", "Greet kindly Eve"]
    assert [(arm.commit, arm.dirty) for arm in results.arms] == [(start, False)]
    assert {text for rendered in results.rendered for _, text in rendered.messages} == set(endpoint.asked)


# Budget and going on


def test_the_budget_stops_the_run_and_a_larger_one_goes_on(tmp_path: Path) -> None:
    with answering() as endpoint:
        files = files_for(endpoint.url, prices="{input: 0, output: 1000}", limits="{concurrency: 2}")
        write_files(tmp_path / "p", files | {"evals/greet.eval.yml": many_cases(20)})
        stopped = evaluate(workspace_at(tmp_path / "p"), max_cost=0.015)  # a reply costs 0.003
        assert 5 <= len(endpoint.asked) <= 6
        assert "$0.0" in stopped.stopped
        assert "budget" in stopped.stopped
        results = evaluate(workspace_at(tmp_path / "p"), max_cost=1.0, resume=True)
        assert set(endpoint.counts.values()) == {1}
    assert (results.stopped, len(results.samples), results.calls.called) == ("", 20, 20)
    assert results.cost == pytest.approx(20 * 0.003)


def test_a_budget_of_nothing_asks_nothing_whose_price_is_not_known(tmp_path: Path) -> None:
    with answering() as endpoint:
        files = files_for(endpoint.url)
        unpriced = str(files["promptops.yml"]).replace("prices: {input: 1, output: 10}, ", "")
        write_files(tmp_path / "p", files | {"promptops.yml": unpriced})
        results = evaluate(workspace_at(tmp_path / "p"), max_cost=0.0)
        assert (endpoint.asked, results.samples) == ([], ())
    assert "the budget of $0.00 is spent" in results.stopped


def test_one_cheap_reply_does_not_let_many_dear_ones_fly(tmp_path: Path) -> None:
    def reply(text: str, count: int) -> Behaviour:
        tokens = 1 if "Nr1x" in text else 50
        return answer(completion(text) | {"usage": {"prompt_tokens": 0, "completion_tokens": tokens}})

    with answering(reply) as endpoint:
        files = files_for(endpoint.url, prices="{input: 0, output: 100000}", limits="{concurrency: 50}")
        write_files(tmp_path / "p", files | {"evals/greet.eval.yml": many_cases(60)})
        results = evaluate(workspace_at(tmp_path / "p"), max_cost=11.0)
    assert "budget" in results.stopped
    assert results.cost is not None
    assert 11 <= results.cost < 11 + 5  # a dear reply costs 5, the cheap one 0.1


def test_the_suites_budget_holds_without_the_option_and_the_option_wins(tmp_path: Path) -> None:
    with answering() as endpoint:
        files = files_for(endpoint.url, more="budget: {maxCost: 9}\n")
        write_files(tmp_path / "p", files | {"evals/greet.eval.yml": SUITE + "budget: {maxCost: 2}\n"})
        workspace = workspace_at(tmp_path / "p")
        assert prepare(workspace, EvalChoice())[0].max_cost == 2
        assert prepare(workspace, EvalChoice(max_cost=0.0))[0].max_cost == 0
        write_files(tmp_path / "p", {"evals/greet.eval.yml": SUITE})
        assert prepare(workspace_at(tmp_path / "p"), EvalChoice())[0].max_cost == 9


def test_what_was_tried_again_before_the_interruption_counts_in_the_whole_run(tmp_path: Path) -> None:
    def reply(text: str, count: int) -> str | Behaviour:
        return _busy(0.01) if count == 1 and "Eve" in text else text

    with answering(reply) as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url))
        whole = evaluate(workspace_at(tmp_path / "p"))
        resumed = evaluate(workspace_at(tmp_path / "p"), resume=True)
        assert len(endpoint.asked) == 4
    assert (whole.calls.called, whole.calls.retried) == (3, 1)
    assert resumed.calls == whole.calls


def test_replies_reach_the_cache_while_a_run_is_under_way(tmp_path: Path) -> None:
    """Another run, or one that begins anew after a `kill -9`, need not ask for them again."""
    seen: list[int] = []

    def watch(progress: RunProgress) -> None:
        if progress.done == 249:
            with closing(sqlite3.connect(tmp_path / "p/.promptops/cache.db")) as database:
                seen.extend(database.execute("SELECT count(*) FROM replies").fetchone())

    with answering() as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url) | {"evals/greet.eval.yml": many_cases(250)})
        (prepared,) = prepare(workspace_at(tmp_path / "p"), EvalChoice())
        execute(workspace_at(tmp_path / "p"), prepared, tmp_path / "out", watch=watch)
    assert seen
    assert 100 <= seen[0] < 250


def test_resume_refuses_another_plan(tmp_path: Path) -> None:
    with answering() as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url))
        evaluate(workspace_at(tmp_path / "p"))
        write_files(tmp_path / "p", {"prompts/greet.prompt.yml": POLITE})
        with pytest.raises(EvalError, match="are not those of the run that was interrupted"):
            evaluate(workspace_at(tmp_path / "p"), resume=True)


def test_resume_without_a_journal_is_refused(tmp_path: Path) -> None:
    write_files(tmp_path / "p", files_for("http://127.0.0.1:9/v1"))
    with pytest.raises(StoreError, match="not the journal of a run"):
        evaluate(workspace_at(tmp_path / "p"), resume=True)


def test_a_new_run_into_the_same_folder_can_itself_be_resumed(tmp_path: Path) -> None:
    with answering() as endpoint:
        write_files(
            tmp_path / "p", files_for(endpoint.url, prices="{input: 0, output: 1000}", limits="{concurrency: 1}")
        )
        evaluate(workspace_at(tmp_path / "p"))
        write_files(tmp_path / "p", {"prompts/greet.prompt.yml": POLITE})
        stopped = evaluate(workspace_at(tmp_path / "p"), max_cost=0.005)
        assert (bool(stopped.stopped), len(endpoint.asked)) == (True, 5)
        results = evaluate(workspace_at(tmp_path / "p"), resume=True)
        assert len(endpoint.asked) == 6
    assert [sample.text for sample in results.samples] == [
        f"You said: Greet politely: {n}" for n in ("Ada", "Bob", "Eve")
    ]


def test_the_folder_of_a_run_is_named_after_time_and_suite(tmp_path: Path) -> None:
    workspace = workspace_at(tmp_path)
    folder = results_folder(workspace, "legal/clause", datetime(2026, 11, 5, 7, 8, 9, tzinfo=UTC))
    assert folder == tmp_path / ".promptops/results/20261105-070809-legal+clause"


def test_the_newest_interrupted_run_is_found_by_its_suite(tmp_path: Path) -> None:
    workspace = workspace_at(tmp_path)
    for name, done in (("20260101-000000-a", False), ("20260102-000000-a", False), ("20260103-000000-b", True)):
        write_files(workspace.state / "results" / name, {"journal.jsonl": "{}\n"})
        if done:
            write_files(workspace.state / "results" / name, {"results.json": "{}"})
    write_files(workspace.state / "results/20260105-000000-other-a", {"journal.jsonl": "{}\n"})
    write_files(workspace.state / "results", {"latest": "nowhere"})
    assert unfinished_runs(workspace, ["a", "b", "c"]) == {"a": workspace.state / "results/20260102-000000-a"}


def test_git_ignores_what_a_run_leaves(repository: RepositoryBuilder) -> None:
    repo = repository()
    with answering() as endpoint:
        repo.commit({name: text for name, text in files_for(endpoint.url).items() if name != ".gitignore"})
        workspace = workspace_at(repo.root)
        evaluate(workspace, out=workspace.state / "results/x")
    assert (workspace.state / "cache.db").exists()
    assert repo.git("status", "--porcelain") == ""


def test_a_judge_is_asked_after_the_reply_and_its_error_stays_apart(tmp_path: Path) -> None:
    suite = SUITE.replace("evaluators: [", "evaluators: [{name: kind, judge: {question: Is it kind?, model: small}}, ")
    with answering() as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url) | {"evals/greet.eval.yml": suite})
        results = evaluate(workspace_at(tmp_path / "p"))
        assert len(endpoint.asked) >= 6
    for sample in results.samples:
        assert sample.scores["kind"].status == "error"
        assert "did not answer in JSON" in sample.scores["kind"].reason
        assert sample.scores["says the name"].passed


@pytest.mark.parametrize("judge", ["{question: Is it kind?, model: nobody}", "{question: Is it kind?}"])
def test_a_judge_that_nobody_knows_ends_the_run_before_a_call(tmp_path: Path, judge: str) -> None:
    suite = SUITE.replace("evaluators: [", f"evaluators: [{{name: kind, judge: {judge}}}, ")
    with answering() as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url) | {"evals/greet.eval.yml": suite})
        with pytest.raises(PromptError, match=r"'kind': (the model 'nobody' is not known|no judge is set)"):
            evaluate(workspace_at(tmp_path / "p"))
        assert endpoint.asked == []


def test_settings_of_the_head_decide_where_the_model_is(repository: RepositoryBuilder) -> None:
    repo: GitRepository = repository()
    with answering() as endpoint:
        repo.commit(files_for("http://127.0.0.1:9/v1"))
        write_files(repo.root, {"promptops.yml": settings(endpoint.url), "prompts/greet.prompt.yml": POLITE})
        results = evaluate(workspace_at(repo.root), base="HEAD")
    assert len(endpoint.asked) == 6
    assert not any(_errors(results))
