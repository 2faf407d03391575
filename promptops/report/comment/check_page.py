"""A whole check as one page on GitHub: what could not be done, the suites, lint, and what became of prompts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from promptops.model.finding import Finding
from promptops.model.outcomes.check import Checked
from promptops.report.comment.command_replies import HOW, asks_people
from promptops.report.comment.comment_markers import framed
from promptops.report.comment.markdown import LIMIT, MARKER, comment
from promptops.text import humanize
from promptops.text.sanitize import code, inline

SUMMARY_LIMIT = 250_000
"""A step's summary holds 1 MiB, and a character takes up to four bytes."""
_MOST = 10
_RANK = {"error": 0, "warning": 1, "note": 2}
_FORK = (
    "This pull request comes from a fork: its templates were filled in a closed process, its models, keys and python "
    "checks are those of the branch it goes to."
)

_STRANGER = "this is treated as a stranger's change: its models, keys and python checks are those of the base"
NO_KEYS = (
    "A fork's run is given none of this repository's keys, so a model that needs one cannot be asked in it. To "
    "evaluate the change, somebody with write access reads it and pushes the branch to this repository, or runs "
    "`promptops eval --untrusted` where the keys are."
)


def check_page(checked: Checked, *, limit: int = LIMIT, marker: str = MARKER, artifact_hint: str = "") -> str:
    """The page, at most `limit` characters; it begins with `marker`. `artifact_hint` says where the reports are."""
    before, after = "\n\n".join(_troubles(checked)), "\n\n".join(_rest(checked))
    room = limit - len(marker) - len(before) - len(after) - 8
    suites = ""
    if checked.results or not checked.troubles:
        suites = framed(comment(checked.results, limit=room - 80, marker="", artifact_hint=artifact_hint).strip())
    return f"{marker}\n" + "\n\n".join(part for part in (before, suites, after) if part)


def _troubles(checked: Checked) -> Iterator[str]:
    if not checked.troubles:
        return
    yield "### Not everything could be checked"
    lines = []
    for trouble in checked.troubles[:_MOST]:
        what = f"**{inline(trouble.suite, 80)}** was not evaluated: " if trouble.suite else ""
        hint = f" *{inline(trouble.hint, 300)}*" if trouble.hint else ""
        lines.append(f"- {humanize.TROUBLE} {what}{inline(trouble.why, 400)}{hint}")
    if (more := len(checked.troubles) - _MOST) > 0:
        lines.append(f"- … and {humanize.plural(more, 'more suite')}")
    yield "\n".join(lines)
    if checked.untrusted and not checked.unread and any(trouble.key for trouble in checked.troubles):
        yield NO_KEYS


def _rest(checked: Checked) -> Iterator[str]:
    if checked.looked_at:
        yield "\n".join([f"**Lint:** {inline(checked.looked_at)}.", *_findings(checked.findings)])
    changes = checked.changes
    told = []
    if changes.deleted:
        told.append(f"**Deleted:** {_listed(code(name, 80) for name in changes.deleted)}.")
    if changes.renamed:
        pairs = (f"{code(was, 80)} → {code(name, 80)}" for name, was in changes.renamed)
        told.append(f"**Renamed:** {_listed(pairs)}.")
    if changes.untested:
        names = _listed(code(name, 80) for name in changes.untested)
        told.append(f"**Changed, and no suite tests it:** {names}. A suite in evals/ would show what the change does.")
    if told:
        yield "  \n".join(told)
    if checked.base.commit is None:
        yield f"**Compared with nothing:** {inline(checked.base.words)}."
    else:
        yield f"Compared with {code(checked.base.commit[:7])}: {inline(checked.base.words)}."
    if checked.unread:
        yield f"The event could not be read ({inline(checked.unread)}), so {_STRANGER}."
    elif checked.untrusted:
        yield _FORK
    elif asks_people(checked.results):
        yield HOW


def _findings(findings: Iterable[Finding]) -> Iterator[str]:
    """The gravest, without the advice; the rest is beside the lines and in the log."""
    grave = sorted((one for one in findings if one.severity != "note"), key=lambda one: _RANK[one.severity])
    for one in grave[:_MOST]:
        place = code(f"{one.path}:{one.span.line}", 160)
        yield f"- {place} {one.code}: {inline(one.message, 240)}"
    if len(grave) > _MOST:
        yield f"- … and {humanize.plural(len(grave) - _MOST, 'more problem')}, listed in the job's log"


def _listed(texts: Iterable[str]) -> str:
    shown = list(texts)
    more = len(shown) - _MOST
    return ", ".join(shown[:_MOST]) + (f" and {more} more" if more > 0 else "")
