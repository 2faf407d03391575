"""What the vendor of a model cannot do of what a prompt asks for, found once and before the first call.

Lint says the same with places (P315, P316, P317); here it ends a run before every case fails with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

from promptops.errors import EvalError
from promptops.model.chat.message_template import MESSAGES, HistorySlot
from promptops.model.chat.parameters import accepted_parameters, resolve_parameters
from promptops.model.config import ModelSpec
from promptops.model.prompt import Prompt
from promptops.model.requests.vendor_limits import VendorRefusal, kind_refusal, refusals
from promptops.model.suite import Case

_KINDS = {"image": "image", "image_url": "image", "file": "file", "audio": "audio", "input_audio": "audio"}
"""How a part of a message says what it is: by our name, or by that of OpenAI's interface."""


def require_possible(prompt: Prompt, cases: Sequence[Case], models: Sequence[ModelSpec]) -> None:
    """EvalError for the first thing that no call to one of the models could do with these cases."""
    for spec in models:
        asked = accepted_parameters(spec.model, resolve_parameters(spec, prompt.parameters))
        for one in refusals(prompt, spec, asked):
            if one.is_refused and (one.always or _is_given(one.subject, cases)):
                raise _error(one, spec, prompt.path if one.span is None else one.span.place(prompt.path))
        for case, kind in _media_of_histories(prompt, cases):
            if (refusal := kind_refusal(spec, kind)) is not None:
                place = f"{case.path}:{case.line}" if case.path is not None and not case.held_out else prompt.path
                raise _error(refusal, spec, place)


def _error(refusal: VendorRefusal, spec: ModelSpec, where: PurePosixPath | str) -> EvalError:
    message = f"the model '{spec.alias}' cannot be asked: {refusal.message}"
    return EvalError(message, where=str(where), hint=refusal.hint)


def _is_given(name: str, cases: Sequence[Case]) -> bool:
    """Whether a case has a value for the input; what is empty is sent by no vendor and leaves a `when` out."""
    return bool(name) and any(case.fields.get(name) for case in cases)


def _media_of_histories(prompt: Prompt, cases: Sequence[Case]) -> Iterator[tuple[Case, str]]:
    """The first case with each kind of part in the messages that it has so far."""
    sent = {item.name for item in prompt.messages if isinstance(item, HistorySlot)}
    names = [item.name for item in prompt.inputs if item.kind == MESSAGES and item.name in sent]
    seen: set[str] = set()
    for case in cases if names else ():
        for name in names:
            for kind in _parts(case.fields.get(name)):
                if kind not in seen:
                    seen.add(kind)
                    yield case, kind


def _parts(messages: Any) -> Iterator[str]:
    for message in messages if isinstance(messages, list) else ():
        content = message.get("content") if isinstance(message, dict) else None
        for part in content if isinstance(content, list) else ():
            kind = part.get("type") if isinstance(part, dict) else None
            if isinstance(kind, str) and kind in _KINDS:
                yield _KINDS[kind]
