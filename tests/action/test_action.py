"""The action's own steps, executed in order against a real repository and GitHub on loopback."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import promptops
from promptops.store.results_file import parse_results
from tests.action.hub import Hub, project, run
from tests.github_description import Description
from tests.github_server import GitHubServer
from tests.providers.loopback import answer, completion, serving
from tests.workflows.scene import GREET, POLITE, Endpoint, settings

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs on the runner's path are shell scripts")
PACKAGE = Path(promptops.__file__).parent
PROMPT, SUITE = "prompts/greet.prompt.yml", "evals/greet.eval.yml"


def test_a_pull_request_of_this_repository_gets_one_comment(hub: Hub, endpoint: Endpoint) -> None:
    pull = hub.pull({PROMPT: POLITE})
    job = hub.check(pull)
    ran = run(job)
    assert not ran.failed, ran.log
    written = [request.body["body"] for request in hub.server.requests if request.method in ("POST", "PATCH")]
    assert "**Evaluating…** 0 of 6" in written[0]
    [comment] = hub.server.bodies(7)
    assert comment == written[-1]
    assert comment.startswith("<!-- promptops -->\n")
    assert f"base `{pull.base[:7]}` → head `{pull.head[:7]}`" in comment
    assert f"This is about commit `{pull.head[:7]}`. Compared with `{pull.base[:7]}`" in comment
    assert pull.merge[:7] not in comment + ran.summary
    assert f"`promptops eval greet --base {pull.base[:12]}`" in comment
    assert comment.splitlines()[2] in ran.summary
    assert ran.outputs["verdict"] == "no-difference"
    assert (ran.outputs["suites"], ran.outputs["cases"], ran.outputs["errors"]) == ("1", "3", "0")
    assert float(ran.outputs["cost"]) > 0
    assert ran.outputs["comment"].startswith("https://github.com/acme/prompts/pull/7#issuecomment-")
    assert sorted(job.kept.artifacts) == ["promptops-check", "promptops-reports", "promptops-results"]
    results = parse_results(job.kept.artifacts["promptops-results"]["greet/results.json"])
    assert [arm.commit for arm in results.arms] == [pull.base, pull.merge]
    reports = job.kept.artifacts["promptops-reports"]
    assert sorted(reports) == ["greet/report.html", "index.html"]
    assert reports["greet/report.html"].lower().startswith(b"<!doctype html>")
    assert b'href="greet/report.html"' in reports["index.html"]
    assert len(endpoint.asked) == 6
    here = job.github["action_path"]
    install = "python -I -m pip install --quiet --disable-pip-version-check"
    lists = f"{PACKAGE}/requirements"
    assert [call for call in ran.calls if "pip install" in call] == [
        f"{install} --require-hashes --only-binary :all: -r {here}/.github/requirements/build.txt",
        f"{install} --no-deps --no-build-isolation {here}",
        f"{install} --require-hashes --only-binary :all: -r {lists}/base.txt -r {lists}/eval.txt",
    ]
    # It asks no password, and a runner that refuses it stops nothing.
    assert ran.calls.count("sudo -n sysctl -w kernel.apparmor_restrict_unprivileged_userns=0") == 1


def test_a_second_push_edits_the_comment_and_pays_for_no_reply_twice(hub: Hub, endpoint: Endpoint) -> None:
    pull = hub.pull({PROMPT: POLITE})
    first = hub.check(pull)
    run(first)
    second = hub.check(pull)
    second.kept = first.kept
    assert not run(second).failed
    assert len(hub.server.bodies(7)) == 1
    assert len(endpoint.asked) == 6
    assert second.kept.restored == ["promptops-replies-4711-1"]


def test_a_job_that_is_run_again_after_a_push_leaves_the_comment_to_the_push(hub: Hub) -> None:
    first = hub.pull({PROMPT: POLITE})
    run(hub.check(first))
    second = hub.push_to(first, {PROMPT: POLITE.replace("politely", "warmly")})
    newer = hub.check(second, run="4712")
    assert not run(newer).failed
    before = hub.server.bodies(7)
    assert f"head `{second.head[:7]}`" in before[0]
    again = run(hub.check(first, attempt="2"))
    assert not again.failed, again.log
    assert hub.server.bodies(7) == before
    why = f"no comment is written: pull request 7 is at {second.head[:7]} by now, and this check is of {first.head[:7]}"
    assert why in again.log
    assert ": greet\n" in again.summary
    assert again.outputs["verdict"] == "no-difference"
    assert again.outputs["comment"] == ""


def test_a_forks_pull_request_gets_its_results_kept_and_no_comment(hub: Hub) -> None:
    hub.server.read_only = True
    job = hub.check(hub.pull({PROMPT: POLITE}, fork="mallory/prompts"))
    ran = run(job)
    assert not ran.failed, ran.log
    assert hub.server.bodies(7) == []
    assert all(request.method == "GET" for request in hub.server.requests)
    assert "a fork's pull request may not write" in ran.summary
    assert "comes from a fork" in ran.summary
    assert list(job.kept.artifacts["promptops-results"]) == ["greet/results.json"]
    assert "pull" not in json.loads(job.kept.artifacts["promptops-results"]["greet/results.json"])


def test_a_push_is_compared_with_what_the_branch_held(hub: Hub) -> None:
    before = hub.upstream.git("rev-parse", "main")
    hub.upstream.commit({"README.md": "words"})
    after = hub.upstream.commit({PROMPT: POLITE})
    job = hub.job("push", hub.push(before, after), "refs/heads/main", depth=1)
    ran = run(job)
    assert not ran.failed, ran.log
    results = parse_results(job.kept.artifacts["promptops-results"]["greet/results.json"])
    assert [arm.commit for arm in results.arms] == [before, after]
    assert "there is no open pull request" in ran.summary


def test_a_new_branch_is_compared_with_nothing(hub: Hub) -> None:
    after = hub.upstream.commit({PROMPT: POLITE})
    ran = run(hub.job("push", hub.push("0" * 40, after), "refs/heads/main"))
    assert ran.outputs["verdict"] == "first-run"
    assert "**Compared with nothing:** this branch is new" in ran.summary


def test_a_shallow_checkout_fetches_what_it_is_compared_with(hub: Hub) -> None:
    pull = hub.pull({PROMPT: POLITE}, meanwhile={"README.md": "words"})
    job = hub.check(pull, depth=1)
    ran = run(job)
    assert not ran.failed, ran.log
    results = parse_results(job.kept.artifacts["promptops-results"]["greet/results.json"])
    assert [arm.commit for arm in results.arms] == [pull.base, pull.merge]
    assert (job.workspace / ".git/shallow").exists()


def test_no_base_is_said_and_never_guessed(hub: Hub) -> None:
    hub.upstream.commit({"README.md": "words"})
    pull = hub.pull({PROMPT: POLITE})
    hub.server.merge_bases.clear()
    job = hub.job("pull_request", pull.event, f"refs/heads/{'work'}", depth=1)
    ran = run(job)
    assert not ran.failed, ran.log
    assert ran.outputs["verdict"] == "first-run"
    assert "**Compared with nothing:** what to compare with was not found" in hub.server.bodies(7)[0]
    results = parse_results(job.kept.artifacts["promptops-results"]["greet/results.json"])
    assert [arm.side for arm in results.arms] == ["head"]


def test_the_first_pull_request_ever_is_a_first_run(
    tmp_path: Path, github: GitHubServer, github_description: Description, endpoint: Endpoint
) -> None:
    hub = Hub(tmp_path / "h", github, github_description)
    hub.upstream.commit({"README.md": "nothing yet"})
    ran = run(hub.check(hub.pull(project(endpoint.url, ["greet"]))))
    assert not ran.failed, ran.log
    assert ran.outputs["verdict"] == "first-run"
    assert "the prompt is new" in github.bodies(7)[0]
    assert len(endpoint.asked) == 3


def test_a_deleted_prompt_is_told(hub: Hub, endpoint: Endpoint) -> None:
    ran = run(hub.check(hub.pull(deleted=(PROMPT, SUITE))))
    assert not ran.failed, ran.log
    assert "**Deleted:** `greet`." in hub.server.bodies(7)[0]
    assert ran.outputs["verdict"] == "nothing"
    assert endpoint.asked == []


def test_a_deleted_prompt_whose_suite_stays_is_an_error_in_plain_words(hub: Hub) -> None:
    ran = run(hub.check(hub.pull(deleted=(PROMPT,))))
    assert ran.code == 2
    [comment] = hub.server.bodies(7)
    assert f"### ❔ Not measured: one thing to mend in `{SUITE}`, line 1" in comment
    assert "**What is wrong:** no prompt is called 'greet'" in comment
    assert ran.outputs["verdict"] == "error"


def test_a_renamed_prompt_is_compared_with_itself(hub: Hub, endpoint: Endpoint) -> None:
    long = GREET.replace("Greet {{ who }}", "Greet {{ who }}\n\n      in one line,\n\n      please.")
    hub.upstream.commit({PROMPT: long})
    new = {"prompts/welcome.prompt.yml": long.replace("please", "or two")}
    suite = project("", ["welcome"])["evals/welcome.eval.yml"]
    pull = hub.pull({**new, "evals/welcome.eval.yml": suite}, deleted=(PROMPT, SUITE))
    job = hub.check(pull)
    ran = run(job)
    assert not ran.failed, ran.log
    [comment] = hub.server.bodies(7)
    assert "**Renamed:** `greet` → `welcome`." in comment
    assert "it is called 'greet'" in comment
    results = parse_results(job.kept.artifacts["promptops-results"]["welcome/results.json"])
    assert [arm.side for arm in results.arms] == ["base", "head"]
    assert len(endpoint.asked) == 6


def test_a_renamed_prompt_that_is_the_same_is_asked_nothing(hub: Hub, endpoint: Endpoint) -> None:
    suite = str(project("", ["welcome"])["evals/welcome.eval.yml"])
    pull = hub.pull({"prompts/welcome.prompt.yml": GREET, SUITE: suite}, deleted=(PROMPT,))
    ran = run(hub.check(pull))
    assert not ran.failed, ran.log
    assert ran.outputs["verdict"] == "nothing"
    assert endpoint.asked == []


def test_sixty_prompts_changed_at_once_get_one_comment_within_its_limit(
    tmp_path: Path, github: GitHubServer, github_description: Description, endpoint: Endpoint
) -> None:
    names = [f"greet-{number:02}" for number in range(60)]
    hub = Hub(tmp_path / "h", github, github_description)
    hub.upstream.commit(project(endpoint.url, names))
    ran = run(hub.check(hub.pull({f"prompts/{name}.prompt.yml": POLITE.replace("politely", name) for name in names})))
    assert not ran.failed, ran.log
    [comment] = github.bodies(7)
    assert len(comment) <= 65_536
    assert "60 suites: no difference seen in 60." in comment
    assert ran.outputs["suites"] == "60"


def test_names_that_a_shell_or_the_runner_would_obey_are_only_names(hub: Hub) -> None:
    broken = GREET.replace("{{ who }}", "{{ who")
    names = ["a;b", "::error::x", "$(id)", "##[error]y", "`id`"]
    files = {f"prompts/{name}.prompt.yml": broken for name in names}
    suites = {f"evals/{name}.eval.yml": str(project("", [name])[f"evals/{name}.eval.yml"]) for name in names}
    ran = run(hub.check(hub.pull({**files, **suites}, branch="$(id)")), suites=" ".join(["greet", *names]))
    assert ran.code == 2
    assert "uid=" not in f"{ran.log}{ran.summary}{ran.outputs}"
    assert {one.properties["file"] for one in ran.annotations} >= {"prompts/a;b.prompt.yml", "prompts/$(id).prompt.yml"}
    assert {one.properties["file"].partition("/")[0] for one in ran.annotations} <= {"prompts", "evals"}
    [comment] = hub.server.bodies(7)
    assert "### ❔ Not measured: 15 things to mend, the first in `prompts/" in comment


def test_a_failing_gate_fails_the_job_after_everything_was_kept(hub: Hub) -> None:
    rude = GREET.replace("Greet {{ who }}", "Say nothing of {{ who[:0] }}")
    suite = str(project("", ["greet"])[SUITE])
    gated = suite.replace("{{ who }}", "{{ who }}") + "gates: {says the name: {atLeast: 0.9}}\n"
    job = hub.check(hub.pull({PROMPT: rude, SUITE: gated}))
    ran = run(job, sarif="true")
    assert (ran.code, ran.outputs["verdict"]) == (1, "blocked")
    assert "❌" in hub.server.bodies(7)[0]
    assert "promptops-results" in job.kept.artifacts
    assert list(job.kept.caches) == ["promptops-replies-4711-1"]
    assert job.kept.scanned[0]["version"] == "2.1.0"
    assert not run(hub.check(hub.pull({PROMPT: rude}, branch="again", number=8)), fail="false").failed


def test_what_lint_finds_stands_beside_the_lines(hub: Hub) -> None:
    broken = GREET.replace("{{ who }}", "{{ who")
    ran = run(hub.check(hub.pull({PROMPT: broken, "prompts/other.prompt.yml": GREET})))
    assert ran.code == 2
    assert ran.annotations[0].level == "error"
    assert ran.annotations[0].properties["file"] == PROMPT
    [comment] = hub.server.bodies(7)
    assert f"### ❔ Not measured: one thing to mend in `{PROMPT}`, line 5" in comment
    assert "Nothing was asked of a model yet, so do not merge" in comment
    assert "no suite tests it:** `other`" in comment


def test_a_missing_permission_changes_no_verdict(hub: Hub) -> None:
    hub.server.read_only = True
    ran = run(hub.check(hub.pull({PROMPT: POLITE})))
    assert not ran.failed, ran.log
    assert "Note: the comment could not be written" in ran.summary
    assert "pull-requests: write" in ran.summary


@pytest.mark.parametrize("inputs", [{"comment": "false"}, {"base": "none"}])
def test_inputs_are_obeyed(hub: Hub, inputs: dict[str, str]) -> None:
    ran = run(hub.check(hub.pull({PROMPT: POLITE})), **inputs)
    assert not ran.failed, ran.log
    assert bool(hub.server.bodies(7)) == ("comment" not in inputs)
    assert (ran.outputs["verdict"] == "first-run") == ("base" in inputs)


def test_the_embedded_model_is_brought_only_where_the_project_names_it(hub: Hub) -> None:
    job = hub.check(hub.pull({"promptops.yml": "models: {small: {provider: local}}\n"}, deleted=(SUITE,)))
    ran = run(job)
    assert [call for call in ran.calls if call.endswith(f" --only-binary :all: -r {PACKAGE}/requirements/local.txt")]
    assert "promptops model pull" in ran.calls


def test_another_release_is_installed_when_it_is_named(hub: Hub) -> None:
    job = hub.check(hub.pull({PROMPT: POLITE}))
    ran = run(job, version="0.1.0", suites="greet")
    assert not ran.failed, ran.log
    install = "python -I -m pip install --quiet --disable-pip-version-check"
    assert f"{install} --no-deps --only-binary :all: git-promptops==0.1.0" in ran.calls
    assert not [call for call in ran.calls if job.github["action_path"] in call and "--no-build" in call]


def test_an_unknown_mode_is_refused(hub: Hub) -> None:
    ran = run(hub.check(hub.pull({PROMPT: POLITE})), mode="$(id)")
    assert ran.code == 2
    assert "write check, comment, label or notes" in ran.log


def test_a_models_key_is_a_secret_that_reaches_the_model_and_nothing_else(hub: Hub) -> None:
    key = "sk-aKeyThatMustNeverBeSeenAnywhere0000"
    with serving(answer(completion("Ada, Bob, Eve"))) as model:
        keyed = settings(model.url).replace("model: m,", "model: m, apiKeyEnv: MODEL_KEY,")
        hub.upstream.commit({"promptops.yml": keyed})
        job = hub.check(hub.pull({PROMPT: POLITE}), secrets={"MODEL_KEY": key})
        ran = run(job)
    assert not ran.failed, ran.log
    assert {request.headers["authorization"] for request in model.requests} == {f"Bearer {key}"}
    assert key not in f"{ran.log}{ran.summary}{ran.outputs}{hub.server.bodies(7)}"
    kept = [*job.kept.caches.values(), *(data for files in job.kept.artifacts.values() for data in files.values())]
    assert key.encode() not in b"".join(kept)


@pytest.mark.parametrize(
    ("server", "kept"), [("https://github.acme.example", False), ("https://acme.ghe.com", True)], ids=["own", "hosted"]
)
def test_enterprise_server_keeps_no_artifacts_and_says_what_could_be_kept(
    hub: Hub, endpoint: Endpoint, server: str, kept: bool
) -> None:
    job = hub.check(hub.pull({PROMPT: POLITE}))
    job.environment["GITHUB_SERVER_URL"] = server
    ran = run(job)
    assert not ran.failed, ran.log
    assert bool(job.kept.artifacts) is kept
    assert ("Keep the results" in ran.skipped) is not kept
    assert ran.outputs["results"] == ".promptops/check"
    assert ran.outputs["said"] == ".promptops/check/check.json"
    assert ran.outputs["called"] == "6"
    assert ("see the README: Enterprise Server" in ran.log) is not kept
