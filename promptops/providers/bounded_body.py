"""An answer's body, read no further than it may be long, so that no server can fill the memory.

Imported where a client is opened: it loads httpx2.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx2

from promptops.providers.openai_errors import BodyTooLargeError

ERROR_BYTES = 64 * 1024
"""So much of an error's body is read; only its beginning is shown."""
ENCODINGS = "gzip, deflate"
"""What an answer may be compressed with: zlib can stop in the middle, where a small body unfolds to gigabytes."""


def body_limit(most: int) -> Callable[[httpx2.Response], Awaitable[None]]:
    """A response hook for a client: a body longer than `most` bytes raises BodyTooLargeError; an error's is cut."""

    async def limit(response: httpx2.Response) -> None:
        bytes_allowed = ERROR_BYTES if response.is_error else most
        if _is_known_to_fit(response.headers, bytes_allowed):
            return  # as nearly all: a stream of ours costs a twentieth of the call
        encoding = response.headers.pop("content-encoding", "identity").strip().lower()
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        is_packed = encoding in ("gzip", "x-gzip", "deflate")
        response.stream = _BoundedStream(response.stream, bytes_allowed, is_packed=is_packed, cut=response.is_error)

    return limit


def _is_known_to_fit(headers: httpx2.Headers, limit: int) -> bool:
    """Whether the length is announced, which the transport holds the server to, and the body is not packed."""
    length = headers.get("content-length", "")
    is_plain = "content-encoding" not in headers and "transfer-encoding" not in headers
    return is_plain and length.isdecimal() and len(length) < 20 and int(length) <= limit


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, limit: int, *, is_packed: bool, cut: bool) -> None:
        self._stream, self._limit, self._is_packed, self._cut = stream, limit, is_packed, cut

    async def __aiter__(self) -> AsyncIterator[bytes]:
        unpacker = zlib.decompressobj(wbits=47) if self._is_packed else None  # 47: gzip and zlib alike
        left = self._limit
        async for chunk in self._stream:
            # One byte more than may come tells that there is more.
            data = unpacker.decompress(chunk, left + 1) if unpacker else chunk[: left + 1]
            if len(data) > left:
                if self._cut:
                    yield data[:left]
                    return
                raise BodyTooLargeError(self._limit)
            left -= len(data)
            yield data

    async def aclose(self) -> None:
        await self._stream.aclose()
