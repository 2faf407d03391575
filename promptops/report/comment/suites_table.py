"""Several suites at a glance: the gravest verdict as a heading, and a table with a row for each, the worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from promptops.report.comment.page_link import PageLinks
from promptops.report.results.reply_remarks import different_replies
from promptops.report.results.results_view import ResultsView
from promptops.report.results.rule_words import rule_lines
from promptops.report.results.verdict import ORDER, Kind, run_verdict, title
from promptops.text import humanize
from promptops.text.sanitize import cell, code, inline, number

_MOST_NAMES = 3
_MOST_RULES, _MOST_OWNERS = 2, 3


def suites_heading(views: Sequence[ResultsView], links: PageLinks) -> str:
    """`### ⛔ A rule fails: Meeting summary, Reply and 2 more`. The worst must come first."""
    verdict, names = gravest_verdict(views)
    return f"### {inline(verdict, 300)}: {links.title(inline(names, 300))}"


def gravest_verdict(views: Sequence[ResultsView]) -> tuple[str, str]:
    """(`⛔ A rule fails`, `Meeting summary, Reply and 2 more`) in plain text. The worst must come first."""
    first = run_verdict(views[0])
    same = [view for view in views if run_verdict(view).kind == first.kind]
    more = first.more if all(run_verdict(view).more == first.more for view in same) else ""
    names = humanize.listed([title(view.results) for view in same], _MOST_NAMES)
    return f"{first.sign} {first._replace(more=more).words}", names


_TALLY: dict[Kind, str] = {
    "not measured": "{} not measured",
    "rule fails": "a rule fails in {}",
    "worse": "{} worse",
    "mixed": "{} better and worse",
    "better": "{} better",
    "same": "no difference seen in {}",
    "first run": "{} evaluated for the first time",
    "unchanged": "{} not affected",
}


def suites_sentence(views: Sequence[ResultsView]) -> str:
    """`70 suites: a rule fails in one, two worse, no difference seen in 67.`"""
    tally = Counter(run_verdict(view).kind for view in views)
    told = [_TALLY[kind].format(humanize.spell_out(tally[kind])) for kind in ORDER if tally[kind]]
    return " ".join([f"{humanize.plural(len(views), 'suite')}: {', '.join(told)}.", *_shared_edits(views)])


def _shared_edits(views: Sequence[ResultsView], most: int = 2) -> Iterator[str]:
    """Which edited files several of the prompts read: whoever owns them is concerned too."""
    readers = Counter(path for view in views for path in dict.fromkeys(one.path for one in view.results.edit))
    for path, count in readers.most_common(most):
        if count > 1:
            yield f"The edit of {code(path, 120)} reaches {humanize.spell_out(count)} of them."


def suites_table(views: Sequence[ResultsView], room: int) -> str:
    """The rows that fit into so many characters, and how many more suites there are. Owners where any is known."""
    owned = any(view.results.owners for view in views)
    heads = ["prompt", *(["owner"] if owned else []), "verdict", "replies changed", "rules that fail"]
    lines = [_line(heads), _line(["---"] * len(heads))]
    left = room - sum(len(line) + 1 for line in lines) - 60
    for index, view in enumerate(views):
        line = _line(_cells(view, owned=owned))
        left -= len(line) + 1
        if left < 0:
            rest = humanize.plural(len(views) - index, "more suite")
            return "\n".join([*lines, "", f"… and {rest}"]) if index else f"… {rest}"
        lines.append(line)
    return "\n".join(lines)


def _cells(view: ResultsView, *, owned: bool) -> list[str]:
    verdict, results = run_verdict(view), view.results
    replies = different_replies(view)
    changed = f"{number(replies.different)} of {number(replies.pairs)}" if replies.pairs else "–"
    failing = [
        f"{what.partition(' ')[2].rstrip(':;')} ({answer})"
        for (what, answer), gate in zip(rule_lines(view), results.gates, strict=True)
        if gate.blocks
    ]
    owners = [cell(humanize.listed(results.owners, _MOST_OWNERS) or "–", 80)] if owned else []
    rules = "; ".join(inline(rule, 120) for rule in failing[:_MOST_RULES])
    more = f" and {len(failing) - _MOST_RULES} more" if len(failing) > _MOST_RULES else ""
    return [cell(title(results), 80), *owners, inline(f"{verdict.sign} {verdict.words}"), changed, rules + more or "–"]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
