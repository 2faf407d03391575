"""Parameters of a model in promptops.yml, and judges that think before they answer."""

from __future__ import annotations

from pathlib import Path

import openai

from promptops.runtime.prompts import Prompts
from promptops.workflows.eval.prepare import prepare
from promptops.workflows.eval.prepared_run import EvalChoice
from tests.conftest import RepositoryBuilder, write_files
from tests.workflows.scene import GREET, SUITE, answering, evaluate, files_for, settings, workspace_at

JUDGED = SUITE.replace("evaluators: [", "evaluators: [{name: kind, judge: {question: Is it kind?}}, ")
VERDICT = '{"reason": "it is", "verdict": "yes"}'


def of_model(url: str, parameters: str, **more: str) -> str:
    """promptops.yml whose models have these parameters."""
    return settings(url, **more).replace("model: m", f"parameters: {parameters}, model: m")


def test_parameters_of_the_model_hold_where_the_prompt_says_nothing_else(tmp_path: Path) -> None:
    with answering() as endpoint:
        files = files_for(endpoint.url)
        files["promptops.yml"] = of_model(endpoint.url, "{temperature: 0.5, maxTokens: 90}")
        files["prompts/greet.prompt.yml"] = GREET + "modelParameters: {temperature: 0.1}\n"
        write_files(tmp_path / "p", files)
        evaluate(workspace_at(tmp_path / "p"))
    assert {(body["temperature"], body["max_tokens"]) for body in endpoint.bodies} == {(0.1, 90)}


def test_other_parameters_of_the_model_are_a_change_and_each_side_is_asked_with_its_own(
    repository: RepositoryBuilder,
) -> None:
    repo = repository()
    with answering() as endpoint:
        repo.commit(files_for(endpoint.url) | {"promptops.yml": of_model(endpoint.url, "{temperature: 0.5}")})
        assert prepare(workspace_at(repo.root), EvalChoice(base="HEAD", changed=True)) == []
        write_files(repo.root, {"promptops.yml": of_model(endpoint.url, "{temperature: 0.9}")})
        results = evaluate(workspace_at(repo.root), base="HEAD")
    assert sorted(body["temperature"] for body in endpoint.bodies) == [0.5] * 3 + [0.9] * 3
    assert results.comparisons[0].overall != "unchanged"


def strict(text: str, count: int) -> str:
    return VERDICT if "Question" in text else f"You said: {text}"


def test_a_reasoning_model_can_judge(tmp_path: Path) -> None:
    with answering(strict) as endpoint:
        config = settings(endpoint.url, more="judge: big\n").replace("m-big", "gpt-5-mini")
        write_files(tmp_path / "p", files_for("") | {"promptops.yml": config, "evals/greet.eval.yml": JUDGED})
        results = evaluate(workspace_at(tmp_path / "p"))
    judged = [body for body in endpoint.bodies if body["model"] == "gpt-5-mini"]
    assert len(judged) == 3
    assert not [body for body in judged if {"temperature", "max_tokens"} & body.keys()]
    assert all(body["max_completion_tokens"] >= 1000 for body in judged)
    assert all(sample.scores["kind"].passed for sample in results.samples)


def test_a_judges_own_parameters_win_over_ours(tmp_path: Path) -> None:
    with answering(strict) as endpoint:
        config = of_model(endpoint.url, "{maxTokens: 2000, reasoning_effort: low}", more="judge: big\n")
        write_files(tmp_path / "p", files_for("") | {"promptops.yml": config, "evals/greet.eval.yml": JUDGED})
        evaluate(workspace_at(tmp_path / "p"))
    (judged, *_) = (body for body in endpoint.bodies if body["model"] == "m-big")
    assert (judged["temperature"], judged["max_tokens"], judged["reasoning_effort"]) == (0, 2000, "low")


def test_a_prompt_for_other_models_can_be_tried_with_a_reasoning_one_and_the_change_is_told(tmp_path: Path) -> None:
    with answering() as endpoint:
        config = settings(endpoint.url).replace("m-big", "o3")
        prompt = GREET + "modelParameters: {temperature: 0.1, maxTokens: 90}\n"
        write_files(tmp_path / "p", files_for("") | {"promptops.yml": config, "prompts/greet.prompt.yml": prompt})
        results = evaluate(workspace_at(tmp_path / "p"), models=("small", "big"))
    sent = {body["model"]: set(body) - {"model", "messages"} for body in endpoint.bodies}
    assert sent == {"m": {"temperature", "max_tokens"}, "o3": {"max_completion_tokens"}}
    (note,) = results.notes
    assert note.startswith("o3 refuses what the prompt asks for")


def test_a_judge_that_leaves_its_thinking_in_the_text_is_read(tmp_path: Path) -> None:
    def thinking(text: str, count: int) -> str:
        return f"<think>Is it kind? It is.</think>\n{VERDICT}" if "Question" in text else f"You said: {text}"

    with answering(thinking) as endpoint:
        files = files_for(endpoint.url, more="judge: big\n") | {"evals/greet.eval.yml": JUDGED}
        write_files(tmp_path / "p", files)
        results = evaluate(workspace_at(tmp_path / "p"))
    assert [sample.scores["kind"].passed for sample in results.samples] == [True] * 3


def test_an_application_sends_what_was_evaluated_whatever_a_model_adds_to_the_body(tmp_path: Path) -> None:
    with answering() as endpoint:
        files = files_for(endpoint.url)
        files["promptops.yml"] = of_model(endpoint.url, "{temperature: 0.5, topK: 3}").replace(
            "model: m,", "extraBody: {routing: {order: [a, b]}, top_p: 0.3, seed: 1}, model: m,"
        )
        files["prompts/greet.prompt.yml"] = GREET + "modelParameters: {extra_body: {seed: 2}, timeout: 30}\n"
        write_files(tmp_path / "p", files)
        evaluate(workspace_at(tmp_path / "p"))
        evaluated = endpoint.bodies[:]
        call = Prompts.from_worktree(tmp_path / "p").get("greet").render(who="Ada")
        with openai.OpenAI(base_url=endpoint.url, api_key="none", max_retries=0) as client:
            client.chat.completions.create(**call.openai())
    sent = endpoint.bodies[-1]
    assert sent in evaluated
    assert len(endpoint.bodies) == len(evaluated) + 1
    assert (sent["routing"], sent["top_p"], sent["seed"], sent["top_k"]) == ({"order": ["a", "b"]}, 0.3, 2, 3)
    assert not {"extra_body", "timeout"} & sent.keys()


def test_another_extra_body_is_a_change_of_the_version_and_another_header_a_change_of_the_place(
    repository: RepositoryBuilder,
) -> None:
    repo = repository()

    def plan_for(more: str) -> tuple[str, str]:
        config = settings("http://127.0.0.1:9/v1").replace("model: m,", f"{more} model: m,")
        write_files(repo.root, files_for("") | {"promptops.yml": config})
        (prepared,) = prepare(workspace_at(repo.root), EvalChoice())
        (arm,) = prepared.plan.arms
        return arm.prompt_digest, arm.evaluation_digest

    plain, header, query = plan_for(""), plan_for("headers: {X-Variant: b},"), plan_for("query: {v: '2'},")
    body, key = plan_for("extraBody: {top_k: 3},"), plan_for("headers: {Authorization: {env: A}},")
    assert plain[0] == header[0] == query[0] == key[0] != body[0]
    assert len({one[1] for one in (plain, header, query, body)}) == 4
    assert plain == key
