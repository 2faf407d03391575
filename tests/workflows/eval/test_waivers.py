"""What an owner accepted, from the file to the gates of a real run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from promptops.evals.evaluators.base import output_digest
from promptops.model.label import Label
from promptops.model.results import Results
from promptops.model.waiver import Waiver
from promptops.source.formats.labels import label_line
from promptops.source.formats.waivers import waiver_line, waiver_path
from promptops.workflows.eval.confirmed_words import MergedAlready
from tests.conftest import RepositoryBuilder, write_files
from tests.workflows.scene import POLITE, SUITE, answering, evaluate, files_for, many_cases, workspace_at

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


def test_a_changes_own_word_for_an_owner_counts_for_nothing_until_it_is_confirmed(
    repository: RepositoryBuilder,
) -> None:
    repo = repository("p")
    with answering(rude) as endpoint:
        base = repo.commit(files_for(endpoint.url) | {"evals/greet.eval.yml": many_cases(24) + GATE})
        repo.git("switch", "--quiet", "--create", "work")
        repo.commit({"prompts/greet.prompt.yml": POLITE})
        before = evaluate(workspace_at(repo.root), base=base)
        repo.commit({FILE: waiver_line(accept(before))})
        [refused] = (found := evaluate(workspace_at(repo.root), base=base)).unconfirmed
        assert found.blocked
        assert "that @ana accepted 'says the name' is not confirmed and does not count" in refused
        assert not evaluate(workspace_at(repo.root), base=base, record_of_words=MergedAlready()).blocked
        assert evaluate(workspace_at(repo.root), base=base, untrusted=True, record_of_words=MergedAlready()).blocked


def test_what_the_base_has_counts_whatever_the_change_makes_of_the_file(repository: RepositoryBuilder) -> None:
    repo = repository("p")
    with answering() as endpoint:
        suite = SUITE.replace("string: {contains: '{{ who }}'}", "human: {question: Is it kind?}")
        said = Label(
            "ada", output_digest("You said: Greet politely: Ada"), "says the name", "fail", "@ana", "2026-11-24"
        )
        files = {"evals/greet.eval.yml": suite, "evals/labels/greet.jsonl": label_line(said)}
        base = repo.commit(files_for(endpoint.url) | files)
        mine = [replace(said, verdict="pass"), replace(said, verdict="pass", who="@ben", when="2026-11-25")]
        repo.git("switch", "--quiet", "--create", "work")
        repo.commit({
            "prompts/greet.prompt.yml": POLITE,
            "evals/labels/greet.jsonl": "".join(map(label_line, mine)),
        })  # fmt: skip
        for untrusted in (False, True):
            found = evaluate(workspace_at(repo.root), base=base, untrusted=untrusted)
            ada = next(one for one in found.samples if one.case == "ada" and found.arms[one.arm].side == "head")
            assert ada.scores["says the name"].reason == "1 of 1 person says fail"
            assert [line.split(" of ")[0] for line in found.unconfirmed] == ["1 label", "1 label"]
            assert not suite_changed_in(found)


def test_what_was_merged_counts_and_a_tag_that_is_called_like_the_main_branch_is_not_it(
    repository: RepositoryBuilder,
) -> None:
    repo = repository("p")
    with answering(rude) as endpoint:
        base = repo.commit(files_for(endpoint.url) | {"evals/greet.eval.yml": many_cases(24) + GATE})
        repo.git("switch", "--quiet", "--create", "work")
        repo.commit({"prompts/greet.prompt.yml": POLITE})
        repo.commit({FILE: waiver_line(accept(evaluate(workspace_at(repo.root), base=base)))})
        for tag in ("main", "origin/main", "origin/HEAD"):
            repo.git("tag", tag)
        assert evaluate(workspace_at(repo.root), base=base).blocked
        repo.git("update-ref", "refs/remotes/origin/main", "HEAD")  # it was merged, and fetched
        assert not evaluate(workspace_at(repo.root), base=base).blocked


def test_two_acceptances_on_two_branches_merge_without_a_conflict(repository: RepositoryBuilder) -> None:
    repo = repository("p")
    with answering(rude) as endpoint:
        base = repo.commit(files_for(endpoint.url) | {"evals/greet.eval.yml": many_cases(24) + GATE})
        for branch, text in (("one", POLITE), ("two", POLITE.replace("politely", "gladly"))):
            repo.git("switch", "--quiet", "--create", branch, base)
            repo.commit({"prompts/greet.prompt.yml": text})
            said = accept(evaluate(workspace_at(repo.root), base=base))
            repo.commit({str(waiver_path("evals", said)): waiver_line(said)})
        repo.git("merge", "--quiet", "--no-edit", "-X", "theirs", "one")  # of the prompt: one's text
        assert len(list((repo.root / "evals/waivers/greet").iterdir())) == 2
        assert repo.git("status", "--porcelain") == ""
        repo.git("update-ref", "refs/remotes/origin/main", "HEAD")
        assert not evaluate(workspace_at(repo.root), base=base).blocked


def test_an_acceptance_holds_on_the_main_branch_and_when_the_version_returns(repository: RepositoryBuilder) -> None:
    repo = repository("p")
    with answering(rude) as endpoint:
        base = repo.commit(files_for(endpoint.url) | {"evals/greet.eval.yml": many_cases(24) + GATE})
        repo.git("switch", "--quiet", "--create", "work")
        repo.commit({"prompts/greet.prompt.yml": POLITE})
        said = accept(evaluate(workspace_at(repo.root), base=base))
        repo.git("switch", "--quiet", "-")
        repo.commit({"prompts/greet.prompt.yml": POLITE, str(waiver_path("evals", said)): waiver_line(said)})
        assert not evaluate(workspace_at(repo.root)).blocked  # as at night: compared with nothing
        other = repo.commit({"prompts/greet.prompt.yml": POLITE.replace("politely", "gladly")})
        assert evaluate(workspace_at(repo.root)).blocked
        repo.commit({"prompts/greet.prompt.yml": POLITE})
        assert not evaluate(workspace_at(repo.root), base=other).blocked


def test_a_suite_that_is_renamed_keeps_what_was_said_of_it(repository: RepositoryBuilder) -> None:
    repo = repository("p")
    with answering(rude) as endpoint:
        suite = many_cases(24) + GATE
        repo.commit(files_for(endpoint.url) | {"evals/greet.eval.yml": suite})
        said = accept(evaluate(workspace_at(repo.root)))
        path = waiver_path("evals", said)
        base = repo.commit({str(path): waiver_line(said)})
        repo.git("switch", "--quiet", "--create", "work")
        repo.git("mv", "evals/greet.eval.yml", "evals/hello.eval.yml")
        repo.commit({"note.txt": "moved"})
        found = evaluate(workspace_at(repo.root), base=base)
        assert (found.former_suite, found.blocked, found.unconfirmed) == ("greet", False, ())
        assert not suite_changed_in(found)
        repo.git("mv", "evals/waivers/greet", "evals/waivers/hello")
        repo.commit({"note.txt": "moved too"})
        found = evaluate(workspace_at(repo.root), base=base)
        assert (found.blocked, found.unconfirmed) == (False, ())
        repo.git("update-ref", "refs/remotes/origin/main", "HEAD")
        assert not evaluate(workspace_at(repo.root)).blocked


def suite_changed_in(found: Results) -> bool:
    return any("the suite itself changed" in note for note in found.notes)
