"""A parameter is one that the model's vendor does not have, or that an evaluation cannot use.

The vendor refuses the request, or a client leaves the parameter out and nobody is told. With `n`, replies are paid for
that nobody reads; with `stream`, a reply comes in pieces that belong to whoever shows them.

Bad:   model: claude (provider: anthropic)   modelParameters: {temperature: 0.2, seed: 7}
Good:  model: claude (provider: anthropic)   modelParameters: {maxTokens: 300}
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding

CODE = "P315"
PREFILTER = Prefilter(("prompt", "project"), ("modelParameters", "parameters"))


def check(target: Target) -> Iterator[Finding]:
    """Each such parameter, of a prompt and of a model in promptops.yml."""
    from promptops.lint.located_values.vendor_refusals import refused_of  # few prompts need it

    yield from refused_of(target, "parameter", CODE)
