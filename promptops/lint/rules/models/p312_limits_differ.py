"""One model has two names, and their limits differ.

`concurrency` and `requestsPerMinute` hold for a model at its address and key, by whatever name it is called: the
stricter of two counts for both, and the other has no effect.

Bad:   small: {…, model: m, limits: {concurrency: 20}}   quick: {…, model: m, limits: {concurrency: 4}}
Good:  small: {…, model: m, limits: {concurrency: 4}}    quick: {…, model: m, limits: {concurrency: 4}}
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.model.config import ModelSpec
from promptops.model.finding import Finding
from promptops.providers.endpoint_key import EndpointKey, model_key
from promptops.source.yaml.reader import Node

CODE = "P312"
PREFILTER = Prefilter(("project",), ("limits",))


def check(target: Target) -> Iterator[Finding]:
    """Each limit that another name of the same model makes stricter."""
    if target.node is None or not target.files.models_known:
        return
    models = target.node.group("models")
    for twins in _by_endpoint(target.project.config.models).values():
        for key, limits in (("concurrency", _in_flight(twins)), ("requestsPerMinute", _a_minute(twins))):
            strictest = min(limits, key=limits.__getitem__, default="")
            for alias in [alias for alias in twins if strictest and limits.get(alias) != limits[strictest]]:
                yield _finding(target, models, alias, key, limits.get(alias), (strictest, limits[strictest]))


def _by_endpoint(models: Mapping[str, ModelSpec]) -> dict[EndpointKey, dict[str, ModelSpec]]:
    found: defaultdict[EndpointKey, dict[str, ModelSpec]] = defaultdict(dict)
    for alias, spec in models.items():
        # What stands in the environment may be two addresses.
        found[*model_key(spec), spec.base_url_env][alias] = spec
    return found


def _in_flight(twins: Mapping[str, ModelSpec]) -> dict[str, int]:
    return {alias: spec.limits.concurrency for alias, spec in twins.items()}


def _a_minute(twins: Mapping[str, ModelSpec]) -> dict[str, int]:
    limits = {alias: spec.limits.requests_per_minute for alias, spec in twins.items()}
    return {alias: limit for alias, limit in limits.items() if limit is not None}


def _finding(
    target: Target, models: Node, alias: str, key: str, own: int | None, strictest: tuple[str, int]
) -> Finding:
    other, least = strictest
    node = models.group(alias)
    limits = node.group("limits")
    span = limits.key_spans.get(key) or node.key_spans.get("limits") or models.key_spans.get(alias) or models.span
    has = f"has no {key}" if own is None else f"has {key} {own}"
    message = f"'{alias}' {has}, but '{other}', which is the same model, has {least}"
    hint = f"write {key}: {least} under the limits of both, or keep one of the names"
    return Finding(target.path, span, CODE, message, hint, "warning", detail=f"for both it is {least}")
