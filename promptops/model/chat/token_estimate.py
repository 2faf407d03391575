"""How long texts are for a model, before anybody calls it."""

from __future__ import annotations

LOCAL_WINDOW = 4096
"""Tokens that a model on this machine can read and write together in one call."""


def estimate_tokens(text: str) -> int:
    """About how many tokens a text has: a quarter of its characters, rounded up.

    An estimate for plans, good to a factor of two for European languages and too low for others. Counting exactly
    needs the model's own tables, which a machine without a network cannot load.
    """
    return -(-len(text) // 4)
