"""A body is read no further than the model's limit, whatever the server sends."""

from __future__ import annotations

import gzip
import json
import socket
import tracemalloc
import zlib
from collections.abc import Callable

import pytest

from promptops.errors import ProviderBusyError, ProviderError

from .clients import ask, failure
from .loopback import Behaviour, answer, completion, endless, serving

pytestmark = pytest.mark.usefixtures("both_clients")
MIB = 2**20
Pack = Callable[[bytes], bytes]


def peak(behaviour: Behaviour) -> tuple[ProviderError, int]:
    """The error, and the most memory that Python held meanwhile, in bytes."""
    with serving(answer(completion())) as warm:
        ask(warm.url)
    tracemalloc.start()
    try:
        error = failure(behaviour)
        return error, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_an_endless_body_is_cut_at_the_limit() -> None:
    error, most = peak(endless())
    assert not isinstance(error, ProviderBusyError)
    assert "longer than 8,388,608 bytes" in str(error)
    assert "limits.maxReplyBytes of 'small'" in error.hint
    assert most < 64 * MIB


def test_the_limit_is_the_models_own() -> None:
    error = failure(endless(), max_reply_bytes=1000)
    assert "longer than 1,000 bytes" in str(error)
    body = completion("x" * 2000)
    assert "longer than 1,000 bytes" in str(failure(answer(body), max_reply_bytes=1000))
    with serving(answer(body)) as server:
        assert len(ask(server.url, max_reply_bytes=3000).text) == 2000


def test_a_body_as_long_as_the_limit_is_read() -> None:
    size = len(json.dumps(completion()))
    with serving(answer(completion())) as server:
        assert ask(server.url, max_reply_bytes=size).text == "Hello."
    assert "longer than" in str(failure(answer(completion()), max_reply_bytes=size - 1))


@pytest.mark.parametrize(("status", "busy"), [(400, False), (500, True), (429, True)])
def test_the_endless_body_of_an_error_leaves_the_error(status: int, busy: bool) -> None:
    error, most = peak(endless(status, b"It broke. "))
    assert isinstance(error, ProviderBusyError) == busy
    assert f"the server answered {status}: It broke. x" in str(error)
    assert most < 64 * MIB


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_a_body_is_measured_unpacked(encoding: str, pack: Pack) -> None:
    packed: bytes = pack(b" " * 100 * MIB)
    error, most = peak(answer(packed, headers={"Content-Encoding": encoding}))
    assert "longer than 8,388,608 bytes" in str(error)
    assert most < 64 * MIB


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_a_packed_answer_is_read(encoding: str, pack: Pack) -> None:
    body: bytes = pack(json.dumps(completion("Hello. " * 100)).encode())
    with serving(answer(body, headers={"Content-Encoding": encoding})) as server:
        assert ask(server.url).text == "Hello. " * 100
    assert server.requests[0].headers["accept-encoding"] == "gzip, deflate"


def test_the_connection_of_a_body_that_was_not_read_on_is_not_used_again() -> None:
    with serving(endless(), answer(completion())) as server:
        with pytest.raises(ProviderError):
            ask(server.url)
        assert ask(server.url).text == "Hello."
        assert server.connections == 2


def test_a_body_longer_than_announced_is_not_read_on() -> None:
    def lying(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
        chunk = b"x" * MIB
        for _ in range(64):
            connection.sendall(chunk)

    error, most = peak(lying)
    assert isinstance(error, ProviderError)
    assert most < 64 * MIB


def test_a_body_with_two_lengths_is_measured() -> None:
    error, most = peak(endless(headers="Content-Length: 10\r\n"))
    assert isinstance(error, ProviderError)
    assert most < 64 * MIB
