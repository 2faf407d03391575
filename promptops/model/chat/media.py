"""Pictures, files and sounds in a message: what kind of data they are, and how they are named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from promptops.errors import ProviderError, SourceError

MediaKind = Literal["image", "file", "audio"]
MEDIA_KINDS: tuple[MediaKind, ...] = get_args(MediaKind)


@dataclass(frozen=True, slots=True)
class Media:
    """One picture (`image`), document (`file`) or sound (`audio`): its bytes, or the https address it lies at.

    `media_type` is what the bytes are (`image/png`), empty for an address. `name` is the file's name, for people and
    for vendors that want one. `load` gives the bytes anew where they are not kept: a suite may name more pictures than
    memory holds. We never fetch the address and never decode the bytes.
    """

    kind: MediaKind
    media_type: str = ""
    content: bytes = field(default=b"", repr=False, compare=False)
    url: str = ""
    name: str = field(default="", compare=False)
    load: Callable[[], bytes] | None = field(default=None, repr=False, compare=False)
    sha256: str = field(default="", init=False)
    size: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.url:
            return
        object.__setattr__(self, "sha256", _digest(self.content))
        object.__setattr__(self, "size", len(self.content))
        if self.load is not None:
            object.__setattr__(self, "content", b"")

    @property
    def data(self) -> bytes:
        """The bytes. ProviderError where the file they are read from has changed since, or is not there any more."""
        if self.load is None:
            return self.content
        try:
            found = self.load()
        except SourceError as exc:
            raise ProviderError(f"'{self.name}' cannot be read any more: {exc.args[0]}") from exc
        if _digest(found) != self.sha256:
            raise ProviderError(f"'{self.name}' was changed during the run", hint="run it again")
        return found

    @property
    def base64(self) -> str:
        """The bytes as base64."""
        from base64 import b64encode

        return b64encode(self.data).decode("ascii")

    @property
    def address(self) -> str:
        """The https address, or a data URI with the bytes."""
        return self.url or f"data:{self.media_type};base64,{self.base64}"

    @property
    def identity(self) -> dict[str, Any]:
        """What tells one from another, as JSON data without the bytes: for keys, records and reports."""
        if self.url:
            return {"type": self.kind, "url": self.url}
        return {"type": self.kind, "mediaType": self.media_type, "sha256": self.sha256}

    @property
    def label(self) -> str:
        """`image 'cake.png', 12 kB, sha256 3f2a91c4b07d`: for people, in place of what it shows."""
        named = f" '{self.name}'" if self.name else ""
        if self.url:
            return f"{self.kind}{named} at {self.url}"
        return f"{self.kind}{named}, {_size(self.size)}, sha256 {self.sha256[:12]}"


def _digest(data: bytes) -> str:
    import hashlib  # 3 ms that lint need not pay

    return hashlib.sha256(data).hexdigest()


def _size(count: int) -> str:
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1000:.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"
