"""The comment on a pull request: plain words first, figures second, machinery last; inert and never too long.

Everything that a prompt's author or a model wrote passes through `sanitize`. Of several suites a table comes first;
only those that need a look stand unfolded below it, the worst first, with all they need while there is room.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from promptops.model.edit import FileEdit
from promptops.model.results import Results
from promptops.report.comment.comment_markers import MARKER
from promptops.report.comment.page_link import NO_LINKS, PageLinks
from promptops.report.comment.suite_section import PageContext, SuiteSection, first_lines, heading
from promptops.report.comment.suites_table import suites_heading, suites_sentence, suites_table
from promptops.report.results.results_view import ResultsView, is_unchanged
from promptops.report.results.verdict import ORDER, run_verdict, title
from promptops.report.results.verdict_sentences import UNCHANGED
from promptops.text import humanize
from promptops.text.sanitize import html_text, inline
from promptops.text.truncate import folded

LIMIT = 60_000
_LEAST_SECTION = 300
"""No section is shorter than this: with less room, none need be tried."""


def comment(
    results: Sequence[Results],
    *,
    limit: int = LIMIT,
    marker: str = MARKER,
    artifact_hint: str = "",
    foreign: bool = False,
    plain: bool = False,
    links: PageLinks = NO_LINKS,
) -> str:
    """One comment for one run of several suites, worst first. `artifact_hint` says where the whole report is.

    `foreign`: they are a stranger's, whose words are no headings; see promptops.report.comment.quoted_results.
    `plain`: without <details> and Mermaid. `links` are kept in it.
    """
    views = sorted((ResultsView(one, foreign=foreign, plain=plain) for one in results), key=_place)
    hint = inline(artifact_hint) if artifact_hint else ""
    unchanged = [view for view in views if is_unchanged(view.results)]
    affected = [view for view in views if not is_unchanged(view.results)]
    end = _unaffected(unchanged) if unchanged else "" if views else "Nothing was evaluated: no suite is affected."
    parts = [*filter(None, [marker, links.hidden()])]
    room = limit - sum(len(part) + 2 for part in parts) - len(end) - 2
    if len(views) > 1 and affected:
        parts.append(_overview(views, affected, room, links))
        room -= len(parts[-1]) + 2
    page = PageContext(hint, links, {}, len(views) > 1)
    parts += _sections(affected, room, page)
    return "\n\n".join([*parts, *([end] if end else [])])[:limit]


def _place(view: ResultsView) -> tuple[int, str]:
    return ORDER.index(run_verdict(view).kind), view.results.suite


def _overview(views: Sequence[ResultsView], affected: Sequence[ResultsView], room: int, links: PageLinks) -> str:
    """The heading over several suites, and their table, which leaves room for the worst of them."""
    first = f"{suites_heading(affected, links)}\n{suites_sentence(views)}"
    if len(first) + _LEAST_SECTION > room:
        return first[: max(0, room)].rstrip("\\")
    return f"{first}\n\n{suites_table(affected, (room - len(first)) // 2)}"


def _unaffected(unchanged: Sequence[ResultsView], most: int = 20) -> str:
    names = [inline(title(view.results), 80) for view in unchanged]
    return f"**{humanize.listed(names, most)}**: {UNCHANGED}."


def _sections(views: Sequence[ResultsView], room: int, page: PageContext) -> Iterator[str]:
    """The suites one after another; each may take half of what is left, so that the next is not crowded out."""
    tellers: dict[FileEdit, ResultsView] = {}
    for number, view in enumerate(views):
        left = room if number == len(views) - 1 else room // 2
        if told := _shown(view, left, room, page._replace(tellers=tellers)):
            yield told
            tellers = dict.fromkeys(view.results.edit, view) | tellers
            room -= len(told) + 2
        if room < _LEAST_SECTION:
            return


def _shown(view: ResultsView, share: int, room: int, page: PageContext) -> str:
    """One suite: unfolded where it needs a look, in at most `room` characters, best in its `share` of them."""
    if not page.several:
        return SuiteSection(view, page).fit(room) or _shortest(view, room)
    if run_verdict(view).needs_a_look:
        section = SuiteSection(view, page)
        return section.fit(share) or section.fit(room)
    if view.plain:
        told = first_lines(view, page.links)
        return told if len(told) <= room else ""
    line = html_text(run_verdict(view).heading, 160)
    around = len(folded(line, ""))
    body = SuiteSection(view, page, titled=False).fit(share - around) if share > around else ""
    return folded(line, body) if body else ""


def _shortest(view: ResultsView, room: int) -> str:
    """What is said of a lone suite where hardly anything fits."""
    for told in (first_lines(view), heading(view), heading(view, 60)):
        if len(told) <= room:
            return told
    return f"### {run_verdict(view).sign}"
