"""What the base is asked with, and what counts as a change."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptops.errors import EvalError
from promptops.workflows.eval.prepare import prepare
from promptops.workflows.eval.prepared_run import EvalChoice
from tests.conftest import RepositoryBuilder, write_files
from tests.workflows.scene import GREET, POLITE, SUITE, answering, evaluate, files_for, settings, workspace_at


def test_another_model_in_the_prompt_is_a_change_and_each_side_asks_its_own(repository: RepositoryBuilder) -> None:
    repo = repository()
    with answering() as endpoint:
        repo.commit(files_for(endpoint.url))
        write_files(repo.root, {"prompts/greet.prompt.yml": GREET.replace("model: small", "model: big")})
        assert len(prepare(workspace_at(repo.root), EvalChoice(changed=True))) == 1
        results = evaluate(workspace_at(repo.root), base="HEAD")
        assert sorted(body["model"] for body in endpoint.bodies) == ["m"] * 3 + ["m-big"] * 3
    assert [(arm.side, arm.model, arm.full_model) for arm in results.arms] == [
        ("base", "big", "openai/m"),
        ("head", "big", "openai/m-big"),
    ]
    assert results.comparisons[0].criteria[0].paired == 3


def test_an_alias_that_means_another_model_is_a_change(repository: RepositoryBuilder) -> None:
    repo = repository()
    with answering() as endpoint:
        repo.commit(files_for(endpoint.url))
        write_files(repo.root, {"promptops.yml": settings(endpoint.url).replace("model: m,", "model: m-new,")})
        results = evaluate(workspace_at(repo.root), base="HEAD")
        assert sorted(body["model"] for body in endpoint.bodies) == ["m"] * 3 + ["m-new"] * 3
    assert results.comparisons[0].overall != "unchanged"


def test_a_model_named_by_hand_is_asked_on_both_sides(repository: RepositoryBuilder) -> None:
    repo = repository()
    with answering() as endpoint:
        repo.commit(files_for(endpoint.url))
        write_files(repo.root, {"prompts/greet.prompt.yml": POLITE})
        evaluate(workspace_at(repo.root), base="HEAD", models=("big",))
        assert {body["model"] for body in endpoint.bodies} == {"m-big"}
        assert len(endpoint.bodies) == 6


@pytest.mark.parametrize(
    ("path", "broken"),
    [("prompts/greet.prompt.yml", GREET.replace("{{ who }}", "{{ who")), ("promptops.yml", "models: [")],
    ids=["prompt", "settings"],
)
def test_a_broken_base_does_not_stop_the_change_that_mends_it(
    repository: RepositoryBuilder, path: str, broken: str
) -> None:
    repo = repository()
    with answering() as endpoint:
        sha = repo.commit({**files_for(endpoint.url), path: broken})
        write_files(repo.root, files_for(endpoint.url))
        results = evaluate(workspace_at(repo.root), base="HEAD")
    assert [arm.side for arm in results.arms] == ["head"]
    (note,) = [note for note in results.notes if "cannot be read" in note]
    assert sha[:7] in note
    assert len(results.samples) == 3


@pytest.mark.parametrize(
    "suite",
    [
        SUITE + "gates: {says the name: {atLeast: 0.9}}\n",
        SUITE + "trials: 2\n",
        SUITE + "models: [small, big]\n",
        SUITE + "budget: {maxCostIncrease: 5%}\n",
    ],
    ids=["gate", "trials", "models", "budget"],
)
def test_what_a_suite_asks_and_promises_is_a_change_of_it(repository: RepositoryBuilder, suite: str) -> None:
    repo = repository()
    repo.commit(files_for("http://127.0.0.1:9/v1"))
    assert prepare(workspace_at(repo.root), EvalChoice(changed=True)) == []
    write_files(repo.root, {"evals/greet.eval.yml": suite})
    assert len(prepare(workspace_at(repo.root), EvalChoice(changed=True))) == 1


def test_where_nothing_changed_no_gate_asks_for_proof(repository: RepositoryBuilder) -> None:
    repo = repository()
    gate = "gates: {says the name: {atLeast: 0.2, undecided: fail}}\n"
    repo.commit({**files_for("http://127.0.0.1:9/v1"), "evals/greet.eval.yml": SUITE + gate})
    results = evaluate(workspace_at(repo.root), base="HEAD")
    assert (results.comparisons[0].overall, results.gates, results.blocked) == ("unchanged", (), False)


def test_a_head_without_any_answer_is_told_though_the_base_answers(repository: RepositoryBuilder) -> None:
    repo = repository()
    with answering() as endpoint:
        repo.commit({**files_for(endpoint.url), "evals/greet.eval.yml": SUITE + "replies: greet.replies.jsonl\n"})
        evaluate(workspace_at(repo.root), record=True)
        repo.commit()
    write_files(repo.root, {"prompts/greet.prompt.yml": POLITE})
    results = evaluate(workspace_at(repo.root), base="HEAD")
    assert [bool(sample.error) for sample in results.samples] == [False, True] * 3
    assert [one.what for one in results.unmeasured] == ["replies"]
    assert results.unmeasured[0].why.startswith("nobody asked the model: 3 of 3 replies are not recorded")


def test_each_side_is_answered_from_its_own_cassette(repository: RepositoryBuilder) -> None:
    repo = repository()
    with answering() as endpoint:
        repo.commit({**files_for(endpoint.url), "evals/greet.eval.yml": SUITE + "replies: greet.replies.jsonl\n"})
        evaluate(workspace_at(repo.root), record=True)
        repo.commit()
        write_files(repo.root, {"prompts/greet.prompt.yml": POLITE})
        evaluate(workspace_at(repo.root), record=True)
    results = evaluate(workspace_at(repo.root), base="HEAD")
    assert not [sample.error for sample in results.samples if sample.error]
    assert results.samples[0].text == "You said: Greet Ada"
    assert results.samples[1].text == "You said: Greet politely: Ada"
    cassette = repo.root / "evals/greet.replies.jsonl"
    cassette.write_text(cassette.read_text().replace("You said", "She said"))
    repo.git("checkout", "--quiet", "prompts")
    assert evaluate(workspace_at(repo.root), base="HEAD").comparisons[0].overall != "unchanged"


def test_recording_at_an_old_version_is_refused(tmp_path: Path) -> None:
    write_files(tmp_path / "p", files_for("http://127.0.0.1:9/v1"))
    with pytest.raises(EvalError, match="--record"):
        prepare(workspace_at(tmp_path / "p"), EvalChoice(record=True, at="HEAD"))


def test_a_misspelt_key_of_the_prompt_is_told_in_the_run(tmp_path: Path) -> None:
    with answering() as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url))
        write_files(tmp_path / "p", {"prompts/greet.prompt.yml": GREET + "modelParametres: {temperature: 0}\n"})
        results = evaluate(workspace_at(tmp_path / "p"))
    (note,) = results.notes
    assert note.startswith("prompts/greet.prompt.yml:6: 'modelParametres' is not a key")


def test_without_a_key_the_run_stops_before_it_has_anything_to_show(tmp_path: Path) -> None:
    files = files_for("https://endpoint.invalid/v1")
    model = "{provider: openai, model: m, baseUrl: 'https://endpoint.invalid/v1', apiKeyEnv: NO_SUCH_KEY}"
    files["promptops.yml"] = f"models: {{small: {model}}}\n"
    write_files(tmp_path / "p", files)
    results = evaluate(workspace_at(tmp_path / "p"))
    assert "NO_SUCH_KEY is not set" in results.stopped
    assert results.samples == ()
