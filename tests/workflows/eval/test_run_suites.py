"""The suites of a command side by side: slots always filled, results in the given order, one budget, one stop."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from threading import Event, Lock
from typing import Any

import pytest

from promptops.errors import PromptopsError, StoreError
from promptops.evals.engine.runner import RunProgress
from promptops.model.results import Results
from promptops.workflows.eval.prepare import prepare
from promptops.workflows.eval.prepared_run import EvalChoice
from promptops.workflows.eval.run_suites import run_suites
from promptops.workflows.eval.suite_session import SuiteRun, SuiteSession
from tests.conftest import RepositoryBuilder, write_files
from tests.workflows.scene import SUITE, Answer, Endpoint, answering, files_for, settings, workspace_at

Told = list[tuple[str, Results | PromptopsError]]
Changes = dict[str, str | bytes]
WAIT = 30.0


def suite_of(name: str, count: int, prompt: str = "greet") -> Changes:
    """A suite whose texts no other suite has."""
    cases = ", ".join(f"{{id: c{n}, who: '{name}{n}x'}}" for n in range(count))
    text = SUITE.replace(SUITE[SUITE.index("[") + 1 : SUITE.index("]")], cases).replace(
        "prompt: greet", f"prompt: {prompt}"
    )
    return {f"evals/{name}.eval.yml": text}


def project(root: Path, url: str, *changes: Changes, **settings: str) -> Path:
    write_files(root, files_for(url, **settings))
    (root / "evals/greet.eval.yml").unlink()
    for each in changes:
        write_files(root, each)
    return root


def evaluate_all(root: Path, out: Path, *, finish: Callable[[SuiteRun, Results], Results] | None = None,
                 **more: Any) -> Told:  # fmt: skip
    workspace, told = workspace_at(root), Told()
    choice = EvalChoice(base=more.pop("base", None))
    suites = [SuiteRun(one, out / one.plan.suite.id) for one in prepare(workspace, choice)]

    def tell(suite: SuiteRun, ended: Results | PromptopsError) -> None:
        told.append((suite.prepared.plan.suite.id, ended))

    run_suites(workspace, suites, finish=finish or (lambda suite, results: results), tell=tell, **more)
    assert suites == []
    return told


def results_of(told: Told) -> dict[str, Results]:
    return {name: found for name, found in told if isinstance(found, Results)}


class Meeting:
    """A model that answers nobody before so many are there: it would wait for ever if fewer were let in."""

    def __init__(self, count: int) -> None:
        self.count, self.here = count, 0
        self._all, self._lock = Event(), Lock()

    def __call__(self, text: str, _: int) -> str:
        with self._lock:
            self.here += 1
            if self.here >= self.count:
                self._all.set()
        assert self._all.wait(WAIT)
        return text


def test_small_suites_fill_the_slots_of_a_model_together(tmp_path: Path) -> None:
    with answering(Meeting(12)) as endpoint:
        root = project(tmp_path / "p", endpoint.url, *(suite_of(f"s{n}", 3) for n in range(6)),
                       limits="{concurrency: 12}")  # fmt: skip
        told = evaluate_all(root, tmp_path / "out")
    assert [name for name, _ in told] == [f"s{n}" for n in range(6)]
    assert {len(found.samples) for found in results_of(told).values()} == {3}


def test_suites_whose_models_are_others_than_the_base_s_ask_both(tmp_path: Path, repository: RepositoryBuilder) -> None:
    repo = repository()
    with answering() as endpoint:
        project(repo.root, endpoint.url, suite_of("a", 2), suite_of("b", 2))
        repo.commit()
        write_files(repo.root, {"promptops.yml": settings(endpoint.url).replace("model: m,", "model: m-new,")})
        told = evaluate_all(repo.root, tmp_path / "out", base="HEAD")
        assert sorted(body["model"] for body in endpoint.bodies) == ["m"] * 4 + ["m-new"] * 4
    assert [len(found.samples) for found in results_of(told).values()] == [4, 4]


def test_a_slow_model_s_suites_do_not_keep_another_model_s_from_beginning(tmp_path: Path) -> None:
    quick = Event()

    def reply(text: str, _: int) -> str:
        if "politely" in text:
            quick.set()
        else:
            assert quick.wait(WAIT)
        return text

    with answering(reply) as endpoint:
        from tests.workflows.scene import POLITE

        other = POLITE.replace("model: small", "model: big")
        slow = [suite_of(f"a{n}", 20) for n in range(8)]
        root = project(tmp_path / "p", endpoint.url, {"prompts/polite.prompt.yml": other}, *slow,
                       suite_of("z", 2, "polite"), limits="{concurrency: 1}")  # fmt: skip
        told = evaluate_all(root, tmp_path / "out")
    assert [name for name, _ in told][-1] == "z"
    assert len(results_of(told)) == 9


def test_a_later_suite_that_ends_first_waits_for_its_turn(tmp_path: Path) -> None:
    ended = list[str]()
    done = Event()

    def reply(text: str, _: int) -> str:
        if "a0x" in text:
            assert done.wait(WAIT)
        return text

    def finish(suite: SuiteRun, results: Results) -> Results:
        ended.append(results.suite)
        if len(ended) == 2:
            done.set()
        return results

    with answering(reply) as endpoint:
        root = project(tmp_path / "p", endpoint.url, *(suite_of(name, 1) for name in "abc"))
        told = evaluate_all(root, tmp_path / "out", finish=finish)
    assert sorted(ended[:2]) == ["b", "c"]
    assert [name for name, _ in told] == ["a", "b", "c"]


def test_a_broken_suite_is_told_in_its_place_and_stops_no_other(tmp_path: Path) -> None:
    with answering() as endpoint:
        root = project(tmp_path / "p", endpoint.url, *(suite_of(name, 1) for name in "abc"))
        (tmp_path / "out/b").mkdir(parents=True)
        (tmp_path / "out/b/journal.jsonl").write_text("{}\n")

        def finish(suite: SuiteRun, results: Results) -> Results:
            if results.suite == "a":
                raise PromptopsError("nothing was recorded")
            return results

        with pytest.raises(StoreError, match="not the journal of a run"):
            evaluate_all(root, tmp_path / "out", finish=finish)
        told = evaluate_all(root, tmp_path / "other", finish=finish)
    assert [(name, isinstance(found, Results)) for name, found in told] == [("a", False), ("b", True), ("c", True)]


def test_a_disk_that_takes_no_results_ends_the_command_after_what_is_open(tmp_path: Path) -> None:
    told, full = Told(), Event()

    def reply(text: str, _: int) -> str:
        assert "s0" in text or "s1" in text or full.wait(WAIT)
        return text

    with answering(reply) as endpoint:
        suites = (suite_of(f"s{n}", 1) for n in range(9))
        root = project(tmp_path / "p", endpoint.url, *suites, limits="{concurrency: 1}")
        workspace = workspace_at(root)
        runs = [SuiteRun(one, tmp_path / "out" / one.plan.suite.id) for one in prepare(workspace, EvalChoice())]

        def finish(suite: SuiteRun, results: Results) -> Results:
            if results.suite == "s1":
                full.set()
                raise StoreError("the results cannot be written: No space left on device")
            return results

        def tell(suite: SuiteRun, ended: Results | PromptopsError) -> None:
            told.append((suite.prepared.plan.suite.id, ended))

        with pytest.raises(StoreError, match="No space left"):
            run_suites(workspace, runs, finish=finish, tell=tell)
        assert len(endpoint.asked) < 9
    assert [name for name, _ in told][:1] == ["s0"]
    assert "s1" not in dict(told)
    assert all(isinstance(found, Results) for _, found in told)


def test_an_error_of_ours_ends_the_command_and_nobody_pays_for_the_rest(tmp_path: Path) -> None:
    def finish(suite: SuiteRun, results: Results) -> Results:
        raise ZeroDivisionError("our bug")

    with answering() as endpoint:
        root = project(
            tmp_path / "p", endpoint.url, *(suite_of(f"s{n}", 1) for n in range(9)), limits="{concurrency: 1}"
        )
        with pytest.raises(ZeroDivisionError, match="our bug"):
            evaluate_all(root, tmp_path / "out", finish=finish)
        assert len(endpoint.asked) < 9


def test_one_budget_holds_for_all_and_each_suite_says_that_it_is_spent(tmp_path: Path) -> None:
    with answering() as endpoint:
        root = project(tmp_path / "p", endpoint.url, *(suite_of(f"s{n}", 4) for n in range(5)),
                       prices="{input: 0, output: 1000}", limits="{concurrency: 4}")  # fmt: skip
        told = results_of(evaluate_all(root, tmp_path / "out", max_cost=0.02))  # a reply costs 0.003
        assert len(endpoint.asked) == 7
    assert sum(found.budget_spent for found in told.values()) == pytest.approx(0.021)
    assert [bool(found.stopped) for found in told.values()] == [False, True, True, True, True]
    assert {found.stopped for found in told.values()} == {
        "", "the budget of $0.02 is spent; raise --max-cost (or maxCost) to go on"
    }  # fmt: skip


def test_a_suite_s_own_budget_stops_that_suite_only(tmp_path: Path) -> None:
    with answering() as endpoint:
        one = suite_of("a", 8)
        own = {name: f"{text!s}budget: {{maxCost: 0.006}}\n" for name, text in one.items()}
        root = project(tmp_path / "p", endpoint.url, own, suite_of("b", 8), prices="{input: 0, output: 1000}")  # type: ignore[arg-type]
        told = results_of(evaluate_all(root, tmp_path / "out"))
    assert "the budget of $0.006 is spent" in told["a"].stopped
    assert told["b"].stopped == ""
    assert len(told["b"].samples) == 8


def test_progress_is_that_of_all_suites_and_never_goes_back(tmp_path: Path) -> None:
    seen = list[RunProgress]()
    with answering() as endpoint:
        root = project(tmp_path / "p", endpoint.url, *(suite_of(f"s{n}", 3) for n in range(4)))
        evaluate_all(root, tmp_path / "out", watch=seen.append)
    assert [progress.done for progress in seen] == list(range(1, 13))
    assert {progress.total for progress in seen} == {12}
    assert all(a.cost <= b.cost + 1e-9 for a, b in pairwise(seen))


def test_no_more_suites_are_open_than_it_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = most = 0
    evaluate = SuiteSession.evaluate

    async def counted(self: Any, *args: Any) -> Results:
        nonlocal opened, most
        opened += 1
        most = max(most, opened)
        try:
            return await evaluate(self, *args)
        finally:
            opened -= 1

    monkeypatch.setattr(SuiteSession, "evaluate", counted)
    with answering() as endpoint:
        root = project(
            tmp_path / "p", endpoint.url, *(suite_of(f"s{n:02}", 10) for n in range(20)), limits="{concurrency: 4}"
        )
        told = evaluate_all(root, tmp_path / "out")
    assert len(results_of(told)) == 20
    assert 2 <= most <= 4


def test_what_the_suites_have_in_common_is_asked_once(tmp_path: Path) -> None:
    with answering() as endpoint:
        same = {f"evals/s{n}.eval.yml": SUITE for n in range(6)}
        root = project(tmp_path / "p", endpoint.url, same)  # type: ignore[arg-type]
        told = results_of(evaluate_all(root, tmp_path / "out"))
        _check_once(endpoint)
    assert sum(found.calls.called for found in told.values()) == 3
    assert sum(found.calls.cached for found in told.values()) == 15


def _check_once(endpoint: Endpoint) -> None:
    assert set(endpoint.counts.values()) == {1}
    assert len(endpoint.asked) == 3


def test_a_reply_is_scored_alike_in_whatever_order_the_suites_come(tmp_path: Path) -> None:
    replies: Answer = lambda text, count: text if "1x" in text else "no"  # noqa: E731
    with answering(replies) as endpoint:
        root = project(tmp_path / "p", endpoint.url, *(suite_of(f"s{n}", 3) for n in range(4)))
        side_by_side = results_of(evaluate_all(root, tmp_path / "out"))
    for name, found in side_by_side.items():
        assert [sample.case for sample in found.samples] == ["c0", "c1", "c2"], name
        assert [sample.scores["says the name"].passed for sample in found.samples] == [False, True, False]
