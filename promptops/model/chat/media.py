"""Pictures, files and sounds in a message: what kind of data they are, and how they are named."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

MediaKind = Literal["image", "file", "audio"]
MEDIA_KINDS: tuple[MediaKind, ...] = get_args(MediaKind)


@dataclass(frozen=True, slots=True)
class Media:
    """One picture (`image`), document (`file`) or sound (`audio`): its bytes, or the https address it lies at.

    `media_type` is what the bytes are (`image/png`), empty for an address. `name` is the file's name, for people and
    for vendors that want one. We never fetch the address and never decode the bytes.
    """

    kind: MediaKind
    media_type: str = ""
    data: bytes = field(default=b"", repr=False)
    url: str = ""
    name: str = field(default="", compare=False)
    sha256: str = field(default="", init=False)

    def __post_init__(self) -> None:
        import hashlib  # 3 ms that lint need not pay

        object.__setattr__(self, "sha256", "" if self.url else hashlib.sha256(self.data).hexdigest())

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
        return f"{self.kind}{named}, {_size(len(self.data))}, sha256 {self.sha256[:12]}"


def _size(count: int) -> str:
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1000:.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"
