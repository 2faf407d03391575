"""What was answered is not paid twice, however a run ended and without `--resume`: real processes, really killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from threading import Event, Timer

import pytest

from promptops.store.journal import read_journal, unsaved_keys
from promptops.store.reply_cache import open_reply_cache
from promptops.store.results_file import parse_results
from promptops.workflows.eval.run_paths import JOURNAL
from tests.conftest import write_files
from tests.providers.loopback import Behaviour, answer, completion
from tests.workflows.scene import (
    Endpoint,
    answering,
    command,
    environment,
    evaluate,
    files_for,
    many_cases,
    workspace_at,
)

CASES, CONCURRENCY = 160, 4
KILLS = int(os.environ.get("PROMPTOPS_KILLS", "12"))
"""`PROMPTOPS_KILLS=100` for the whole figure."""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")


def written_down(state: Path) -> set[str]:
    """The texts of all replies in journals: what was answered, as far as a killed run could know."""
    journals = [path for path in state.glob(f"*/*/{JOURNAL}") if path.stat().st_size]
    return {reply.text for path in journals for reply in read_journal(path).replies.values()}


def cached(state: Path) -> set[str]:
    """The reply keys that are in journals and in the cache as well."""
    keys = [key for path in state.glob(f"*/*/{JOURNAL}") for key in unsaved_keys(path)]
    if not keys:
        return set()
    with closing(open_reply_cache(state)) as cache:
        return cache.known(keys)


def slow(text: str, _count: int) -> Behaviour:
    """A model that thinks a moment, so that a run lasts long enough to be killed."""
    reply = answer(completion(text))

    def behave(connection: object) -> None:
        time.sleep(0.02)
        reply(connection)  # type: ignore[arg-type]

    return behave


def project(folder: Path, endpoint: Endpoint) -> None:
    limits = f"{{concurrency: {CONCURRENCY}}}"
    write_files(folder, files_for(endpoint.url, limits=limits) | {"evals/greet.eval.yml": many_cases(CASES)})


def test_case_57_killed_again_and_again_without_resume_no_reply_that_was_written_down_is_asked_for_twice(
    tmp_path: Path,
) -> None:
    """The kill comes some replies into the run; after it, the next run asks only for what nobody wrote down."""
    chance = random.Random(57)
    kill_at: int | None = None
    process: subprocess.Popen[bytes] | None = None
    asked_in_run = 0

    def reply(text: str, count: int) -> Behaviour:
        nonlocal asked_in_run
        asked_in_run += 1
        if kill_at is not None and asked_in_run == kill_at:
            assert process is not None
            Timer(chance.uniform(0, 0.03), process.kill).start()
        return slow(text, count)

    state, advances = tmp_path / "p/.promptops", []
    known: set[str] = set()
    with answering(reply) as endpoint:
        project(tmp_path / "p", endpoint)
        for _ in range(KILLS):
            missing = CASES - len(known)
            if missing <= CONCURRENCY:
                break
            asked_in_run, asked = 0, len(endpoint.asked)
            kill_at = chance.randint(1, max(1, min(missing, 2 * CASES // KILLS)))
            process = subprocess.Popen(
                command("eval"), cwd=tmp_path / "p", env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
            _, said = process.communicate(timeout=120)
            assert process.returncode == -signal.SIGKILL, said.decode()
            assert not known & set(endpoint.asked[asked:])
            before, known = known, written_down(state)
            assert before <= known
            advances.append(len(known) - len(before))
        kill_at, asked = None, len(endpoint.asked)
        done = subprocess.run(
            command("eval", "--out", str(tmp_path / "out")), cwd=tmp_path / "p", env=environment(),
            capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
        assert not known & set(endpoint.asked[asked:])
        paid_twice = len(endpoint.asked) - CASES
    figures = f"{len(advances)} kills, {len(known)} replies known after them, {paid_twice} asked twice (in flight)"
    print(figures)  # noqa: T201 - for who runs a hundred with -s
    results = parse_results((tmp_path / "out/greet/results.json").read_bytes())
    assert len(results.samples) == CASES
    assert not any(sample.error for sample in results.samples)
    assert results.calls.cached == len(known)
    # A kill can cost what was in flight, and nothing else.
    assert paid_twice <= CONCURRENCY * len(advances)
    assert sum(advances) == len(known) > 0


@pytest.mark.parametrize(("number", "ignores_interrupts"), [("SIGTERM", False), ("SIGTERM", True), ("SIGHUP", False)])
def test_case_57_sigterm_ends_like_an_interrupt_and_no_finished_call_is_paid_again(
    tmp_path: Path, number: str, ignores_interrupts: bool
) -> None:
    """A shell starts what it puts into the background with ^C ignored; SIGTERM is meant all the same."""
    process: subprocess.Popen[str] | None = None

    def reply(text: str, count: int) -> str:
        if len(endpoint.asked) == 30:
            assert process is not None
            process.send_signal(getattr(signal, number))
        return text

    on_interrupt = signal.SIG_IGN if ignores_interrupts else signal.SIG_DFL
    with answering(reply) as endpoint:
        project(tmp_path / "p", endpoint)
        process = subprocess.Popen(
            command("eval"), cwd=tmp_path / "p", env=environment(), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, on_interrupt),
        )  # fmt: skip
        _, said = process.communicate(timeout=60)
        assert process.returncode == 130, said
        assert "interrupted" in said
        assert "--resume" in said
        assert "Traceback" not in said
        known, asked = written_down(tmp_path / "p/.promptops"), len(endpoint.asked)
        assert asked < CASES
        assert len(known) >= asked - CONCURRENCY
        # All of it is in the cache already: nothing is left for the next run to bring there.
        (journal,) = (tmp_path / "p/.promptops").glob(f"*/*/{JOURNAL}")
        assert unsaved_keys(journal) == set()
        results = evaluate(workspace_at(tmp_path / "p"))
        assert not known & set(endpoint.asked[asked:])
    assert results.calls.cached == len(known)


def test_case_57_replies_reach_the_cache_within_a_second_though_no_further_one_comes(tmp_path: Path) -> None:
    """Two of three are answered, the third never: what the cache has is seen from outside while the run waits."""
    over = Event()

    def silent(connection: object) -> None:
        over.wait(60)

    def reply(text: str, count: int) -> str | Behaviour:
        return silent if "Eve" in text else text

    with answering(reply) as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url))
        process = subprocess.Popen(
            command("eval"), cwd=tmp_path / "p", env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        state = tmp_path / "p/.promptops"
        for _ in range(600):
            time.sleep(0.1)
            if len(cached(state)) == 2:
                break
        process.kill()
        over.set()
        process.communicate(timeout=60)
    assert len(cached(state)) == 2


@pytest.mark.parametrize("again", [[], ["--resume"]])
def test_a_run_that_is_under_way_keeps_its_folder_to_itself(tmp_path: Path, again: list[str]) -> None:
    said: list[tuple[int, str]] = []

    def reply(text: str, count: int) -> str:
        if len(endpoint.asked) == 1:
            second = subprocess.run(
                command("eval", "--out", str(tmp_path / "out"), *again), cwd=tmp_path / "p", env=environment(),
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            said.append((second.returncode, second.stderr))
        return text

    with answering(reply) as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url, limits="{concurrency: 1}"))
        results = evaluate(workspace_at(tmp_path / "p"), out=tmp_path / "out")
        assert Counter(endpoint.asked) == {f"Greet {who}": 1 for who in ("Ada", "Bob", "Eve")}
    ((code, words),) = said
    assert code == 2, words
    assert "another run is writing here" in words
    assert not any(sample.error for sample in results.samples)
    assert len(read_journal(tmp_path / "out" / JOURNAL).replies) == 3
