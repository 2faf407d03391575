"""The whole way: a gate fails, an owner accepts it in a comment, and the next check asks GitHub for the comment."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from promptops.forge.comment_commands import AcceptCommand
from promptops.source.formats.waivers import waiver_line
from promptops.store.results_file import parse_results
from promptops.workflows.comment_commands.entries import CommentAuthor, make_waivers
from promptops.workflows.comment_commands.targets import find_accept_target
from tests.conftest import GitRepository
from tests.github_server import GitHubServer
from tests.workflows.scene import GREET, POLITE, answering, files_for, many_cases

ACCEPT = '/promptops accept "says the name" "we know"'
OWNED = "promptops: {owners: ['@ana']}\n"
FILE = "evals/labels/overrides.jsonl"


class Check:
    """A pull request's branch whose gate fails, with its steps."""

    def __init__(self, root: Path, url: str, github: GitHubServer) -> None:
        self.repo, self.github = GitRepository(root), github
        gate = "gates: {says the name: {atLeast: 0.9}}\n"
        files = files_for(url) | {
            "prompts/greet.prompt.yml": GREET + OWNED,
            "evals/greet.eval.yml": many_cases(40) + gate,
        }
        self.base = self.repo.commit(files)
        self.repo.git("switch", "--quiet", "--create", "shorter")
        self.repo.commit({"prompts/greet.prompt.yml": POLITE + OWNED})
        there = {name: text.encode() for name, text in files.items() if isinstance(text, str)}
        self.github.files |= dict.fromkeys((self.base, "main"), there)

    def run(self, event: str = "pull_request", options: Sequence[str] = (), **more: object) -> Result:
        head = self.repo.git("rev-parse", "HEAD")
        pull = self.github.add_pull_request(7, head_sha=head, base_sha=self.base)
        payload = {"repository": {"full_name": self.github.repository, "default_branch": "main"}, **more}
        if event == "pull_request":
            payload["pull_request"] = pull
        file = self.repo.root.parent / "event.json"
        file.write_text(json.dumps(payload), "utf-8")
        environment = {
            "GITHUB_API_URL": self.github.url, "GITHUB_EVENT_NAME": event, "GITHUB_EVENT_PATH": str(file),
            "GITHUB_REPOSITORY": self.github.repository, "GITHUB_TOKEN": self.github.token,
        }  # fmt: skip
        done = CliRunner().invoke(cli, ["github", "check", *options], env=environment)
        assert done.exit_code in (0, 1), done.output
        return done

    def accept(self) -> int:
        """The check's results are kept, an owner accepts, and the line is on the branch; returns the comment's id."""
        data = self.results()
        zipped = io.BytesIO()
        with zipfile.ZipFile(zipped, "w") as archive:
            archive.writestr("greet/results.json", data)
        self.github.add_run(1, head_sha=self.repo.git("rev-parse", "HEAD"), head_branch="shorter")
        self.github.add_artifact(1, "promptops-results", zipped.getvalue())
        comment = self.github.add_comment(7, "ana", ACCEPT)
        self.write_line(comment)
        return comment

    def results(self) -> bytes:
        return (self.repo.root / ".promptops/check/greet/results.json").read_bytes()

    def write_line(self, comment: int) -> None:
        """What the newest results say that ana accepts, in a commit."""
        said = AcceptCommand(ACCEPT, "says the name", "we know")
        by = CommentAuthor("ana", 7, self.github.comments[comment]["html_url"], "2026-11-24T10:00:00+00:00")
        lines = map(waiver_line, make_waivers(said, find_accept_target(said, [parse_results(self.results())]), by))
        self.repo.commit({FILE: "".join(lines)})


@pytest.fixture
def check(tmp_path: Path, github: GitHubServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Check]:
    with answering(lambda text, count: "No.") as endpoint:
        found = Check(tmp_path / "work", endpoint.url, github)
        monkeypatch.chdir(found.repo.root)
        assert found.run().exit_code == 1
        found.accept()
        yield found


def comment_of(check: Check) -> str:
    return next(
        str(one["body"]) for one in check.github.comments.values() if one["user"]["login"] == "github-actions[bot]"
    )


def test_a_gate_that_the_owners_comment_accepts_blocks_no_more(check: Check) -> None:
    assert check.run().exit_code == 0
    assert "accepted by @ana: we know" in comment_of(check).replace("\u2060", "")


def test_the_same_line_without_the_comment_blocks_and_is_told_above_the_table(check: Check) -> None:
    [mine] = [number for number, one in check.github.comments.items() if one["user"]["login"] == "ana"]
    del check.github.comments[mine]
    assert check.run().exit_code == 1
    body = comment_of(check).replace("\u2060", "")
    assert body.index("that @ana accepted 'says the name' is not confirmed") < body.index("| criterion")


def test_in_a_merge_queue_the_comment_is_that_of_the_pull_request_it_tries(check: Check) -> None:
    queue = {"base_sha": check.base, "head_ref": f"refs/heads/gh-readonly-queue/main/pr-7-{check.base}"}
    assert check.run("merge_group", merge_group=queue).exit_code == 0
    assert check.run("merge_group", merge_group={"base_sha": check.base}).exit_code == 1


def test_what_is_merged_needs_no_comment_and_what_is_pushed_to_another_branch_does(check: Check) -> None:
    pushed = {"before": check.base, "after": check.repo.git("rev-parse", "HEAD")}
    assert check.run("push", ref="refs/heads/main", **pushed).exit_code == 0
    assert check.run("push", ref="refs/heads/shorter", **pushed).exit_code == 1
    assert check.run("push", ref="refs/tags/main", **pushed).exit_code == 1


def test_on_ones_own_machine_nobody_can_be_asked(check: Check) -> None:
    done = CliRunner().invoke(cli, ["eval", "--base", "main"])
    assert done.exit_code == 1
    assert "that @ana accepted 'says the name' is not confirmed" in done.stderr


def test_where_there_is_no_base_a_line_in_an_owners_name_counts_no_more(check: Check) -> None:
    new = {"ref": "refs/heads/shorter", "before": "0" * 40, "after": check.repo.git("rev-parse", "HEAD")}
    for event, options, payload in (
        ("push", [], new),
        ("push", ["--base", "none"], new),
        ("workflow_dispatch", [], {}),
    ):
        assert check.run(event, options, **payload).exit_code == 1
        check.write_line(max(check.github.comments))
        assert check.run(event, options, **payload).exit_code == 1, (event, options)
        check.repo.git("reset", "--quiet", "--hard", "HEAD~")


def test_what_the_owner_accepted_holds_in_the_pull_request_compared_with_nothing_too(check: Check) -> None:
    assert check.run("pull_request", ["--base", "none"]).exit_code == 0
    check.github.comments.clear()
    assert check.run("pull_request", ["--base", "none"]).exit_code == 1


def test_without_a_base_what_was_merged_counts(check: Check) -> None:
    assert check.run("schedule", ["--base", "none"]).exit_code == 1
    check.write_line(max(check.github.comments))
    check.repo.git("update-ref", "refs/remotes/origin/main", "HEAD")
    assert check.run("schedule", ["--base", "none"]).exit_code == 0


def test_the_default_branch_is_the_one_that_github_names(check: Check) -> None:
    repository = {"full_name": check.github.repository, "default_branch": "trunk"}
    assert check.run("schedule", ["--base", "none"], repository=repository).exit_code == 1
    check.repo.git("update-ref", "refs/remotes/origin/trunk", "HEAD")
    assert check.run("schedule", ["--base", "none"], repository=repository).exit_code == 0


def test_on_ones_own_machine_without_a_base_ones_own_lines_count_until_they_are_committed(check: Check) -> None:
    def evaluate() -> Result:
        return CliRunner().invoke(cli, ["eval"])

    assert check.run("schedule", ["--base", "none"]).exit_code == evaluate().exit_code == 1
    check.write_line(max(check.github.comments))
    assert (done := evaluate()).exit_code == 1
    assert "that @ana accepted 'says the name' is not confirmed" in done.stderr
    check.repo.git("reset", "--quiet", "HEAD~")
    assert evaluate().exit_code == 0
