"""How much a Gemini model thinks before it answers: `reasoning_effort` as a level, or for older ones as a budget."""

from __future__ import annotations

import re
from typing import Any

from promptops.model.requests.translation import Interface

LEVELS = ("minimal", "low", "medium", "high", "xhigh")
"""What Gemini 3 and later know; not every model knows each of them."""
BUDGETS = {"none": 0, "minimal": 1_024, "low": 1_024, "medium": 8_192, "high": 24_576}
"""Tokens for Gemini 2.5, as Google's own OpenAI-compatible endpoint translates them.

https://ai.google.dev/gemini-api/docs/openai
"""
_BUDGETED = re.compile(r"(.*/)?gemini-2\.5\b")
_WITHOUT = re.compile(r"(.*/)?gemini-(1\.|2\.0)")


def thinking_config(model: str, effort: object, interface: Interface) -> dict[str, Any]:
    """The `thinking_config` for an effort; RenderError for a model that does not think, or an effort it cannot make."""
    if _WITHOUT.match(model):
        raise interface.error(f"has no reasoning_effort for '{model}'", "take it out of modelParameters")
    if _BUDGETED.match(model):
        if effort not in BUDGETS:
            raise interface.error(f"has no reasoning_effort '{effort}' for '{model}'", f"use {', '.join(BUDGETS)}")
        return {"thinking_budget": BUDGETS[str(effort)]}
    if effort not in LEVELS:
        raise interface.error(f"has no reasoning_effort '{effort}' for '{model}'", f"use {', '.join(LEVELS)}")
    return {"thinking_level": str(effort).upper()}
