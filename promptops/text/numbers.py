"""Numbers as people and models write them: `$1,234.50`, `−3,5 %`, `1.234,00 €`, `12 000`, `3e5`.

A number is whole or it is none: `711` does not hold 11. What only looks like numbers is left out: dates, times,
versions, telephone numbers, digits inside a name (`A29`, `3f8c`, `COVID-19`). Numbers in words are not read, and
neither are letters behind a number: `29kg` and `29 %` are 29, `3k` is 3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal, NamedTuple

DecimalMark = Literal[".", ","]

_GAP = " \xa0\u202f\u2009"
_SIGN = "[-−–+]"
_MONEY = "[$€£¥₹₽₩₺₫₴₦₱฿¢]"
_CODE = (
    r"(?:USD|EUR|GBP|JPY|CHF|CAD|AUD|NZD|CNY|INR|RUB|BRL|MXN|SEK|NOK|DKK|PLN|CZK|HUF|TRY|ZAR|KRW|SGD|HKD|Rs\.?"
    r"|(?:US|CA|AU|HK|NZ|R|A|C|S)(?=\$))"
)
_TOKEN = re.compile(rf"\d{{1,3}}(?:[{_GAP}]\d{{3}})+(?!\d)(?:[.,٫]\d+(?![.,]?\d))?|\d+(?:[.,'’_:/٬٫-]\d+)*")
_EXPONENT = re.compile(r"[eE][+-]?\d{1,3}(?!\w)")
_BEFORE = re.compile(rf"(?P<outer>{_SIGN}?)(?P<money>(?:{_CODE}{_MONEY}?|{_MONEY})[{_GAP}]?)?(?P<inner>{_SIGN}?)$")
_NAME_GOES_ON = re.compile(r"_+[^\W_]|[^\W\d_]+\d")
_UNITS = tuple("%°$€£¥₹₽₩₺₫₴₦₱฿¢")
_NEAR = 8
"""Characters before a number that may belong to it: a sign, a currency and a space."""
_LONGEST = 300
"""Digits; what is longer is no number that anybody compares."""

_COMMAS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?")
_DOTS = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?")
_OTHERS = re.compile(rf"\d{{1,3}}(?:(?P<mark>['’_{_GAP}])\d{{3}})(?:(?P=mark)\d{{3}})*(?:[.,]\d+)?")
_PLAIN = re.compile(r"\d+(?:[.,]\d+)?")
_PIECES = re.compile(r"[-/:]")


class FoundNumber(NamedTuple):
    """A number in a text: as it is written, and what it may mean, the likeliest first (`1.234` may be 1234)."""

    text: str
    values: tuple[Decimal, ...]


def find_numbers(text: str, decimal_mark: DecimalMark | None = None) -> Iterator[FoundNumber]:
    """Every number of the text, in order.

    `decimal_mark` settles what `1.234` and `1,234` mean; without it 1.234 or 1234, and 1234.
    """
    for token in _TOKEN.finditer(text):
        start, end, written = token.start(), token.end(), token[0]
        if len(written) > _LONGEST or (_NAME_GOES_ON.match(text, end) and not _EXPONENT.match(text, end)):
            continue
        has_dot = text[start - 1 : start] == "." and not text[max(0, start - 2) : start - 1].isalnum()
        sign = _sign_before(text, start - has_dot)
        if sign is None:
            continue
        power = _EXPONENT.match(text, end)
        if power is not None:
            written, end = written + power[0], power.end()
        if has_dot:
            written, start = "." + written, start - 1
        in_list = text[start - 1 : start] == "[" and text[end : end + 1] == "]"
        for place, values in enumerate(_readings(written, decimal_mark, in_list=in_list)):
            minus = sign == "-" and place == 0
            yield FoundNumber(f"-{written}" if minus else written, tuple(-v for v in values) if minus else values)


def parse_number(text: str, decimal_mark: DecimalMark | None = None) -> Decimal | None:
    """The one number that a text holds, in its likeliest meaning; None where it holds none, or several."""
    numbers = list(find_numbers(text, decimal_mark))
    return numbers[0].values[0] if len(numbers) == 1 else None


def _sign_before(text: str, start: int) -> str | None:
    """`-` or nothing; None where the digits belong to a name."""
    before = text[max(0, start - _NEAR) : start]
    match = _BEFORE.search(before)
    if match is None:  # never, as all of it may be missing
        return None
    ahead = before[: match.start()]
    neighbour = ahead.rstrip("_")[-1:] if ahead.endswith("_") else ahead[-1:]
    if ahead.endswith("_") and neighbour.isalnum():
        return None
    sign, money = match["inner"] or match["outer"], match["money"] or ""
    if neighbour.isalpha() and (not money or money[0].isalpha() or match["outer"]):
        return None
    if neighbour.isdigit() or neighbour in _UNITS:  # a range, not a sign: $10-$20, 10%-20%
        return ""
    return "-" if sign in ("-", "−", "–") and sign else ""


def _readings(written: str, mark: DecimalMark | None, *, in_list: bool) -> Iterator[tuple[Decimal, ...]]:
    """What each number of a token may mean; several only in `10-20`, `3/5`, `1,2,3` and `[29,30]`."""
    if in_list and re.fullmatch(r"\d+(?:\.\d+)?(?:,\d+(?:\.\d+)?)+", written):  # JSON
        yield from ((Decimal(piece),) for piece in written.split(","))
        return
    written, _, power = written.replace("٬", ",").replace("٫", ".").replace("E", "e").partition("e")
    scale = f"e{power}" if power else ""
    if values := _values(written, mark):
        yield tuple([Decimal(value + scale) for value in values])
        return
    pieces = _PIECES.split(written)
    if len(pieces) == 1 and re.fullmatch(r"\d+(,\d+)+", written):
        pieces = written.split(",")
    elif len(pieces) != 2 or ":" in written:
        return
    for piece in pieces:
        if values := _values(piece, mark):
            yield tuple(map(Decimal, values))


def _values(written: str, mark: DecimalMark | None) -> list[str]:
    """The number's possible spellings for a computer, the likeliest first; none where it is no number."""
    if written.startswith("."):
        return [f"0{written}"] if written[1:].isdigit() else []
    if _COMMAS.fullmatch(written) and not written.startswith("0"):
        is_decimal = mark == "," and written.count(",") == 1 and "." not in written
        return [written.replace(",", "." if is_decimal else "")]
    if _DOTS.fullmatch(written) and not written.startswith("0"):
        grouped = written.replace(".", "").replace(",", ".")
        if written.count(".") > 1 or "," in written or mark == ",":
            return [grouped]
        return [written] if mark == "." else [written, grouped]
    if (match := _OTHERS.fullmatch(written)) is not None:
        return [written.replace(match["mark"], "").replace(",", ".")]
    if _PLAIN.fullmatch(written) and not (mark == "." and "," in written):
        return [written.replace(",", ".")]
    return []
