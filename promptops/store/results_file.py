"""results.json: written fast, read strictly. A file may come from a fork's pull request and is treated as hostile.

NaN and infinity become null on the way out, and are refused where a number must be; lone surrogates, which JSON in
UTF-8 cannot hold, become �. `results.schema.json` beside this file is the same shape for other tools.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from math import isfinite
from typing import TYPE_CHECKING, Any

from promptops.errors import EvalError
from promptops.model.results import FORMAT, Results

if TYPE_CHECKING:
    from pydantic import TypeAdapter

WHERE = "results.json"
MAX_BYTES = 256 * 1024 * 1024
CLOCK_SKEW = timedelta(minutes=10)
"""By so much the clocks of two machines may differ."""
_SHA256 = re.compile("[0-9a-f]{64}")
_PICTURE = re.compile("data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]*={0,2}")
"""What pages show as pictures, and nothing else."""
_ROWS = 500
"""So many cases or replies are written at a time."""
_HINT = "write it again with `promptops eval`, or use the promptops version that wrote it"


@cache
def _adapter() -> TypeAdapter[Results | None]:
    from pydantic import ConfigDict, TypeAdapter

    # The union is only there because pydantic takes no config for a bare dataclass; nested ones inherit this one.
    return TypeAdapter(Results | None, config=ConfigDict(extra="forbid", strict=True, allow_inf_nan=False))


def serialize_results(results: Results) -> bytes:
    """The results as JSON in UTF-8. Raises EvalError for a NaN where a number must be."""
    return b"".join(serialize_in_pieces(results))


def serialize_in_pieces(results: Results) -> Iterator[bytes]:
    """The same bytes piece by piece: 100,000 cases and replies are never held twice. Raises EvalError at once."""
    _check_numbers(results)
    return _pieces(results)


def _pieces(results: Results) -> Iterator[bytes]:
    for index, field in enumerate(fields(results)):
        value = getattr(results, field.name)
        yield b"%c%s:" % (b"{,"[min(index, 1)], _to_json(field.name))
        if isinstance(value, tuple) and len(value) > _ROWS:
            for start in range(0, len(value), _ROWS):
                rows = _to_json(value[start : start + _ROWS])
                yield (b"," if start else b"[") + rows[1:-1]
            yield b"]"
        else:
            yield _to_json(value)
    yield b"}"


def _to_json(value: object) -> bytes:
    from pydantic_core import PydanticSerializationError, to_json

    try:
        return to_json(value, inf_nan_mode="null")
    except PydanticSerializationError:
        return to_json(_encodable(value), inf_nan_mode="null")


def parse_results(data: bytes | str, *, limit: int = MAX_BYTES) -> Results:
    """The results in a file's content. Raises EvalError that names the place of whatever is wrong."""
    from pydantic import ValidationError

    if len(data) > limit:
        raise EvalError(f"the file is larger than {limit // 2**20} MiB", where=WHERE)
    try:
        results = _adapter().validate_json(data)
    except ValidationError as exc:
        raise _validation_error(data, exc) from None
    except (ValueError, RecursionError) as exc:
        raise EvalError(f"this is not JSON that can be read: {exc}", where=WHERE) from None
    if results is None:
        raise EvalError("the file holds no results", where=WHERE, hint=_HINT)
    if results.format != FORMAT:
        raise _format_error(results.format, results.version)
    _check_references(results)
    _check_time(results)
    return results


def results_schema() -> dict[str, Any]:
    """JSON Schema of results.json."""
    found = _adapter().json_schema()
    definitions: dict[str, Any] = found["$defs"]
    top = definitions.pop("Results")
    top["properties"]["format"] = {"const": FORMAT, "default": FORMAT}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "promptops results",
        **{key: value for key, value in top.items() if key != "title"},
        "$defs": definitions,
    }


def _validation_error(data: bytes | str, exc: Any) -> EvalError:
    """The first problem in words; another format explains itself before anything else."""
    first = exc.errors(include_url=False, include_input=False, include_context=False)[0]
    try:
        head = json.loads(data)
    except (ValueError, RecursionError):
        head = None
    if isinstance(head, dict) and isinstance(head.get("format"), str) and head["format"] != FORMAT:
        return _format_error(head["format"], str(head.get("version", "")))
    place = _format_location(first["loc"])
    return EvalError(f"{first['msg']}", where=f"{WHERE}: {place}" if place else WHERE, hint=_HINT)


def _format_error(form: str, version: str) -> EvalError:
    who = f"promptops {version[:40]}" if version else "another version of promptops"
    return EvalError(
        f"written by {who} as '{form[:60]}'; this version reads '{FORMAT}'",
        where=WHERE,
        hint="upgrade promptops, or evaluate again with this version",
    )


def _format_location(loc: tuple[int | str, ...]) -> str:
    """`samples[3].cost`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part[:60]}" for part in loc).lstrip(".")


def _check_numbers(results: Results) -> None:
    required = [("duration", results.duration)]
    required += [(f"criteria.{info.name}.threshold", info.threshold) for info in results.criteria]
    for comparison in results.comparisons:
        for found in comparison.criteria:
            for side, rate in (("base", found.base), ("head", found.head)):
                if rate is not None:
                    required.append((f"{comparison.model}.{found.criterion}.{side}.rate", rate.rate))
    for place, value in required:
        if not isfinite(value):
            raise EvalError(f"{value} is not a number that can be written", where=f"{WHERE}: {place}")


def _check_references(results: Results) -> None:
    """What the shape cannot say: arms, cases and models that other parts name must exist."""
    for digest, picture in results.pictures.items():
        if not (_SHA256.fullmatch(digest) and _PICTURE.fullmatch(picture)):
            raise EvalError("this is not a picture", where=f"{WHERE}: pictures")
    cases = {case.id for case in results.cases}
    if len(cases) != len(results.cases):
        raise EvalError("two cases have the same id", where=f"{WHERE}: cases")
    for index, sample in enumerate(results.samples):
        if not 0 <= sample.arm < len(results.arms):
            raise EvalError(f"there is no arm {sample.arm}", where=f"{WHERE}: samples[{index}].arm")
    for rows, name, known in (
        ("samples", "case", cases),
        ("rendered", "case", cases),
        ("comparisons", "model", {arm.model for arm in results.arms}),
        ("rules", "criterion", {info.name for info in results.criteria}),
    ):
        for index, row in enumerate(getattr(results, rows)):
            if getattr(row, name) not in known:
                raise EvalError(f"it belongs to no {name}", where=f"{WHERE}: {rows}[{index}].{name}")


def _check_time(results: Results) -> None:
    """The newest results of a version are the ones that count, so nobody may date theirs in the future."""
    if not results.started:  # then all others are newer
        return
    where = f"{WHERE}: started"
    try:
        started = datetime.fromisoformat(results.started)
        ahead = (started if started.tzinfo else started.replace(tzinfo=UTC)) - datetime.now(UTC)
    except (ValueError, OverflowError):
        raise EvalError("this is not a time: 2026-11-30T12:00:00+00:00", where=where, hint=_HINT) from None
    if ahead > CLOCK_SKEW:
        hint = "is this machine's clock right? If it is, delete these results: nothing was evaluated then"
        raise EvalError(f"these results are dated in the future ({results.started[:40]})", where=where, hint=hint)


def _encodable(value: Any) -> Any:
    """The data with lone surrogates replaced."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, Mapping):
        return {_encodable(str(key)): _encodable(item) for key, item in value.items()}
    if is_dataclass(value):
        return {field.name: _encodable(getattr(value, field.name)) for field in fields(value)}
    return [_encodable(item) for item in value] if isinstance(value, list | tuple | set | frozenset) else value
