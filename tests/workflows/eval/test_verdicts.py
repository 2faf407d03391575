"""What a whole run says of two versions: real repositories, the real client, an endpoint on loopback."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from promptops.errors import PromptError
from promptops.model.results import Results
from promptops.report.comment.markdown import comment
from promptops.report.results.html import html
from promptops.report.results.junit import junit
from promptops.report.results.text import render_text
from promptops.store.results_file import parse_results, serialize_results
from promptops.workflows.eval.interrupted_runs import KnownKeys
from promptops.workflows.eval.plan_text import describe_plan
from promptops.workflows.eval.prepare import prepare
from promptops.workflows.eval.prepared_run import EvalChoice
from promptops.workflows.notes.run_scorecards import scorecards
from tests.conftest import RepositoryBuilder, write_files
from tests.providers.loopback import Behaviour, answer, completion
from tests.workflows.scene import GREET, answering, evaluate, files_for, workspace_at

NEW = GREET.replace("Greet", "Say hello to")
GATED = "gates: {says yes: {noWorseThanBase: 0.25}}\n"


def suite(cases: int, more: str = "", docs: int = 0) -> str:
    rows = [
        {"id": f"c{n:02}", "who": f"Nr{n:02}x", **({"doc": f"doc{n * docs // cases}"} if docs else {})}
        for n in range(cases)
    ]
    criterion = "{name: says yes, string: {contains: 'yes'}}"
    return f"prompt: greet\ntestData: {json.dumps(rows)}\nevaluators: [{criterion}]\n{more}"


def number(text: str) -> int:
    return int(text.split("Nr")[1][:2])


def said(results: Results) -> dict[str, str]:
    """Every face of the results."""
    return {
        "terminal": render_text(results, width=300),
        "comment": comment([results]),
        "page": html(results),
        "junit": junit(results),
    }


@pytest.fixture
def hidden_drop(repository: RepositoryBuilder) -> Iterator[Results]:
    """The base is refused with 400 for 27 of 60 cases; the head answers "no" to just these."""

    def reply(text: str, _count: int) -> str | Behaviour:
        if number(text) < 33:
            return "yes"
        return answer({"error": {"message": "too long"}}, 400) if text.startswith("Greet") else "no"

    repo = repository()
    with answering(reply) as endpoint:
        repo.commit({**files_for(endpoint.url), "evals/greet.eval.yml": suite(60, GATED)})
        write_files(repo.root, {"prompts/greet.prompt.yml": NEW})
        yield evaluate(workspace_at(repo.root), base="HEAD")


def test_case_44_errors_of_the_base_hide_no_drop(hidden_drop: Results) -> None:
    (gate,), (criterion,) = hidden_drop.gates, hidden_drop.comparisons[0].criteria
    assert gate.status == "undecided"
    assert gate.reason.endswith("but 27 of 60 cases have no answer before")
    assert criterion.base is not None
    assert criterion.head is not None
    assert (criterion.base.rate, criterion.head.rate, criterion.paired, criterion.left_out) == (1.0, 1.0, 33, 27)
    for face, text in said(hidden_drop).items():
        assert "too many answers are missing: 27 of 60 cases have no answer before; with them 55% pass after" in text, (
            face
        )
        assert '100%</td><td class="num">55%' not in text, face
    (card,) = scorecards(hidden_drop)
    assert (card.criteria[0].n, card.criteria[0].rate) == (60, 0.55)  # what history and pins say of this version


def test_results_keep_what_the_verdict_rests_on(hidden_drop: Results) -> None:
    data = json.loads(serialize_results(hidden_drop))
    assert (data["max_errors"], data["ignore_below"], data["cluster"]) == (0.1, {"cost": 0.05, "latency": 0.1}, "")
    assert parse_results(json.dumps(data)) == hidden_drop
    for key in ("max_errors", "ignore_below", "cluster"):
        del data[key]  # as an older version wrote it
    assert parse_results(json.dumps(data)) == hidden_drop


def with_tokens(text: str, count: int) -> Behaviour:
    body = completion(text)
    body["usage"] = {"prompt_tokens": 10, "completion_tokens": count, "total_tokens": 10 + count}
    return answer(body)


@pytest.mark.parametrize(
    ("more_tokens", "budget", "word"),
    [(3, "", ""), (30, "", "% more"), (3, "budget: {ignoreBelow: {cost: 1%}}\n", "% more"), (-30, "", "% less")],
    ids=["three more", "thirty more", "three more where that matters", "thirty fewer"],
)
def test_cost_alone_is_told_where_it_matters_and_is_no_verdict(
    repository: RepositoryBuilder, more_tokens: int, budget: str, word: str
) -> None:
    def reply(text: str, _count: int) -> Behaviour:
        return with_tokens("yes", 100 + number(text) % 7 + (0 if text.startswith("Greet") else more_tokens))

    repo = repository()
    with answering(reply) as endpoint:
        repo.commit({**files_for(endpoint.url), "evals/greet.eval.yml": suite(30, budget)})
        write_files(repo.root, {"prompts/greet.prompt.yml": NEW})
        results = evaluate(workspace_at(repo.root), base="HEAD")
    (comparison,) = results.comparisons
    cost = next(one for one in comparison.measures if one.name == "cost")
    assert cost.p_value is not None
    assert cost.p_value < 0.001
    assert comparison.overall == "no difference shown"
    for face in ("terminal", "comment"):
        text = said(results)[face].split("```mermaid")[0]  # whose axes have names
        assert bool(re.search(r"costs [\d.]+(% (more|less)| times as much)", text)) == bool(word), face
        assert word in text
        for claim in ("worse.", "Worse:", "Better:", "worse at", "better at"):
            assert claim not in text, face


def test_cases_in_groups_are_counted_as_groups_in_every_face(repository: RepositoryBuilder) -> None:
    repo = repository()
    gates = "cluster: doc\ngates: {says yes: {atLeast: 0.9, noWorseThanBase: 0.1}}\n"
    with answering(lambda text, _: "yes") as endpoint:
        repo.commit({**files_for(endpoint.url), "evals/greet.eval.yml": suite(60, gates, docs=12)})
        workspace = workspace_at(repo.root)
        write_files(repo.root, {"prompts/greet.prompt.yml": NEW})
        (prepared,) = prepare(workspace, EvalChoice(base="HEAD"))
        planned = describe_plan(prepared, KnownKeys(workspace))
        assert "· 60 cases in 12 groups × 2 versions" in planned
        assert "rule 'says yes ≥ 90%' cannot be proven with 12 groups: it needs " in planned
        assert "rule 'says yes': 12 groups can rule out a drop of about " in planned
        results = evaluate(workspace, base="HEAD")
        first = evaluate(workspace)
    assert [gate.status for gate in results.gates] == ["undecided"] * 2
    assert results.gates[0].reason.startswith("100% of 60 cases in 12 groups: so far at least 77%")
    for face in ("terminal", "comment", "page"):
        assert "60 cases in 12 groups" in said(results)[face], face
        assert "more groups would" in said(results)[face], face
        assert "the rates are of 60 cases in 12 groups" in said(first)[face], face
    properties = ElementTree.fromstring(junit(results)).iter("property")
    assert any("in 12 groups" in one.attrib["value"] for one in properties)


def test_a_cluster_that_no_case_has_stops_the_suite_before_a_call(repository: RepositoryBuilder) -> None:
    repo = repository()
    with answering() as endpoint:
        repo.commit({**files_for(endpoint.url), "evals/greet.eval.yml": suite(6, "cluster: dok\n", docs=2)})
        with pytest.raises(PromptError, match="no case says anything under 'dok'"):
            prepare(workspace_at(repo.root), EvalChoice())
        assert endpoint.asked == []


@pytest.mark.parametrize("line", ["cluster: doc\n", "maxErrors: 5%\n", "budget: {ignoreBelow: {cost: 1%}}\n"])
def test_how_a_suite_reads_its_figures_is_a_change_of_it(repository: RepositoryBuilder, line: str) -> None:
    repo = repository()
    repo.commit({**files_for("http://127.0.0.1:9/v1"), "evals/greet.eval.yml": suite(6, docs=2)})
    write_files(repo.root, {"evals/greet.eval.yml": suite(6, line, docs=2)})
    assert len(prepare(workspace_at(repo.root), EvalChoice(changed=True))) == 1


def test_a_fork_s_settings_do_not_say_how_many_cases_may_fail(repository: RepositoryBuilder) -> None:
    repo = repository()
    files = files_for("http://127.0.0.1:9/v1")
    repo.commit({**files, "evals/greet.eval.yml": suite(6)})
    write_files(
        repo.root,
        {"promptops.yml": str(files["promptops.yml"]) + "maxErrors: 100%\n", "prompts/greet.prompt.yml": NEW},
    )
    (trusted,) = prepare(workspace_at(repo.root), EvalChoice(base="HEAD"))
    (fork,) = prepare(workspace_at(repo.root), EvalChoice(base="HEAD", untrusted=True))
    assert (trusted.plan.suite.max_errors, fork.plan.suite.max_errors) == (1.0, 0.1)


def test_results_of_the_older_version_are_told_without_what_they_do_not_say() -> None:
    older = next(Path("tests/fixtures/v0_1/state/results").glob("*/results.json"))
    results = parse_results(older.read_bytes())
    assert (results.max_errors, results.cluster) == (0.1, "")
    for face, text in said(results).items():
        assert "group" not in text.split("<script")[0], face
