"""One pinned version of a prompt, as `Prompts.get` gives it."""

from __future__ import annotations

import codecs
import os
import threading
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, NamedTuple

import promptops.templating.json_schema.joint_check  # noqa: F401 - what the first rendering needs is here before it
from promptops.model.sealed_prompt import UNKNOWN_ENDPOINT, ModelEndpoint, SealedPrompt
from promptops.pins.unsealing import unseal
from promptops.runtime.call import Call, Version
from promptops.templating.render import Renderer

# A process may fork while one of its threads imports something, and then the child can never import it. So rendering
# imports nothing: neither what checks inputs (above), nor this, by which Jinja reads the texts in a template's tags.
codecs.lookup("unicode-escape")

MAX_COMPILED = 2048
"""Versions that are kept compiled, about 50 kB each; the one that was made first makes room."""


class ServedInput(NamedTuple):
    """An input as the digest covers it: its JSON Schema, and the default where it need not be given."""

    schema: Mapping[str, Any]
    required: bool
    default: Any


class _CompiledPrompt(NamedTuple):
    renderer: Renderer
    provider: str
    model: str
    is_flat: bool
    """Whether nothing in the parameters, tools and schema could be changed by a caller."""


_compiled: dict[tuple[str, str], _CompiledPrompt] = {}
"""By name (errors say it) and digest."""
_compile_lock = threading.Lock()


def _after_fork() -> None:
    global _compile_lock
    _compile_lock = threading.Lock()  # another thread of the parent may have held it, and is not here to let go


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class ServedPrompt:
    """A prompt at the version that is served. It stays this version, whatever is pinned later."""

    __slots__ = ("_endpoint", "_sealed", "version")

    def __init__(self, version: Version, sealed: SealedPrompt, endpoint: ModelEndpoint = UNKNOWN_ENDPOINT) -> None:
        self.version = version
        self._sealed = sealed
        self._endpoint = endpoint

    def __repr__(self) -> str:
        commit = self.version.commit
        return f"<{self.version.name} at {commit[:7] if commit else 'the work tree'}>"

    @property
    def inputs(self) -> Mapping[str, ServedInput]:
        """What `render` takes, by name."""
        declared = self._compile().renderer.closure.prompt.inputs
        return {
            item.name: ServedInput(*deepcopy((dict(item.schema), item.required, item.default))) for item in declared
        }

    def render(self, /, **values: Any) -> Call:
        """The prompt filled. RenderError when an input is missing, unknown or does not fit its JSON Schema."""
        ready = _compiled.get((self.version.name, self.version.digest)) or self._compile()
        prompt = ready.renderer.closure.prompt
        filled = ready.renderer.render(values)
        return Call(
            self.version,
            ready.provider,
            ready.model,
            filled,
            # What a caller does to its own must not reach the next one.
            dict(prompt.parameters) if ready.is_flat else deepcopy(dict(prompt.parameters)),
            () if ready.is_flat else deepcopy(prompt.tools),
            prompt.response_format,
            None if ready.is_flat else deepcopy(prompt.json_schema),
            self._endpoint,
        )

    def _compile(self) -> _CompiledPrompt:
        """Compiled on first use, once for each digest. Neither disk nor network is touched."""
        key = self.version.name, self.version.digest
        with _compile_lock:
            found = _compiled.get(key)
            if found is None:
                closure, model = unseal(self._sealed, self.version.name)
                provider, _, name = model.partition("/")
                while len(_compiled) >= MAX_COMPILED:
                    _compiled.pop(next(iter(_compiled)))
                prompt = closure.prompt
                nested = any(isinstance(value, (dict, list)) for value in prompt.parameters.values())
                is_flat = not (nested or prompt.tools or prompt.json_schema is not None)
                found = _compiled[key] = _CompiledPrompt(Renderer(closure), provider, name, is_flat)
        return found
