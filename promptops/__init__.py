"""Prompts as code, in your own git repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from promptops.errors import PromptopsError as PromptopsError
    from promptops.evals.python_worker.reply import CheckedReply as Reply
    from promptops.runtime.call import Call as Call
    from promptops.runtime.call import Version as Version
    from promptops.runtime.prompts import Prompts as Prompts
    from promptops.runtime.served_prompt import ServedPrompt as ServedPrompt
    from promptops.runtime.status import Change as Change
    from promptops.runtime.status import Status as Status

__all__ = ["Call", "Change", "PromptopsError", "Prompts", "Reply", "ServedPrompt", "Status", "Version", "__version__"]

__version__ = "0.1.0"

_MODULES = {
    "Call": "promptops.runtime.call",
    "Change": "promptops.runtime.status",
    "Prompts": "promptops.runtime.prompts",
    "PromptopsError": "promptops.errors",
    "Reply": "promptops.evals.python_worker.reply",
    "ServedPrompt": "promptops.runtime.served_prompt",
    "Status": "promptops.runtime.status",
    "Version": "promptops.runtime.call",
}


def __getattr__(name: str) -> object:
    """Public names are loaded when they are used: the command line needs none of them."""
    if name not in _MODULES:
        raise AttributeError(f"module 'promptops' has no attribute '{name}'")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(_MODULES[name]), name)
    return value


def __dir__() -> list[str]:
    return __all__
