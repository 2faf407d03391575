"""JSON posted to a server on loopback, and what comes back."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Mapping

import aiohttp
import pytest

from promptops.model.config import Limits
from promptops.providers.endpoint import Endpoint
from promptops.providers.transport.http_transport import HttpAnswer, HttpTransport
from tests.providers.loopback import answer, free_port, serving


def post(endpoint: Endpoint, content: bytes = b"{}", times: int = 1) -> list[HttpAnswer]:
    async def calls() -> list[HttpAnswer]:
        transport = HttpTransport(endpoint, Limits())
        try:
            return [await transport.post("/embeddings", content) for _ in range(times)]
        finally:
            await transport.close()

    return asyncio.run(calls())


def test_an_answer_is_given_as_it_is() -> None:
    with serving(answer('{"a": 1}', 418, {"X-Pot": "tea"})) as server:
        (found,) = post(Endpoint(server.url), b'{"b": 2}')
    assert (found.status, found.content, found.headers.get("x-pot")) == (418, b'{"a": 1}', "tea")
    assert not found.is_success
    assert 0 < found.seconds < 10
    (received,) = server.requests
    assert (received.path, received.body) == ("/v1/embeddings", {"b": 2})
    assert received.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("end", "query", "path"),
    [
        ("", {"api-version": "2026-01-01"}, "/v1/embeddings?api-version=2026-01-01"),
        ("/a%2Fb c", {}, "/v1/a%2Fb%20c/embeddings"),
        ("?tenant=x", {"q": "ü&="}, "/v1/embeddings?tenant=x&q=%C3%BC%26%3D"),
    ],
)
def test_the_path_goes_below_the_base_address_and_the_query_behind_it(
    end: str, query: Mapping[str, str], path: str
) -> None:
    with serving(answer("{}")) as server:
        post(Endpoint(server.url + end, query=query))
    assert server.requests[0].path == path


def test_a_long_body_is_sent_whole() -> None:
    content = json.dumps({"image": "A" * 5 * 2**20}).encode()
    with serving(answer("{}")) as server:
        found = post(Endpoint(server.url), content, times=2)
    assert [each.status for each in found] == [200, 200]
    assert [len(received.body["image"]) for received in server.requests] == [5 * 2**20] * 2
    assert server.requests[0].headers["content-length"] == str(len(content))


def test_a_connection_that_the_server_closed_meanwhile_is_not_used_again() -> None:
    def once(connection: socket.socket) -> None:
        answer("{}")(connection)
        connection.shutdown(socket.SHUT_RDWR)

    async def calls(url: str) -> list[int]:
        transport = HttpTransport(Endpoint(url), Limits())
        try:
            first = await transport.post("/x", b"{}")
            connector = transport._session.connector if transport._session else None
            assert isinstance(connector, aiohttp.TCPConnector)
            while any(proto.is_connected() for conns in connector._conns.values() for proto, _ in conns):
                await asyncio.sleep(0)
            return [first.status, (await transport.post("/x", b"{}")).status]
        finally:
            await transport.close()

    with serving(once) as server:
        assert asyncio.run(calls(server.url)) == [200, 200]
        assert server.connections == 2


def test_its_connections_are_as_many_as_may_be_in_flight_and_read_a_megabyte_at_once() -> None:
    async def opened(concurrency: int) -> tuple[int, int]:
        transport = HttpTransport(Endpoint("http://127.0.0.1:1/v1"), Limits(concurrency=concurrency))
        session = transport._open()
        try:
            assert session.connector is not None
            return session.connector.limit, session._read_bufsize
        finally:
            await transport.close()

    assert asyncio.run(opened(8)) == (256, 2**20)
    assert asyncio.run(opened(1000)) == (1000, 2**20)


def test_what_is_closed_can_be_closed_again() -> None:
    async def closed() -> None:
        transport = HttpTransport(Endpoint(f"http://127.0.0.1:{free_port()}/v1"), Limits())
        with pytest.raises(aiohttp.ClientConnectorError):
            await transport.post("/x", b"{}")
        await transport.close()
        await transport.close()

    asyncio.run(closed())
