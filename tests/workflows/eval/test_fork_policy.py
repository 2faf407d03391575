"""A fork's pull request evaluated: it decides what is asked, and nothing about where a key goes or what Python runs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from promptops.errors import EvalError, PromptError, PromptopsError
from promptops.model.results import Results
from promptops.model.score import Score
from promptops.templating.isolated_renderer import RenderLimits
from promptops.workflows.diff.diff import DiffChoice, compare
from promptops.workflows.eval.confirmed_words import MergedAlready
from promptops.workflows.eval.fork_policy import open_fork
from promptops.workflows.eval.prepare import prepare, prepare_each
from promptops.workflows.eval.prepared_run import EvalChoice, PreparedRun
from promptops.workflows.workspace import Workspace
from tests.conftest import GitRepository, RepositoryBuilder, write_files
from tests.workflows.scene import (
    GREET,
    POLITE,
    SUITE,
    Endpoint,
    answering,
    command,
    environment,
    evaluate,
    files_for,
    settings,
    workspace_at,
)

ENDLESS = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
KEY = {"TEAM_KEY": "sk-the-teams-own"}
CHECKS = "def polite(reply, case):\n    return 'Greet' in reply\n"
OWN_CHECKS = "import pathlib\npathlib.Path({mark!r}).write_text('ran')\ndef polite(reply, case):\n    return True\n"
PYTHON = "python: {file: checks.py, function: polite}"


def with_python(suite: str = SUITE, what: str = PYTHON) -> str:
    return suite.replace("evaluators: [", f"evaluators: [{{name: is polite, {what}}}, ")


def keyed(url: str, more: str = "") -> str:
    """Settings that send a key to this address."""
    return settings(url, more=more).replace("model: m,", "model: m, apiKeyEnv: TEAM_KEY,")


class Fork:
    """A base commit and, in the work tree, what the fork made of it."""

    def __init__(self, repo: GitRepository, endpoint: Endpoint, **base: str) -> None:
        self.repo, self.endpoint = repo, endpoint
        self.base = repo.commit({**files_for(endpoint.url), "promptops.yml": keyed(endpoint.url), **base})

    @property
    def workspace(self) -> Workspace:
        return workspace_at(self.repo.root, KEY)

    def changes(self, **files: str | None) -> None:
        for name, text in files.items():
            if text is None:
                (self.repo.root / name).unlink()
            else:
                write_files(self.repo.root, {name: text})

    def evaluated(self, *suites: str, **choice: Any) -> Results:
        wanted: dict[str, Any] = {"base": self.base, "untrusted": True, **choice}
        return evaluate(self.workspace, *suites, **wanted)

    def prepared(self, **choice: Any) -> list[PreparedRun]:
        wanted: dict[str, Any] = {"base": self.base, "untrusted": True, **choice}
        return prepare(self.workspace, EvalChoice(**wanted))


@pytest.fixture
def fork(namespaces: None, repository: RepositoryBuilder) -> Iterator[Fork]:
    with answering() as endpoint:
        yield Fork(repository(), endpoint, **{"evals/checks.py": CHECKS, "evals/greet.eval.yml": with_python()})


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """One second for a text, so that a test of the deadline takes no longer."""
    limits = (RenderLimits(1, total_seconds=9),)
    monkeypatch.setattr("promptops.templating.isolated_renderer.TemplateProcess.__init__.__defaults__", limits)


@contextmanager
def stranger() -> Iterator[Endpoint]:
    """The fork's own endpoint, which must never hear of us."""
    with answering() as endpoint:
        yield endpoint
    assert endpoint.asked == []


def scores(results: Results, name: str, arm: int = -1) -> list[Score]:
    chosen = arm % len(results.arms)
    return [sample.scores[name] for sample in results.samples if sample.arm == chosen]


# The same as for anybody, where nothing is evil


def test_an_honest_fork_gets_the_results_that_anybody_gets(fork: Fork) -> None:
    fork.changes(**{"prompts/greet.prompt.yml": GREET.replace("Greet", "Greet kindly:")})
    theirs = fork.evaluated(out=fork.repo.root.parent / "theirs")
    ours = fork.evaluated(out=fork.repo.root.parent / "ours", untrusted=False)
    assert theirs.rendered == ours.rendered
    assert [sample.scores for sample in theirs.samples] == [sample.scores for sample in ours.samples]
    assert [sample.text for sample in theirs.samples] == [sample.text for sample in ours.samples]
    assert theirs.suite_digest == ours.suite_digest
    assert scores(theirs, "is polite")


# Templates


@pytest.mark.usefixtures("hasty")
def test_a_template_without_an_end_spoils_its_own_suite_and_no_other(fork: Fork) -> None:
    fork.changes(
        **{
            "prompts/evil.prompt.yml": GREET.replace("Greet {{ who }}", ENDLESS),
            "evals/evil.eval.yml": SUITE.replace("prompt: greet", "prompt: evil"),
        }
    )
    found = dict(prepare_each(fork.workspace, EvalChoice(base=fork.base, untrusted=True)))
    evil, good = found["evil"], found["greet"]
    assert isinstance(evil, PreparedRun)
    assert isinstance(good, PreparedRun)
    assert all("take too much work" in unit.problem for unit in evil.plan.units)
    assert "it is not tried again" in list(evil.plan.units)[-1].problem
    assert all(unit.request is not None for unit in good.plan.units)
    results = fork.evaluated("evil")
    assert all(sample.error for sample in results.samples)
    assert {sample.scores == {} for sample in results.samples} == {True}
    assert not any(gate.status == "passed" for gate in results.gates)


@pytest.mark.usefixtures("hasty")
def test_a_base_that_a_forks_values_keep_busy_is_stopped_too(fork: Fork) -> None:
    loop = GREET.replace(
        "Greet {{ who }}", "{% for a in range(who) %}{% for b in range(who) %}{% endfor %}{% endfor %}"
    )
    loop = loop.replace("{type: string}", "{type: integer}")
    base = Fork(fork.repo, fork.endpoint, **{"prompts/greet.prompt.yml": loop})
    base.changes(
        **{
            "prompts/greet.prompt.yml": GREET.replace("{type: string}", "{}"),
            "evals/greet.eval.yml": SUITE.replace("who: Ada", "who: 99999"),
        }
    )
    (prepared,) = base.prepared()
    assert [case.id for case, messages in prepared.plan.rendered if isinstance(messages["head"], tuple)] == [
        "ada", "bob", "eve",
    ]  # fmt: skip
    assert not any(isinstance(messages["base"], tuple) for _, messages in prepared.plan.rendered)


@pytest.mark.usefixtures("hasty")
def test_an_evaluators_text_without_an_end_is_an_error_of_its_criterion(fork: Fork) -> None:
    text = json.dumps(ENDLESS)
    fork.changes(
        **{
            "evals/greet.eval.yml": SUITE.replace(
                "evaluators: [", f"evaluators: [{{name: evil, string: {{contains: {text}}}}}, "
            )
        }
    )
    results = fork.evaluated()
    assert all(score.status == "error" and "take too much work" in score.reason for score in scores(results, "evil"))


def test_a_forks_json_schema_is_worked_out_elsewhere(fork: Fork, monkeypatch: pytest.MonkeyPatch) -> None:
    schema = "schema: {schema: {type: object}}"
    fork.changes(**{"evals/greet.eval.yml": with_python(what=schema)})

    def refuse(schema: object, **options: object) -> None:
        raise AssertionError("compiled in this process")

    monkeypatch.setattr("promptops.templating.json_schema.validator.compile_schema", refuse)
    assert {score.status for score in scores(fork.evaluated(), "is polite")} == {"scored"}


@pytest.mark.usefixtures("hasty")
def test_the_change_of_the_text_is_filled_elsewhere_too(fork: Fork) -> None:
    fork.changes(**{"prompts/greet.prompt.yml": GREET.replace("Greet {{ who }}", ENDLESS)})
    (prompt,) = compare(fork.workspace, DiffChoice(base=fork.base, untrusted=True)).prompts
    assert [case.base for case in prompt.cases] == [(("user", f"Greet {who}"),) for who in ("Ada", "Bob", "Eve")]
    assert all("take too much work" in case.head_problem for case in prompt.cases)


# Models


def test_a_fork_cannot_send_a_key_to_an_endpoint_of_its_own(fork: Fork) -> None:
    with stranger() as evil:
        fork.changes(**{"promptops.yml": keyed(evil.url), "prompts/greet.prompt.yml": POLITE})
        results = fork.evaluated()
    assert len(results.samples) == len(fork.endpoint.asked) == 6
    assert not any(sample.error for sample in results.samples)


def test_a_model_that_only_the_fork_knows_is_not_asked(fork: Fork) -> None:
    with stranger() as evil:
        own = (fork.repo.root / "promptops.yml").read_text("utf-8") + settings(evil.url).replace(
            "models:\n", ""
        ).replace("small", "mine").replace("big", "mine-too").replace("model: m,", "model: m, apiKeyEnv: TEAM_KEY,")
        fork.changes(**{"promptops.yml": own, "prompts/greet.prompt.yml": GREET.replace("small", "mine")})
        with pytest.raises(PromptError, match="the model 'mine' is not known"):
            fork.prepared()


@pytest.mark.parametrize("evaluator", ["judge: {question: Is it polite?}", "judge: {question: Is it?, model: mine}"])
def test_a_forks_judge_is_not_asked(fork: Fork, evaluator: str) -> None:
    with stranger() as evil:
        mine = settings(evil.url, more="judge: mine\n").replace("small", "mine")
        base = (fork.repo.root / "promptops.yml").read_text("utf-8")
        fork.changes(
            **{
                "promptops.yml": base + mine.replace("models:\n", "").replace("big", "other"),
                "evals/greet.eval.yml": with_python(what=evaluator),
            }
        )
        with pytest.raises(PromptError, match=r"(no judge is set|the model 'mine' is not known)"):
            fork.evaluated()


def test_the_bases_judge_judges_a_fork_that_named_another(fork: Fork) -> None:
    judged = with_python(what="judge: {question: Is it polite?}")
    base = Fork(fork.repo, fork.endpoint, **{"promptops.yml": keyed(fork.endpoint.url, "judge: big\n")})
    base.changes(**{"promptops.yml": keyed(fork.endpoint.url, "judge: small\n"), "evals/greet.eval.yml": judged})
    (prepared,) = base.prepared()
    assert prepared.plan.scoring.judge == "big"


def test_a_forks_prompt_of_the_base_side_is_asked_as_the_base_says(fork: Fork) -> None:
    with stranger() as evil:
        fork.changes(
            **{
                "promptops.yml": settings(evil.url),
                "prompts/greet.prompt.yml": GREET.replace("Greet", "Greet kindly:"),
            }
        )
        fork.evaluated()
    assert len(fork.endpoint.asked) == 6


def test_without_a_base_a_fork_is_not_evaluated(fork: Fork) -> None:
    with pytest.raises(EvalError, match="there is none"):
        fork.prepared(base=None)


def test_where_the_base_has_no_settings_the_forks_are_not_taken(repository: RepositoryBuilder) -> None:
    repo = repository()
    base = repo.commit({"README.md": "empty"})
    with stranger() as evil:
        write_files(repo.root, files_for(evil.url))
        with pytest.raises(PromptError, match="the model 'small' is not known"):
            prepare(workspace_at(repo.root, KEY), EvalChoice(base=base, untrusted=True))


def test_a_fork_spends_no_more_than_the_base_allows(fork: Fork) -> None:
    base = Fork(
        fork.repo,
        fork.endpoint,
        **{
            "promptops.yml": settings(fork.endpoint.url, more="budget: {maxCost: 0.25}\n"),
        },
    )
    base.changes(
        **{
            "promptops.yml": settings(fork.endpoint.url, more="budget: {maxCost: 900}\n"),
            "evals/greet.eval.yml": SUITE + "budget: {maxCost: 800}\n",
        }
    )
    assert [one.max_cost for one in base.prepared()] == [0.25]
    assert [one.max_cost for one in base.prepared(max_cost=5.0)] == [0.25]
    assert [one.within(5.0, 0.0).max_cost for one in base.prepared(max_cost=5.0)] == [0.25]
    assert [one.max_cost for one in base.prepared(untrusted=False)] == [800]


def test_the_bases_policy_holds_for_a_fork(fork: Fork) -> None:
    theirs = keyed(fork.endpoint.url, "policy: {allowedModels: [small, big], owners: ['@stranger']}\n")
    base = Fork(fork.repo, fork.endpoint, **{"promptops.yml": keyed(fork.endpoint.url, "policy: {owners: ['@ada']}\n")})
    base.changes(**{"promptops.yml": theirs})
    head = base.workspace.project()
    assert head.config.policy.owners == ("@stranger",)
    held = open_fork(base.workspace, base.workspace.project(base.base)).with_base_settings(head)
    assert (held.config.policy.owners, held.config.policy.allowed_models) == (("@ada",), None)


def test_a_model_file_inside_of_the_project_is_not_loaded(fork: Fork, tmp_path: Path) -> None:
    text = "models:\n  small: {provider: local, model: models/m.gguf}\n"
    base = Fork(fork.repo, fork.endpoint, **{"promptops.yml": text, "models/m.gguf": "GGUF of the base"})
    base.changes(**{"models/m.gguf": "GGUF of the fork"})
    with pytest.raises(EvalError, match="a file of the project, which a fork could have changed"):
        base.prepared()
    (tmp_path / "m.gguf").write_text("GGUF outside", "utf-8")
    outside = Fork(
        fork.repo, fork.endpoint, **{"promptops.yml": text.replace("models/m.gguf", str(tmp_path / "m.gguf"))}
    )
    assert outside.prepared()


# Python


def test_a_model_in_python_is_run_only_as_the_base_has_it(fork: Fork) -> None:
    text = "models:\n  small: {provider: python, file: app/model.py, network: true}\n"
    code = "def complete(request): return 'Hello.'\n"
    base = Fork(fork.repo, fork.endpoint, **{"promptops.yml": text, "app/model.py": code})
    base.changes(**{"promptops.yml": text.replace("app/", "app/../mine/"), "mine/model.py": "raise SystemExit\n"})
    assert base.prepared()
    base.changes(**{"app/model.py": code.replace("Hello", "Good")})
    with pytest.raises(EvalError, match=r"a function in app/model\.py, which this change touched") as caught:
        base.prepared()
    assert "leave the file as it was" in caught.value.hint
    new = Fork(fork.repo, fork.endpoint, **{"promptops.yml": text})
    new.changes(**{"app/model.py": code.replace("Hello", "Bye")})
    with pytest.raises(EvalError, match="a fork's own Python is never run"):
        new.prepared()


def test_a_forks_python_is_never_run_and_the_bases_is(fork: Fork, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    fork.changes(**{"evals/checks.py": OWN_CHECKS.format(mark=str(mark))})
    results = fork.evaluated()
    assert [score.passed for score in scores(results, "is polite")] == [True] * 3
    assert not mark.exists()
    assert any("checks.py was run as it was before this change" in note for note in results.notes)


def test_the_bases_python_may_fail_a_fork_that_rewrote_it(fork: Fork) -> None:
    fork.changes(
        **{
            "evals/checks.py": "def polite(reply, case):\n    return True\n",
            "prompts/greet.prompt.yml": GREET.replace("Greet", "Insult"),
        }
    )
    assert [score.passed for score in scores(fork.evaluated(), "is polite")] == [False] * 3


@pytest.mark.parametrize(
    "what",
    [
        pytest.param("python: {file: new.py, function: polite}", id="a file that the base does not have"),
        pytest.param("python: {file: checks.py, function: other}", id="a function that the base does not call"),
        pytest.param("python: {file: ../tools/release.py, function: polite}", id="a file not made for being a check"),
    ],
)
def test_python_that_the_base_does_not_run_is_an_error_and_never_a_pass(fork: Fork, tmp_path: Path, what: str) -> None:
    mark = tmp_path / "ran"
    evil = OWN_CHECKS.format(mark=str(mark))
    base = Fork(fork.repo, fork.endpoint, **{"tools/release.py": evil})
    base.changes(**{"evals/new.py": evil, "evals/greet.eval.yml": with_python(what=what)})
    found = scores(base.evaluated(), "is polite")
    assert [(score.status, score.passed) for score in found] == [("error", None)] * 3
    assert all("a fork's own Python is never run" in score.reason for score in found)
    assert not mark.exists()


def test_a_fork_that_moves_its_suite_runs_the_bases_file_only_from_its_place(fork: Fork) -> None:
    fork.changes(
        **{
            "evals/greet.eval.yml": None,
            "evals/deep/greet.eval.yml": with_python(what="python: {file: ../checks.py, function: polite}"),
        }
    )
    assert [score.passed for score in scores(fork.evaluated("deep/greet"), "is polite")] == [True] * 3


ONLINE = "python: {file: checks.py, function: polite, network: true}"


def test_a_fork_gives_the_bases_python_no_network(fork: Fork) -> None:
    fork.changes(**{"evals/greet.eval.yml": with_python(what=ONLINE)})
    assert [score.status for score in scores(fork.evaluated(), "is polite")] == ["error"] * 3


@pytest.mark.parametrize("asked", [ONLINE, PYTHON])
def test_a_fork_has_the_network_that_the_base_gives_its_python_or_less(fork: Fork, asked: str) -> None:
    base = Fork(fork.repo, fork.endpoint, **{"evals/greet.eval.yml": with_python(what=ONLINE)})
    edited = GREET.replace("Greet", "Greet kindly:")
    base.changes(**{"evals/greet.eval.yml": with_python(what=asked), "prompts/greet.prompt.yml": edited})
    assert [score.passed for score in scores(base.evaluated(), "is polite")] == [True] * 3


def test_where_python_cannot_be_isolated_no_call_is_made_for_a_fork(fork: Fork) -> None:
    """A machine without namespaces; `isolation_problem` is found out anew in this process."""
    fork.changes(**{"prompts/greet.prompt.yml": GREET.replace("Greet", "Greet kindly:")})
    code = "from tests.sandbox.isolated import refuse_namespaces as r; r(); from promptops.cli.main import main; main()"
    program = [sys.executable, "-c", code, "eval", "greet", "--base", fork.base, "--untrusted"]
    told = environment(TEAM_KEY="sk-the-teams-own", PYTHONPATH=str(Path(__file__).parents[3]))
    done = subprocess.run(program, cwd=fork.repo.root, env=told, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "the suite's Python cannot be kept from the network and from other processes here (unshare: " in done.stderr
    assert "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0" in done.stderr
    assert fork.endpoint.asked == []
    trusted = subprocess.run(program[:-1], cwd=fork.repo.root, env=told, capture_output=True, text=True, check=False)
    assert "the network is not cut off from Python checks here (unshare: " in trusted.stdout
    assert trusted.returncode == 0


# Owners and files


def test_a_fork_cannot_accept_its_own_gates(fork: Fork) -> None:
    gated = SUITE + "gates: {says the name: {atLeast: 0.9}}\n"
    fork.changes(
        **{
            "evals/greet.eval.yml": gated.replace("'{{ who }}'", "never said"),
            "prompts/greet.prompt.yml": GREET.replace("Greet", "Hail"),
        }
    )
    (prepared,) = fork.prepared()
    before = fork.evaluated()
    (gate,) = before.gates
    assert gate.status == "failed"
    digests = {arm.side: arm.evaluation_digest for arm in before.arms}
    line = {
        "suite": before.suite, "criterion": gate.criterion, "rule": gate.rule, "base": digests["base"],
        "head": digests["head"], "questions": before.questions, "was": "failed", "who": "mallory",
        "when": "2026-11-24", "why": "trust me",
    }  # fmt: skip
    write_files(fork.repo.root, {"evals/labels/overrides.jsonl": json.dumps(line) + "\n"})
    (still,) = fork.evaluated(out=fork.repo.root.parent / "three", record_of_words=MergedAlready()).gates
    assert still.accepted == ""
    assert still.blocks
    assert prepared.plan.scoring.waivers == ()


def test_cases_outside_of_the_project_or_behind_a_link_are_refused(fork: Fork, tmp_path: Path) -> None:
    (tmp_path / "secret.jsonl").write_text('{"who": "secret"}\n', "utf-8")
    for name, link in (("../../secret.jsonl", None), ("cases.jsonl", tmp_path / "secret.jsonl")):
        if link is not None:
            (fork.repo.root / "evals" / name).symlink_to(link)
        fork.changes(
            **{
                "evals/greet.eval.yml": SUITE.replace(
                    SUITE[SUITE.index("testData: ") + 10 : SUITE.index("\neval")], name
                )
            }
        )
        with pytest.raises(PromptopsError, match=r"outside the project|symbolic link"):
            fork.prepared()


def test_a_forks_replies_are_not_recorded(fork: Fork) -> None:
    with pytest.raises(EvalError, match="not recorded"):
        fork.prepared(record=True)


# The command


def test_eval_untrusted_on_the_command_line(fork: Fork) -> None:
    with stranger() as evil:
        fork.changes(**{"promptops.yml": keyed(evil.url), "prompts/greet.prompt.yml": POLITE})
        done = subprocess.run(
            command("eval", "greet", "--base", fork.base, "--untrusted"),
            cwd=fork.repo.root, env=environment(**KEY), capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert fork.endpoint.asked


def test_replies_that_a_fork_recorded_itself_are_told_as_such(fork: Fork) -> None:
    suite = (fork.repo.root / "evals/greet.eval.yml").read_text("utf-8")
    write_files(fork.repo.root, {"evals/greet.eval.yml": suite + "replies: mine.jsonl\n", "evals/mine.jsonl": ""})
    notes = fork.prepared()[0].plan.notes
    assert "the replies are recorded ones that came with the change: no model was asked, whoever wrote them" in notes
