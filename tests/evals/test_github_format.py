"""Files of GitHub's `.prompt.yml` format from the file to the score, without a change to the file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from promptops.errors import PromptError
from promptops.evals.arms import ModelTarget, PromptAtRevision
from promptops.evals.plan import Plan, make_plan
from promptops.evals.scoring_inputs import ScoringInputs
from promptops.lint.engine.runner import lint
from promptops.model.config import resolve_model
from promptops.model.model_call import Reply, Request
from promptops.model.score import Score
from promptops.providers.scripted import Answer
from promptops.report.results.text import render_text
from promptops.source.project import Project
from promptops.templating.closure import make_closure
from tests.conftest import ProjectBuilder
from tests.evals.factory import Ran, carry_out

Run = Callable[..., Ran]
"""`run(file, reply)`: the file's own suite against a model that says `reply`; `judge` answers other models."""

HEAD = "model: openai/gpt-4o\nmessages:\n  - {role: user, content: 'About {{topic}}'}\n"


def planned(project: Project, name: str = "prompt:a") -> Plan:
    """The suite inside a prompt file, planned the way `promptops eval` plans it."""
    suite = project.suite(name)
    prompt = project.prompt(suite.prompt)
    asked = {c.options["modelId"] for c in suite.criteria if c.kind.asks_model and c.options.get("modelId")}
    return make_plan(
        suite,
        PromptAtRevision(
            "head", make_closure(project.source, prompt, project.template_folder), project.source.revision
        ),
        None,
        [target(project, prompt.model)],
        ScoringInputs(judges={name: target(project, name) for name in asked}),
    )


def target(project: Project, name: str) -> ModelTarget:
    return ModelTarget(resolve_model(project.config, name), "https://example.org")


@pytest.fixture
def run(project: ProjectBuilder) -> Run:
    def carry(file: str, reply: str = "", judge: str = "") -> Ran:
        def script(request: Request) -> Answer:
            return Reply(judge if request.model.model == "judge-1" else reply)

        return carry_out(planned(project({"prompts/a.prompt.yml": file})), script)

    return carry


def evaluated(evaluator: str, case: str = "{topic: tea, expected: Green Tea}") -> str:
    return f"{HEAD}testData: [{case}]\nevaluators:\n  - {{name: check, {evaluator}}}\n"


def only_score(ran: Ran, name: str = "check") -> Score:
    (sample,) = ran.outcome.samples
    return sample.scores[name]


def asked(ran: Ran) -> list[str]:
    return [request.messages[-1].text for request in ran.provider.requests]


# ---- string ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operators", "reply", "passes"),
    [
        ("{equals: '{{expected}}'}", "Green Tea", True),
        ("{equals: '{{expected}}'}", "  Green Tea\n\n", True),
        ("{equals: '{{expected}}'}", "green tea", False),
        ("{contains: '{{expected}}'}", "I like GREEN TEA.", True),
        ("{startsWith: '{{expected}}'}", "\n green tea, please", True),
        ("{startsWith: '{{expected}}'}", "A green tea", False),
        ("{endsWith: '{{expected}}'}", "a GREEN tea \n", True),
        ("{endsWith: '{{expected}}'}", "a green tea.", False),
        ("{contains: 42}", "42 cups", True),
        ("{startsWith: true}", "True enough", True),
    ],
)
def test_every_operator_but_equals_ignores_case_and_white_space_around_the_reply_never_counts(
    run: Run, operators: str, reply: str, passes: bool
) -> None:
    score = only_score(run(evaluated(f"string: {operators}"), reply))
    assert (score.passed, score.value) == (passes, float(passes))


@pytest.mark.parametrize(
    ("operators", "reply", "passes"),
    [
        ("{endsWith: end, startsWith: begin, contains: middle, equals: all}", "all", True),
        ("{endsWith: end, startsWith: begin, contains: middle, equals: all}", "begin middle end", False),
        ("{endsWith: end, startsWith: begin, contains: middle}", "a middle only", True),
        ("{endsWith: end, startsWith: begin}", "begin only", True),
        ("{endsWith: end, startsWith: begin}", "only the end", False),
        ("{contains: middle, equals: ''}", "a middle only", True),
    ],
)
def test_of_several_operators_the_first_that_is_not_empty_is_looked_at(
    run: Run, operators: str, reply: str, passes: bool
) -> None:
    assert only_score(run(evaluated(f"string: {operators}"), reply)).passed is passes


def test_an_operator_without_a_value_counts_as_not_given(run: Run) -> None:
    assert only_score(run(evaluated("string: {equals: , contains: tea}"), "some tea")).passed


def test_an_evaluator_that_names_a_field_the_case_lacks_is_an_error_with_the_field_and_not_a_fail(run: Run) -> None:
    score = only_score(run(evaluated("string: {contains: '{{expectd}}'}"), "tea"))
    assert (score.status, score.passed) == ("error", None)
    assert "'expectd'" in score.reason


# ---- llm ------------------------------------------------------------------------------------------------------------

LLM = """\
llm: {{modelId: openai/judge-1, systemPrompt: 'Grade {{{{topic}}}}.',
       prompt: 'Is [{{{{completion}}}}] about {{{{topic}}}}?', choices: [{choices}]}}"""
YES_NO = "{choice: yes, score: 1}, {choice: no, score: 0}"


@pytest.mark.parametrize(
    ("answer", "choices", "passes", "value"),
    [
        ("Yes.", YES_NO, True, 1.0),
        ("NO", YES_NO, False, 0.0),
        ("no, not a yes", YES_NO, True, 1.0),
        ("I noted it.", YES_NO, False, 0.0),
        ("perhaps", YES_NO, False, 0.0),
        ("fair", "{choice: poor, score: 0}, {choice: fair, score: 0.25}, {choice: good, score: 1}", True, 0.25),
        ("10", "{choice: 1, score: 0}, {choice: 10, score: 1}", False, 0.0),
        ("5", "{choice: 1, score: 1}, {choice: 5, score: 5}", True, 1.0),
    ],
)
def test_the_first_choice_inside_the_judges_answer_wins_and_passes_above_zero(
    run: Run, answer: str, choices: str, passes: bool, value: float
) -> None:
    score = only_score(run(evaluated(LLM.format(choices=choices)), "tea", answer))
    assert (score.passed, score.value) == (passes, value)


def test_the_judge_gets_the_trimmed_reply_in_its_prompt_and_the_system_prompt_as_written(run: Run) -> None:
    ran = run(evaluated(LLM.format(choices=YES_NO)), "\n all {{topic}}\n", "yes")
    request = ran.provider.requests[-1]
    assert [(m.role, m.content) for m in request.messages] == [
        ("system", "Grade {{topic}}."),
        ("user", "Is [all {{topic}}] about tea?"),
    ]


# ---- uses -----------------------------------------------------------------------------------------------------------


BUILT_IN = ["similarity", "coherence", "fluency", "relevance", "groundedness"]


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_evaluator_without_a_judge_is_an_error_that_says_what_it_needs(run: Run, name: str) -> None:
    score = only_score(run(evaluated(f"uses: github/{name}"), "tea"))
    assert (score.status, score.passed) == ("error", None)
    assert "judge: small" in score.reason


@pytest.mark.parametrize("name", BUILT_IN)
def test_what_a_built_in_evaluator_needs_stands_uncut_in_the_report(run: Run, name: str) -> None:
    ran = run(evaluated(f"uses: github/{name}"), "tea")
    shown = " ".join(render_text(ran.results).split())
    assert " ".join(only_score(ran).reason.split()) in shown


def test_a_built_in_evaluator_that_there_is_not_is_refused_before_the_run(run: Run) -> None:
    with pytest.raises(PromptError, match="no built-in evaluator 'acme/politeness'"):
        run(evaluated("uses: acme/politeness"), "tea")


# ---- placeholders and cases -----------------------------------------------------------------------------------------


def filled(run: Run, content: str, case: str) -> str:
    file = (
        f"model: openai/gpt-4o\nmessages:\n  - role: user\n    content: |-\n      {content}\n"
        f"testData: [{case}]\nevaluators: [{{name: check, string: {{contains: x}}}}]\n"
    )
    (text,) = asked(run(file, "x"))
    return text


@pytest.mark.parametrize(
    ("content", "case", "text"),
    [
        ("a {{b}} c", "{b: 1}", "a 1 c"),
        ("{{b}}{{b}}", "{b: x}", "xx"),
        ("{{b}} {{c}}", "{b: '{{c}}', c: y}", "{{c}} y"),
        ("{{größe}} {{issue-title}} {{repo.name}}", "{größe: L, issue-title: t, repo.name: r}", "L t r"),
        ("{{#if b}}{{b}}{{/if}} {% if %} {# no #}", "{b: x}", "{{#if b}}x{{/if}} {% if %} {# no #}"),
        ("{{b}}", "{b: 1.10}", "1.10"),
        ("{{b}}", "{b: 2026-01-31}", "2026-01-31"),
        ("{{b}}", "{b: yes}", "yes"),
        ("{{b}}", "{b: [1, two]}", '[1, "two"]'),
        ("[{{b}}]", "{b: null}", "[]"),
        ("Dear {{first name}}", "{first name: Ada}", "Dear Ada"),
    ],
)
def test_a_placeholder_takes_the_field_of_its_name_as_it_is_written(
    run: Run, content: str, case: str, text: str
) -> None:
    assert filled(run, content, case) == text


@pytest.mark.parametrize("name", ["source", "id", "tags", "split"])
def test_a_field_may_have_any_name_in_a_foreign_file(run: Run, name: str) -> None:
    assert filled(run, f"Put {{{{{name}}}}} into French", f"{{{name}: tea}}") == "Put tea into French"


def test_a_field_called_id_may_have_one_value_in_two_cases(run: Run) -> None:
    file = (
        "model: openai/gpt-4o\nmessages: [{role: user, content: 'Order {{id}}: {{topic}}'}]\n"
        "testData: [{id: 7, topic: tea}, {id: 7, topic: milk}]\nevaluators: [{name: check, string: {contains: x}}]\n"
    )
    assert sorted(asked(run(file, "x"))) == ["Order 7: milk", "Order 7: tea"]


def test_a_case_without_a_field_the_prompt_reads_fails_alone_and_the_others_are_asked(run: Run) -> None:
    file = evaluated("string: {contains: tea}", "{topic: tea}, {topics: milk}")
    ran = run(file, "tea")
    assert asked(ran) == ["About tea"]
    (lacking,) = (unit for unit in ran.plan.units if unit.problem)
    assert "'topic'" in lacking.problem


# ---- what is sent ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("{temperature: 0.5, maxTokens: 9, topP: 0.25}", {"temperature": 0.5, "max_tokens": 9, "top_p": 0.25}),
        ("{max_tokens: 9, top_p: 1}", {"max_tokens": 9, "top_p": 1}),
        ("{maxCompletionTokens: 9}", {"max_completion_tokens": 9}),
    ],
)
def test_parameters_reach_the_model_in_every_spelling(run: Run, written: str, sent: dict[str, Any]) -> None:
    file = evaluated("string: {contains: tea}").replace("messages", f"modelParameters: {written}\nmessages", 1)
    (request,) = run(file, "tea").provider.requests
    assert dict(request.parameters) == sent


def test_a_schema_written_as_json_text_goes_out_with_its_name_and_strictness(run: Run) -> None:
    schema = """\
responseFormat: json_schema
jsonSchema: |-
  {"name": "cup", "strict": true, "schema": {"type": "object", "properties": {"size": {"type": "string"}}}}
messages"""
    (request,) = run(evaluated("string: {contains: tea}").replace("messages", schema, 1), "tea").provider.requests
    assert request.response_format == "json_schema"
    wanted = {"type": "object", "properties": {"size": {"type": "string"}}}
    assert request.json_schema == {"name": "cup", "strict": True, "schema": wanted}


@pytest.mark.parametrize("role", ["user", "User", "SYSTEM", "Assistant"])
def test_a_role_may_be_written_with_capitals(run: Run, role: str) -> None:
    (request,) = run(evaluated("string: {contains: tea}").replace("user", role, 1), "tea").provider.requests
    assert request.messages[0].role == role.lower()


def test_a_model_of_openai_needs_no_settings_and_any_other_says_which_lines_to_add(project: ProjectBuilder) -> None:
    built = project({})
    assert target(built, "openai/gpt-4o-mini").spec.full_name == "openai/gpt-4o-mini"
    with pytest.raises(PromptError) as caught:
        target(built, "mistral-ai/small-3")
    assert '"mistral-ai/small-3":' in caught.value.hint


# ---- the file itself ------------------------------------------------------------------------------------------------


def test_keys_without_a_value_are_as_good_as_left_out(run: Run) -> None:
    empty = "name:\ndescription:\nmodelParameters:\nresponseFormat:\njsonSchema:\n"
    check = evaluated("string: {contains: tea, equals: , matches: }, llm: , uses: , threshold: , description: ")
    assert only_score(run(empty + check, "tea")).passed


def test_of_keys_the_format_does_not_know_only_what_is_nearly_one_is_told(
    project: ProjectBuilder,
) -> None:
    text = "version: 2\nmodelParametres: {}\n" + evaluated("description: d, string: {contains: tea}")
    built = project({"prompts/a.prompt.yml": text})
    assert only_score(carry_out(planned(built), lambda request: Reply("tea"))).passed
    found = [(finding.span.line, finding.severity) for finding in lint(built).findings if finding.code == "P003"]
    assert found == [(2, "warning")]


def test_a_file_outside_the_prompts_folder_is_evaluated_by_its_path(project: ProjectBuilder) -> None:
    for path in ("summary.prompt.yml", ".github/prompts/summary.prompt.yml"):
        built = project({path: evaluated("string: {contains: tea}")})
        ran = carry_out(planned(built, path), lambda request: Reply("tea"))
        assert only_score(ran).passed


def test_two_files_of_one_name_in_and_outside_the_prompts_folder_stay_apart(project: ProjectBuilder) -> None:
    file = evaluated("string: {contains: tea}")
    built = project({"a.prompt.yml": file, "prompts/a.prompt.yml": file.replace("About", "Only about")})
    ran = [carry_out(planned(built, name), lambda request: Reply("tea")) for name in ("a.prompt.yml", "prompt:a")]
    assert [asked(each) for each in ran] == [["About tea"], ["Only about tea"]]
