"""What `promptops owners` found: the block, what it changes, and what people should know."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff

from promptops.model.outcomes.owners import OwnersReport
from promptops.text.humanize import plural
from promptops.text.sanitize import visible


def owners_block(report: OwnersReport) -> str:
    """The rows of the block, for people to read or to paste."""
    return "".join(f"{visible(row)}\n" for row in report.rows)


def owners_diff(report: OwnersReport) -> str:
    """What `--write` would change; nothing where the file is as it should be. Other line ends are a change too."""
    old, new = (str(report.path) if text else "/dev/null" for text in (report.before, report.after))
    without = [_rows(text.replace("\r\n", "\n")) for text in (report.before, report.after)]
    before, after = without if without[0] != without[1] else map(_rows, (report.before, report.after))
    return "".join(f"{visible(row)}\n" for row in unified_diff(before, after, old, new, lineterm=""))


def owners_words(report: OwnersReport) -> Iterator[str]:
    """Lines for people: what became of the file, then who cannot be asked, then notes."""
    path, lines = report.path, plural(len(report.rows), "line")
    if report.written:
        yield f"{path} written: {lines} in the block of promptops. Commit it: GitHub reads it once it is merged."
    elif not report.rows and report.current:
        yield "no prompt names an owner, and promptops.yml neither (policy: owners), so there is nothing to write"
    elif report.current:
        yield f"{path} is current: {lines} in the block of promptops"
    else:
        yield f"{path} differs from what prompts and promptops.yml say. To write it: promptops owners --write"
    for one in report.unknown:
        yield f"{one}, so nobody of that name is asked: write @user, @organisation/team or an e-mail address"
    yield from report.notes


def _rows(text: str) -> list[str]:
    return text.split("\n")[: None if text and not text.endswith("\n") else -1]
