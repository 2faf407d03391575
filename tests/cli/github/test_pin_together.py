"""Several promotions into one environment: what is proposed can all be merged."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from promptops.model.outcomes.history import Scorecard
from promptops.source.git.notes import REF, add_note_lines
from promptops.source.git.repository import Repository
from promptops.workflows.notes.note_format import dump_line
from promptops.workflows.pin.promotion_branch import PromotionBranch
from tests.cli.github.checkout import Checkout, Run
from tests.conftest import Files
from tests.github_server import WORKFLOW_LOGIN, GitHubServer
from tests.workflows.pinning import digest
from tests.workflows.pins import FAILED, FILES, bye, tone

PROD = "environments/prod.yml"


def served(checkout: Checkout, branch: str) -> list[str]:
    """The prompts that the environment's file pins on a branch, in its order."""
    rows = checkout.bare.git("show", f"{branch}:{PROD}").splitlines()
    return [row.split(":")[0].strip() for row in rows if row.startswith("  ") and "commit" in row]


def merged(checkout: Checkout, *branches: str) -> bool:
    """Whether git merges them all into the default branch."""
    work = checkout.work
    work.git("fetch", "--quiet", "origin")
    work.git("checkout", "--quiet", "-B", "try", "origin/trunk")
    for branch in branches:
        done = subprocess.run(
            ["git", "merge", "--no-edit", f"origin/{branch}"], cwd=work.root, capture_output=True, check=False
        )
        if done.returncode:
            return False
    return True


def row(checkout: Checkout, name: str, commit: str) -> str:
    return f"  {name}: {{commit: {commit}, digest: {digest(checkout.work.root, commit, name)}}}\n"


def test_the_second_version_is_added_to_the_pull_request_that_creates_the_environment(
    run: Run,
    checkout: Checkout,
    github: GitHubServer,
) -> None:
    head = checkout.work.git("rev-parse", "HEAD")[:7]
    assert run("greet").exit_code == 0
    checkout.renew()
    result = run("bye")
    assert result.exit_code == 0, result.output
    assert f"Added to what was proposed: https://github.com/{github.repository}/pull/1" in result.stdout
    [branch] = [one for one in checkout.branches() if one != "trunk"]
    assert served(checkout, branch) == ["bye", "greet"]
    [pull] = github.pull_requests.values()
    assert pull["title"] == f"Pin greet at {head}, bye at {head} for prod"
    assert pull["body"].count("pinned for the first time") == 2
    assert checkout.bare.git("rev-list", "--count", f"trunk..{branch}") == "2"
    assert merged(checkout, branch)


def test_what_is_in_it_already_is_proposed_before_and_a_newer_version_takes_its_place(
    run: Run,
    checkout: Checkout,
    github: GitHubServer,
) -> None:
    run("greet")
    checkout.renew()
    run("bye")
    checkout.renew()
    assert "Proposed before: " in run("bye").stdout
    newer = checkout.push(bye("Farewell,"))
    checkout.renew()
    assert "Added to what was proposed" in run("bye").stdout
    [branch] = [one for one in checkout.branches() if one != "trunk"]
    assert newer in checkout.bare.git("show", f"{branch}:{PROD}")
    assert served(checkout, branch) == ["bye", "greet"]
    assert len(github.pull_requests) == 1


@pytest.mark.parametrize("theirs", [{"author": "mallory"}, {"head_repository": "evil/prompts"}, {"base_ref": "other"}])
def test_nobody_elses_pull_request_is_added_to(
    theirs: dict[str, str],
    run: Run,
    checkout: Checkout,
    github: GitHubServer,
) -> None:
    run("greet")
    [branch] = [one for one in checkout.branches() if one != "trunk"]
    github.pull_requests.clear()
    github.add_pull_request(
        1,
        **{"head_ref": branch, "author": WORKFLOW_LOGIN, "base_ref": "trunk", **theirs},
    )
    tip = checkout.bare.git("rev-parse", branch)
    checkout.renew()
    result = run("bye")
    assert result.exit_code == 0, result.output
    assert "Proposed: " in result.stdout
    assert checkout.bare.git("rev-parse", branch) == tip
    assert sorted(github.pull_requests) == [1, 2]


def test_another_environment_whose_name_begins_alike_is_another(
    run: Run,
    checkout: Checkout,
    github: GitHubServer,
) -> None:
    checkout.work.git("checkout", "--quiet", "-b", "eu")
    checkout.work.commit({"environments/prod-eu.yml": "pins: {}\n"})
    checkout.work.git("push", "--quiet", "origin", "HEAD:refs/heads/promptops/pin-prod-eu-greet-1234567")
    github.add_pull_request(1, head_ref="promptops/pin-prod-eu-greet-1234567", author=WORKFLOW_LOGIN, base_ref="trunk")
    checkout.renew()
    assert "Proposed: " in run("greet").stdout
    assert len(github.pull_requests) == 2


def test_two_at_once_end_in_one_pull_request(run: Run, checkout: Checkout, github: GitHubServer) -> None:
    head = checkout.work.git("rev-parse", "HEAD")
    other = f"promptops/pin-prod-bye-{head[:7]}"

    def somebody_is_quicker() -> None:
        checkout.work.git("checkout", "--quiet", "-b", "quicker")
        checkout.work.commit({PROD: f"pins:\n{row(checkout, 'bye', head)}"})
        checkout.work.git("push", "--quiet", "origin", f"HEAD:refs/heads/{other}")
        github.add_pull_request(1, head_ref=other, author=WORKFLOW_LOGIN, base_ref="trunk", title="Pin bye for prod")

    github.fail("POST", "/pulls$", somebody_is_quicker)
    result = run("greet")
    assert result.exit_code == 0, result.output
    assert "Added to what was proposed: https://github.com/acme/prompts/pull/1" in result.stdout
    assert served(checkout, other) == ["bye", "greet"]
    assert [one["state"] for one in github.pull_requests.values()] == ["open", "closed"]


def test_somebody_who_pushes_in_between_loses_nothing(
    run: Run,
    checkout: Checkout,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run("greet")
    [branch] = [one for one in checkout.branches() if one != "trunk"]
    checkout.renew()
    fetch = PromotionBranch.fetch
    pushed: list[str] = []

    def overtaken(self: PromotionBranch) -> str:
        found = fetch(self)
        if not pushed:
            checkout.work.git("fetch", "--quiet", "origin", branch)
            checkout.work.git("checkout", "--quiet", "--detach", "FETCH_HEAD")
            pushed.append(checkout.work.commit({"environments/note.md": "x\n"}))
            checkout.work.git("push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
        return found

    monkeypatch.setattr(PromotionBranch, "fetch", overtaken)
    result = run("bye")
    assert result.exit_code == 0, result.output
    assert served(checkout, branch) == ["bye", "greet"]
    assert checkout.bare.git("show", f"{branch}:environments/note.md") == "x"


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        (["greet", "zebra"], ["apple", "mango"]),  # new ones, each in its place
        (["apple", "bye", "greet", "zebra"], ["apple", "zebra"]),  # newer versions
        (["bye", "greet", "zebra"], ["apple", "zebra"]),
    ],
)
def test_promotions_of_different_prompts_into_an_environment_merge(
    there: list[str],
    wanted: list[str],
    tmp_path: Path,
    github: GitHubServer,
    monkeypatch: pytest.MonkeyPatch,
    run: Run,
) -> None:
    files: Files = {
        **FILES,
        **{f"prompts/{name}.prompt.yml": FILES["prompts/bye.prompt.yml"] for name in [*there, *wanted]},
    }
    checkout = Checkout(tmp_path / "sorted", files)
    first = checkout.work.git("rev-parse", "HEAD")
    rows = "".join(row(checkout, name, first) for name in there)
    checkout.push({PROD: f"pins:\n{rows}"})
    checkout.push({f"prompts/{name}.prompt.yml": str(bye("Farewell,")["prompts/bye.prompt.yml"]) for name in wanted})
    checkout.renew()
    monkeypatch.chdir(checkout.root)
    for name in wanted:
        checkout.renew()
        assert run(name).exit_code == 0
    branches = [one for one in checkout.branches() if one != "trunk"]
    assert len(github.pull_requests) == len(branches) == 2
    assert merged(checkout, *branches)
    rows = (checkout.work.root / PROD).read_text("utf-8")
    assert [line.split(":")[0].strip() for line in rows.splitlines()[1:]] == sorted({*there, *wanted})


def test_a_reason_overrules_a_failed_gate_and_stands_in_the_file(
    run: Run,
    checkout: Checkout,
    github: GitHubServer,
) -> None:
    commit = checkout.push(tone("Be brief."))
    found = digest(checkout.work.root, commit)
    card = Scorecard("greet", "greet", "small", "m", found, "e", "s", (), (FAILED,), when="2026-11-24T05:00:00Z")
    add_note_lines(Repository(checkout.work.root), {commit: [dump_line(card)]})
    checkout.work.git("push", "--quiet", "origin", f"{REF}:{REF}")
    checkout.renew()
    for arguments in ([], ["--reason", ""], ["--reason", "  "]):
        result = _pin(*arguments)
        assert (result.exit_code, github.pull_requests) == (1, {}), result.output
    assert _pin("--force").exit_code == 2
    assert _pin("--reason", "two\nlines").exit_code == 2
    result = _pin("--reason", "agreed with legal; $(id) `id`")
    assert result.exit_code == 0, result.output
    [branch] = [one for one in checkout.branches() if one != "trunk"]
    assert "# forced: agreed with legal; $(id) `id`" in checkout.bare.git("show", f"{branch}:{PROD}")
    [pull] = github.pull_requests.values()
    assert "does not hold" in pull["body"] or "33% of 3 cases" in pull["body"]


def _pin(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["github", "pin", "--env", "prod", *arguments, "--", "greet"])
