"""`promptops watch`: a real process beside a project in which files are saved."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from promptops.cli.main import cli
from tests.conftest import write_files
from tests.providers.loopback import answer
from tests.workflows.scene import GREET, SUITE, answering, command, environment, files_for

GREET_FILE, SUITE_FILE, TONE = "prompts/greet.prompt.yml", "evals/greet.eval.yml", "prompts/shared/tone.j2"
WITH_TONE = GREET.replace("'Greet {{ who }}'", "'Greet {{ who }}. {% include \"shared/tone.j2\" %}'")
PATIENCE = 60
"""Seconds until a test gives up; none waits so long unless it fails."""


class Running:
    """A watch that runs in a folder. `until` waits for its words; what was waited for is behind us."""

    def __init__(self, root: Path, *arguments: str) -> None:
        self.root = root
        self._process = subprocess.Popen(
            command("watch", *arguments),
            cwd=root,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._said = ""
        self._read = 0
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        while data := os.read(self._process.stdout.fileno(), 65536):
            with self._news:
                self._said += data.decode()
                self._news.notify_all()

    def until(self, words: str) -> str:
        """All that was said since the last time, up to these words and the empty line behind them."""
        deadline = time.monotonic() + PATIENCE
        with self._news:
            while (found := self._said.find(words, self._read)) < 0 or (end := self._said.find("\n\n", found)) < 0:
                assert self._news.wait(deadline - time.monotonic()), self._said[self._read :]
            told, self._read = self._said[self._read : end], end
            return told

    def save(self, name: str, text: str) -> None:
        """Write a file as an editor would."""
        write_files(self.root, {name: text})

    def end(self) -> tuple[int, str]:
        """^C; the exit code, and what was said since."""
        self._process.send_signal(signal.SIGINT)
        code = self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code, self._said[self._read :]

    def close(self) -> None:
        """End the process, whatever happened."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        assert self._process.stdout is not None
        self._process.stdout.close()


Watching = Callable[..., Running]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project in a folder with a space and an umlaut."""
    root = tmp_path / "my prömpts"
    write_files(root, files_for("http://127.0.0.1:9/v1"))
    return root


@pytest.fixture
def watching(root: Path) -> Iterator[Watching]:
    """`watching("--case", "bob")`: the command, running and ready."""
    started: list[Running] = []

    def start(*arguments: str) -> Running:
        running = Running(root, *arguments)
        started.append(running)
        with running._news:
            assert running._news.wait_for(lambda: "Ctrl-C ends it\n" in running._said, PATIENCE), running._said
            running._read = len(running._said)
        return running

    yield start
    for running in started:
        running.close()


def test_a_save_is_answered_with_lint_and_with_what_the_model_would_receive(watching: Watching) -> None:
    watch = watching()
    assert watch._said == "watching 1 prompt and 1 suite; Ctrl-C ends it\n"
    watch.save(GREET_FILE, GREET.replace("Greet", "Kindly greet"))
    told = watch.until("Kindly greet")
    assert f"  {GREET_FILE} saved · no problems in 1 prompt\n" in told
    assert told.endswith("greet, case ada changed\n  ── user ──\n    - Greet Ada\n    + Kindly greet Ada")
    assert "\x1b" not in told


def _in_place(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


def _by_renaming(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.tmp")
    beside.write_text(text, "utf-8")
    beside.replace(path)


def _with_a_backup(path: Path, text: str) -> None:
    path.rename(f"{path}~")
    path.write_text(text, "utf-8")
    Path(f"{path}~").unlink()


def _from_elsewhere(path: Path, text: str) -> None:
    other = path.parent.parent.parent / "written"
    other.write_text(text, "utf-8")
    other.replace(path)


def _in_pieces(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        for piece in (text[:20], text[20:60], text[60:]):
            file.write(piece)
            file.flush()
            os.fsync(file.fileno())


def _twice(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")
    path.write_text(text, "utf-8")


@pytest.mark.parametrize("way", [_in_place, _by_renaming, _with_a_backup, _from_elsewhere, _in_pieces, _twice])
def test_whatever_way_an_editor_saves_there_is_one_answer(
    watching: Watching, root: Path, way: Callable[[Path, str], None]
) -> None:
    watch = watching()
    way(root / GREET_FILE, GREET.replace("Greet", "Meet"))
    told = watch.until("+ Meet Ada")
    way(root / GREET_FILE, GREET.replace("Greet", "Face"))
    told += watch.until("- Meet Ada\n    + Face Ada")
    assert told.count(f"  {GREET_FILE} saved") == 2
    assert told.count("── user ──") == 2
    assert watch.end() == (130, "\n\n\ninterrupted\n")


def test_a_save_that_changes_nothing_and_files_of_tools_are_passed_over(watching: Watching, root: Path) -> None:
    write_files(root, {".git/config": "", "lib/node_modules/x/prompts/y.prompt.yml": GREET, "notes/data.csv": "a\n1\n"})
    watch = watching()
    watch.save(GREET_FILE, GREET)
    write_files(
        root,
        {
            ".git/x.prompt.yml": GREET,
            ".promptops/results/x.prompt.yml": GREET,
            "lib/node_modules/x/prompts/y.prompt.yml": "broken: [",
            "prompts/node_modules/new.prompt.yml": "broken: [",
            "notes/data.csv": "a\n2\n",
            "prompts/.greet.prompt.yml.swp": "x",
        },
    )
    watch.save(SUITE_FILE, SUITE.replace("Ada", "Ann"))
    told = watch.until("+ Greet Ann")
    assert [line[10:] for line in told.splitlines() if line[2:3] == ":" == line[5:6]] == [
        f"{SUITE_FILE} saved · no problems in 1 prompt and 1 suite"
    ]


def test_a_broken_edit_is_a_finding_and_the_next_good_one_is_compared_with_the_last_good_one(
    watching: Watching,
) -> None:
    watch = watching()
    watch.save(GREET_FILE, GREET.replace("{{ who }}", "{{ who }"))
    told = watch.until("1 problem in 1 prompt")
    assert f"{GREET_FILE}:5:21: P103 a closing brace is missing" in told
    assert "case ada" not in told
    watch.save(GREET_FILE, "messages: [")
    told = watch.until("1 problem in 1 prompt")
    assert "Greet Ada" not in told
    assert "case ada" not in told
    watch.save(GREET_FILE, GREET.replace("Greet", "Meet"))
    assert "case ada changed" in watch.until("- Greet Ada\n    + Meet Ada")
    watch.save(GREET_FILE, GREET.replace("who", "whom"))
    assert "the input 'whom' has no value" in watch.until("case ada of greet cannot be filled")


def test_a_shared_partial_shows_three_prompts_and_counts_the_rest(watching: Watching, root: Path) -> None:
    write_files(root, {TONE: "Be kind."} | {f"prompts/p{n}.prompt.yml": WITH_TONE for n in range(5)})
    write_files(root, {f"evals/p{n}.eval.yml": SUITE.replace("greet", f"p{n}") for n in range(5)})
    watch = watching()
    watch.save(TONE, "Be brief.")
    told = watch.until("and 2 more prompts")
    assert "p0, case ada changed\n  ── user ──\n    - Greet Ada. Be kind.\n    + Greet Ada. Be brief.\n" in told
    assert "  changed just alike: p1, p2\n" in told
    (root / TONE).unlink()
    told = watch.until("and 2 more prompts")
    assert f"{TONE} was deleted" in told
    assert "'shared/tone.j2' cannot be read" in told
    watch.save(TONE, "Be bold.")
    told = watch.until("and 2 more prompts")
    assert f"{TONE} is new" in told
    assert "+ Greet Ada. Be bold." in told


def test_files_that_come_go_and_are_renamed_are_told(watching: Watching, root: Path) -> None:
    watch = watching()
    write_files(root, {"prompts/legal/new/clause.prompt.yml": GREET.replace("Greet", "Warn")})
    told = watch.until("Warn {{ who }}")
    assert "prompts/legal/new/clause.prompt.yml is new" in told
    assert "legal/new/clause: it has no case, so it is shown as written\n  ── user ──\n" in told
    (root / "prompts/legal").rename(root / "prompts/law")
    assert watch.until("prompts/legal/new/clause.prompt.yml → prompts/law/new/clause.prompt.yml was renamed")
    watch.save("prompts/law/new/clause.prompt.yml", GREET.replace("Greet", "Sue"))
    assert watch.until("+ Sue {{ who }}")
    (root / "evals/greet.eval.yml").unlink()
    assert watch.until(f"{SUITE_FILE} was deleted")
    (root / GREET_FILE).unlink()
    assert watch.until(f"{GREET_FILE} was deleted")
    write_files(root, {"more/texts/x.eval.yml": "", "more/y.prompt.yml": ""})
    watch.save("promptops.yml", (root / "promptops.yml").read_text() + "paths: {prompts: more}\n")
    watch.until("promptops.yml saved")
    watch.save("more/deep/z.prompt.yml", GREET)
    assert "more/deep/z.prompt.yml is new" in watch.until("Greet {{ who }}")


def test_a_file_of_cases_is_the_business_of_the_prompt_it_tests(watching: Watching, root: Path) -> None:
    apart = SUITE.replace(SUITE[SUITE.index("[") : SUITE.index("]") + 1], "../data/greet.jsonl")
    write_files(root, {SUITE_FILE: apart, "data/greet.jsonl": '{"id": "ada", "who": "Ada"}\n'})
    watch = watching()
    watch.save("data/greet.jsonl", '{"id": "ada", "who": "Augusta"}\n')
    assert "data/greet.jsonl saved" in watch.until("- Greet Ada\n    + Greet Augusta")
    watch.save("data/greet.jsonl", '{"id": "ada", "who": "Augu')
    assert "this line is not JSON" in watch.until("problem")


def test_broken_settings_are_a_finding_and_prompts_are_watched_all_the_same(watching: Watching, root: Path) -> None:
    watch = watching()
    good = (root / "promptops.yml").read_text()
    watch.save("promptops.yml", "models: [")
    assert "promptops.yml:1:" in watch.until("problem")
    watch.save(GREET_FILE, GREET.replace("Greet", "Meet"))
    assert watch.until("+ Meet Ada")
    watch.save("promptops.yml", good + "lint: {rules: {P501: off}}\n")
    watch.until("promptops.yml saved")


def test_only_the_prompts_that_were_named_are_answered_for(watching: Watching, root: Path) -> None:
    write_files(root, {"prompts/other.prompt.yml": GREET, "evals/other.eval.yml": SUITE.replace("greet", "other")})
    watch = watching(GREET_FILE, "--case", "bob")
    assert "watching 1 prompt and 1 suite" in watch._said
    watch.save("prompts/other.prompt.yml", GREET.replace("Greet", "Meet"))
    watch.save("evals/other.eval.yml", SUITE.replace("greet", "other").replace("Ada", "Ann"))
    watch.save(GREET_FILE, GREET.replace("Greet", "Face"))
    assert "other" not in watch.until("greet, case bob changed\n  ── user ──\n    - Greet Bob\n    + Face Bob")


def test_what_a_case_holds_cannot_act_on_the_terminal(watching: Watching) -> None:
    watch = watching()
    watch.save(SUITE_FILE, SUITE.replace("Ada", '"\\e[2JAda"'))
    assert watch.until("+ Greet ⟨U+001B⟩[2JAda")


def test_eval_shows_the_reply_and_each_criterion_and_goes_on_after_an_error(watching: Watching, root: Path) -> None:
    def reply(text: str, _count: int) -> object:
        return answer({"error": {"message": "no such model"}}, status=404) if "Meet" in text else f"Hello, {text}"

    with answering(reply) as endpoint:  # type: ignore[arg-type]
        write_files(root, files_for(endpoint.url))
        criteria = SUITE.removesuffix("]\n") + ", {name: is short, length: {maxWords: 2}}]\n"
        watch = watching("--eval")
        watch.save(SUITE_FILE, criteria)
        told = watch.until("is short")
        assert "the reply of small to case ada · " in told
        assert "\n    Hello, Greet Ada\n  ✅ says the name\n  ❌ is short" in told
        assert endpoint.asked == ["Greet Ada"]
        watch.save(GREET_FILE, GREET.replace("Greet", "Meet"))
        assert "no reply of small" in watch.until("no such model")
        watch.save(GREET_FILE, GREET)
        assert "from the cache · nothing was spent" in watch.until("is short")
        assert endpoint.asked.count("Greet Ada") == 1
        code, rest = watch.end()
    assert (code, "Traceback" in rest) == (130, False)


def test_eval_spends_no_more_than_it_may_over_all_saves(watching: Watching, root: Path) -> None:
    with answering() as endpoint:
        write_files(root, files_for(endpoint.url))
        watch = watching("--eval", "--max-cost", "0.000001")
        watch.save(GREET_FILE, GREET.replace("Greet", "Meet"))
        watch.until("says the name")
        watch.save(GREET_FILE, GREET.replace("Greet", "Face"))
        assert "no reply" in watch.until("budget")
        assert endpoint.asked == ["Meet Ada"]


def test_files_can_be_polled(watching: Watching) -> None:
    watch = watching("--poll")
    watch.save(GREET_FILE, GREET.replace("Greet", "Meet"))
    assert watch.until("+ Meet Ada")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gret"], "did you mean 'greet'?"),
        (["--case", "zoe"], "no prompt that is watched has a case 'zoe'"),
        (["--max-cost", "1"], "--eval"),
    ],
)
def test_what_cannot_be_watched_is_2_with_a_hint(
    root: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(root)
    result = CliRunner().invoke(cli, ["watch", *arguments])
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
