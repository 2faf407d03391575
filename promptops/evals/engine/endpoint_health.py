"""Which endpoints a command asks no more, because nothing they were asked first was answered."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from promptops.errors import ProviderError
from promptops.evals.engine.endpoint_gate import EndpointPace
from promptops.model.config import ModelSpec
from promptops.model.vendors.table import VENDORS
from promptops.providers.endpoint import endpoint_url, redact_url
from promptops.providers.endpoint_key import EndpointKey, endpoint_key, model_key

ALIKE = 10
"""So many first calls that all fail alike, and no more are made."""
_ALL_ALIKE = f"the first {ALIKE} calls all failed alike, so no more are made"
_VARYING = re.compile(r"\w*\d\w*")
"""What differs from call to call in a server's words: ids of requests, times, numbers."""
_ABOUT_THE_REQUEST = frozenset({0, 400, 413, 422})
"""Statuses that may be about what was asked; 0 is an answer without a text."""


@dataclass(slots=True)
class _FirstCalls:
    """How the first calls ended: all with this failure, so often; `settled` once one of them ended otherwise."""

    failure: tuple[int, str] | None = None
    count: int = 0
    settled: bool = False

    def note(self, failure: tuple[int, str] | None) -> None:
        """Count a call that is finished, after all its attempts; None for one that was answered."""
        self.count += 1
        self.settled = self.settled or failure is None or self.failure not in (None, failure)
        self.failure = failure

    @property
    def dead(self) -> bool:
        return not self.settled and self.count >= ALIKE


@dataclass(slots=True)
class EndpointHealth:
    """What became of the first calls of each model and each address. The suites of one command share it.

    An error of the network is about the address, whichever model was asked; any other about this model there.
    """

    _calls: dict[EndpointKey, _FirstCalls] = field(default_factory=dict)
    _given_up: dict[EndpointKey, str] = field(default_factory=dict)
    _known: set[EndpointKey] = field(default_factory=set)
    _paces: dict[EndpointKey, EndpointPace] = field(default_factory=dict)

    def pace(self, key: EndpointKey) -> EndpointPace:
        """How many calls the endpoint takes, and when."""
        return self._paces.setdefault(key, EndpointPace())

    def why_dead(self, spec: ModelSpec) -> str:
        """Why this model is asked no more, in a sentence; empty while it is."""
        return next((self._given_up[key] for key in _keys(spec) if key in self._given_up), "")

    def give_up(self, spec: ModelSpec, why: str) -> None:
        """Ask this model no more."""
        self._given_up.setdefault(model_key(spec), why)

    def answered(self, spec: ModelSpec) -> None:
        """A call was answered."""
        for key in _keys(spec):
            self._calls.setdefault(key, _FirstCalls()).note(None)

    def answered_before(self, spec: ModelSpec) -> None:
        """A reply is known from an earlier run: what is left to ask may be what this model never answers."""
        self._known.add(model_key(spec))

    def failed(self, spec: ModelSpec, error: ProviderError) -> None:
        """A call failed for good. A server that is busy or broken (429, 5xx) may be well again soon."""
        passing = error.status == 429 or error.status >= 500 or self._is_of_request(spec, error)
        failure = None if passing else (error.status, _failure_class(spec, error))
        for key in _keys(spec):
            is_about = failure if key == model_key(spec) or _is_of_network(spec, error) else None
            calls = self._calls.setdefault(key, _FirstCalls())
            calls.note(is_about)
            if calls.dead and key not in self._given_up:
                self._given_up[key] = ". ".join(filter(None, [f"{error}; {_ALL_ALIKE}", error.hint]))

    def _is_of_request(self, spec: ModelSpec, error: ProviderError) -> bool:
        """Whether a model that answers other requests refused this one, as filters do."""
        is_about_it = error.status in _ABOUT_THE_REQUEST and not _is_of_network(spec, error)
        return is_about_it and model_key(spec) in self._known


def _keys(spec: ModelSpec) -> tuple[EndpointKey, EndpointKey]:
    return model_key(spec), endpoint_key(spec)


def _is_of_network(spec: ModelSpec, error: ProviderError) -> bool:
    """Whether nobody answered at the address: then the error names it."""
    if error.status or not VENDORS[spec.provider].is_remote:
        return False
    try:
        return redact_url(endpoint_url(spec)) in str(error)
    except ProviderError:  # there is no address, as the error says
        return False


def _failure_class(spec: ModelSpec, error: ProviderError) -> str:
    return _VARYING.sub("#", str(error).removeprefix(f"{spec.alias}: "))
