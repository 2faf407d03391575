"""An answer's body, read no further than it may be long, so that no server can fill the memory."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

ERROR_BYTES = 64 * 1024
"""So much of an error's body is read; only its beginning is shown."""
ENCODINGS = "gzip, deflate"
"""What an answer may be compressed with: zlib can stop in the middle, where a small body unfolds to gigabytes."""


class BodyTooLargeError(Exception):
    """A body is longer than `limit` bytes, unpacked."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the body has more than {limit} bytes")
        self.limit = limit


class BoundedBody:
    """Takes a body's chunks as they come and gives them back unpacked, `limit` bytes at the most.

    What is longer raises BodyTooLargeError, or with `cut` ends there (`is_full`).
    """

    def __init__(self, limit: int, encoding: str = "", *, cut: bool = False) -> None:
        is_packed = encoding.strip().lower() in ("gzip", "x-gzip", "deflate")
        self._unpacker = zlib.decompressobj(wbits=47) if is_packed else None  # 47: gzip and zlib alike
        self._limit = self._left = limit
        self._cut = cut
        self.is_full = False

    def feed(self, chunk: bytes) -> bytes:
        """What this chunk adds to the body. zlib.error where it cannot be unpacked."""
        # One byte more than may come tells that there is more.
        most = self._left + 1
        data = self._unpacker.decompress(chunk, most) if self._unpacker else chunk[:most]
        if len(data) > self._left:
            if not self._cut:
                raise BodyTooLargeError(self._limit)
            self.is_full = True
            data = data[: self._left]
        self._left -= len(data)
        return data


def is_known_to_fit(headers: Mapping[str, str], limit: int) -> bool:
    """Whether the length is announced, which the transport holds the server to, and the body is not packed."""
    length = headers.get("content-length", "")
    is_plain = "content-encoding" not in headers and "transfer-encoding" not in headers
    return is_plain and length.isdecimal() and len(length) < 20 and int(length) <= limit
