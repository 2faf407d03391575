"""GitLab's client: one note that is ours, all pages, words for every refusal, a token that stays where it belongs."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import formatdate

import pytest

from promptops.errors import ForbiddenError, ForgeError
from promptops.forge.gitlab.client import GitLab
from promptops.forge.sticky_comment import MAX_COMMENT, StickyComment, upsert_comment
from tests.gitlab_server import BOT, GitLabServer, Reply

MARKER = "<!-- promptops -->"
WORDS = f"{MARKER}\n\nbetter"
WEB = "https://gitlab.example.com/acme/prompts"
NOTES = "/merge_requests/7/notes"


@pytest.fixture
def naps() -> list[float]:
    return []


@pytest.fixture
def client(gitlab: GitLabServer, naps: list[float]) -> GitLab:
    gitlab.add_merge_request(7)
    return GitLab(gitlab.project, gitlab.token, api=gitlab.url, web=WEB, sleep=naps.append, timeout=10)


def test_a_merge_request_is_read(gitlab: GitLabServer, client: GitLab) -> None:
    found = client.change_request(7)
    assert found[:6] == (7, "a" * 40, "b" * 40, "main", "open", False)
    gitlab.add_merge_request(8, state="merged", source_project=9, base_sha=None)
    assert client.change_request(8)[2:6] == ("", "main", "merged", True)
    gitlab.add_merge_request(9, source_project=0)
    assert client.change_request(9).is_fork  # the fork is gone


def test_the_first_note_is_made_and_the_next_edits_it(gitlab: GitLabServer, client: GitLab) -> None:
    first = upsert_comment(client, 7, f"{MARKER}\nworse", MARKER)
    second = upsert_comment(client, 7, WORDS, MARKER)
    assert (first.created, second.created, first.id) == (True, False, second.id)
    assert gitlab.bodies(7) == [WORDS]
    assert second.url == f"{WEB}/-/merge_requests/7#note_{second.id}"


def test_our_note_is_found_behind_hundreds_of_others(gitlab: GitLabServer, client: GitLab) -> None:
    for number in range(150):
        gitlab.add_note(7, "tom", f"before {number}")
    ours = gitlab.add_note(7, BOT, f"{MARKER}\nold")
    for number in range(150):
        gitlab.add_note(7, "ana", "changed the description", system=True)
        gitlab.add_note(7, "tom", f"after {number}")
    assert upsert_comment(client, 7, WORDS, MARKER)[::2] == (ours, False)
    assert gitlab.notes[ours]["body"] == WORDS
    assert len(gitlab.bodies(7)) == 301


def test_a_note_of_somebody_else_with_our_marker_is_never_touched(gitlab: GitLabServer, client: GitLab) -> None:
    theirs = [gitlab.add_note(7, name, f"{MARKER}\nmine") for name in ("mallory", "project_5_bot", "")]
    gitlab.add_note(7, BOT, f"{MARKER}\nsaid by GitLab itself", system=True)
    gitlab.add_note(7, BOT, f"> {MARKER}\nonly quoted")
    assert upsert_comment(client, 7, WORDS, MARKER).created
    assert all(gitlab.notes[one]["body"] == f"{MARKER}\nmine" for one in theirs)


def test_a_note_that_was_deleted_meanwhile_is_written_anew(gitlab: GitLabServer, client: GitLab) -> None:
    one = StickyComment(client, 7, MARKER)
    gitlab.notes.pop(one.put(WORDS).id)
    assert one.put(WORDS).created
    assert gitlab.bodies(7) == [WORDS]


def test_a_note_that_came_although_no_answer_did_is_not_written_twice(gitlab: GitLabServer, client: GitLab) -> None:
    def write_and_fail() -> Reply:
        gitlab.add_note(7, BOT, WORDS)
        return Reply(502, raw=b"<html>502</html>")

    gitlab.fail("POST", NOTES, write_and_fail)
    upsert_comment(client, 7, WORDS, MARKER)
    assert gitlab.bodies(7) == [WORDS]


def test_a_note_holds_no_quick_action_and_is_never_too_long(gitlab: GitLabServer, client: GitLab) -> None:
    upsert_comment(client, 7, f"{MARKER}\n/close\n\n/approve\n" + "!1 " * 70_000, MARKER)
    upsert_comment(client, 7, f"{MARKER}\n/merge", MARKER)
    assert not gitlab.actions
    assert all(len(request.body["body"]) < 2 * MAX_COMMENT for request in gitlab.requests if request.body)
    assert "merge" in gitlab.bodies(7)[0]


def test_a_limit_that_ends_soon_is_waited_for(gitlab: GitLabServer, client: GitLab, naps: list[float]) -> None:
    gitlab.fail("POST", NOTES, Reply(429, raw=b"Retry later\n", headers={"Retry-After": "30"}))
    now = 1_800_000_000
    reset = {"RateLimit-Remaining": "0", "RateLimit-Reset": str(now + 20), "date": formatdate(now, usegmt=True)}
    gitlab.fail("GET", "/user$", Reply(429, raw=b"Retry later\n", headers=reset))
    assert upsert_comment(client, 7, WORDS, MARKER).created
    assert naps == [20.0, 30.0]


def test_a_limit_that_lasts_says_until_when(gitlab: GitLabServer, client: GitLab) -> None:
    gitlab.fail("GET", "/user$", Reply(429, raw=b"Retry later\n", headers={"Retry-After": "3600"}))
    with pytest.raises(ForgeError, match=r"GitLab's rate limit is used up until \d\d:\d\d UTC"):
        client.login()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda server: setattr(server, "read_only", True), "the token may not do this"),
        (lambda server: server.merge_requests.pop(7), "not found, or the token may not see it"),
        (lambda server: setattr(server, "token", "another"), "GitLab does not know the token"),
    ],
)
def test_a_refusal_says_which_token_is_needed(
    gitlab: GitLabServer, client: GitLab, change: Callable[[GitLabServer], None], words: str
) -> None:
    change(gitlab)
    with pytest.raises(ForgeError, match=words) as caught:
        upsert_comment(client, 7, WORDS, MARKER)
    assert "PROMPTOPS_GITLAB_TOKEN" in caught.value.hint
    assert "scope api" in caught.value.hint
    assert isinstance(caught.value, ForbiddenError) == (caught.value.status in (401, 403))


def test_what_gitlab_says_by_field_is_told(gitlab: GitLabServer, client: GitLab) -> None:
    gitlab.fail("POST", NOTES, Reply(400, {"message": {"note": ["is too long (maximum is 10 characters)"]}}))
    with pytest.raises(ForgeError, match=r"\(GitLab says: note is too long \(maximum is 10 characters\)\)"):
        client.create_comment(7, "far too long")


@pytest.mark.parametrize(
    ("raw", "words"),
    [(b"<html>", "not JSON"), (b"[]", "'iid'|'state'"), (b'{"iid": 7, "state": "opened"}', "'sha' is not what GitLab")],
)
def test_an_answer_of_a_proxy_is_told(gitlab: GitLabServer, client: GitLab, raw: bytes, words: str) -> None:
    gitlab.fail("GET", "/merge_requests/7$", Reply(200, raw=raw))
    with pytest.raises(ForgeError, match=words):
        client.change_request(7)


@pytest.mark.parametrize("page", ["x", "-1", "9" * 12, "2&id=6"])
def test_pages_without_an_end_end(gitlab: GitLabServer, client: GitLab, page: str) -> None:
    gitlab.fail("GET", NOTES, Reply(200, [], {"x-next-page": page}), times=200)
    with pytest.raises(ForgeError, match="not all were read"):
        list(client.comments(7))


def test_the_token_goes_to_no_other_host_and_into_no_error(gitlab: GitLabServer, client: GitLab) -> None:
    gitlab.fail("GET", "/user$", Reply(302, raw=b"", headers={"location": "http://127.0.0.1:9/user"}))
    with pytest.raises(ForgeError, match="GitLab redirects to another host") as moved:
        client.login()
    gitlab.fail("GET", "/user$", Reply(403, {"message": f"{gitlab.token} may not"}))
    with pytest.raises(ForbiddenError) as echoed:
        client.login()
    with pytest.raises(ForgeError, match="characters that no token has") as broken:
        GitLab(5, f"{gitlab.token}\nx", api=gitlab.url)
    assert all(gitlab.token not in f"{one.value!s}{one.value.hint}" for one in (moved, echoed, broken))
    assert all(request.headers["private-token"] == gitlab.token for request in gitlab.requests)
    assert all("authorization" not in request.headers for request in gitlab.requests)
