"""summary.json: what a check says besides its suites' results, so that its page can be made again in any form.

Written and read on one's own machine or job. What goes from a fork's job to one that may write is check.json, which
holds no sentence of theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from promptops.errors import StoreError
from promptops.model.outcomes.check import CheckResult

if TYPE_CHECKING:
    from pydantic import TypeAdapter

FORMAT, WHERE = "promptops-summary/1", "summary.json"
MAX_BYTES = 64 * 1024 * 1024
_HINT = "run `promptops check` again, or use the promptops version that wrote it"


class SavedCheck(NamedTuple):
    """A check without its results; `suites` are the folders beside the file that hold them, in their order."""

    format: str
    suites: tuple[str, ...]
    check: CheckResult


@cache
def _adapter() -> TypeAdapter[SavedCheck]:
    from pydantic import TypeAdapter

    return TypeAdapter(SavedCheck)


def dump_summary(checked: CheckResult, suites: tuple[str, ...]) -> bytes:
    """The check as JSON in UTF-8."""
    from pydantic_core import to_json

    return to_json(_by_name(SavedCheck(FORMAT, suites, checked._replace(results=()))))


def parse_summary(data: bytes) -> SavedCheck:
    """What the bytes say. Raises StoreError for anything that `dump_summary` does not write."""
    from pydantic import ValidationError

    if len(data) > MAX_BYTES:
        raise StoreError(f"the file is larger than {MAX_BYTES // 2**20} MiB", where=WHERE, hint=_HINT)
    try:
        saved = _adapter().validate_json(data)
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False, include_context=False)[0]
        raise StoreError(f"this is not a check's summary: {first['msg']}", where=WHERE, hint=_HINT) from None
    if saved.format != FORMAT:
        raise StoreError(f"written as '{saved.format[:60]}'; this version reads '{FORMAT}'", where=WHERE, hint=_HINT)
    return saved


def _by_name(value: Any) -> Any:
    """Tuples and dataclasses with the names of their fields, so that a later version may add one anywhere."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: _by_name(item) for name, item in value._asdict().items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _by_name(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _by_name(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_by_name(item) for item in value]
    if isinstance(value, frozenset):
        return [_by_name(item) for item in sorted(value)]
    if isinstance(value, str | PurePosixPath):
        return str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value
