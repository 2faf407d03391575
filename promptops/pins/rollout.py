"""Which of its two versions a prompt in gradual rollout serves."""

from __future__ import annotations

from hashlib import sha256

_WHOLE = 1 << 53
"""As many places as a float tells apart: none of them is rounded up to 100."""


def rollout_position(seed: str, name: str, key: str) -> float:
    """The caller's place between 0 and 100, always the same for the same seed, prompt and key.

    `seed` is the digest of the version that is rolled out. So a caller who got it keeps it while the percent grows, and
    the next rollout begins with other callers.
    """
    drawn = sha256("\0".join((seed, name, key)).encode("utf-8", "surrogatepass")).digest()
    return (int.from_bytes(drawn[:8], "big") >> 11) / _WHOLE * 100
