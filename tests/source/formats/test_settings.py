from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.errors import PromptError
from promptops.model.budget import Budget
from promptops.model.config import (
    EMBEDDED_MODEL,
    Config,
    EnvironmentValue,
    Limits,
    LintSettings,
    ModelSpec,
    Policy,
    Prices,
    PythonFunction,
    resolve_model,
)
from promptops.model.schemas.formats import PROJECT
from promptops.model.vendors.table import LISTED
from promptops.source.yaml.reader import read_yaml
from promptops.source.yaml.validate import validate_node
from tests.conftest import ProjectBuilder

SETTINGS = """\
models:
  small: {provider: local}
  openai/gpt-4o: {provider: openai, model: gpt-4o, baseUrl: "https://x/v1/", apiKeyEnv: X_KEY}
  big:
    provider: openai
    model: 4.10
    parameters: {temperature: 0.5, maxTokens: 90, reasoning_effort: low}
    prices: {input: 2.50, output: 10, cachedInput: 0.25}
    limits: {concurrency: 3, requestsPerMinute: 60, timeout: 5, maxRetries: 0, maxWait: 1, maxReplyBytes: 1000}
judge: big
embeddings: e
budget: {maxCost: 1, maxCostIncrease: 20%}
policy: {allowedModels: [small], requiredCriteria: [no date], requireOwner: true, signers: signers, owners: ["@acme"]}
lint: {rules: {P603: off, P5: warning}, exclude: [old]}
paths: {evals: checks}
"""


def config(project: ProjectBuilder, text: str) -> Config:
    return project({"promptops.yml": text}).config


def test_settings_are_read_whole(project: ProjectBuilder) -> None:
    found = config(project, SETTINGS)
    assert found.models["small"] == ModelSpec("small", "local", EMBEDDED_MODEL, limits=Limits(concurrency=2))
    assert found.models["openai/gpt-4o"] == ModelSpec("openai/gpt-4o", "openai", "gpt-4o", "https://x/v1", "X_KEY")
    assert found.models["big"] == ModelSpec(
        "big",
        "openai",
        "4.10",
        prices=Prices(2.5, 10, 0.25),
        limits=Limits(3, 60, 5.0, 0, 1.0, 1000),
        parameters={"temperature": 0.5, "max_tokens": 90, "reasoning_effort": "low"},
    )
    assert (found.judge, found.budget) == ("big", Budget(1, 0.2))
    assert found.policy == Policy(("small",), ("no date",), True, "signers", ("@acme",))
    assert found.lint == LintSettings({"P603": None, "P5": "warning"}, ("old/**",))
    assert (found.paths.prompts, found.paths.eval_folders) == (("prompts/**",), ("checks",))


def test_a_models_endpoint_is_read_whole(project: ProjectBuilder) -> None:
    text = """\
models:
  a:
    provider: azure
    model: mini
    baseUrlEnv: AZURE
    headers: {X-Team: search, X-Gateway: {env: TOKEN}, X-Number: 7}
    query: {api-version: 2024-10-21, sig: {env: SIG}}
    extraBody: {top_k: 4, routing: {order: [a, b]}}
    client: openai
    project: p
    location: europe-west4
    region: eu-west-1
"""
    assert config(project, text).models["a"] == ModelSpec(
        "a",
        "azure",
        "mini",
        base_url_env="AZURE",
        headers={"X-Team": "search", "X-Gateway": EnvironmentValue("TOKEN"), "X-Number": "7"},
        query={"api-version": "2024-10-21", "sig": EnvironmentValue("SIG")},
        extra_body={"top_k": 4, "routing": {"order": ["a", "b"]}},
        client="openai",
        project="p",
        location="europe-west4",
        region="eu-west-1",
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ('headers: {"X A": b}', "'X A' is no name of a header"),
        ('headers: {"X:": b}', "'X:' is no name of a header"),
        ('headers: {"X\\nA": b}', "'X�A' is no name of a header"),
        ('headers: {X-A: "b\\r\\nX-B: c"}', "the header 'X-A' has a line break in it"),
        ("headers: {X-A: é}", "the header 'X-A' has characters in it that cannot be sent"),
        ("headers: {X-A: a, x-a: b}", "'x-a' is given twice"),
        ("headers: {Content-Length: 3}", "'Content-Length' cannot be set here"),
        ("headers: {X-A: {env: sk-not-a-name}}", "what 'env' says is not the name of an environment variable"),
        ("headers: {X-A: {env: }}", "'env'"),
        ("headers: {X-A: {name: B}}", "'name' is not a key"),
        ("headers: {X-A: }", "'X-A' is empty"),
        ("headers: {X-A: [b]}", "'X-A' is a list"),
        ('query: {v: "a\\nb"}', "the part of the query 'v' has a line break in it"),
        ("baseUrlEnv: https://x.example", "what 'baseUrlEnv' says is not the name"),
        ("extraBody: {stream: true}", "'extraBody' cannot hold 'stream'"),
        ("extraBody: [a]", "'extraBody' is a list"),
        ("client: other", "'other' is not a possible 'client'"),
    ],
)
def test_what_no_call_can_carry_is_told_at_its_place(project: ProjectBuilder, given: str, message: str) -> None:
    with pytest.raises(PromptError) as caught:
        config(project, f"models:\n  a: {{provider: openai, model: m, {given}}}\n")
    assert message in str(caught.value)
    assert "sk-not-a-name" not in f"{caught.value} {caught.value.hint}"
    assert caught.value.hint
    assert caught.value.where.startswith("promptops.yml:2:")


def test_a_model_in_python_is_a_function_of_a_file(project: ProjectBuilder) -> None:
    text = "models:\n  a: {provider: python, file: ./app/../app/model.py}\n"
    text += "  b: {provider: python, file: m.py, function: ask, network: true, env: [A, B_1], model: ours-2}\n"
    a, b = config(project, text).models.values()
    limits = Limits(concurrency=1)
    assert a == ModelSpec("a", "python", "app/model.py:complete", limits=limits, python=PythonFunction("app/model.py"))
    python = PythonFunction("m.py", "ask", True, ("A", "B_1"))
    assert b == ModelSpec("b", "python", "ours-2", limits=limits, python=python)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("{provider: python}", "has no 'file'"),
        ("{provider: python, file: ../m.py}", "outside"),
        ("{provider: python, file: /etc/m.py}", "outside"),
        ("{provider: python, file: m.py, function: a-b}", "'a-b' is not the name of a function"),
        ("{provider: python, file: m.py, env: [sk-123]}", "is not the name of an environment variable"),
        ("{provider: local, function: f}", "'function' belongs to provider: python"),
    ],
)
def test_a_function_that_cannot_be_meant_is_told_at_its_place(
    project: ProjectBuilder, given: str, message: str
) -> None:
    with pytest.raises(PromptError, match=message) as caught:
        config(project, f"models:\n  a: {given}\n")
    assert caught.value.where.startswith("promptops.yml:2")


def test_a_query_may_have_any_letters(project: ProjectBuilder) -> None:
    found = config(project, "models: {a: {provider: openai, model: m, query: {ü: é}}}\n")
    assert found.models["a"].query == {"ü": "é"}


def test_everything_has_a_default(project: ProjectBuilder) -> None:
    assert project({}).config == Config()
    assert config(project, "{}\n") == Config()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("modles: {}\n", "'modles' is not a key this file can have"),
        ("models: {a: {provider: openai, model: x, apikey: y}}\n", "'apikey' is not a key"),
        ("models: {a: {provider: opnai, model: x}}\n", "'opnai' is not a possible 'provider'"),
        ("models: {a: {model: x}}\n", "has no 'provider'"),
        ("models: {a: {provider: openai}}\n", "the model 'a' has no 'model'"),
        ("models: {a: {provider: local, limits: {concurrency: 0}}}\n", "'concurrency' is 0"),
        ("models: {a: {provider: local, prices: {input: 1}}}\n", "has no 'output'"),
        ("models: {a: {provider: local, prices: {input: 1, output: 1, cachedInput: -1}}}\n", "'cachedInput' is -1"),
        ("models: {a: {provider: local, limits: {maxReplyBytes: 0}}}\n", "'maxReplyBytes' is 0"),
        ("models: {a: {provider: local, parameters: 5}}\n", "parameters"),
        ("models: {a: {provider: local, parameters: {maxTokens: 1, max_tokens: 2}}}\n", "is given twice"),
        ("budget: {maxCost: -1}\n", "'maxCost' is -1"),
        ("judge: a\njudge: b\n", "'judge' stands here"),
        ("models: [\n", ""),
    ],
)
def test_a_typo_does_not_pass(project: ProjectBuilder, text: str, message: str) -> None:
    with pytest.raises(PromptError) as caught:
        config(project, text)
    assert message in str(caught.value)
    assert caught.value.where.startswith("promptops.yml:")


def test_a_model_is_an_alias_or_openai_or_an_error() -> None:
    spec = ModelSpec("small", "local", "")
    settings = Config(models={"small": spec, "openai/own": ModelSpec("openai/own", "openai", "mine")})
    assert resolve_model(settings, "small") is spec
    assert resolve_model(settings, "openai/own").model == "mine"
    plain = resolve_model(settings, "openai/gpt-4o")
    assert (plain.provider, plain.model, plain.full_name) == ("openai", "gpt-4o", "openai/gpt-4o")
    assert (plain.base_url, plain.api_key_env) == ("", "")  # the usual ones hold, or what the environment says
    nested = resolve_model(settings, "openrouter/meta-llama/llama-4")
    assert (nested.provider, nested.model, nested.full_name) == (
        "openrouter",
        "meta-llama/llama-4",
        "openrouter/meta-llama/llama-4",
    )
    with pytest.raises(PromptError, match="no model is named"):
        resolve_model(settings, "")
    with pytest.raises(PromptError, match=r"known: small, openai/own"):
        resolve_model(settings, "large")


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("mistral-ai/small-3", 'model: "small-3", baseUrl: "https://…/v1", apiKeyEnv: MISTRAL_AI_API_KEY}'),
        ("01-ai/yi", 'model: "yi", baseUrl: "https://…/v1", apiKeyEnv: _01_AI_API_KEY}'),
        ("日本/x", 'model: "x", baseUrl: "https://…/v1", apiKeyEnv: MODEL_API_KEY}'),
        ("OpenAI/gpt-4o", 'model: "gpt-4o", apiKeyEnv: OPENAI_API_KEY}'),
        ("small", 'model: "small", apiKeyEnv: OPENAI_API_KEY}'),
        ("Groq/llama", '{provider: groq, model: "llama"}'),
    ],
)
def test_the_lines_to_add_send_no_key_of_openai_to_anybody_else(name: str, ending: str) -> None:
    with pytest.raises(PromptError) as caught:
        resolve_model(Config(), name)
    assert caught.value.hint.endswith(ending)


@given(
    st.sampled_from(["meta/llama-3:8b", "gpt", "a, b", "{x}", "#1", "openai/", "x: y", 'say "hi"', "é/ü"])
    | st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1).filter(
        lambda name: name.partition("/")[0] not in LISTED
    )
)
def test_the_three_lines_to_add_work_as_they_stand(name: str) -> None:
    with pytest.raises(PromptError) as caught:
        resolve_model(Config(), name)
    intro, _, lines = caught.value.hint.partition("\n")
    assert intro == "add to promptops.yml:"
    assert lines.count("\n") == 2
    node = read_yaml(lines)
    assert list(validate_node(node, PROJECT)) == []
    assert list(node.value["models"].value) == [name]
    assert node.value["models"].value[name].value["model"].text == (name.partition("/")[2] or name)
