"""An environment: which version of each prompt is served."""

from __future__ import annotations

from collections.abc import Mapping
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

    `prompt` is its identifier, `commit` a full id (40 hex), `digest` the pin digest (`sha256:<64 hex>`) the prompt must
    have there. `span` is the place of the identifier; the others say where commit and digest are written.
    """

    prompt: str
    commit: str
    digest: str
    rollout: Rollout | None = None
    span: Span = START
    commit_span: Span = START
    digest_span: Span = START


class Environment(NamedTuple):
    """`environments/NAME.yml`: pins by the prompt's identifier, in the order of the file."""

    name: str
    path: PurePosixPath
    pins: Mapping[str, Pin]
