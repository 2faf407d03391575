"""What the suites of a command share of their models: open providers, limits, gates, and what is known of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

from promptops.evals.engine.endpoint_gate import EndpointGate, Sleep
from promptops.evals.engine.endpoint_health import EndpointHealth
from promptops.evals.engine.limits import RateLimit
from promptops.model.config import ModelSpec
from promptops.model.model_call import Provider
from promptops.providers.endpoint_key import EndpointKey, endpoint_key, model_key


class Endpoints:
    """Every model of a command, opened once. Limits are per endpoint and model, the pace per endpoint.

    Belongs to one event loop, until it is closed.
    """

    def __init__(
        self,
        open_provider: Callable[[ModelSpec], Provider],
        *,
        health: EndpointHealth | None = None,
        sleep: Sleep = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.health = health or EndpointHealth()
        self.sleep, self._clock = sleep, clock
        self._open_provider = open_provider
        # By the whole spec: base and head may mean different models by one alias.
        self._providers: dict[ModelSpec, Provider] = {}
        self._limits: dict[EndpointKey, RateLimit] = {}
        self._specs: set[ModelSpec] = set()
        self._gates: dict[EndpointKey, EndpointGate] = {}
        self._failed: set[ModelSpec] = set()
        self.on_dead: set[Callable[[], None]] = set()
        """Told, each, when an endpoint is given up."""

    def limit(self, spec: ModelSpec) -> RateLimit:
        """What this model takes there, whatever its alias: of two that differ the stricter limits count."""
        key = model_key(spec)
        if spec not in self._specs:
            self._specs.add(spec)
            if key in self._limits:
                self._limits[key].narrow(spec.limits)
        return self._limits.get(key) or self._limits.setdefault(key, RateLimit(spec.limits))

    def gate(self, spec: ModelSpec) -> EndpointGate:
        """What all calls to the endpoint go through."""
        key = endpoint_key(spec)
        if key not in self._gates:
            self._gates[key] = EndpointGate(spec.alias, self.health.pace(key), sleep=self.sleep, clock=self._clock)
        return self._gates[key]

    def provider(self, spec: ModelSpec) -> Provider:
        """The model, opened at the first call. ProviderError where it cannot be: no key, no file."""
        if spec not in self._providers:
            self._providers[spec] = self._open_provider(spec)
        return self._providers[spec]

    def is_first_failure(self, spec: ModelSpec) -> bool:
        """Whether nobody was told yet that a call of this model failed; from now on somebody was."""
        if spec in self._failed:
            return False
        self._failed.add(spec)
        return True

    def tell_dead(self) -> None:
        """Tell all suites that an endpoint was given up: who waits for it need not."""
        for each in list(self.on_dead):
            each()

    async def close(self) -> None:
        """End all providers; every one gets its chance, then the first error is raised."""
        closing = (provider.close() for provider in self._providers.values())
        for result in await asyncio.gather(*closing, return_exceptions=True):
            if isinstance(result, BaseException):
                raise result


def without_parameters(spec: ModelSpec) -> ModelSpec:
    """With other parameters, or more in the body, it is no other model."""
    return replace(spec, parameters={}, extra_body={}) if spec.parameters or spec.extra_body else spec
