"""What an owner accepted, from the file to the gates of a real run."""

from __future__ import annotations

from pathlib import Path

from promptops.model.results import Results
from promptops.model.waiver import Waiver
from promptops.source.formats.waivers import waiver_line
from tests.conftest import RepositoryBuilder, write_files
from tests.workflows.scene import POLITE, answering, evaluate, files_for, many_cases, workspace_at

FILE = "evals/labels/overrides.jsonl"
GATE = "gates: {says the name: {atLeast: 0.9}}\n"


def rude(text: str, _count: int) -> str:
    return "No."


def accept(results: Results) -> Waiver:
    (gate,) = results.gates
    digests = {arm.side: arm.evaluation_digest for arm in results.arms}
    assert gate.status == "failed"
    return Waiver(
        suite="greet",
        criterion=gate.criterion,
        rule=gate.rule,
        was=gate.status,
        base=digests.get("base", ""),
        head=digests["head"],
        questions=results.questions,
        who="@ana",
        why="ok",
    )


def test_a_gate_accepted_in_the_repository_blocks_no_run_of_this_version_and_every_run_of_another(
    tmp_path: Path,
) -> None:
    root = tmp_path / "p"
    with answering(rude) as endpoint:
        write_files(root, files_for(endpoint.url) | {"evals/greet.eval.yml": many_cases(24) + GATE})
        before = evaluate(workspace_at(root))
        write_files(root, {FILE: waiver_line(accept(before))})
        after = evaluate(workspace_at(root))
        write_files(root, {"prompts/greet.prompt.yml": (root / "prompts/greet.prompt.yml").read_text() + "# a note\n"})
        assert not evaluate(workspace_at(root)).blocked
        write_files(
            root, {"prompts/greet.prompt.yml": (root / "prompts/greet.prompt.yml").read_text().replace("Greet", "Hail")}
        )
        another = evaluate(workspace_at(root))
    assert before.blocked
    assert (after.blocked, after.gates[0].accepted) == (False, "@ana: ok")
    assert another.blocked


def test_other_cases_are_another_question_that_nobody_accepted(tmp_path: Path) -> None:
    root = tmp_path / "p"
    with answering(rude) as endpoint:
        write_files(root, files_for(endpoint.url) | {"evals/greet.eval.yml": many_cases(24) + GATE})
        write_files(root, {FILE: waiver_line(accept(evaluate(workspace_at(root))))})
        write_files(root, {"evals/greet.eval.yml": many_cases(25) + GATE})
        assert evaluate(workspace_at(root)).blocked


def test_a_forks_own_word_for_an_owner_counts_for_nothing(repository: RepositoryBuilder) -> None:
    repo = repository("p")
    with answering(rude) as endpoint:
        base = repo.commit(files_for(endpoint.url) | {"evals/greet.eval.yml": many_cases(24) + GATE})
        repo.commit({"prompts/greet.prompt.yml": POLITE})
        before = evaluate(workspace_at(repo.root), base=base)
        repo.commit({FILE: waiver_line(accept(before))})
        assert not evaluate(workspace_at(repo.root), base=base).blocked
        assert evaluate(workspace_at(repo.root), base=base, untrusted=True).blocked
