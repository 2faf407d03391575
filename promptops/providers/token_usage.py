"""Tokens as servers count them: each in its own way, and not all of it true."""

from __future__ import annotations

from typing import Any

from promptops.model.model_call import Usage


def parse_usage(data: object, *, has_output: bool) -> Usage:
    """The `usage` of an answer; None for what it does not say, or cannot mean: no tokens for a reply that is there."""
    asked = _first(token_count(data, "prompt_tokens"), token_count(data, "input_tokens"))
    given = _first(token_count(data, "completion_tokens"), token_count(data, "output_tokens"))
    if has_output and given == 0:
        asked, given = asked or None, None
    details = _group(data, "completion_tokens_details")
    thought = _first(token_count(details, "reasoning_tokens"), token_count(data, "reasoning_tokens"))
    cached = _first(
        token_count(_group(data, "prompt_tokens_details"), "cached_tokens"),
        token_count(data, "prompt_cache_hit_tokens"),
        token_count(data, "cached_tokens"),
    )
    if asked is not None and given is not None:
        unlisted = _unlisted(asked, given, thought, token_count(data, "total_tokens"))
        if unlisted:
            given, thought = given + unlisted, thought or unlisted
    if cached is not None and (asked is None or cached > asked):
        cached = None
    return Usage(asked, given, thought, cached)


def _unlisted(asked: int, given: int, thought: int | None, total: int | None) -> int:
    """Tokens of thinking, paid as output, that are not among `completion_tokens` (xAI, Gemini): the total says so."""
    if total is not None and total >= asked + given:
        return total - asked - given
    return thought if thought is not None and thought > given else 0


def _group(data: object, name: str) -> Any:
    return data.get(name) if isinstance(data, dict) else None


def token_count(data: object, name: str) -> int | None:
    """A number of tokens in a group; None for what is none."""
    value = data.get(name) if isinstance(data, dict) else None
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():  # servers in JavaScript or Lua write 12.0 and 1e3
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _first(*counts: int | None) -> int | None:
    return next((count for count in counts if count is not None), None)
