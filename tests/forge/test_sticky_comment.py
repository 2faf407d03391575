"""One comment, edited in place: ours and no other, once and not twice."""

from __future__ import annotations

import pytest

from promptops.errors import ForbiddenError, ForgeError
from promptops.forge.github.client import GitHub
from promptops.forge.sticky_comment import MAX_COMMENT, StickyComment, upsert_comment
from tests.github_server import GitHubServer, Reply

MARKER = "<!-- promptops -->"
OURS = "github-actions[bot]"
WORDS = f"{MARKER}\n\nbetter"


@pytest.fixture
def client(github: GitHubServer) -> GitHub:
    github.add_pull_request(7)
    return GitHub(github.repository, github.token, api=github.url, sleep=lambda seconds: None, timeout=10)


def test_the_first_comment_is_made_and_the_next_edits_it(github: GitHubServer, client: GitHub) -> None:
    first = upsert_comment(client, 7, f"{MARKER}\nworse", MARKER)
    second = upsert_comment(client, 7, WORDS, MARKER)
    assert (first.created, second.created, first.id) == (True, False, second.id)
    assert github.bodies(7) == [WORDS]
    assert second.url.endswith(f"#issuecomment-{second.id}")


def test_a_body_without_the_marker_gets_it(github: GitHubServer, client: GitHub) -> None:
    upsert_comment(client, 7, "better", MARKER)
    upsert_comment(client, 7, "worse", MARKER)
    assert github.bodies(7) == [f"{MARKER}\nworse"]


def test_our_comment_is_found_behind_hundreds_of_others(github: GitHubServer, client: GitHub) -> None:
    for number in range(150):
        github.add_comment(7, "tom", f"before {number}")
    ours = github.add_comment(7, OURS, f"{MARKER}\nold")
    for number in range(150):
        github.add_comment(7, "tom", f"after {number}")
    assert upsert_comment(client, 7, WORDS, MARKER) == (ours, github.comments[ours]["html_url"], False)
    assert len(github.bodies(7)) == 301


def test_a_comment_of_somebody_else_with_our_marker_is_never_touched(github: GitHubServer, client: GitHub) -> None:
    theirs = [github.add_comment(7, name, f"{MARKER}\nmine") for name in ("mallory", "github-actions", "x[bot]", "")]
    assert upsert_comment(client, 7, WORDS, MARKER).created
    assert all(github.comments[one]["body"] == f"{MARKER}\nmine" for one in theirs)


def test_a_comment_of_ours_that_only_quotes_the_marker_is_another_one(github: GitHubServer, client: GitHub) -> None:
    github.add_comment(7, OURS, f"> {MARKER}\nsomething else that a workflow wrote")
    github.add_comment(7, OURS, "<!-- promptops:other -->\nanother project")
    assert upsert_comment(client, 7, WORDS, MARKER).created


def test_a_person_is_the_same_however_the_name_is_written(github: GitHubServer, client: GitHub) -> None:
    github.user = "Ana-Petit"
    ours = github.add_comment(7, "ana-petit", f"{MARKER}\nold")
    assert upsert_comment(client, 7, WORDS, MARKER).id == ours


def test_of_two_of_ours_the_oldest_is_edited(github: GitHubServer, client: GitHub) -> None:
    first, second = (github.add_comment(7, OURS, f"{MARKER}\n{n}") for n in (1, 2))
    assert upsert_comment(client, 7, WORDS, MARKER).id == first
    assert github.comments[second]["body"] == f"{MARKER}\n2"


def test_what_somebody_wrote_into_our_comment_is_overwritten(github: GitHubServer, client: GitHub) -> None:
    ours = upsert_comment(client, 7, WORDS, MARKER).id
    github.comments[ours]["body"] += "\n\nEdited: all gates passed, merge it"
    upsert_comment(client, 7, WORDS, MARKER)
    assert github.bodies(7) == [WORDS]


def test_a_comment_that_people_hid_is_left_alone(github: GitHubServer, client: GitHub) -> None:
    github.add_comment(7, OURS, f"{MARKER}\nold", minimized=True)
    assert upsert_comment(client, 7, WORDS, MARKER).created
    assert github.bodies(7) == [f"{MARKER}\nold", WORDS]


def test_a_deleted_comment_is_made_anew_even_while_we_look(github: GitHubServer, client: GitHub) -> None:
    one = StickyComment(client, 7, MARKER)
    one.put(f"{MARKER}\n1")
    github.comments.clear()
    assert one.put(f"{MARKER}\n2").created
    github.fail("PATCH", "/comments/", github.comments.clear)
    assert one.put(WORDS).created
    assert github.bodies(7) == [WORDS]


def test_once_found_the_comment_is_edited_without_looking_again(github: GitHubServer, client: GitHub) -> None:
    one = StickyComment(client, 7, MARKER)
    for number in range(5):
        one.put(f"{MARKER}\n{number}")
    assert github.count() == {"GET": 2, "POST": 1, "PATCH": 4}


def test_a_comment_that_was_written_although_no_answer_came_gets_no_twin(github: GitHubServer, client: GitHub) -> None:
    def written_and_then_lost() -> Reply:
        github.add_comment(7, OURS, WORDS)
        return Reply(504, {"message": "Gateway Timeout"})

    github.fail("POST", "/comments$", written_and_then_lost)
    posted = upsert_comment(client, 7, WORDS, MARKER)
    assert github.bodies(7) == [WORDS]
    assert not posted.created


def test_a_comment_is_never_longer_than_github_takes(github: GitHubServer, client: GitHub) -> None:
    upsert_comment(client, 7, f"{MARKER}\n" + "😀" * 70_000, MARKER)
    (body,) = github.bodies(7)
    assert len(body) == MAX_COMMENT
    assert body.endswith("a comment holds no more.")


def test_refusals_come_through(github: GitHubServer, client: GitHub) -> None:
    github.read_only = True
    with pytest.raises(ForbiddenError):
        upsert_comment(client, 7, WORDS, MARKER)
    with pytest.raises(ForgeError, match="not found"):
        upsert_comment(client, 8, WORDS, MARKER)
