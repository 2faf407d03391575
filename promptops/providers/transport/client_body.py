"""The limit of an answer's body, for the vendors' own clients.

Imported where a client is opened: it loads httpx2.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx2

from promptops.providers.transport.body_limit import ERROR_BYTES, BoundedBody, is_known_to_fit


def body_limit(most: int) -> Callable[[httpx2.Response], Awaitable[None]]:
    """A response hook for a client: a body longer than `most` bytes raises BodyTooLargeError; an error's is cut."""

    async def limit(response: httpx2.Response) -> None:
        bytes_allowed = ERROR_BYTES if response.is_error else most
        if is_known_to_fit(response.headers, bytes_allowed):
            return  # as nearly all: a stream of ours costs a twentieth of the call
        encoding = response.headers.pop("content-encoding", "")
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        body = BoundedBody(bytes_allowed, encoding, cut=response.is_error)
        response.stream = _BoundedStream(response.stream, body)

    return limit


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, body: BoundedBody) -> None:
        self._stream, self._body = stream, body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            yield self._body.feed(chunk)
            if self._body.is_full:
                return

    async def aclose(self) -> None:
        await self._stream.aclose()
