"""`promptops github pin`: a promotion is proposed from a workflow's checkout."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from promptops.cli.main import cli
from tests.cli.github.checkout import Checkout, Run
from tests.github_server import FORBIDDEN, GitHubServer, Reply
from tests.workflows.pins import FILES, tone
from tests.workflows.scene import SUITE, answering, files_for


def test_a_version_becomes_a_branch_with_one_file_and_a_pull_request(
    run: Run, checkout: Checkout, github: GitHubServer, tmp_path: Path
) -> None:
    head = checkout.work.git("rev-parse", "HEAD")
    result = run("greet")
    assert result.exit_code == 0, result.output
    branch = f"promptops/pin-prod-greet-{head[:7]}"
    assert checkout.branches() == [branch, "trunk"]
    assert checkout.bare.git("diff", "--name-status", "trunk", branch) == "A\tenvironments/prod.yml"
    assert f"commit: {head}" in checkout.bare.git("show", f"{branch}:environments/prod.yml")
    (pull,) = github.pull_requests.values()
    assert (pull["head"]["ref"], pull["base"]["ref"]) == (branch, "trunk")
    assert pull["title"] == f"Pin greet at {head[:7]} for prod"
    [sent] = [one.body["body"] for one in github.requests if one.method == "POST"]
    assert "greet: pinned for the first time" in sent
    assert "commit the file" not in sent
    assert f"Proposed: https://github.com/{github.repository}/pull/1" in result.stdout
    assert "/pull/1" in (tmp_path / "summary.md").read_text("utf-8")
    assert github.token not in result.output + (tmp_path / "summary.md").read_text("utf-8")
    assert checkout.bare.git("log", "-1", "--format=%P", branch) == head


def test_the_same_again_is_the_same_pull_request(run: Run, checkout: Checkout, github: GitHubServer) -> None:
    run("greet")
    tip = checkout.bare.git("rev-parse", checkout.branches()[0])
    checkout.renew()
    checkout.work.git("commit", "--quiet", "--allow-empty", "--message", "unrelated")
    result = run("greet@HEAD")
    assert result.exit_code == 0, result.output
    assert "Proposed before: " in result.stdout
    assert len(github.pull_requests) == 1
    assert checkout.bare.git("rev-parse", checkout.branches()[0]) == tip


def test_what_changed_is_shown_where_it_is_reviewed(run: Run, checkout: Checkout, github: GitHubServer) -> None:
    run("greet")
    checkout.bare.git("update-ref", "refs/heads/trunk", checkout.branches()[0])
    checkout.work.git("fetch", "--quiet", "origin", "trunk")
    checkout.work.git("reset", "--quiet", "--hard", "FETCH_HEAD")
    checkout.push(tone("Be brief. @everyone ``` </details>"))
    checkout.renew()
    assert run("greet").exit_code == 0
    body = [one.body["body"] for one in github.requests if one.method == "POST"][-1]
    assert "    - Be kind.\n    + Be brief. @\u2060everyone" in body
    assert body.count("````") == 2


def test_a_version_that_is_pinned_already_proposes_nothing(run: Run, checkout: Checkout, github: GitHubServer) -> None:
    run("greet")
    checkout.bare.git("update-ref", "refs/heads/trunk", checkout.branches()[0])
    checkout.renew()
    result = run("greet")
    assert (result.exit_code, len(github.pull_requests)) == (0, 1)
    assert "Nothing to write: environments/prod.yml stays as it is." in result.stdout


def test_a_workflow_that_may_not_open_pull_requests_says_who_can_allow_it(
    run: Run, checkout: Checkout, github: GitHubServer
) -> None:
    github.fail("POST", "/pulls$", Reply(403, FORBIDDEN))
    result = run("greet")
    assert result.exit_code == 2
    assert "no pull request could be opened" in result.stderr
    assert "Allow GitHub Actions to create and approve pull requests" in result.stderr
    branch = checkout.branches()[0]
    assert f"https://github.com/{github.repository}/compare/trunk...{branch}?expand=1" in result.stderr
    other = checkout.bare.git("commit-tree", f"{branch}^{{tree}}", "-p", "trunk", "-m", "the same at another time")
    checkout.bare.git("update-ref", f"refs/heads/{branch}", other)
    checkout.renew()  # and once it is allowed
    again = run("greet")
    assert (again.exit_code, [one["head"]["ref"] for one in github.pull_requests.values()]) == (0, [branch])


def test_a_branch_of_the_same_name_that_holds_something_else_is_left_alone(
    run: Run, checkout: Checkout, github: GitHubServer
) -> None:
    branch = f"promptops/pin-prod-greet-{checkout.work.git('rev-parse', 'HEAD')[:7]}"
    checkout.work.commit({"environments/prod.yml": "pins: {}\n"})
    checkout.work.git("push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
    tip = checkout.bare.git("rev-parse", branch)
    result = run("greet")
    assert result.exit_code == 2
    assert "is there already and holds something else" in result.stderr
    assert (checkout.bare.git("rev-parse", branch), github.pull_requests) == (tip, {})


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("--force", "--force"),
        ("nobody", "'nobody'"),
        ("greet@$(id)", "$(id)"),
        ("greet@--output=x", "--output=x"),
        ("../../etc/passwd", "passwd"),
        ("greet@", "names no version"),
    ],
)
def test_hostile_or_wrong_names_push_nothing(
    name: str, words: str, run: Run, checkout: Checkout, github: GitHubServer
) -> None:
    result = run(name)
    assert result.exit_code == 2
    assert words in result.stderr
    assert checkout.branches() == ["trunk"]
    assert github.requests == []


def test_an_environment_is_no_path(run: Run, checkout: Checkout) -> None:
    result = CliRunner().invoke(cli, ["github", "pin", "--env", "../x", "--", "greet"])
    assert result.exit_code == 2
    assert "not the name of an environment" in result.stderr
    assert checkout.branches() == ["trunk"]


def test_in_a_folder_of_the_repository(
    run: Run, tmp_path: Path, github: GitHubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = Checkout(tmp_path / "mono", {f"my app/{name}": text for name, text in FILES.items()})
    monkeypatch.chdir(checkout.root / "my app")
    assert run("greet").exit_code == 0
    assert checkout.bare.git("diff", "--name-only", "trunk", checkout.branches()[0]) == "my app/environments/prod.yml"


def test_a_gate_that_failed_elsewhere_keeps_it_back(
    tmp_path: Path, run: Run, github: GitHubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering(lambda text, count: "no") as endpoint:
        files = files_for(endpoint.url)
        files["evals/greet.eval.yml"] = f"{SUITE}gates: {{says the name: {{atLeast: 0.9}}}}\n"
        checkout = Checkout(tmp_path / "gated", files)
        monkeypatch.chdir(checkout.work.root)
        assert CliRunner().invoke(cli, ["eval"]).exit_code == 1
        assert CliRunner().invoke(cli, ["github", "notes"]).exit_code == 0
    monkeypatch.chdir(checkout.root)
    result = run("greet")
    assert result.exit_code == 1
    assert "a rule does not hold for" in result.stdout
    for told in (result.stdout, (tmp_path / "summary.md").read_text("utf-8")):
        assert "In the browser: run this workflow again, and say why in the field for the reason." in told
    assert checkout.branches() == ["trunk"]
    assert github.requests == []
