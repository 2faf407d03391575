"""Proposals on a pull request: each once, beside lines that its diff shows, closed when mended, and never a failure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

import pytest

from promptops.forge.github.client import GitHub
from promptops.lint.engine.runner import Report
from promptops.model.finding import Finding, Fix, Span
from promptops.report.comment.mending.suggestion import suggestion_body
from promptops.workflows.suggestions.fixed_lines import fixed_lines
from promptops.workflows.suggestions.post_suggestions import MOST, Suggestions
from tests.github_server import FORBIDDEN, WORKFLOW_LOGIN, GitHubServer, Reply

HEAD = "a" * 40
PATH = "prompts/a.prompt.yml"


class Scene:
    """A pull request that adds the lines `x0` … to one file, of which lint would take the `x`."""

    def __init__(self, server: GitHubServer, lines: int = 2) -> None:
        self.server = server
        server.add_pull_request(7, head_sha=HEAD)
        self.rows = [f"x{n}" for n in range(lines)]
        server.patches[7] = {PATH: "\n".join([f"@@ -0,0 +1,{lines} @@", *(f"+{row}" for row in self.rows)])}

    def post(self, rows: Sequence[str] | None = None, *, brought: bool = True) -> tuple[str, ...]:
        """What lint finds in these lines, brought up to date on the pull request."""
        rows = self.rows if rows is None else rows
        findings = tuple(
            Finding(PurePosixPath(PATH), Span.at(n, 1), "P205", "an x", "", "warning", Fix(Span.at(n, 1), ""))
            for n, row in enumerate(rows, 1)
            if row.startswith("x")
        )
        report = Report(findings, {}, (), {PurePosixPath(PATH): "\n".join([*rows, ""])}, frozenset())
        github = GitHub(self.server.repository, self.server.token, api=self.server.url, sleep=lambda seconds: None)
        suggestions = Suggestions(github, 7, HEAD)
        return suggestions.bring_up_to_date(fixed_lines(report), findings if brought else ())

    @property
    def bodies(self) -> list[str]:
        return [one["body"] for one in self.server.beside_lines(7)]

    @property
    def asked(self) -> list[tuple[str, str]]:
        return [(one.method, one.path.rpartition("/7/")[2] or one.path) for one in self.server.requests]


@pytest.fixture
def scene(github: GitHubServer) -> Scene:
    return Scene(github)


def test_all_are_one_review_beside_their_lines_in_few_requests(scene: Scene) -> None:
    assert scene.post() == ()
    [review] = scene.server.reviews
    assert (review["event"], review["commit_id"], len(review["comments"])) == ("COMMENT", HEAD, 2)
    assert [(one["path"], one["line"]) for one in review["comments"]] == [(PATH, 1), (PATH, 2)]
    assert "```suggestion\n1\n```" in scene.bodies[1]
    wanted = ["/user", "comments", "files", "/repos/acme/prompts/pulls/7", "reviews", "comments"]
    assert [path for _, path in scene.asked] == wanted


def test_nothing_is_said_twice_on_a_second_run_or_when_lines_move(scene: Scene) -> None:
    scene.post()
    scene.post()
    scene.post(["", "", *scene.rows])
    assert (len(scene.bodies), len(scene.server.reviews)) == (2, 1)


def test_a_line_that_the_diff_does_not_show_is_left_out_and_the_others_are_proposed(scene: Scene) -> None:
    scene.server.patches[7] = {PATH: "@@ -0,0 +1,1 @@\n+x1"}
    assert scene.post() == ()
    assert [(one["line"], "\n1\n" in one["body"]) for one in scene.server.beside_lines(7)] == [(1, True)]


def test_lines_with_another_ending_are_not_proposed(scene: Scene) -> None:
    scene.server.patches[7] = {PATH: "@@ -0,0 +1,2 @@\n+x0\r\n+x1\r"}
    assert (scene.post(), scene.bodies) == ((), [])


def test_there_are_at_most_ten_and_more_only_when_some_are_mended(github: GitHubServer) -> None:
    scene = Scene(github, 14)
    scene.post()
    assert len(scene.bodies) == MOST
    scene.post()
    assert len(scene.bodies) == MOST
    scene.post([row.replace("x", "", 1) if n < 2 else row for n, row in enumerate(scene.rows)])
    assert (len(scene.bodies), sum("Mended" in body for body in scene.bodies)) == (MOST + 2, 2)


def test_what_is_mended_is_closed_and_says_so_even_where_closing_is_not_allowed(scene: Scene) -> None:
    scene.post()
    first, second = (one["id"] for one in scene.server.beside_lines(7))
    scene.post(["0", "x1"])
    assert scene.server.resolved == {first}
    assert ["Mended" in body for body in scene.bodies] == [True, False]
    scene.server.may_resolve = False
    assert scene.post(["0", "1"]) == ()
    assert scene.server.resolved == {first}
    assert second not in scene.server.resolved
    assert ["Mended" in body for body in scene.bodies] == [True, True]


def test_what_comes_back_is_proposed_again(scene: Scene) -> None:
    scene.post()
    scene.post(["0", "1"])
    scene.post()
    assert len(scene.bodies) == 4


def test_what_was_there_before_the_change_is_not_proposed_and_not_called_mended(scene: Scene) -> None:
    assert (scene.post(brought=False), scene.bodies) == ((), [])
    scene.post()
    scene.post(brought=False)
    assert not any("Mended" in body for body in scene.bodies)


def test_somebody_elses_comment_with_our_marker_is_none_of_ours(scene: Scene) -> None:
    copy = suggestion_body((), ("a",), "0123456789abcdef")
    theirs = scene.server.add_review_comment(7, "mallory", PATH, 1, copy)
    scene.post()
    assert len(scene.bodies) == 3
    scene.post(["0", "1"])
    assert scene.server.review_comments[theirs]["body"] == copy
    assert theirs not in scene.server.resolved


def test_two_runs_at_once_leave_one_of_each(scene: Scene) -> None:
    scene.server.delay("POST", "/reviews$", scene.post)  # both have seen that nothing is there
    scene.post()
    assert len(scene.server.reviews) == 2
    assert len(scene.bodies) == 2
    assert {one["user"]["login"] for one in scene.server.beside_lines(7)} == {WORKFLOW_LOGIN}


def test_nothing_is_written_on_a_pull_request_that_moved_on(scene: Scene) -> None:
    scene.server.pull_requests[7]["head"]["sha"] = "b" * 40
    (told,) = scene.post()
    assert "the pull request moved on" in told
    assert scene.bodies == []


@pytest.mark.parametrize(
    "reply",
    [Reply(403, FORBIDDEN), Reply(422, FORBIDDEN | {"errors": ["no"]}), Reply(500, {})],
)
def test_what_github_refuses_is_one_sentence(scene: Scene, reply: Reply) -> None:
    scene.server.fail("POST", "/reviews$", reply)
    (told,) = scene.post()
    assert told.startswith("lint's proposals could not be written beside the lines: ")
    assert scene.server.token not in told
