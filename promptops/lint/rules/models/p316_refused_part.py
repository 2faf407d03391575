"""A message has a picture, a document or a sound that the prompt's model cannot take.

The vendor refuses every call, or the model never sees it. Most take pictures only in messages of the user, few take
sound, and the model on this machine takes text alone.

Bad:   model: tiny (provider: local)   content: [{type: image, image: photo}]
Good:  model: small (provider: openai)   content: [{type: image, image: photo}]
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding

CODE = "P316"
PREFILTER = Prefilter(("prompt", "suite"), ("image", "file", "audio", "models:"))


def check(target: Target) -> Iterator[Finding]:
    """Each such part; in a suite the model that it would be sent to."""
    from promptops.lint.located_values.vendor_refusals import refused_of  # few prompts need it

    yield from refused_of(target, "part", CODE)
