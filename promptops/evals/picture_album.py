"""The pictures that a page shows of a run's cases, as data: small ones, and not more than a page can carry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from promptops.errors import ProviderError
from promptops.model.chat.message import Message

MOST_BYTES, MOST_BYTES_TOGETHER = 500_000, 8_000_000


class PictureAlbum:
    """Data URIs by sha256. What is too large is left out: its name, size and digest stand in the message anyway."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}
        self._room = MOST_BYTES_TOGETHER

    @property
    def kept(self) -> Mapping[str, str]:
        """Those that were kept."""
        return self._kept

    def keep(self, messages: Iterable[Message]) -> tuple[str, ...]:
        """The sha256 of each picture in the messages that is kept, now or before."""
        shown: dict[str, None] = {}
        for media in (one for message in messages for one in message.media):
            if media.kind != "image" or media.url or media.size > MOST_BYTES:
                continue
            if media.sha256 not in self._kept:
                if media.size > self._room:
                    continue
                try:
                    self._kept[media.sha256] = media.address
                except ProviderError:  # it was changed meanwhile
                    continue
                self._room -= media.size
            shown[media.sha256] = None
        return tuple(shown)
