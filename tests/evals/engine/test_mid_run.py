"""Case 26: files edited, committed or deleted while a run is under way change nothing in it."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from promptops.evals.engine.dispatch import Dispatcher
from promptops.evals.engine.endpoints import Endpoints
from promptops.evals.engine.known_replies import KnownReplies
from promptops.evals.engine.runner import RunOutcome, run
from promptops.evals.results_builder import make_results
from promptops.model.canonical_json import digest
from promptops.model.model_call import Reply, Request
from promptops.model.results import Results
from promptops.providers.scripted import ScriptedProvider
from promptops.workflows.eval.prepare import prepare
from promptops.workflows.eval.prepared_run import EvalChoice, PreparedRun
from promptops.workflows.workspace import Workspace
from tests.conftest import GitRepository, RepositoryBuilder, write_files
from tests.store.memory import MemoryReplyCache

PROMPT = """\
model: small
inputs:
  word: {type: string}
messages:
  - role: user
    content: 'Say {{ word }}. {% include "style.j2" %}'
"""
SUITE = """\
prompt: say
testData: say.cases.jsonl
evaluators:
  - name: is short
    python: {file: checks.py, function: short}
  - name: holds the word
    string: {contains: "{{ word }}"}
  - name: would send it
    human: {question: Would you send it?}
"""
REPLY = "Say w3. Be brief."
LABEL = '{"case": "c3", "output": "%s", "criterion": "would send it", "verdict": "pass", "who": "ana"}\n'
FILES = {
    "promptops.yml": "models:\n  small: {provider: openai, model: m, baseUrl: 'http://127.0.0.1:9/v1'}\n",
    "prompts/say.prompt.yml": PROMPT,
    "prompts/style.j2": "Be brief.",
    "evals/say.eval.yml": SUITE,
    "evals/say.cases.jsonl": "".join(f'{{"id": "c{n}", "word": "w{n}"}}\n' for n in range(12)),
    "evals/checks.py": "def short(reply, case):\n    return True\n",
    "evals/labels/say.jsonl": LABEL % digest(REPLY),
}
EDITS = {
    "prompts/say.prompt.yml": PROMPT.replace("Say", "Shout").replace("model: small", "model: large"),
    "prompts/style.j2": "Be long.",
    "evals/say.eval.yml": SUITE.replace("is short", "is long"),
    "evals/say.cases.jsonl": '{"id": "c0", "word": "other"}\n',
    "evals/checks.py": "def short(reply, case):\n    raise ValueError('edited')\n",
    "evals/labels/say.jsonl": (LABEL % digest(REPLY)).replace('"pass"', '"fail"'),
    "promptops.yml": "models:\n  small: {provider: openai, model: other, baseUrl: 'http://127.0.0.1:9/v1'}\n",
}


def planned(root: Path, **choice: str) -> PreparedRun:
    (prepared,) = prepare(Workspace(root, root / ".cache"), EvalChoice(**choice))  # type: ignore[arg-type]
    return prepared


def carried_out(prepared: PreparedRun, provider: ScriptedProvider) -> Results:
    async def go() -> RunOutcome:
        replies = KnownReplies(MemoryReplyCache())
        return await run(prepared.plan, Dispatcher(Endpoints(lambda spec: provider), lambda spec, usage: None, replies))

    return make_results(prepared.plan, asyncio.run(go()), started="", duration=0.0, command="", version="")


def editing(root: Path, what: str, repository: GitRepository) -> ScriptedProvider:
    """A model that answers with the prompt, and somebody who meddles during the third call."""

    def script(request: Request) -> Reply:
        if provider.calls == 3:
            if what == "deleted":
                shutil.rmtree(root / "prompts")
                shutil.rmtree(root / "evals")
            else:
                write_files(root, EDITS)
            if what == "committed":
                repository.commit(message="meddle")
        return Reply(request.messages[0].text)

    provider = ScriptedProvider(script)
    return provider


@pytest.mark.parametrize("what", ["edited", "committed", "deleted"])
def test_case_26_results_carry_the_version_at_the_start(repository: RepositoryBuilder, what: str) -> None:
    git = repository()
    old = git.commit({**FILES, "prompts/style.j2": "Be kind."})
    start = git.commit(FILES)
    prepared = planned(git.root, base=old)
    # Base is the merge base with itself: an ancestor of the head.
    undisturbed = carried_out(prepared, ScriptedProvider(lambda request: Reply(request.messages[0].text)))
    provider = editing(git.root, what, git)
    results = carried_out(planned(git.root, base=old), provider)
    assert results == undisturbed
    assert [(arm.side, arm.commit, arm.dirty) for arm in results.arms] == [
        ("base", old, False), ("head", start, False),
    ]  # fmt: skip
    texts = {request.messages[0].content for request in provider.requests}
    expected = {f"Say w{n}. Be {how}." for n in range(12) for how in ("brief", "kind")}
    assert texts == expected
    assert {request.model.model for request in provider.requests} == {"m"}
    assert [info.name for info in results.criteria] == ["is short", "holds the word", "would send it"]
    assert [case.fields["word"] for case in results.cases] == [f"w{n}" for n in range(12)]
    assert all(s.scores["is short"].passed and s.scores["holds the word"].passed for s in results.samples)
    (labelled,) = [sample for sample in results.samples if sample.scores["would send it"].status == "scored"]
    assert (labelled.case, labelled.arm, labelled.scores["would send it"].passed) == ("c3", 1, True)


def test_case_26_an_edit_between_two_runs_is_seen_by_the_second(repository: RepositoryBuilder) -> None:
    git = repository()
    git.commit(FILES)
    first = planned(git.root)
    write_files(git.root, EDITS | {"prompts/say.prompt.yml": PROMPT.replace("Say", "Shout")})
    second = planned(git.root)
    assert [arm.dirty for plan in (first.plan, second.plan) for arm in plan.arms] == [False, True]
    assert first.plan.arms[0].commit == second.plan.arms[0].commit
    assert first.plan.arms[0].prompt_digest != second.plan.arms[0].prompt_digest
    assert first.plan.suite_digest != second.plan.suite_digest
    assert [unit.request.messages[0].content for unit in second.plan.units if unit.request] == ["Shout other. Be long."]


def test_case_26_a_run_of_edited_files_says_so_even_when_they_are_put_back(repository: RepositoryBuilder) -> None:
    git = repository()
    sha = git.commit(FILES)
    write_files(git.root, {"prompts/style.j2": "Be bold."})
    prepared = planned(git.root)

    def script(request: Request) -> Reply:
        write_files(git.root, FILES)
        return Reply(request.messages[0].text)

    results = carried_out(prepared, ScriptedProvider(script))
    assert [(arm.commit, arm.dirty, arm.revision) for arm in results.arms] == [(sha, True, f"{sha[:7]} + edits")]
    assert all(sample.text.endswith("Be bold.") for sample in results.samples)
    assert {message.messages[0][1].rpartition(". ")[2] for message in results.rendered} == {"Be bold."}
