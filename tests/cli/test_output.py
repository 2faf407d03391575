"""Output that is lost: a reader who leaves, a full disk, a closed stdout. Facts, case 42."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from promptops.store.results_file import parse_results
from tests.conftest import GitRepository
from tests.workflows.scene import SUITE, Endpoint, command, environment, files_for

FAILING = SUITE.replace("{contains: '{{ who }}'}", "{contains: nowhere}") + "gates: {says the name: {atLeast: 0.9}}\n"
FULL, CLOSED = ">/dev/full", ">&-"
WORDS = {
    FULL: "error: the output cannot be written: No space left on device\n",
    CLOSED: "error: the output cannot be written: it is closed\n",
}


@pytest.fixture
def repo(tmp_path: Path, endpoint: Endpoint) -> GitRepository:
    """A project with a suite whose gate holds."""
    repo = GitRepository(tmp_path / "project")
    repo.commit(files_for(endpoint.url))
    return repo


def shell(repo: GitRepository, line: str) -> subprocess.CompletedProcess[str]:
    """`PROMPTOPS …` in a shell, where PROMPTOPS is our command."""
    script = f"set -o pipefail; {line.replace('PROMPTOPS', shlex.join(command()))}"
    return subprocess.run(
        ["bash", "-c", script], cwd=repo.root, env=environment(), capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize("where", [FULL, CLOSED])
@pytest.mark.parametrize(
    "arguments",
    [
        "--help",
        "lint --format json",
        "lint --rules",
        "render greet --case ada",
        "history greet",
        "schema suite",
        "eval",
        "github check --help",
    ],
)
def test_case_42_output_that_cannot_be_written_is_one_sentence_and_exit_2(
    repo: GitRepository, arguments: str, where: str
) -> None:
    ended = shell(repo, f"PROMPTOPS {arguments} {where}")
    assert ended.returncode == 2, ended.stderr
    assert ended.stderr.endswith(WORDS[where])
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("where", [FULL, CLOSED])
def test_case_42_results_are_kept_where_they_cannot_be_printed(repo: GitRepository, where: str) -> None:
    assert shell(repo, f"PROMPTOPS eval --out kept {where}").returncode == 2
    assert len(parse_results((repo.root / "kept/greet/results.json").read_bytes()).samples) == 3
    assert (repo.root / "kept/greet/report.html").exists()


def test_case_42_a_closed_stdout_is_no_error_where_nothing_is_written_to_it(repo: GitRepository) -> None:
    assert shell(repo, f"PROMPTOPS eval --plan {CLOSED}").returncode == 0


def test_case_42_a_file_that_is_opened_does_not_become_the_closed_stdout(repo: GitRepository) -> None:
    shell(repo, "PROMPTOPS eval --out kept >&- 2>&-")
    for file in (repo.root / "kept/greet").iterdir():
        assert "\ngreet · head" not in file.read_text("utf-8"), "the table was printed into it"


def test_case_42_a_reader_who_leaves_changes_no_exit_code_and_loses_no_suite(
    repo: GitRepository, endpoint: Endpoint
) -> None:
    repo.commit({"evals/a.eval.yml": FAILING, "evals/z.eval.yml": FAILING})
    whole = shell(repo, "PROMPTOPS eval --out whole >/dev/null")
    assert whole.returncode == 1, whole.stderr
    # `true` never reads; a short sleep lets it be gone before the first line is written.
    ended = shell(repo, "(sleep 0.5; PROMPTOPS eval --out piped) | true")
    assert ended.returncode == 1, ended.stderr
    assert sorted(file.parent.name for file in (repo.root / "piped").glob("*/results.json")) == ["a", "greet", "z"]
    assert "bug" not in ended.stderr


def test_case_42_a_clean_command_stays_clean_when_its_reader_leaves(repo: GitRepository) -> None:
    ended = shell(repo, "(sleep 0.5; PROMPTOPS lint --rules) | true")
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("where", ["2>/dev/full", "2>&-"])
def test_case_42_words_for_people_that_are_lost_change_no_exit_code(repo: GitRepository, where: str) -> None:
    assert shell(repo, f"PROMPTOPS eval {where}").returncode == 0
    assert shell(repo, f"PROMPTOPS lint nowhere.prompt.yml {where}").returncode == 2


def test_a_terminal_that_another_program_made_non_blocking_gets_everything(repo: GitRepository) -> None:
    read, write = os.pipe()
    os.set_blocking(write, False)
    with subprocess.Popen([*command(), "lint", "--rules"], cwd=repo.root, env=environment(), stdout=write) as process:
        os.close(write)
        with open(read, "rb") as pipe:
            shown = pipe.read()
        assert process.wait(60) == 0
    plain = subprocess.run(
        [*command(), "lint", "--rules"], cwd=repo.root, env=environment(), capture_output=True, timeout=60
    )
    assert shown == plain.stdout
