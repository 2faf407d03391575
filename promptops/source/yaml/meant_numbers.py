"""Numbers as people write them: with a sign for per cent, a comma, a unit, quotes, or a letter for a digit."""

from __future__ import annotations

import re
from contextlib import suppress

_WRITTEN = re.compile(
    r"(?:[<>=≤≥~≈]{1,2}\s*)?(?P<minus>-?)(?P<digits>\d[\d.,'’_\u00a0\u202f ]*|[.,]\d+)"
    r"\s*(?P<unit>%|/ *(?P<whole>\d{1,6})|[^\W\d]{2,20}\.?)?"
)
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:(?:\.\d{3})+|(?:,\d{3})+|(?:['’_\u00a0\u202f ]\d{3})+)")
_LETTERS = str.maketrans("OolI", "0011")
_PER_CENT = ("%", "percent", "prozent", "pct")
_LONGEST = 40


def meant_number(text: str, *, whole: bool = False, most: float | None = None) -> str:
    """The number that was meant, as YAML writes it; empty where that is not sure.

    `whole`: only whole numbers will do, so `1.000` is a thousand. `most` 1: it is a share, so `90` and `90%` are 0.9.
    """
    if len(text) > _LONGEST:
        return ""
    plain = text.strip().replace("٪", "%").replace("％", "%").replace("per cent", "percent")
    if re.fullmatch(r"[\dOolI]*\d[\dOolI]*", plain):  # a letter O or l between digits
        plain = plain.translate(_LETTERS)
    found = _WRITTEN.fullmatch(plain)
    value = _value(found["digits"].strip(), whole=whole) if found else None
    if found is None or value is None:
        return ""
    unit = (found["unit"] or "").lower().rstrip(".")
    if found["whole"] and (most != 1 or not int(found["whole"])):
        return ""
    if found["whole"]:
        value /= int(found["whole"])
    elif most == 1 and (unit in _PER_CENT or value > 1):
        value /= 100
    elif unit in _PER_CENT and most != 100:
        return ""
    if (most is not None and value > most) or (whole and not value.is_integer()):
        return ""
    return f"{found['minus']}{value:.10g}"


def joined_by_comma(before: str, after: str) -> str:
    """What was meant by two runs of digits with a comma between them: `0`, `9` is 0.9 and `1`, `000` a thousand."""
    if not re.fullmatch(r"-?\d{1,9}", before) or not re.fullmatch(r"\d{1,9}", after):
        return ""
    if len(after) == 3 and before.lstrip("-") != "0":
        return before + after
    return f"{before}.{after}"


def _value(digits: str, *, whole: bool) -> float | None:
    if (whole or not re.fullmatch(r"\d+[.,]\d+", digits)) and _THOUSANDS.fullmatch(digits):
        return float(re.sub(r"\D", "", digits))
    with suppress(ValueError):
        return float(digits.replace(",", "."))
    return None
