"""What a run would ask, in words, and without asking."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptops.errors import EvalError, ProviderError
from promptops.workflows.eval.interrupted_runs import KnownKeys
from promptops.workflows.eval.plan_text import describe_plan
from promptops.workflows.eval.prepare import prepare
from promptops.workflows.eval.prepared_run import EvalChoice
from tests.conftest import RepositoryBuilder, write_files
from tests.workflows.scene import GREET, POLITE, SUITE, answering, evaluate, files_for, many_cases, workspace_at

NOWHERE = "http://127.0.0.1:9/v1"


def _described(root: Path, **choice: object) -> list[str]:
    workspace = workspace_at(root)
    (prepared,) = prepare(workspace, EvalChoice(**choice))  # type: ignore[arg-type]  # a choice in words
    return describe_plan(prepared, KnownKeys(workspace)).splitlines()


def test_versions_cases_models_and_cost_are_named(repository: RepositoryBuilder) -> None:
    repo = repository()
    sha = repo.commit(files_for(NOWHERE))
    write_files(repo.root, {"prompts/greet.prompt.yml": POLITE})
    first, second = _described(repo.root, base="HEAD", models=("small", "big"))
    assert first.startswith(f"greet · base {sha[:7]} → head {sha[:7]}")
    assert first.endswith("· 3 cases × 2 versions × 2 models (small, big)")
    assert second.startswith("planned 12 replies (0 in cache) · about $0.04")
    assert not (repo.root / ".promptops").exists()


def test_one_of_each_is_said_in_the_singular(tmp_path: Path) -> None:
    write_files(tmp_path / "p", files_for(NOWHERE) | {"evals/greet.eval.yml": many_cases(1)})
    assert "· 1 case × 1 version × 1 model (small)" in _described(tmp_path / "p")[0]


def test_what_is_in_the_cache_costs_nothing(tmp_path: Path) -> None:
    with answering() as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url))
        evaluate(workspace_at(tmp_path / "p"))
        assert _described(tmp_path / "p")[1] == "planned 3 replies (3 in cache) · costs nothing"
        assert _described(tmp_path / "p", trials=2)[1].startswith("planned 6 replies (3 in cache) · about $0.01")


def test_an_unknown_price_is_unknown_and_never_nothing(tmp_path: Path) -> None:
    files = files_for(NOWHERE)
    files["promptops.yml"] = f"models: {{small: {{provider: openai, model: m, baseUrl: '{NOWHERE}'}}}}\n"
    write_files(tmp_path / "p", files)
    assert _described(tmp_path / "p")[1].endswith("· cost unknown: no price for small (add `prices:` in promptops.yml)")


def test_the_prompts_own_limit_of_tokens_bounds_the_cost(tmp_path: Path) -> None:
    files = files_for(NOWHERE, prices="{input: 0, output: 10000}")
    write_files(tmp_path / "p", files | {"prompts/greet.prompt.yml": f"modelParameters: {{maxTokens: 50}}\n{GREET}"})
    assert _described(tmp_path / "p")[1].endswith("about $1.50")


def test_judgements_are_counted_beside_replies(tmp_path: Path) -> None:
    suite = SUITE.replace("evaluators: [", "evaluators: [{name: kind, judge: {question: Is it kind?}}, ")
    write_files(tmp_path / "p", files_for(NOWHERE, more="judge: big\n") | {"evals/greet.eval.yml": suite})
    assert "planned 3 replies (0 in cache) and 3 judgements ·" in _described(tmp_path / "p", trials=1)[1]
    assert "planned 6 replies (0 in cache) and 6 judgements ·" in _described(tmp_path / "p", trials=2)[1]


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        ("{atLeast: 0.9}", "says the name ≥ 90%' cannot be proven with 3 cases: it needs 29, even if all pass"),
        ("{atLeast: 1.0}", "says the name ≥ 100%': no number of cases can prove that"),
        ("{noWorseThanBase: 0.05}", "points, not of 5: equally good versions pass in 0% of runs"),
    ],
)
def test_a_gate_that_so_few_cases_cannot_decide_is_announced(tmp_path: Path, gate: str, said: str) -> None:
    suite = SUITE + f"gates: {{says the name: {gate}}}\n"
    write_files(tmp_path / "p", files_for(NOWHERE) | {"evals/greet.eval.yml": suite})
    assert said in _described(tmp_path / "p")[2]
    assert "says the name" in _described(tmp_path / "p")[2]


def test_enough_cases_need_no_word(tmp_path: Path) -> None:
    suite = many_cases(30) + "gates: {says the name: {atLeast: 0.9}}\n"
    write_files(tmp_path / "p", files_for(NOWHERE) | {"evals/greet.eval.yml": suite})
    assert len(_described(tmp_path / "p")) == 2


def test_nothing_changed_is_said(repository: RepositoryBuilder) -> None:
    repo = repository()
    repo.commit(files_for(NOWHERE))
    assert _described(repo.root, base="HEAD")[1:] == ["nothing the model receives has changed; nothing will be asked"]


def test_notes_stand_below_the_plan(repository: RepositoryBuilder) -> None:
    repo = repository()
    repo.commit(files_for(NOWHERE))
    sha = repo.git("rev-parse", "HEAD")
    write_files(repo.root, {"prompts/greet.prompt.yml": POLITE, "evals/greet.eval.yml": SUITE.replace("Eve", "Zoe")})
    assert _described(repo.root, changed=True)[2:] == [
        f"compared with {sha[:7]}, where this work left main",
        "the suite itself changed; its new cases and criteria judge both versions",
    ]


def test_of_many_replies_only_the_first_are_looked_at_before_a_run(tmp_path: Path) -> None:
    with answering() as endpoint:
        suite = many_cases(40).replace("evaluators: [", "evaluators: [{name: kind, judge: {question: Is it kind?}}, ")
        write_files(
            tmp_path / "p", files_for(endpoint.url, more="judge: big\n") | {"evals/greet.eval.yml": many_cases(3)}
        )
        evaluate(workspace_at(tmp_path / "p"))
        write_files(tmp_path / "p", {"evals/greet.eval.yml": suite})
        workspace = workspace_at(tmp_path / "p")
        (prepared,) = prepare(workspace, EvalChoice())
        looked = describe_plan(prepared, KnownKeys(workspace), most=10).splitlines()
        whole = describe_plan(prepared, KnownKeys(workspace), most=None).splitlines()
    assert looked[0] == whole[0]
    # 7 of 10 are not known, and each of them costs 0.3 cents: 40 replies would cost 8.4. Each judgement costs 0.34.
    assert looked[1] == "planned 40 replies (3 of the first 10 in cache) and 40 judgements · about $0.22"
    assert whole[1] == "planned 40 replies (3 in cache) and 40 judgements · about $0.25"


JUDGED = SUITE.replace("evaluators: [", "evaluators: [{name: kind, judge: {question: Is it kind?}}, ")
FREE, PAID = "prices: {input: 0, output: 0}", "prices: {input: 1, output: 1000}"


def _with_models(small: str, judge: str) -> dict[str, str | bytes]:
    """A project whose model and whose judge have these prices."""
    model = "{provider: openai, model: m, baseUrl: 'http://127.0.0.1:9/v1', %s}"
    config = f"models: {{small: {model % small}, big: {model % judge}}}\njudge: big\n"
    return files_for(NOWHERE) | {"promptops.yml": config, "evals/greet.eval.yml": JUDGED}


@pytest.mark.parametrize(
    ("small", "judge", "said"),
    [
        (FREE, FREE, "and 3 judgements · costs nothing"),
        (FREE, PAID, "and 3 judgements · about $0.90"),
        (PAID, FREE, "and 3 judgements · about $0.90"),
        (PAID, PAID, "and 3 judgements · about $1.80"),
        (FREE, "limits: {}", "cost unknown: no price for big (add `prices:` in promptops.yml)"),
        ("limits: {}", "limits: {}", "cost unknown: no price for small, big (add `prices:` in promptops.yml)"),
        (FREE, "prices: {input: 0.1, output: 1}", "less than $0.01"),
    ],
)
def test_judgements_are_part_of_the_cost(tmp_path: Path, small: str, judge: str, said: str) -> None:
    write_files(tmp_path / "p", _with_models(small, judge))
    assert _described(tmp_path / "p")[1].endswith(said)


def test_replies_in_the_cache_are_judged_all_the_same(tmp_path: Path) -> None:
    with answering() as endpoint:
        files = _with_models(PAID, PAID)
        files = {name: str(text).replace(NOWHERE, endpoint.url) for name, text in files.items()}
        write_files(tmp_path / "p", files | {"evals/greet.eval.yml": SUITE})
        evaluate(workspace_at(tmp_path / "p"))
        write_files(tmp_path / "p", files)
        assert _described(tmp_path / "p")[1] == "planned 3 replies (3 in cache) and 3 judgements · about $0.90"


@pytest.mark.parametrize(("judge", "said"), [(PAID, "about $0.90"), (FREE, "costs nothing")])
def test_recorded_replies_cost_nothing_and_their_judgements_do(tmp_path: Path, judge: str, said: str) -> None:
    with answering() as endpoint:
        files = _with_models(PAID, judge)
        files = {name: str(text).replace(NOWHERE, endpoint.url) for name, text in files.items()}
        recorded = "replies: greet.replies.jsonl\n"
        write_files(tmp_path / "p", files | {"evals/greet.eval.yml": SUITE + recorded})
        evaluate(workspace_at(tmp_path / "p"), record=True)
        assert _described(tmp_path / "p")[1] == "planned 3 replies (recorded, no model is called)"
        write_files(tmp_path / "p", {"evals/greet.eval.yml": JUDGED + recorded})
        assert _described(tmp_path / "p")[1] == f"planned 3 replies (recorded) and 3 judgements · {said}"


def test_what_nobody_recorded_is_counted_before_the_run(tmp_path: Path) -> None:
    recorded = SUITE + "replies: greet.replies.jsonl\n"
    with answering() as endpoint:
        write_files(tmp_path / "p", files_for(endpoint.url) | {"evals/greet.eval.yml": recorded})
        evaluate(workspace_at(tmp_path / "p"), record=True)
    one_more = recorded.replace("testData: [", "testData: [{id: new, who: Nova}, ")
    write_files(tmp_path / "p", {"evals/greet.eval.yml": one_more})
    lacking = "not recorded, so the run will end as not measured: promptops eval greet --record"
    assert _described(tmp_path / "p")[2:] == [f"  1 of 4 replies is {lacking}"]
    write_files(tmp_path / "p", {"prompts/greet.prompt.yml": POLITE})
    assert _described(tmp_path / "p")[2:] == [f"  4 of 4 replies are {lacking}"]


def test_a_reasoning_judge_is_counted_with_room_to_think(tmp_path: Path) -> None:
    files = _with_models(FREE, PAID)
    files["promptops.yml"] = str(files["promptops.yml"]).replace(
        "big: {provider: openai, model: m", "big: {provider: openai, model: o3"
    )
    write_files(tmp_path / "p", files)
    assert _described(tmp_path / "p")[1].endswith("about $12.90")


@pytest.mark.parametrize(
    ("small", "judge", "unpriced"),
    [(PAID, "limits: {}", "big"), ("limits: {}", FREE, "small"), ("limits: {}", "limits: {}", "small, big")],
)
def test_a_budget_that_cannot_be_kept_is_told_before_it_starts_and_in_the_results(
    tmp_path: Path, small: str, judge: str, unpriced: str
) -> None:
    with answering() as endpoint:
        files = _with_models(small, judge)
        write_files(tmp_path / "p", {name: str(text).replace(NOWHERE, endpoint.url) for name, text in files.items()})
        note = f"the budget of $0.50 cannot be kept: no price is known for {unpriced} (add `prices:` in promptops.yml)"
        assert _described(tmp_path / "p", max_cost=0.5)[-1] == note
        assert note in evaluate(workspace_at(tmp_path / "p"), max_cost=0.5).notes
        assert note not in "\n".join(_described(tmp_path / "p"))


@pytest.mark.parametrize(
    ("price", "budget", "ending"),
    [
        (10000, 8.0, "about $9.00; the budget of $8.00 may end the run before that"),
        (10000, 9.5, "about $9.00"),
        (1, 0.0, "less than $0.01; the budget of $0.00 may end the run before that"),
    ],
)
def test_a_budget_below_what_the_run_is_likely_to_cost_is_told_before_it_starts(
    tmp_path: Path, price: int, budget: float, ending: str
) -> None:
    write_files(tmp_path / "p", files_for(NOWHERE, prices=f"{{input: 0, output: {price}}}"))
    assert _described(tmp_path / "p", max_cost=budget)[1].endswith(f"· {ending}")


def test_a_budget_of_recorded_replies_needs_no_price(tmp_path: Path) -> None:
    with answering() as endpoint:
        files = _with_models("limits: {}", FREE)
        files = {name: str(text).replace(NOWHERE, endpoint.url) for name, text in files.items()}
        write_files(tmp_path / "p", files | {"evals/greet.eval.yml": SUITE + "replies: greet.replies.jsonl\n"})
        evaluate(workspace_at(tmp_path / "p"), record=True)
        assert "cannot be kept" not in "\n".join(_described(tmp_path / "p", max_cost=0.5))


def test_an_address_that_stands_in_the_environment_only_is_named(tmp_path: Path) -> None:
    config = (
        "models:\n  small: {provider: openai, model: m}\n"
        "  own: {provider: openai, model: n, baseUrlEnv: GATEWAY}\n"
        "  groq: {provider: groq, model: n}\n"
    )
    write_files(tmp_path / "p", files_for("") | {"promptops.yml": config})
    secrets = {"OPENAI_BASE_URL": "https://proxy.acme.example/v1?key=k", "GATEWAY": "https://g.acme.example/v1"}
    workspace = workspace_at(tmp_path / "p", secrets)
    (prepared,) = prepare(workspace, EvalChoice(models=("small", "own", "groq", "openai/x")))
    said = describe_plan(prepared, KnownKeys(workspace)).splitlines()
    assert "  'small' is asked at https://proxy.acme.example/v1, the address in OPENAI_BASE_URL" in said
    assert "  'own' is asked at https://g.acme.example/v1, the address in GATEWAY" in said
    assert "  'openai/x' is asked at https://proxy.acme.example/v1, the address in OPENAI_BASE_URL" in said
    assert sum("is asked at" in line for line in said) == 3


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("{provider: openai, model: m, baseUrlEnv: GATEWAY}", "variable GATEWAY, which baseUrlEnv names, is"),
        ("{provider: azure, model: m}", "there is no address for the provider 'azure'"),
    ],
)
def test_a_model_without_an_address_has_no_plan(tmp_path: Path, model: str, said: str) -> None:
    write_files(tmp_path / "p", files_for("") | {"promptops.yml": f"models: {{small: {model}}}\n"})
    with pytest.raises(ProviderError, match=said):
        prepare(workspace_at(tmp_path / "p"), EvalChoice())


def test_an_address_in_the_environment_that_cannot_be_called_is_told_with_its_variable(tmp_path: Path) -> None:
    write_files(tmp_path / "p", files_for("") | {"promptops.yml": "models: {small: {provider: openai, model: m}}\n"})
    workspace = workspace_at(tmp_path / "p", {"OPENAI_BASE_URL": "localhost:1234/v1"})
    with pytest.raises(EvalError, match=r"'localhost:1234/v1' \(from OPENAI_BASE_URL\), which cannot be called"):
        prepare(workspace, EvalChoice())
