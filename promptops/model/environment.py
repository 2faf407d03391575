"""An environment: which version of each prompt is served."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from promptops.model.finding import START, Span


class Rollout(NamedTuple):
    """A second version, served to `percent` (0 to 100) of the calls. Spans say where commit and digest are written."""

    commit: str
    digest: str
    percent: float
    commit_span: Span = START
    digest_span: Span = START


class Pin(NamedTuple):
    """The version of one prompt that is served.

    `prompt` is its identifier, `commit` a full id, `digest` the pin digest (`sha256:<64 hex>`) the prompt must
    have there. `span` is the place of the identifier; the others say where commit and digest are written.
    """

    prompt: str
    commit: str
    digest: str
    rollout: Rollout | None = None
    span: Span = START
    commit_span: Span = START
    digest_span: Span = START

    def versions(self) -> tuple[Pin, ...]:
        """Each version that is served: the pin without its rollout, and the rollout as a pin that keeps it."""
        alone = self._replace(rollout=None)
        if self.rollout is None:
            return (alone,)
        commit, digest, _, *spans = self.rollout
        return alone, Pin(self.prompt, commit, digest, self.rollout, self.span, *spans)

    def without_spans(self) -> Pin:
        """Only what the pin says: equal for equal pins, wherever they are written."""
        return Pin(*self[:3], self.rollout and Rollout(*self.rollout[:3]))


def served_versions(pins: Iterable[Pin]) -> list[Pin]:
    """Every version of these pins; see `Pin.versions`."""
    return [version for pin in pins for version in pin.versions()]


class Environment(NamedTuple):
    """`environments/NAME.yml`: pins by the prompt's identifier, in the order of the file."""

    name: str
    path: PurePosixPath
    pins: Mapping[str, Pin]

    def pins_without_spans(self) -> dict[str, Pin]:
        """What it says, wherever it is written: equal for equal environments."""
        return {name: pin.without_spans() for name, pin in self.pins.items()}
