"""What a change of one criterion means, in words of a fixed set that all forms of a report share.

No word reads as a forecast: `too few cases (about 110 more would settle a change of 10 points)`.
"""

from __future__ import annotations

from promptops.model.results import CriterionComparison, CriterionInfo
from promptops.text import humanize
from promptops.text.sanitize import number

_FOR_INFORMATION = " (for information)"


def verdict_words(found: CriterionComparison, info: CriterionInfo) -> tuple[str, str]:
    """A mark, which most rows need not have, and what a change means: (`✅`, `better`)."""
    mark, words = _verdict(found)
    if found.verdict in ("better", "worse") and info.advisory:
        words += _FOR_INFORMATION
    if found.verdict != "not measured":
        words += left_out_words(found)
        if found.waiting:
            words += f"; {humanize.plural(found.waiting, 'answer')} by people missing"
    return mark, words


def left_out_words(found: CriterionComparison) -> str:
    """`; 27 cases left out, with them 55% pass after`: what rates of the same cases do not show."""
    if not found.left_out:
        return f"; {humanize.plural(found.errors, 'error')} left out" if found.errors else ""
    told = [] if _is_missing(found) else [f"{humanize.plural(found.left_out, 'case')} left out"]
    of_all = f"with {'it' if found.left_out == 1 else 'them'}"
    told += [] if found.alone is None else [f"{of_all} {humanize.percent(found.alone.rate)} pass after"]
    return f"; {', '.join(told)}" if told else ""


def _is_missing(found: CriterionComparison) -> bool:
    """Whether it is for the missing answers that nothing can be told."""
    return bool(found.missing) and found.verdict == "cannot tell"


def _verdict(found: CriterionComparison) -> tuple[str, str]:
    match found.verdict:
        case "better" | "worse":
            return (humanize.BETTER if found.verdict == "better" else humanize.WORSE), found.verdict
        case "probably better" | "probably worse":
            return "", f"looks {found.verdict.removeprefix('probably ')}, not proven"
        case "no worse":
            return "", no_drop_words(found)
        case "unchanged":
            return "", _same_answer(found)
        case "cannot tell" if _is_missing(found):
            return "", f"too many answers are missing: {found.missing}"
        case "cannot tell":
            return "", f"too few cases{_would_settle(found)}"
        case _ if found.waiting:
            return humanize.WAITING, waiting_words(found.waiting)
        case _ if found.errors:
            return humanize.TROUBLE, f"not measured: {humanize.plural(found.errors, 'error')}"
        case _:
            return humanize.UNKNOWN, "not measured"


def waiting_words(count: int) -> str:
    """`waiting for 46 answers by people`."""
    return f"waiting for {humanize.plural(count, 'answer')} by people"


def no_drop_words(found: CriterionComparison) -> str:
    """`no drop of 10 points or more`."""
    return f"no drop of {margin(found)} points or more" if found.margin is not None else "no drop to be seen"


def fails_throughout(found: CriterionComparison) -> bool:
    """Whether no case passes, neither before nor after."""
    return found.base is not None and found.head is not None and found.base.rate == found.head.rate == 0


def _same_answer(found: CriterionComparison) -> str:
    if fails_throughout(found):
        return "fails in every case, before and after"
    # With more cases a drop could still be seen.
    return f"same answer in every case{'' if found.needed is None else _only(found)}"


def _would_settle(found: CriterionComparison) -> str:
    """` (about 110 more would settle a change of 10 points)`; how many there are, where no number is known."""
    if found.needed is None or found.margin is None:
        return _only(found)
    more = f"{number(found.needed)} more{' groups' if found.groups is not None else ''}"
    return f" (about {more} would settle a change of {margin(found)} points)"


def _only(found: CriterionComparison) -> str:
    """` (only 7)`, ` (only 60 cases in 12 groups)`; empty for none."""
    if not found.paired:
        return ""
    count = number(found.paired) if found.groups is None else humanize.cases_words(found.paired, found.groups)
    return f" (only {count})"


def margin(found: CriterionComparison) -> str:
    """The margin in points: `10`, `2.5`."""
    return f"{min(max(found.margin or 0.0, 0.0), 1.0) * 100:.3g}"
