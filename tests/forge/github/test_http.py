"""Retries, limits, hostile and broken answers: what must hold for every request."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Callable
from email.utils import formatdate

import pytest

from promptops.errors import ForbiddenError, ForgeError
from promptops.forge import http
from promptops.forge.github.client import GitHub
from tests.github_server import FORBIDDEN, GitHubServer, Reply

PULL = "/pulls/7$"


class Naps(list[float]):
    """Remembers how long it was told to wait, and waits not at all."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture
def client(github: GitHubServer, naps: Naps) -> GitHub:
    github.add_pull_request(7)
    return GitHub(github.repository, github.token, api=github.url, sleep=naps, timeout=10)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_short_trouble_is_waited_out(github: GitHubServer, client: GitHub, naps: Naps, status: int) -> None:
    github.fail("GET", PULL, Reply(status, {"message": "Server Error"}), times=3)
    assert client.pull_request(7).number == 7
    assert naps == [1.0, 2.0, 4.0]


def test_a_long_trouble_is_told(github: GitHubServer, client: GitHub, naps: Naps) -> None:
    github.fail("GET", PULL, Reply(503, raw=b"<html>Unicorn</html>"), times=9)
    with pytest.raises(ForgeError, match=r"a server error \(503\)"):
        client.pull_request(7)
    assert len(github.requests) == 4


def test_what_may_have_been_written_is_not_written_twice(github: GitHubServer, client: GitHub) -> None:
    github.fail("POST", "/comments$", Reply(502, {"message": "Server Error"}))
    with pytest.raises(ForgeError) as caught:
        client.create_comment(7, "once")
    assert caught.value.unsure
    assert github.count()["POST"] == 1


def test_no_connection_is_tried_again_and_then_told(naps: Naps) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        client = GitHub("acme/prompts", "t", api=f"http://127.0.0.1:{taken.getsockname()[1]}", sleep=naps, timeout=5)
        with pytest.raises(ForgeError, match="no answer") as caught:
            client.pull_request(7)
    assert "run the job again" in caught.value.hint
    assert naps == [1.0, 2.0, 4.0]


@pytest.mark.parametrize("status", [403, 429])
def test_a_limit_that_ends_soon_is_waited_for(github: GitHubServer, client: GitHub, naps: Naps, status: int) -> None:
    message = {"message": "You have exceeded a secondary rate limit"}
    github.fail("GET", PULL, Reply(status, message, {"retry-after": "30"}))
    assert client.pull_request(7).number == 7
    assert naps == [30.0]


def test_a_primary_limit_is_waited_for_by_the_clock_of_github(github: GitHubServer, client: GitHub, naps: Naps) -> None:
    """Our own clock may be years off."""
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1000045", "date": formatdate(1000000, usegmt=True)}
    github.fail("GET", PULL, Reply(403, {"message": "API rate limit exceeded"}, headers))
    assert client.pull_request(7).number == 7
    assert naps == [45.0]


def test_a_limit_without_a_time_is_waited_for_a_minute_and_in_all_for_two(
    github: GitHubServer, client: GitHub, naps: Naps
) -> None:
    github.fail("GET", PULL, Reply(429, {"message": "slow down"}), times=5)
    with pytest.raises(ForgeError, match="rate limit is used up"):
        client.pull_request(7)
    assert naps == [60.0, 60.0]


def test_a_limit_that_lasts_says_until_when(github: GitHubServer, client: GitHub, naps: Naps) -> None:
    github.limit_rate(0, reset_in=1_800)
    with pytest.raises(ForgeError, match=r"used up until \d\d:\d\d UTC"):
        client.pull_request(7)
    assert naps == []


@pytest.mark.parametrize("after", ["99999999999999999999", "0", "-5", "soon", "1e9", "999999999"])
def test_no_answer_makes_us_wait_for_ever(github: GitHubServer, client: GitHub, naps: Naps, after: str) -> None:
    github.fail("GET", PULL, Reply(429, {"message": "no"}, {"retry-after": after}), times=200)
    with pytest.raises(ForgeError, match="rate limit is used up"):
        client.pull_request(7)
    assert sum(naps) <= http.MAX_WAIT


def test_a_token_that_may_not_is_told_what_the_workflow_lacks(github: GitHubServer, client: GitHub) -> None:
    github.read_only = True
    with pytest.raises(ForbiddenError, match="the token may not do this") as caught:
        client.create_comment(7, "hello")
    assert "pull-requests: write" in caught.value.hint
    assert caught.value.status == 403


def test_a_token_that_is_unknown_is_told(github: GitHubServer, naps: Naps) -> None:
    with pytest.raises(ForbiddenError, match="does not know the token") as caught:
        GitHub(github.repository, "ghs_old", api=github.url, sleep=naps).pull_request(7)
    assert "GITHUB_TOKEN" in caught.value.hint


def test_what_is_not_there_is_told(client: GitHub) -> None:
    with pytest.raises(ForgeError, match="not found") as caught:
        client.pull_request(8)
    assert caught.value.status == 404


@pytest.mark.parametrize(
    "raw", [b"<html>Please log in</html>", b"", b"[" * 100_000, b'{"number": ' + b"9" * 5_000 + b"}", b"\xff\xfe"]
)
def test_an_answer_that_is_no_json_is_told(github: GitHubServer, client: GitHub, raw: bytes) -> None:
    github.fail("GET", PULL, Reply(200, raw=raw))
    with pytest.raises(ForgeError, match="not JSON"):
        client.pull_request(7)


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b"{}", "number"),
        (b"[]", "number"),
        (b"null", "number"),
        (b'{"number": true}', "number"),
        (b'{"number": -7}', "number"),
        (b'{"number": 7, "head": []}', "head.sha"),
    ],
)
def test_an_answer_that_lacks_something_names_it(github: GitHubServer, client: GitHub, raw: bytes, field: str) -> None:
    github.fail("GET", PULL, Reply(200, raw=raw))
    with pytest.raises(ForgeError, match=f"'{field}' is not what GitHub documents"):
        client.pull_request(7)


def test_a_huge_answer_is_not_read(github: GitHubServer, client: GitHub) -> None:
    github.fail("GET", PULL, Reply(200, raw=b" " * 100_000_000))
    with pytest.raises(ForgeError, match="larger than 32 MiB"):
        client.pull_request(7)


def test_a_packed_answer_is_not_unpacked(github: GitHubServer, client: GitHub) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    github.fail("GET", PULL, Reply(200, raw=bomb, headers={"content-encoding": "gzip"}))
    with pytest.raises(ForgeError, match="compressed"):
        client.pull_request(7)


def test_an_answer_cut_short_is_asked_for_again(github: GitHubServer, client: GitHub) -> None:
    github.fail("GET", PULL, Reply(200, raw=b'{"number": 7', headers={"content-length": "500", "connection": "close"}))
    assert client.pull_request(7).number == 7


def test_the_next_page_on_another_host_is_not_asked_for(github: GitHubServer, client: GitHub) -> None:
    link = {"link": f'<{github.blobs}/page/2>; rel="next"'}
    github.fail("GET", "/comments$", Reply(200, [], link))
    with pytest.raises(ForgeError, match="next page lies on another host"):
        list(client.comments(7))
    assert len(github.requests) == 1


def test_pages_without_an_end_end(github: GitHubServer, client: GitHub) -> None:
    page = f"{github.url}/repos/acme/prompts/issues/7/comments?page=2"
    github.fail("GET", "/comments$", Reply(200, [], {"link": f'<{page}>; rel="next"'}), times=200)
    with pytest.raises(ForgeError, match="more than 10,000"):
        list(client.comments(7))


def test_a_renamed_repository_is_followed_on_the_same_host_only(github: GitHubServer, client: GitHub) -> None:
    moved = {"location": f"{github.url}/repos/acme/prompts/pulls/7"}
    github.fail("GET", PULL, Reply(301, {"message": "Moved", "url": "x"}, moved, raw=b"{}"))
    assert client.pull_request(7).number == 7
    away = {"location": f"{github.blobs}/repos/acme/prompts/pulls/7"}
    github.fail("GET", PULL, Reply(302, None, away, raw=b""))
    with pytest.raises(ForgeError, match="another host, which must not see the token"):
        client.pull_request(7)
    github.fail("GET", PULL, Reply(302, None, moved, raw=b""), times=9)
    with pytest.raises(ForgeError, match="in circles"):
        client.pull_request(7)


@pytest.mark.parametrize("place", ["http://example.org/x", "file:///etc/passwd", "//", "", "https://u:p@example.org/"])
def test_an_artifact_on_an_unsafe_address_is_not_fetched(github: GitHubServer, client: GitHub, place: str) -> None:
    github.add_run(5)
    github.add_artifact(5, "promptops", b"PK")
    (artifact,) = client.artifacts(5)
    github.fail("GET", "/zip$", Reply(302, None, {"location": place}, raw=b""))
    with pytest.raises(ForgeError):
        client.download(artifact, 100)
    assert all(not request.path.startswith("/zip/") for request in github.requests)


@pytest.mark.parametrize("api", ["http://example.org", "ftp://127.0.0.1", "nonsense", "https://", "https://u@h"])
def test_the_token_goes_over_https_or_to_this_machine_only(api: str) -> None:
    with pytest.raises(ForgeError, match="not an https address"):
        GitHub("acme/prompts", "secret", api=api)


def test_a_slow_drip_is_given_up(github: GitHubServer, client: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(0, 10_000, 60))
    monkeypatch.setattr("promptops.forge.http.time.monotonic", lambda: float(next(ticks)))
    with pytest.raises(ForgeError, match="too slowly"):
        client.pull_request(7)


def _no_line_break(github: GitHubServer) -> None:
    GitHub("acme/prompts", f"{github.token}\nX-Evil: 1", api=github.url)


def _unknown(github: GitHubServer) -> None:
    github.fail("GET", PULL, Reply(401, {"message": f"Bad credentials: {github.token}"}))
    GitHub("acme/prompts", github.token, api=github.url).pull_request(7)


def _echoed(github: GitHubServer) -> None:
    github.fail("GET", PULL, Reply(422, {"message": f"Bearer {github.token} is no number"}))
    GitHub("acme/prompts", github.token, api=github.url).pull_request(7)


def _forbidden(github: GitHubServer) -> None:
    github.fail("GET", PULL, Reply(403, FORBIDDEN | {"message": github.token}))
    GitHub("acme/prompts", github.token, api=github.url).pull_request(7)


def _dropped(github: GitHubServer) -> None:
    github.fail("POST", "/comments", Reply(201, raw=b"", headers={"content-length": "9"}))
    GitHub("acme/prompts", github.token, api=github.url, timeout=0.5).create_comment(7, github.token)


@pytest.mark.parametrize("call", [_no_line_break, _unknown, _echoed, _forbidden, _dropped])
def test_the_token_is_in_no_error(github: GitHubServer, call: Callable[[GitHubServer], None]) -> None:
    import traceback

    github.add_pull_request(7)
    with pytest.raises(ForgeError) as caught:
        call(github)
    told = "".join(traceback.format_exception(caught.value)) + caught.value.hint + repr(caught.value.__cause__)
    assert github.token not in told


def test_a_store_that_refuses_is_no_matter_of_permissions(github: GitHubServer, client: GitHub) -> None:
    github.add_run(5)
    github.add_artifact(5, "promptops", b"PK")
    (artifact,) = client.artifacts(5)
    github.fail("GET", "/zip$", Reply(302, None, {"location": f"{github.blobs}/zip/404?sig=secret"}, raw=b""))
    with pytest.raises(ForgeError, match="GitHub's file storage refuses with status 404") as caught:
        client.download(artifact, 100)
    assert "secret" not in f"{caught.value}{caught.value.hint}"


def test_the_token_is_in_no_description_of_the_client(github: GitHubServer, client: GitHub) -> None:
    assert github.token not in repr(client) + str(client)
