"""A model is named that the project does not know.

Names of models are given in promptops.yml, under `models`; `openai/NAME` works without. Any other name cannot be
called, because nobody knows where.

Bad:   model: smal
Good:  model: small
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.errors import PromptError
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.located_values.model_references import named
from promptops.model.config import resolve_model
from promptops.model.finding import Finding
from promptops.text.suggestions import closest

CODE = "P301"
PREFILTER = Prefilter(("prompt", "suite", "project"), ("model", "judge", "embeddings"), ("judge_model",))


def check(target: Target) -> Iterator[Finding]:
    """Each name of a model: the prompt's, a suite's, a judge's, the project's."""
    if not target.files.models_known:
        return
    config = target.project.config
    for node in named(target):
        try:
            resolve_model(config, node.text)
        except PromptError as exc:
            hint = exc.hint.replace("\n", "\n  ")
            if close := closest(node.text, config.models):
                hint = f"did you mean '{close}'? If not, {hint}"
            yield Finding(target.path, node.span, CODE, str(exc.args[0]), hint)
