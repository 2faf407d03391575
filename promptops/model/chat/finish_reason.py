"""Why a model stopped writing, in the words of the servers there are (OpenAI's and those of others behind its API)."""

from __future__ import annotations

from functools import lru_cache

_ENDED = frozenset(
    {"stop", "eos", "eos_token", "end_turn", "stop_sequence", "end", "complete", "completed", "finished"}
)
_CUT = frozenset({
    "length", "max_tokens", "max_output_tokens", "max_completion_tokens", "max_length", "model_length", "token_limit",
    "model_context_window_exceeded", "continuation",
})  # fmt: skip
_FILTERED = frozenset({
    "content_filter", "content_filtered", "safety", "recitation", "blocklist", "prohibited_content", "spii",
    "sensitive", "guardrail_intervened", "refusal", "image_safety", "image_prohibited_content", "image_recitation",
    "model_armor", "escalation", "pup_limited_disabled",
})  # fmt: skip
_BROKEN = frozenset({"error", "abort", "aborted", "cancelled", "canceled", "network_error"})
_OVERLOADED = "insufficient_system_resource"


def ended_normally(reason: str) -> bool:
    """Whether the model came to its own end; a server that gives no reason does not say so."""
    return _word(reason) in _ENDED


def was_cut(reason: str) -> bool:
    """Whether a limit of tokens ended the reply."""
    return _word(reason) in _CUT


def was_filtered(reason: str) -> bool:
    """Whether the provider took the reply away."""
    return _word(reason) in _FILTERED


def broke_off(reason: str) -> bool:
    """Whether the server failed in the middle: what came is not what the model would have said."""
    return _word(reason) in _BROKEN or was_overloaded(reason)


def was_overloaded(reason: str) -> bool:
    """Whether the server had no room to go on; the same request may work later."""
    return _word(reason) == _OVERLOADED


def usual_name(reason: str) -> str:
    """What OpenAI calls it: `MAX_TOKENS` is `length`, `eos` is `stop`, `SAFETY` is `content_filter`."""
    if ended_normally(reason):
        return "stop"
    return "length" if was_cut(reason) else "content_filter" if was_filtered(reason) else _word(reason)


@lru_cache(maxsize=64)  # asked several times for every reply, and most servers know three
def _word(reason: str) -> str:
    return reason.strip().lower().replace("-", "_")
