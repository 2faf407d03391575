"""The words that all reports share: figures as people say them, verdicts without jargon. Nothing here is escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence

from promptops.model.results import CriterionComparison, MeasureComparison, RateSummary, Unmeasured
from promptops.text.sanitize import number, shorten

MINUS = "\N{MINUS SIGN}"
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def spell_out(count: int) -> str:
    """Small numbers as words: `three`, `14`, `1,200`."""
    return _NUMBERS[count] if 0 <= count < len(_NUMBERS) else number(count)


def plural(count: int, one: str, many: str = "") -> str:
    """`1 case`, `12 cases`."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def cases_words(cases: int, groups: int | None) -> str:
    """`60 cases`, `60 cases in 12 groups` where those are what counts."""
    return plural(cases, "case") + ("" if groups is None else f" in {plural(groups, 'group')}")


def more_words(needed: int, *, of_groups: bool) -> str:
    """`22 more cases`, `3 more groups`."""
    return plural(needed, "more group" if of_groups else "more case")


def listed(texts: Sequence[str], most: int) -> str:
    """`ana, tom and 3 more`: the first `most` of them, and how many there are besides."""
    more = len(texts) - most
    return ", ".join(texts[:most]) + (f" and {number(more)} more" if more > 0 else "")


def unmeasured_reasons(found: Sequence[Unmeasured], models: int) -> list[str]:
    """Why nothing is known, each reason once; of several models, those are named for which it holds."""
    by_reason: dict[str, list[str]] = {}
    for one in found:
        by_reason.setdefault(one.why, []).append(one.model)
    return [
        why if len(names) >= models or "" in names else f"{', '.join(names)}: {why}" for why, names in by_reason.items()
    ]


def in_short(reasons: Sequence[str], longest: int = 240) -> str:
    """The first reason, and how many more there are: `every call failed: no answer; and 2 more reasons`."""
    more = f"; and {plural(len(reasons) - 1, 'more reason')}" if len(reasons) > 1 else ""
    return shorten(reasons[0], longest) + more if reasons else ""


def percent(share: float) -> str:
    """`92%`; never 0% or 100% for a share that is only close to it."""
    share = min(max(share, 0.0), 1.0)
    shown = round(share * 100)
    if shown == 100 and share < 1:
        return ">99%"
    return "<1%" if shown == 0 and share > 0 else f"{shown}%"


def more_percent(share: float) -> str:
    """`8%` of a rise; `<1%` for one that is only close to none."""
    shown = round(share * 100)
    return "<1%" if shown == 0 and share > 0 else f"{shown}%"


def signed(change: float) -> str:
    """A difference of shares in points: `+21`, `−7`, `0`, `+0.4`; never 100 for one that is only close to it."""
    value = min(max(change, -1.0), 1.0) * 100
    digits = f"{abs(value):.0f}" if abs(value) >= 0.95 else f"{abs(value):.1f}".removesuffix(".0")
    if digits == "100" and abs(value) < 100:
        digits = f"{min(abs(value), 99.9):.1f}"
    return digits if digits == "0" else f"{'+' if value > 0 else MINUS}{digits}"


def points(change: float) -> str:
    """`+21 pts`, `−1 pt`."""
    text = signed(change)
    return f"{text} pt" if text.lstrip(f"+{MINUS}") == "1" else f"{text} pts"


def change_words(found: CriterionComparison) -> str:
    """`+21 pts (+8 … +33)`: no change without its interval, or the reason why there is none."""
    if found.change is None:
        return "–"
    if found.low is None or found.high is None:
        return f"{points(found.change)} (no interval: {cases_words(found.paired, found.groups)})"
    return f"{points(found.change)} ({signed(found.low)} … {signed(found.high)})"


def rate_words(rate: RateSummary | None) -> str:
    """`92%`, or – where nothing was answered."""
    return "–" if rate is None else percent(rate.rate)


def rate_with_interval(rate: RateSummary | None) -> str:
    """`92% (78% … 97%) of 24 cases`."""
    if rate is None:
        return "–"
    cases = cases_words(rate.n, rate.groups)
    if rate.low is None or rate.high is None:
        return f"{percent(rate.rate)} of {cases} (too few for an interval)"
    return f"{percent(rate.rate)} ({percent(rate.low)} … {percent(rate.high)}) of {cases}"


def dollars(amount: float | None) -> str:
    """`$0.44`, `$0.000031`, `free` for 0, `unknown` for None."""
    if amount is None:
        return "unknown"
    if amount == 0:
        return "free"
    if not abs(amount) < 1e12:
        return "more than $10¹²"
    if abs(amount) >= 0.1:
        return f"${amount:,.2f}"
    if abs(amount) < 1e-6:
        return "less than $0.000001"
    return f"${amount:.2g}" if abs(amount) >= 1e-4 else f"${amount:.7f}".rstrip("0")


def limit_words(amount: float) -> str:
    """A budget in US dollars: `$2.00`, `$0.004`, and `$0.00` for none."""
    return dollars(amount) if amount else "$0.00"


def cost_per_1000(per_1000: float | None) -> str:
    """A cost per 1,000 replies; 0 is a model on this machine, None is unknown and never 0."""
    if per_1000 is None:
        return "unknown"
    return "free (runs on this machine)" if per_1000 == 0 else f"{dollars(per_1000)} per 1,000 replies"


def duration(value: float | None) -> str:
    """`1.2 s`, `85 ms`, `3 min 5 s`, `not measured`."""
    if value is None or not 0 <= value < 1e9:
        return "not measured"
    if value < 0.9995:
        return f"{value * 1000:.0f} ms"
    if value < 59.95:
        return f"{value:.1f} s"
    value = round(value)  # before it is split: 119.7 s are no 1 min 60 s
    return f"{value // 60:,.0f} min {value % 60:.0f} s"


def ago(duration: float) -> str:
    """`just now`, `2 hours ago`, `3 weeks ago`."""
    units = {"year": 365 * 86400, "month": 30 * 86400, "week": 7 * 86400, "day": 86400, "hour": 3600, "minute": 60}
    fitting = next((unit for unit, size in units.items() if duration >= size), None)
    return f"{plural(int(duration // units[fitting]), fitting)} ago" if fitting else "just now"


def token_count(value: float | None) -> str:
    """`61`, or `unknown`."""
    return "unknown" if value is None or not abs(value) < 1e12 else f"{value:,.0f}"


def ratio_words(found: MeasureComparison) -> str:
    """`costs 8% more`, `costs 2.4 times as much`, `20% faster`; empty unless the data shows it."""
    if found.ratio is None or found.verdict not in ("lower", "higher") or not 0 <= found.ratio < 1e9:
        return ""
    lower, higher = _DIRECTIONS[found.name]
    if found.verdict == "lower":
        return lower.format(percent(1 - found.ratio))
    if round((found.ratio - 1) * 100) >= 200:
        return _TIMES[found.name].format(f"{found.ratio:,.1f}")
    return higher.format(more_percent(found.ratio - 1))


_DIRECTIONS = {
    "cost": ("costs {} less", "costs {} more"),
    "latency": ("{} faster", "{} slower"),
    "output tokens": ("{} shorter", "{} longer"),
    "input tokens": ("{} less to read", "{} more to read"),
}
_TIMES = {
    "cost": "costs {} times as much",
    "latency": "takes {} times as long",
    "output tokens": "{} times as long",
    "input tokens": "{} times as much to read",
}


BETTER, WORSE, UNSURE, WAITING, TROUBLE = "✅", "❌", "➖", "⏳", "⚠️"
FAILS, MIXED, UNKNOWN = "⛔", "⚖️", "❔"

_RATE_RULE = re.compile(r"at least (\d+(?:\.\d+)?%)", re.ASCII)
_DROP_RULE = re.compile(r"no worse than (\d+(?:\.\d+)?) points", re.ASCII)
_COST_RULE = re.compile(r"at most (\d+(?:\.\d+)?%) dearer", re.ASCII)


def rule_words(rule: str) -> str:
    """A rule as results keep it, in words that follow a criterion's name: ` ≥ 75%`, `: no drop of 10 points or more`.

    Results keep the words of the first version, as acceptances are found by them.
    """
    if found := _RATE_RULE.fullmatch(rule):
        return f" ≥ {found[1]}"
    if found := _DROP_RULE.fullmatch(rule):
        return f": no drop of {found[1]} points or more"
    if found := _COST_RULE.fullmatch(rule):
        return f": at most {found[1]} more"
    return f": {rule}"


def named_rule(criterion: str, rule: str) -> str:
    """A rule with the criterion it is about: `names the owner ≥ 75%`, `is kind: no drop of 10 points or more`."""
    return f"{criterion}{rule_words(rule)}"


def superscript(count: int) -> str:
    """A footnote's mark: ¹, ², ¹²."""
    return str(count).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
