"""`format`: what was always demanded here, and no more.

The library follows the RFCs to the letter: it refuses the time "09:30", mail addresses and links with an umlaut and the
offset +0200. A pinned prompt has been served with those for ever, so their formats are ours. No pattern here can take
more than one pass over a text.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import jsonschema_rs

from promptops.templating.json_schema.pattern_search import PatternError, prepare_pattern

_TIME = re.compile(
    r"(?:[01]?\d|2[0-3]):[0-5]?\d(?::(?:[0-5]?\d|60)(?:\.\d{1,6})?(?:[zZ]|[+-](?:[01]\d|2[0-3]):[0-5]\d)?)?"
)
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[tT](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[zZ]|[+-](?:[01]\d|2[0-3]):?[0-5]\d)"
)
_LABEL = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?")
_ADDRESS = re.compile(r"\w+:\S+")
_REFERENCE = re.compile(r"[^#\\\s]*(?:#[^\\\s]*)?")
_DURATION = re.compile(
    r"P(?!$)(?:[0-9]+W|(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+D)?(?:T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+S)?)?)"
)
_DAY = jsonschema_rs.Draft202012Validator({"format": "date"}, validate_formats=True)


def _is_moment(text: str) -> bool:
    found = _MOMENT.fullmatch(text)
    return found is not None and _DAY.is_valid(found[1])


def _is_mail(text: str) -> bool:
    name, _, _ = text.partition("@")
    return _is_international_mail(text) and ".." not in name and not name.startswith(".") and not name.endswith(".")


def _is_international_mail(text: str) -> bool:
    name, _, host = text.partition("@")
    return bool(name) and "@" not in host and "." in host[1:-1]


def _is_hostname(text: str) -> bool:
    return all(_LABEL.fullmatch(label) for label in text.split("."))


def _is_pattern(text: str) -> bool:
    try:
        prepare_pattern(text, lambda pattern, within: False)
    except PatternError:
        return False
    return True


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None


_FORMATS: dict[str, tuple[int, Callable[[str], bool]]] = {
    "date-time": (4, _is_moment),
    "email": (4, _is_mail),
    "hostname": (4, _is_hostname),
    "uri": (4, _matches(_ADDRESS)),
    "regex": (4, _is_pattern),
    "uri-reference": (6, _matches(_REFERENCE)),
    "iri": (7, _matches(_ADDRESS)),
    "iri-reference": (7, _matches(_REFERENCE)),
    "idn-email": (7, _is_international_mail),
    "time": (7, _matches(_TIME)),
    "duration": (2019, _matches(_DURATION)),
}


def formats_of(draft: int) -> dict[str, Callable[[str], bool]]:
    """The formats that are ours, in the draft that brought them and later ones."""
    return {name: check for name, (since, check) in _FORMATS.items() if since <= draft}
