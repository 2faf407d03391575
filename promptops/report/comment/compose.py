"""Every page about results that is written on a pull request or into a step's summary: inert and never too long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from promptops.model.outcomes.check import CheckResult, UnreadResults
from promptops.model.results import Results
from promptops.report.comment.command_replies import HOW, asks_people
from promptops.report.comment.comment_markers import MARKER, mark_results, replace_results
from promptops.report.comment.environments import environments_part
from promptops.report.comment.headline import heading_beside_results, without_old_gate_words
from promptops.report.comment.markdown import LIMIT, comment
from promptops.report.comment.mending.mend import (
    cut_list,
    lint_part,
    mend_part,
    mend_title,
    run_again_part,
    untouched_part,
)
from promptops.report.comment.page_link import NO_LINKS, PageLinks
from promptops.report.comment.shown_head import named_by
from promptops.report.results import summary
from promptops.text import humanize
from promptops.text.sanitize import code, inline

SUMMARY_LIMIT = 250_000
"""A step's summary holds 1 MiB, and a character takes up to four bytes."""
_MOST = 10
_ENVIRONMENTS = 3
"""This part of the page may be about environments."""
_ROOM_BESIDE_RESULTS = 10_000
_LEAST_RESULTS = 3_000
_FORK = (
    "This change comes from a fork: its templates were filled in a closed process, its models, keys and python "
    "checks are those of the branch it goes to."
)
_BY_FILE = "What people say of replies and rules goes into files in `evals/`, in the same merge request."
_STRANGER = "this is treated as a stranger's change: its models, keys and python checks are those of the base"
_RUN_FILES = "The whole report is among the files that the workflow's run keeps."
_UNREAD = f"what is named here counts as {summary.NOT_MEASURED}."
_ASK_FOR_A_DRAFT = (
    "That happens when you press *Ready for review*. To have it now, run this check once more: *Checks*, then *Re-run "
    "jobs*."
)
NOTHING = f"### {humanize.UNKNOWN} Not measured"
INTERRUPTED = "the check was interrupted"
START_AGAIN = "start the job again: replies that came are kept where the cache is"


def check_comment(
    checked: CheckResult,
    marker: str = MARKER,
    *,
    limit: int = LIMIT,
    run_url: str = "",
    plain: bool = False,
    answers: bool = True,
    page_url: str = "",
) -> str:
    """What a check found, in at most `limit` characters: what could not be done, the suites, lint, the prompts.

    `plain`: markdown without any HTML, and without Mermaid. `answers`: `/promptops` comments are obeyed.
    `page_url`: where the page over all suites can be read.
    """
    hint = f"The reports are with the run: {run_url}" if run_url else ""
    told = (f"{humanize.TROUBLE} {inline(one, 700)}" for one in checked.settings)
    links = PageLinks.of(checked.edit_url, page_url)
    heading = mend_title(checked) or heading_beside_results(checked)
    environments = environments_part(checked.environments, limit // _ENVIRONMENTS, plain=plain)
    beside = [
        "\n".join(filter(None, [heading, "  \n".join(told)])),
        *deferred_part(checked.deferred),
        *mend_part(checked),
        *run_again_part(checked, "" if plain else run_url),
        environments,
    ]
    after = [*lint_part(checked), *untouched_part(checked), *_changes(checked), *_basis(checked, answers)]
    # Where the results' own heading says the gravest, nothing stands above it.
    order = (beside, after) if heading else ([], [*beside, *after])
    above, below = ("\n\n".join(filter(None, parts)) for parts in order)
    room = limit - len(marker) - len(above) - len(below) - 8
    suites = ""
    if checked.results or not (checked.problems or checked.deferred or checked.environments):
        shown = named_by(checked.results, checked.head)
        suites = comment(shown, limit=room - 80, marker="", artifact_hint=hint, plain=plain, links=links)
        suites = suites.strip() if plain else mark_results(suites.strip())
    page = "\n\n".join(part for part in (above, suites, below) if part)
    return page if plain else f"{marker}\n{page}"


def results_comment(
    results: Sequence[Results], unread: Sequence[UnreadResults], marker: str = MARKER, *, in_workflow: bool = False
) -> str:
    """Results alone, and which others cannot be shown."""
    lines = cut_list(map(_unread, unread), lambda n: f"- … and {n} more")
    told = "\n".join([f"**⚠ Not all results can be shown:** {_UNREAD}", "", *lines]) if lines else ""
    if told and not results:
        return f"{marker}\n\n{told}"
    hint = _RUN_FILES if in_workflow else ""
    text = comment(results, limit=LIMIT - len(told) - 2, marker=marker, artifact_hint=hint)
    return text.replace(marker, f"{marker}\n\n{told}", 1) if told else text


def refreshed_comment(page: str | None, results: Sequence[Results], marker: str) -> str:
    """The page that stands there with other results in it; a page of these results alone where there is none."""
    bare = replace_results(page, "") if page is not None else None
    beside = _ROOM_BESIDE_RESULTS if bare is None else max(_ROOM_BESIDE_RESULTS, len(bare))
    links = PageLinks.kept_in(page) if page is not None else NO_LINKS
    text = comment(results, limit=max(_LEAST_RESULTS, LIMIT - beside), marker="", links=links).strip()
    found = replace_results(page, text) if page is not None else None
    return (without_old_gate_words(found) if found else "") or f"{marker}\n{mark_results(text)}"


def progress_comment(marker: str, progress: str, run_url: str = "", head: str = "") -> str:
    """The page while models are asked; `progress` is like `40 of 120`, `head` the full id of the commit."""
    of = f" of {code(head[:7])}" if head else ""
    told = f"**Evaluating…** {inline(progress, 100)}\n\nThe results{of} come here when they are there."
    return f"{marker}\n\n{told}{_link(run_url)}"


def cancelled_comment(marker: str, progress: str, run_url: str = "", head: str = "") -> str:
    """The page of a check that was stopped from outside, before it could say so itself."""
    of = f" of {code(head[:7])}" if head else ""
    told = f"It was cancelled{f' at {inline(progress, 100)} replies' if progress else ''}{of}; {START_AGAIN}."
    return f"{marker}\n{NOTHING}: {INTERRUPTED}\n\n{told}{_link(run_url)}"


def overtaken_comment(marker: str, why: str, run_url: str = "", head: str = "") -> str:
    """The page of a check that ended after the pull request had moved on; `why` says what moved."""
    of = f" of {code(head[:7])}" if head else ""
    told = f"{inline(why[:1].upper() + why[1:], 400)}. What it found{of} is in the summary of its run."
    return f"{marker}\n{NOTHING}: the check that was running here is out of date\n\n{told}{_link(run_url)}"


def _link(run_url: str) -> str:
    return f" [Look at the run]({run_url})." if run_url else ""


def with_notes(page: str, notes: Iterable[str]) -> str:
    """The page for a step's summary, with what became of the comment below it."""
    return "\n\n".join([page, *(f"Note: {inline(note, 1_000)}" for note in notes)])


def deferred_part(suites: Sequence[str]) -> Iterator[str]:
    """Why a draft's check measured nothing, and how to ask for it."""
    if suites:
        names = humanize.listed([code(name, 80) for name in suites], _MOST)
        yield f"No model was asked yet for {names}. {_ASK_FOR_A_DRAFT}"


def _unread(one: UnreadResults) -> str:
    hint = f" · {inline(one.hint, 200)}" if one.hint else ""
    return f"- **{inline(one.name or 'here', 100)}**: {inline(one.why, 300)}{hint}"


def _changes(checked: CheckResult) -> Iterator[str]:
    changes = checked.changes
    told = []
    if changes.deleted:
        told.append(f"**Deleted:** {humanize.listed([code(name, 80) for name in changes.deleted], _MOST)}.")
    pairs = {name: f"{code(was, 80)} → {code(name, 80)}" for name, was in changes.renamed}
    if same := [pair for name, pair in pairs.items() if name in changes.same]:
        told.append(f"**Renamed, the text is the same:** {humanize.listed(same, _MOST)}.")
    if edited := [pair for name, pair in pairs.items() if name not in changes.same]:
        told.append(f"**Renamed:** {humanize.listed(edited, _MOST)}.")
    if changes.suites:
        moved = [f"{code(was, 80)} → {code(name, 80)}" for name, was in changes.suites]
        told.append(f"**Renamed suites:** {humanize.listed(moved, _MOST)}.")
    if changes.untested:
        names = humanize.listed([code(name, 80) for name in changes.untested], _MOST)
        told.append(f"**Changed, and no suite tests it:** {names}. A suite in evals/ would show what the change does.")
    if told:
        yield "  \n".join(told)


def _basis(checked: CheckResult, answers: bool) -> Iterator[str]:
    """What the change was compared with, whose it is, and what people may answer."""
    of = f"This is about commit {code(checked.head[:7])}. " if checked.head else ""
    if checked.base.commit is not None:
        yield f"{of}Compared with {code(checked.base.commit[:7])}: {inline(checked.base.words)}."
    elif checked.base.words:
        yield f"{of}**Compared with nothing:** {inline(checked.base.words)}."
    if checked.unread:
        yield f"The event could not be read ({inline(checked.unread)}), so {_STRANGER}."
    elif checked.untrusted:
        yield _FORK
    elif asks_people(checked.results):
        yield HOW if answers else _BY_FILE
