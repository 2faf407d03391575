"""Case 21 with many suites at a time: killed at random points, resumed, and no finished call is made again."""

from __future__ import annotations

import os
import random
import signal
import subprocess
from pathlib import Path
from threading import Timer

import pytest

from promptops.model.results import Results
from promptops.store.results_file import parse_results
from tests.conftest import write_files
from tests.providers.loopback import Behaviour
from tests.workflows.eval.test_killed_runs import slow, written_down
from tests.workflows.scene import SUITE, answering, command, environment, files_for

SUITES, CASES, CONCURRENCY = 9, 8, 6
KILLS = int(os.environ.get("PROMPTOPS_KILLS", "6"))
"""`PROMPTOPS_KILLS=50` for the whole figure."""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")


def project(root: Path, url: str) -> None:
    """Suites with texts of their own, and one text that all have."""
    write_files(root, files_for(url, limits=f"{{concurrency: {CONCURRENCY}}}"))
    (root / "evals/greet.eval.yml").unlink()
    for number in range(SUITES):
        own = ", ".join(f"{{id: c{n}, who: s{number}c{n}x}}" for n in range(CASES - 1))
        cases = f"{own}, {{id: all, who: everybody}}"
        text = SUITE.replace(SUITE[SUITE.index("[") + 1 : SUITE.index("]")], cases)
        write_files(root, {f"evals/s{number}.eval.yml": text})


def results_in(out: Path) -> dict[str, Results]:
    return {path.parent.name: parse_results(path.read_bytes()) for path in out.glob("*/results.json")}


def test_case_21_suites_side_by_side_killed_at_random_points_go_on_where_they_were(tmp_path: Path) -> None:
    chance = random.Random(21)
    kill_at: int | None = None
    process: subprocess.Popen[bytes] | None = None
    asked_in_run = 0

    def reply(text: str, count: int) -> Behaviour:
        nonlocal asked_in_run
        asked_in_run += 1
        if asked_in_run == kill_at and process is not None:
            Timer(chance.uniform(0, 0.03), process.kill).start()
        return slow(text, count)

    root, state = tmp_path / "p", tmp_path / "p/.promptops"
    known: set[str] = set()
    with answering(reply) as endpoint:
        project(root, endpoint.url)
        for number in range(KILLS):
            asked_in_run, asked = 0, len(endpoint.asked)
            kill_at = chance.randint(1, 2 * (CASES - 1) * SUITES // (3 * KILLS) + 1)
            line = command("eval", *(["--resume"] if number else []))
            process = subprocess.Popen(
                line, cwd=root, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
            _, said = process.communicate(timeout=120)
            assert process.returncode == -signal.SIGKILL, said.decode()
            assert not known & set(endpoint.asked[asked:])
            before, known = known, written_down(state)
            assert before <= known
        kill_at, asked = None, len(endpoint.asked)
        done = subprocess.run(
            command("eval", "--resume"), cwd=root, env=environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert not known & set(endpoint.asked[asked:])
        shown = [line.split("(")[1][:2] for line in done.stdout.splitlines() if "First run: " in line]
        assert shown == [f"s{number}" for number in range(SUITES)]
        whole = [folder for folder in (state / "results").iterdir() if (folder / "results.json").exists()]
    last = {name.name[-2:]: parse_results((name / "results.json").read_bytes()) for name in sorted(whole)}
    assert len(last) == SUITES
    for found in last.values():
        assert (len(found.samples), found.stopped) == (CASES, "")
        assert all(sample.scores["says the name"].passed for sample in found.samples)


def test_a_command_that_is_interrupted_shows_what_has_ended_and_how_to_go_on(tmp_path: Path) -> None:
    process: subprocess.Popen[str] | None = None

    def reply(text: str, count: int) -> Behaviour:
        if "s1c" in text and process is not None:
            process.send_signal(signal.SIGINT)
        return slow(text, count)

    with answering(reply) as endpoint:
        project(tmp_path / "p", endpoint.url)
        process = subprocess.Popen(
            command("eval", "--out", str(tmp_path / "out")), cwd=tmp_path / "p", env=environment(),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )  # fmt: skip
        _, said = process.communicate(timeout=120)
        assert process.returncode == 130, said
        assert "finished replies are kept; continue with: promptops eval" in said
        asked, known = len(endpoint.asked), len(endpoint.counts)
        process = None
        done = subprocess.run(
            command("eval", "--out", str(tmp_path / "out"), "--resume"), cwd=tmp_path / "p", env=environment(),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert known < len(endpoint.counts) == (CASES - 1) * SUITES + 1
    assert len(endpoint.asked) - asked <= len(endpoint.counts) - known + CONCURRENCY
    assert {len(found.samples) for found in results_in(tmp_path / "out").values()} == {CASES}
